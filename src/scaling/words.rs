//! Events in words, as a profile writes them: what events and triggers are
//! called when they are shown is what they are read from.

use std::str::FromStr;
use std::time::Duration;

use crate::model::{LONGEST_SPAN, Rate};

use super::event::{EventKind, ScaleEvent, Trigger};
use super::target::Removal;

/// What a profile may write, with examples for the values.
const KINDS: [&str; 13] = [
    "scale out to 4",
    "scale in to 1",
    "scale in to 1 abruptly",
    "kill 1",
    "rolling replace",
    "lose zone a",
    "all down for 2s",
    "hang 1 for 2s",
    "flap to 4",
    "restart sessions",
    "policy out to 4",
    "policy in to 1",
    "no-op",
];

const TRIGGERS: [&str; 4] = [
    "after 10s",
    "after 500 responses",
    "when the traffic reaches 20 TPS",
    "when 10 appointment are saved",
];

/// Where a trigger can begin.
const BEGINNINGS: [&str; 2] = [" after ", " when "];

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        kind(text.trim()).ok_or_else(|| unknown("no scale event", text, &KINDS))
    }
}

impl FromStr for Trigger {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        trigger(text.trim()).ok_or_else(|| unknown("no moment for a scale event", text, &TRIGGERS))
    }
}

impl FromStr for ScaleEvent {
    type Err = String;

    /// An event and its trigger, such as `kill 1 after 10s`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut splits: Vec<usize> = BEGINNINGS
            .iter()
            .flat_map(|beginning| text.match_indices(beginning).map(|(at, _)| at))
            .collect();
        // A zone may be called anything, so the last trigger counts.
        splits.sort_unstable_by(|one, other| other.cmp(one));
        for at in &splits {
            let (what, when) = text.split_at(*at);
            if let (Some(kind), Some(trigger)) = (kind(what.trim()), trigger(when.trim())) {
                return Ok(Self {
                    kind,
                    trigger,
                    place: None,
                });
            }
        }
        let Some(at) = splits.last() else {
            return Err(format!(
                "`{text}` does not say when: write it like `{} {}`",
                KINDS[3], TRIGGERS[0]
            ));
        };
        let (what, when) = text.split_at(*at);
        what.parse::<EventKind>()?;
        when.parse::<Trigger>()?;
        Err(format!("`{text}` is no scale event"))
    }
}

fn kind(text: &str) -> Option<EventKind> {
    let count = |text: &str| text.parse::<u32>().ok();
    let after = |beginning: &str| text.strip_prefix(beginning);
    match text {
        "rolling replace" => return Some(EventKind::RollingReplace),
        "no-op" => return Some(EventKind::NoOp),
        _ => {}
    }
    if let Some(to) = after("scale out to ") {
        return Some(EventKind::ScaleOut { to: count(to)? });
    }
    if let Some(rest) = after("scale in to ") {
        let (to, removal) = match rest.strip_suffix(" abruptly") {
            Some(to) => (to, Removal::Abrupt),
            None => (rest, Removal::Graceful),
        };
        let to = count(to)?;
        return Some(EventKind::ScaleIn { to, removal });
    }
    if let Some(killed) = after("kill ") {
        let count = count(killed)?;
        return Some(EventKind::Kill { count });
    }
    if let Some(zone) = after("lose zone ") {
        let zone = named(zone)?;
        return Some(EventKind::ZoneLoss { zone });
    }
    if let Some(lasting) = after("all down for ") {
        let lasting = span(lasting)?;
        return Some(EventKind::AllDown { lasting });
    }
    if let Some(rest) = after("hang ") {
        let (hung, lasting) = rest.split_once(" for ")?;
        let (count, lasting) = (count(hung)?, span(lasting)?);
        return Some(EventKind::Hang { count, lasting });
    }
    if let Some(to) = after("flap to ") {
        return Some(EventKind::Flap { to: count(to)? });
    }
    if let Some(part) = after("restart ") {
        let part = named(part)?;
        return Some(EventKind::Restart { part });
    }
    if let Some(to) = after("policy out to ") {
        return Some(EventKind::PolicyOut { to: count(to)? });
    }
    if let Some(to) = after("policy in to ") {
        return Some(EventKind::PolicyIn { to: count(to)? });
    }
    None
}

fn trigger(text: &str) -> Option<Trigger> {
    if let Some(rate) = text.strip_prefix("when the traffic reaches ") {
        let rate: Rate = rate.strip_suffix("TPS")?.parse().ok()?;
        return Some(Trigger::AtRate(rate));
    }
    if let Some(rest) = text.strip_prefix("when ") {
        let (count, kind) = rest.strip_suffix(" are saved")?.split_once(' ')?;
        return Some(Trigger::Saved {
            count: count.parse().ok()?,
            kind: named(kind.trim_matches('"'))?,
        });
    }
    let rest = text.strip_prefix("after ")?;
    match rest.strip_suffix(" responses") {
        Some(count) => Some(Trigger::AfterResponses(count.parse().ok()?)),
        None => Some(Trigger::After(span(rest)?)),
    }
}

fn span(text: &str) -> Option<Duration> {
    let span = humantime::parse_duration(text).ok();
    span.filter(|span| *span <= LONGEST_SPAN)
}

/// The time in an event or a trigger that is longer than any may be.
fn too_long(text: &str) -> Option<&str> {
    let spans = ["after ", " for "].into_iter();
    let mut spans = spans.filter_map(|before| Some(text.rsplit_once(before)?.1.trim()));
    spans.find(|span| match humantime::parse_duration(span) {
        Ok(span) => span > LONGEST_SPAN,
        Err(error) => error == humantime::DurationError::NumberOverflow,
    })
}

