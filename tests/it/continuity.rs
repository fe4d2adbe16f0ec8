//! One session goes on: tokens that are refreshed, cookies that are renewed,
//! sign-ins without a question; and services that lose it on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;
use std::sync::Mutex;

use fpt::model::Rule;

use crate::support::hostile::{Head, Service, Then, status};
use crate::support::run::{Fpt, Ran};

/// What a service knows.
#[derive(Debug, Default)]
pub(super) struct Known {
    count: u64,
    /// Who has each secret, and how often it was used.
    secrets: BTreeMap<String, (String, u32)>,
    mails: BTreeMap<String, String>,
    /// What each has asked for so often.
    asked: BTreeMap<(String, String), u32>,
    keys: BTreeMap<String, String>,
    /// What each session has put into its cart.
    carts: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// A new secret for `tag`.
    pub(super) fn issue(&mut self, tag: &str) -> String {
        self.count += 1;
        let drawn = u128::from(self.count).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let secret = format!("{drawn:032x}");
        self.secrets.insert(secret.clone(), (tag.to_owned(), 0));
        secret
    }

    /// Whose secret this is, if it still works.
    pub(super) fn whose(&self, secret: &str) -> Option<String> {
        self.secrets.get(secret).map(|(tag, _)| tag.clone())
    }

    /// How often `tag` has asked for `page`, now included.
    pub(super) fn times(&mut self, tag: &str, page: &str) -> u32 {
        let times = self.asked.entry((tag.to_owned(), page.to_owned()));
        let times = times.or_default();
        *times += 1;
        *times
    }

    pub(super) fn page_of(&self, tag: &str) -> String {
        serde_json::json!({"email": self.mails.get(tag)}).to_string()
    }
}

/// A service that knows who signed in with `/login?me=…&mail=…`, and answers all
/// else by `answer`.
pub(super) fn service(
    answer: impl Fn(&Head, &mut Known, &mut TcpStream) -> std::io::Result<Then> + Send + Sync + 'static,
) -> Service {
    let known = Mutex::new(Known::default());
    Service::reading(move |head, stream| {
        let mut known = known.lock().unwrap();
        if head.page() == "/sign-me-in" {
            let tag = head.parameter("me");
            known.mails.insert(tag.clone(), head.parameter("mail"));
            let secret = known.issue(&tag);
            let cookie = format!("set-cookie: sid={secret}; Path=/; HttpOnly\r\n");
            let body = serde_json::json!({"token": secret}).to_string();
            return status(stream, 200, &cookie, &body);
        }
        answer(head, &mut known, stream)
    })
}

pub(super) fn run(service: &Service, steps: &str, settings: &[&str]) -> Ran {
    let feature = format!(
        "Feature: f\n  Scenario: s\n    Given the user signs in with POST \
         \"/sign-me-in?me={{{{ user.tag }}}}&mail={{{{ user.email }}}}\" with form:\n      | a | b |\n{steps}\n"
    );
    let mut fpt = Fpt::feature(&feature)
        .load(4, 40, 5)
        .set(&format!("target={}", service.url()));
    for setting in settings {
        fpt = fpt.set(setting);
    }
    fpt.done()
}

/// Nothing was found, and enough was seen to say so.
pub(super) fn is_silent(ran: &Ran) {
    assert_eq!(ran.findings(), [], "{ran}");
    assert_eq!(ran.code, 0, "{ran}");
}

/// All findings are of this rule; gives whose they are.
pub(super) fn only(ran: &Ran, rule: Rule) -> BTreeSet<(u32, Option<u32>)> {
    let findings = ran.findings();
    assert!(!findings.is_empty(), "{ran}");
    findings
        .into_iter()
        .map(|finding| {
            assert_eq!(finding.rule, rule, "{ran}");
            (finding.user.0, finding.owner.map(|owner| owner.0))
        })
        .collect()
}

/// Every iteration refreshes the token, at half of its life of four requests.
const REFRESHED: &str = r#"    And the user keeps JSON "$.token" as "token"
    And the user authenticates with bearer token "{{ user.kept.token }}"
    When the user sends GET "/me"
    Then the response shows the user's own email
    When the user sends POST "/token"
    And the user keeps JSON "$.token" as "token"
    And the user authenticates with bearer token "{{ user.kept.token }}"
    And the user sends GET "/me"
    Then the response shows the user's own email"#;

/// A service with tokens; `refreshed` says what becomes of a refresh by `tag`,
/// its old token being over: the new one.
fn tokens(refreshed: fn(&mut Known, &str) -> String) -> Service {
    service(move |head, known, stream| {
        let secret = head.header("authorization").trim_start_matches("Bearer ");
        let secret = secret.to_owned();
        let uses = known.secrets.get_mut(&secret).map(|(_, uses)| {
            *uses += 1;
            *uses
        });
        let Some(tag) = known.whose(&secret).filter(|_| uses <= Some(4)) else {
            return status(stream, 401, "", "{}");
        };
        if head.page() == "/token" {
            known.secrets.remove(&secret);
            let token = refreshed(known, &tag);
            let body = serde_json::json!({"token": token}).to_string();
            return status(stream, 200, "", &body);
        }
        let body = known.page_of(&tag);
        status(stream, 200, "", &body)
    })
}

