//! What each planted defect has to be caught as.

use appointment_center::Defect;
use fpt::model::{Finding, Rule, Spot};
use fpt::oracle::incidents::Pattern;

/// The scenario that brings a defect out, and exactly what it is caught as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caught {
    pub(crate) defect: Defect,
    /// In `tests/features/planted_defects.feature`.
    pub(crate) scenario: &'static str,
    /// The only rule of its findings.
    pub(crate) rule: Rule,
    /// Requests that findings may be on.
    pub(crate) routes: &'static [&'static str],
    /// Whose data it was is known.
    pub(crate) names_owner: bool,
    pub(crate) seen: Seen,
    pub(crate) exit_code: i32,
}

/// Where in the response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// The response as a whole.
    Whole,
    /// This fact in this header.
    Header(&'static str, &'static str),
    /// This fact in this cookie.
    Cookie(&'static str, &'static str),
    /// This fact in this field.
    Json(&'static str, &'static str),
    /// This fact in this field of some entry of a list.
    Listed(&'static str, &'static str),
    /// This fact in a page.
    Html(&'static str),
    /// This fact in a text.
    Text(&'static str),
    /// This fact, in the spot that reads so.
    Told(&'static str, &'static str),
    /// The given credential as a whole, or this fact in the spot that reads so.
    WholeOrTold(&'static str, &'static str),
}

impl Caught {
    const fn as_foreign_data(
        defect: Defect,
        scenario: &'static str,
        routes: &'static [&'static str],
        seen: Seen,
    ) -> Self {
        Self {
            defect,
            scenario,
            rule: Rule::ForeignData,
            routes,
            names_owner: true,
            seen,
            exit_code: 4,
        }
    }

    const fn as_lost_session(defect: Defect, scenario: &'static str) -> Self {
        Self {
            defect,
            scenario,
            rule: Rule::SessionLost,
            routes: &["GET /me"],
            names_owner: false,
            seen: Seen::Whole,
            exit_code: 1,
        }
    }

    const fn as_broken_promise(defect: Defect, scenario: &'static str, rule: Rule) -> Self {
        Self {
            defect,
            scenario,
            rule,
            routes: &["GET /appointments"],
            names_owner: false,
            seen: Seen::Whole,
            exit_code: 1,
        }
    }

    /// A defect without a row here does not compile. Hazards and outlived
    /// sessions have tests of their own.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each defect")]
    pub(crate) const fn of(defect: Defect) -> Self {
        match defect {
            Defect::SharedBuffer => Self::as_foreign_data(
                defect,
                "Profiles",
                &["GET /me"],
                Seen::Json("email", "$.email"),
            ),
            Defect::CacheWithoutIdentity => Self::as_foreign_data(
                defect,
                "Membership cards",
                &["GET /me/card"],
                Seen::Text("full_name"),
            ),
            Defect::SessionCollision => Self {
                defect,
                scenario: "Sign-ins",
                rule: Rule::SessionSwap,
                routes: &["POST /session", "GET /me"],
                names_owner: true,
                seen: Seen::WholeOrTold("header x-visit-token > JWT payload $.sub", "member_id"),
                exit_code: 4,
            },
            Defect::RehashedSessions => Self::as_lost_session(defect, "Instances come"),
            Defect::LocalSessions | Defect::ForgottenSessions => {
                Self::as_lost_session(defect, "Instances go")
            }
            Defect::SlippedAnswers => Self {
                defect,
                scenario: "Questions nobody waits for",
                rule: Rule::WrongResponse,
                routes: &[
                    "GET /providers/P-001/availability",
                    "GET /providers/P-002/availability",
                ],
                names_owner: true,
                seen: Seen::Header("x-request-id", ""),
                exit_code: 4,
            },
            Defect::OpenAppointments => Self {
                defect,
                scenario: "Appointments of others",
                rule: Rule::AccessGranted,
                routes: &["GET /appointments/{{ other.kept.appointment }}"],
                names_owner: true,
                seen: Seen::Json("member_id", "$.memberId"),
                exit_code: 4,
            },
            Defect::OpenCancel => Self {
                defect,
                scenario: "Cancelling for others",
                rule: Rule::AccessGranted,
                routes: &["DELETE /appointments/{{ other.kept.appointment }}"],
                names_owner: true,
                seen: Seen::Whole,
                exit_code: 4,
            },
            Defect::HeaderLeak => Self::as_foreign_data(
                defect,
                "Free slots",
                &["GET /slots?limit=1"],
                Seen::Header("x-audit-subject", "email"),
            ),
            Defect::HtmlLeak => Self::as_foreign_data(
                defect,
                "Confirmation pages",
                &["GET /appointments/{{ user.kept.appointment }}/confirmation"],
                Seen::Html("full_name"),
            ),
            Defect::RedirectLeak => Self::as_foreign_data(
                defect,
                "Bookings by form",
                &["POST /appointments"],
                Seen::Header("location", "email"),
            ),
            Defect::StrangerIdentity => Self {
                defect,
                scenario: "Identified profiles",
                rule: Rule::UnknownIdentity,
                routes: &["GET /me"],
                names_owner: false,
                seen: Seen::Json("member_id", "$.memberId"),
                exit_code: 4,
            },
            Defect::CookieLeak => Self::as_foreign_data(
                defect,
                "Sign-ins",
                &["POST /session"],
                Seen::Cookie("last_member", "email"),
            ),
            Defect::CacheableProfile
            | Defect::BareCookie
            | Defect::TellingLinks
            | Defect::CountedSessions
            | Defect::UndeadSessions => panic!("it is in `hazards.rs`"),
            Defect::EndsAtOnce
            | Defect::UnwrittenBookings
            | Defect::StaleAfterRestart
            | Defect::UndeadInstance
            | Defect::ReadyTooEarly => panic!("it shows while the service is scaled"),
            Defect::UnrevokedShare | Defect::SharedWithEveryone => Self::as_foreign_data(
                defect,
                "Shared documents",
                &["GET /documents/shared"],
                Seen::Listed("document", ".documentId"),
            ),
            Defect::TokenLeak => Self::as_foreign_data(
                defect,
                "Tokens of visits",
                &["GET /me"],
                Seen::Told("header x-visit-token > JWT payload $.sub", "member_id"),
            ),
            Defect::ReformattedLeak => Self::as_foreign_data(
                defect,
                "Cards with phone numbers",
                &["GET /me/card"],
                Seen::Text("phone"),
            ),
            Defect::SharedExport => Self::as_foreign_data(
                defect,
                "Exports",
                &["GET /me/export?as=base64"],
                Seen::Told("JSON $.record > base64 > JSON $.email", "email"),
            ),
            Defect::WriteBehind => Self::as_broken_promise(defect, "Saved", Rule::LostWrite),
            Defect::UndoneCancel => Self::as_broken_promise(defect, "Cancelled", Rule::LostWrite),
            Defect::StaleReplica => {
                Self::as_broken_promise(defect, "Two sessions", Rule::StaleRead)
            }
            Defect::OwnListCache => {
                Self::as_broken_promise(defect, "Own lists", Rule::SessionRollback)
            }
            Defect::NoteCache => Self {
                routes: &["GET /me/contact-note"],
                ..Self::as_broken_promise(defect, "Contact notes", Rule::SessionRollback)
            },
            Defect::CountCache => Self {
                routes: &["GET /providers/P-001/thanks"],
                ..Self::as_broken_promise(defect, "Thanks", Rule::StaleRead)
            },
            Defect::ReadChangeWrite => Self {
                routes: &["GET /providers/P-001/thanks"],
                ..Self::as_broken_promise(defect, "Thanks", Rule::LostWrite)
            },
            Defect::SkewedClocks => Self {
                routes: &["GET /messages"],
                ..Self::as_broken_promise(defect, "Messages", Rule::SessionRollback)
            },
            Defect::SessionCopies => Self {
                routes: &["GET /session"],
                ..Self::as_broken_promise(
                    defect,
                    "Sessions that are looked at",
                    Rule::SessionRollback,
                )
            },
            Defect::TwoStepBooking => Self {
                routes: &["POST /appointments"],
                names_owner: true,
                ..Self::as_broken_promise(defect, "The earliest slot", Rule::DoubleBooking)
            },
        }
    }

    /// How long to wait for it: what is lost is known only after the load, and
    /// so is whether a counter is late or has lost something.
    pub(crate) fn seconds(&self, most: u32, then: u32) -> u32 {
        if self.rule == Rule::LostWrite || self.defect == Defect::CountCache {
            then
        } else {
            most
        }
    }

    /// The pattern that its incident has, when enough was seen to tell; `None`
    /// where no pattern is known.
    pub(crate) const fn pattern(&self) -> Option<Pattern> {
        Some(match self.defect {
            Defect::SharedBuffer
            | Defect::HeaderLeak
            | Defect::HtmlLeak
            | Defect::RedirectLeak
            | Defect::CookieLeak
            | Defect::TokenLeak
            | Defect::ReformattedLeak => Pattern::SharedState,
            Defect::CacheWithoutIdentity | Defect::SharedExport => Pattern::Cache,
            Defect::SessionCollision => Pattern::CredentialCollision,
            Defect::LocalSessions => Pattern::LocalSessions,
            Defect::RehashedSessions => Pattern::RehashedSessions,
            Defect::ForgottenSessions => Pattern::EmptiedSessionStore,
            Defect::SlippedAnswers => Pattern::DesynchronisedConnection,
            Defect::OpenAppointments | Defect::OpenCancel => Pattern::MissingAuthorization,
            Defect::StrangerIdentity => Pattern::BuiltInDefault,
            Defect::TwoStepBooking => Pattern::CheckThenAct,
            Defect::OwnListCache | Defect::NoteCache => Pattern::Replica,
            Defect::WriteBehind
            | Defect::StaleReplica
            | Defect::UndoneCancel
            | Defect::UnrevokedShare
            | Defect::SharedWithEveryone
            | Defect::CacheableProfile
            | Defect::BareCookie
            | Defect::TellingLinks
            | Defect::CountedSessions
            | Defect::UndeadSessions
            | Defect::EndsAtOnce
            | Defect::UnwrittenBookings
            | Defect::StaleAfterRestart
            | Defect::UndeadInstance
            | Defect::ReadyTooEarly
            | Defect::CountCache
            | Defect::ReadChangeWrite
            | Defect::SkewedClocks
            | Defect::SessionCopies => return None,
        })
    }

    /// Whether `pattern` may be told. Where every write is soon followed by
    /// another one, nothing speaks for those that were lost by it.
    pub(crate) fn may_be(&self, pattern: Pattern) -> bool {
        let lost_update = matches!(
            self.defect,
            Defect::WriteBehind | Defect::UndoneCancel | Defect::ReadChangeWrite
        );
        self.pattern() == Some(pattern)
            || matches!(pattern, Pattern::OneInstance | Pattern::ScaleEvent)
            || (lost_update && pattern == Pattern::LostUpdate)
    }

    /// Every defect with what it is caught as.
    pub(crate) fn all() -> Vec<Self> {
        let elsewhere = [
            Defect::CacheableProfile,
            Defect::BareCookie,
            Defect::TellingLinks,
            Defect::CountedSessions,
            Defect::UndeadSessions,
            // While the service is scaled.
            Defect::EndsAtOnce,
            Defect::UnwrittenBookings,
            Defect::StaleAfterRestart,
            Defect::UndeadInstance,
            Defect::ReadyTooEarly,
        ];
        Defect::ALL
            .iter()
            .copied()
            .filter(|defect| !elsewhere.contains(defect))
            .map(Self::of)
            .collect()
    }

    /// Two members share a session, and one was answered as the other before the
    /// sign-in that gave the other the same credential was judged, which another
    /// thread does. That it is the same credential is not known then; that the data
    /// is foreign is. The sign-in was under way then, or tells of the same two members.
    pub(crate) fn is_early(&self, finding: &Finding, all: &[Finding]) -> bool {
        let pair = |own: &Finding| {
            let (one, other) = (Some(own.user), own.owner);
            (one.min(other), one.max(other))
        };
        let told = || {
            let mut swaps = all.iter().filter(|own| own.rule == Rule::SessionSwap);
            swaps.any(|own| pair(own) == pair(finding))
        };
        let mut meanwhile = finding.witness.overlapping.iter();
        let mut under_way = || {
            meanwhile.any(|other| {
                Some(other.request.user()) == finding.owner && other.route == "POST /session"
            })
        };
        matches!(self.defect, Defect::SessionCollision)
            && finding.rule == Rule::ForeignData
            && (under_way() || told())
    }

    /// Fails unless `finding` is what the defect is caught as.
    #[track_caller]
    pub(crate) fn check(&self, finding: &Finding) {
        let witness = &finding.witness;
        let all = || format!("{finding:#?}");
        assert_eq!(finding.rule, self.rule, "{}", all());
        assert!(self.routes.contains(&witness.route.as_str()), "{}", all());
        // The step that sent it, in the scenario or in a journey that it runs; of
        // what is read back, the one that has read it during the load.
        let quoted = witness.route.replacen(' ', " \"", 1) + "\"";
        let step = &witness.step.text;
        let read_back =
            self.exit_code == 1 && step.starts_with("Then JSON ") && step.contains(" shows the ");
        assert!(step.contains(&quoted) || read_back, "{}", all());
        assert!(
            witness.step.place.file.starts_with("tests/features/"),
            "{}",
            all()
        );
        assert_eq!(finding.owner.is_some(), self.names_owner, "{}", all());
        if self.rule != Rule::WrongResponse {
            // A user's own older answer is a wrong response as well.
            assert_ne!(finding.owner, Some(finding.user), "{}", all());
        }
        let fact = witness.fact.as_deref().unwrap_or_default();
        assert!(self.seen.matches(fact, witness.spot.as_ref()), "{}", all());
    }
}

impl Seen {
    fn matches(self, fact: &str, spot: Option<&Spot>) -> bool {
        let is_whole = spot.is_none() && fact.is_empty();
        let is_in = |known: &str, place: &Spot| fact == known && spot == Some(place);
        match self {
            Self::Whole => is_whole,
            Self::Header(name, known) => is_in(known, &Spot::Header(name.to_owned())),
            Self::Cookie(name, known) => is_in(known, &Spot::Cookie(name.to_owned())),
            Self::Json(known, path) => is_in(known, &Spot::Json(path.to_owned())),
            Self::Listed(known, field) => {
                fact == known && matches!(spot, Some(Spot::Json(path)) if path.ends_with(field))
            }
            Self::Html(known) => fact == known && matches!(spot, Some(Spot::Html(_))),
            Self::Text(known) => fact == known && matches!(spot, Some(Spot::Text(_))),
            Self::Told(place, known) => {
                fact == known && spot.is_some_and(|spot| spot.to_string() == place)
            }
            Self::WholeOrTold(place, known) => {
                is_whole || (fact == known && spot.is_some_and(|spot| spot.to_string() == place))
            }
        }
    }
}