fn named(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn unknown(what: &str, text: &str, known: &[&str]) -> String {
    let text = text.trim();
    if let Some(span) = too_long(text) {
        return format!("`{text}` is {what}: `{span}` is too long, a year is the most");
    }
    // Numbers are no slips of the pen.
    let plain = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "1");
    let alike = |other: &&str| strsim::normalized_damerau_levenshtein(&plain(text), &plain(other));
    let nearest = known
        .iter()
        .copied()
        .max_by(|one, other| alike(one).total_cmp(&alike(other)))
        .filter(|nearest| alike(nearest) > 0.6);
    if let Some(nearest) = nearest {
        return format!("`{text}` is {what}. Did you mean `{nearest}`?");
    }
    let known: Vec<String> = known.iter().map(|own| format!("`{own}`")).collect();
    format!("`{text}` is {what}, expected one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_expected_can_be_read_and_is_shown_like_that() {
        for kind in KINDS {
            assert_eq!(kind.parse::<EventKind>().unwrap().to_string(), kind);
        }
        for trigger in TRIGGERS {
            assert_eq!(trigger.parse::<Trigger>().unwrap().to_string(), trigger);
        }
    }

    #[test]
    fn an_event_ends_where_its_trigger_begins() {
        let event: ScaleEvent = "lose zone day after 2s after 10 s".parse().unwrap();
        assert_eq!(event.kind.to_string(), "lose zone day after 2s");
        assert_eq!(event.trigger, Trigger::After(Duration::from_secs(10)));
        let event: ScaleEvent = "kill 1 when 3 \"order\" are saved".parse().unwrap();
        assert_eq!(event.trigger.to_string(), "when 3 order are saved");
        let event: ScaleEvent = "all down for 8784h after 8784h".parse().unwrap();
        assert_eq!(event.trigger, Trigger::After(LONGEST_SPAN));
    }

    #[test]
    fn slips_are_told_with_what_was_meant() {
        for (text, why) in [
            ("kil 1 after 10s", "Did you mean `kill 1`?"),
            (
                "scale outt to 3 after 10s",
                "Did you mean `scale out to 4`?",
            ),
            (
                "kill 1 when the trafic reaches 30 TPS",
                "Did you mean `when the traffic reaches 20 TPS`?",
            ),
            ("kill 1", "does not say when"),
            ("dance after 3s", "expected one of `scale out to 4`"),
            ("kill -1 after 3s", "is no scale event"),
            ("kill 1 after 3 bananas", "is no moment for a scale event"),
            (
                "kill 1 after 8785h",
                "`8785h` is too long, a year is the most",
            ),
            (
                "kill 1 after 10000000000000000000 s",
                "no moment for a scale event: `10000000000000000000 s` is too long",
            ),
            (
                "kill 1 after 99999999999999999999s",
                "`99999999999999999999s` is too long",
            ),
            (
                "hang 1 for 2years after 10s",
                "no scale event: `2years` is too long, a year is the most",
            ),
            ("", "does not say when"),
        ] {
            let message = text.parse::<ScaleEvent>().unwrap_err();
            assert!(message.contains(why), "{text}: {message}");
        }
    }

    fn kinds() -> impl Strategy<Value = EventKind> {
        let name = "[a-z][a-z0-9-]{0,9}( [a-z]{1,5})?";
        let lasting = (0_u64..10_000_000).prop_map(Duration::from_millis);
        prop_oneof![
            any::<u32>().prop_map(|to| EventKind::ScaleOut { to }),
            (any::<u32>(), any::<bool>()).prop_map(|(to, abrupt)| EventKind::ScaleIn {
                to,
                removal: if abrupt {
                    Removal::Abrupt
                } else {
                    Removal::Graceful
                },
            }),
            any::<u32>().prop_map(|count| EventKind::Kill { count }),
            Just(EventKind::RollingReplace),
            name.prop_map(|zone| EventKind::ZoneLoss { zone }),
            lasting
                .clone()
                .prop_map(|lasting| EventKind::AllDown { lasting }),
            (any::<u32>(), lasting).prop_map(|(count, lasting)| EventKind::Hang { count, lasting }),
            any::<u32>().prop_map(|to| EventKind::Flap { to }),
            name.prop_map(|part| EventKind::Restart { part }),
            any::<u32>().prop_map(|to| EventKind::PolicyOut { to }),
            any::<u32>().prop_map(|to| EventKind::PolicyIn { to }),
            Just(EventKind::NoOp),
        ]
    }

    fn triggers() -> impl Strategy<Value = Trigger> {
        prop_oneof![
            (0_u64..10_000_000).prop_map(|millis| Trigger::After(Duration::from_millis(millis))),
            (1_u32..).prop_map(|tps| Trigger::AtRate(Rate::per_second(tps).unwrap())),
            any::<u64>().prop_map(Trigger::AfterResponses),
            (any::<u64>(), "[a-z][a-z-]{0,9}")
                .prop_map(|(count, kind)| Trigger::Saved { kind, count }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read(kind in kinds(), trigger in triggers()) {
            let event: ScaleEvent = format!("{kind} {trigger}").parse().unwrap();
            prop_assert_eq!(event.kind, kind);
            prop_assert_eq!(event.trigger, trigger);
        }

        #[test]
        fn nothing_that_is_written_is_too_strange(text in ".{0,80}") {
            // It is an event or a message, never a panic.
            let _ = text.parse::<ScaleEvent>();
        }
    }
}