#[test]
fn a_refreshed_token_goes_on_with_the_session() {
    let ran = run(&tokens(Known::issue), REFRESHED, &[]);
    is_silent(&ran);
}

/// Also when the session would be over, had nobody refreshed it.
#[test]
fn a_session_that_is_forgotten_at_a_refresh_is_lost() {
    let forgets = tokens(|known, tag| {
        let token = known.issue(tag);
        if tag == "u000002" && known.times(tag, "token") == 8 {
            known.secrets.remove(&token);
        }
        token
    });
    let ran = run(&forgets, REFRESHED, &["session.expires=1s"]).exits(1);
    assert_eq!(
        only(&ran, Rule::SessionLost),
        BTreeSet::from([(2, None)]),
        "{ran}"
    );
}

#[test]
fn a_refresh_that_gives_the_token_of_somebody_else_is_a_swap() {
    let swaps = tokens(|known, tag| {
        let of_another = known
            .secrets
            .iter()
            .find(|(_, (owner, _))| owner == "u000001")
            .map(|(token, _)| token.clone());
        match of_another.filter(|_| tag == "u000003" && known.times(tag, "token") == 3) {
            Some(token) => token,
            None => known.issue(tag),
        }
    });
    let ran = run(&swaps, REFRESHED, &[]).exits(4);
    let first = ran.findings().remove(0);
    assert_eq!(first.rule, Rule::SessionSwap, "{ran}");
    let pair = BTreeSet::from([first.user.0, first.owner.unwrap().0]);
    assert_eq!(pair, BTreeSet::from([1, 3]), "{ran}");
}

/// Each order renews the session, so that the second of two at once comes with
/// the old cookie. The service may answer both with its first answer.
#[test]
fn two_orders_at_once_lose_no_cookie() {
    const STEPS: &str = r#"    Given 100 % of writes are sent twice at once
    When the user sends POST "/order" with headers:
      | Idempotency-Key | {{ unique }} |
    Then the response status is 200
    When the user sends GET "/me"
    Then the response shows the user's own email"#;
    for renews in [true, false] {
        let desk = service(move |head, known, stream| {
            let secret = head.cookie("sid").to_owned();
            let Some(tag) = known.whose(&secret) else {
                return status(stream, 401, "", "{}");
            };
            let body = known.page_of(&tag);
            if head.page() != "/order" {
                return status(stream, 200, "", &body);
            }
            if renews {
                known.secrets.remove(&secret);
                let fresh = known.issue(&tag);
                let cookie = format!("set-cookie: sid={fresh}; Path=/; HttpOnly\r\n");
                return status(stream, 200, &cookie, "{}");
            }
            let id = head.header("x-request-id").to_owned();
            let first = known.keys.entry(head.header("idempotency-key").to_owned());
            let echo = format!("x-request-id: {}\r\n", first.or_insert(id));
            status(stream, 200, &echo, "{}")
        });
        is_silent(&run(&desk, STEPS, &[]));
    }
}

const READS: &str = r#"    When the user sends GET "/me"
    Then the response shows the user's own email"#;

/// A service that drops a session at every third page, and signs in anew
/// `by_itself` or asks.
fn drops(answer: &'static str) -> Service {
    service(move |head, known, stream| {
        let secret = head.cookie("sid").to_owned();
        let tag = known.whose(&secret);
        let to = |to: &str, more: &str| format!("location: {to}\r\n{more}");
        match (head.page(), tag) {
            ("/login", Some(tag)) if answer == "asks nothing" => {
                let place = format!("/login/oauth2/code/x?me={tag}");
                status(stream, 302, &to(&place, ""), "")
            }
            ("/login/oauth2/code/x", Some(tag)) => {
                let fresh = known.issue(&tag);
                let cookie = format!("set-cookie: sid={fresh}; Path=/; HttpOnly\r\n");
                status(stream, 302, &to("/me", &cookie), "")
            }
            ("/me", Some(tag)) if known.times(&tag, "/me") % 3 == 0 => {
                let code = answer.parse().unwrap_or(302);
                status(stream, code, &to("/login?back=/me", ""), "{}")
            }
            ("/me", Some(tag)) => {
                let body = known.page_of(&tag);
                status(stream, 200, "", &body)
            }
            _ => status(stream, 200, "", r#"{"please": "sign in"}"#),
        }
    })
}

#[test]
fn a_sign_in_without_a_question_is_no_lost_session() {
    is_silent(&run(&drops("asks nothing"), READS, &[]));
}

#[test]
fn a_way_that_ends_at_the_sign_in_page_is_a_lost_session() {
    let ran = run(&drops("asks"), READS, &[]).exits(1);
    let lost = only(&ran, Rule::SessionLost);
    assert_eq!(lost, (0..4).map(|user| (user, None)).collect(), "{ran}");
}

#[test]
fn a_profile_may_name_statuses_that_say_nobody() {
    let ran = run(&drops("419"), READS, &[]).exits(1);
    assert_eq!(ran.findings(), [], "{ran}");
    let named = ["session.anonymous-statuses=401,419"];
    let ran = run(&drops("419"), READS, &named).exits(1);
    only(&ran, Rule::SessionLost);
}

/// A page that shows what it shows to everybody who knows its address, and one
/// that asks for a session, which no sign-out ends.
#[test]
fn a_page_that_needs_no_session_is_none_that_outlived() {
    const STEPS: &str = r#"    When the user sends GET "/page?me={{ user.tag }}"
    Then the response shows the user's own email
    When the user signs out with POST "/sign-me-out""#;
    let desk = |open: bool| {
        service(move |head, known, stream| {
            let tag = known.whose(head.cookie("sid"));
            let tag = tag.or_else(|| open.then(|| head.parameter("me")));
            match (head.page(), tag) {
                ("/sign-me-out", _) => status(stream, 200, "", "{}"),
                (_, Some(tag)) => {
                    let body = known.page_of(&tag);
                    status(stream, 200, "", &body)
                }
                _ => status(stream, 401, "", "{}"),
            }
        })
    };
    is_silent(&run(&desk(true), STEPS, &[]));
    let ran = run(&desk(false), STEPS, &[]).exits(1);
    only(&ran, Rule::SessionOutlived);
}

/// The only page that shows anything is the one that the sign-in leads to.
#[test]
fn the_page_that_a_sign_in_leads_to_is_tried_after_the_sign_out() {
    const FEATURE: &str = r#"Feature: f
  @fresh-session
  Scenario: s
    Given the user registers with POST "/join?me={{ user.tag }}&name={{ user.member_id }}" with form:
      | a | b |
    And the user signs in with POST "/enter?me={{ user.tag }}" with form:
      | a | b |
    When the user signs out with POST "/leave"
"#;
    let desk = |ends: bool| {
        let known = Mutex::new(Known::default());
        Service::reading(move |head, stream| {
            let mut known = known.lock().unwrap();
            let secret = head.cookie("sid").to_owned();
            match (head.page(), known.whose(&secret)) {
                ("/join", _) => {
                    let (tag, name) = (head.parameter("me"), head.parameter("name"));
                    known.mails.insert(tag, name);
                    status(stream, 201, "", "{}")
                }
                ("/enter", _) => {
                    let fresh = known.issue(&head.parameter("me"));
                    let to =
                        format!("location: /home\r\nset-cookie: sid={fresh}; Path=/; HttpOnly\r\n");
                    status(stream, 302, &to, "")
                }
                ("/leave", _) => {
                    if ends {
                        known.secrets.remove(&secret);
                    }
                    status(stream, 200, "set-cookie: sid=; Path=/; Max-Age=0\r\n", "{}")
                }
                (_, Some(tag)) => {
                    let body = known.page_of(&tag);
                    status(stream, 200, "", &body)
                }
                _ => status(stream, 401, "", "{}"),
            }
        })
    };
    let run = |ends| {
        let service = desk(ends);
        let target = format!("target={}", service.url());
        Fpt::feature(FEATURE).load(4, 40, 2).set(&target).done()
    };
    is_silent(&run(true));
    only(&run(false).exits(1), Rule::SessionOutlived);
}

/// A cart belongs to a session: the next one, such as the first after the
/// preflight, finds an empty one.
#[test]
fn a_cart_ends_with_its_session() {
    const STEPS: &str = r#"    And the user keeps JSON "$.token" as "token"
    When the user keeps the text "{{ unique }}" as "item"
    And the user sends POST "/cart/add?item={{ user.kept.item }}"
    Then "{{ user.kept.item }}" was appended to the user's "cart {{ user.kept.token }}"
    When the user sends GET "/cart"
    Then JSON "$.items[*]" shows the user's list "cart {{ user.kept.token }}""#;
    let desk = |forgets: bool| {
        service(move |head, known, stream| {
            let secret = head.cookie("sid").to_owned();
            let Some(tag) = known.whose(&secret) else {
                return status(stream, 401, "", "{}");
            };
            let times = known.times("all", head.page());
            let cart = known.carts.entry(secret).or_default();
            if head.page() == "/cart/add" && !(forgets && times % 5 == 0) {
                cart.push(head.parameter("item"));
            }
            let body = serde_json::json!({"items": cart, "email": known.mails.get(&tag)});
            status(stream, 200, "", &body.to_string())
        })
    };
    is_silent(&run(&desk(false), STEPS, &["read-back.settle=100ms"]));
    let ran = run(&desk(true), STEPS, &["read-back.settle=100ms"]).exits(1);
    let rules: BTreeSet<Rule> = ran.findings().iter().map(|own| own.rule).collect();
    let lost = BTreeSet::from([Rule::SessionRollback, Rule::LostWrite]);
    assert_eq!(rules, lost, "{ran}");
}
