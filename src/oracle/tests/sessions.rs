//! How long a session lasts, and what its end means.

use super::*;

type Change = fn(&mut Exchange);

/// The rules that `history` breaks, in its order.
fn broken(oracle: &Oracle, history: &[Exchange]) -> Vec<Rule> {
    let findings = history.iter().flat_map(|own| judge(oracle, own));
    findings.map(|finding| finding.rule).collect()
}

/// A response that treats user 1 as nobody.
fn anonymous(number: u64, millis: u64) -> Exchange {
    let mut exchange = answered(1, number, "text/plain", "who are you?".into());
    exchange.response.as_mut().unwrap().status = 401;
    exchange.intent.anonymous = true;
    (exchange.sent, exchange.done) = (at(millis), at(millis + 5));
    exchange
}

/// `user` leaves, with the credential `secret`.
fn signed_out(user: u32, number: u64, secret: &str) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "bye".into());
    exchange.intent.signs_out = true;
    exchange.request.credentials = vec![credential(secret)];
    exchange
}

/// `user` is shown their own profile for the credential `secret`.
fn shown(user: u32, number: u64, secret: &str) -> Exchange {
    let mut exchange = profile(user, user, number, Form::Json);
    exchange.request.credentials = vec![credential(secret)];
    exchange
}

#[test]
fn a_second_sign_in_lasts_as_long_as_the_first() {
    let mut again = signed_in_as(1, 2, "secret-2");
    (again.sent, again.done) = (at(50_000), at(50_005));
    let history = [signed_in_as(1, 1, "secret-1"), again, anonymous(3, 70_000)];
    assert_eq!(broken(&oracle(), &history), [Rule::SessionLost]);
}

/// Services count whole seconds: a session may be a second shorter, or half as long.
#[test]
fn a_session_may_end_a_second_early() {
    let lost = |seconds: u64, millis: u64| {
        let mut oracle = oracle();
        let judge = oracle.judge.get_mut().unwrap();
        judge.settings.session_expires = Some(Duration::from_secs(seconds));
        let mut sign_in = signed_in_as(1, 1, "secret-1");
        (sign_in.sent, sign_in.done) = (at(0), at(5));
        let history = [sign_in, anonymous(2, millis - 5)];
        broken(&oracle, &history).len()
    };
    for (seconds, millis, times) in [
        (60, 58_999, 1),
        (60, 59_000, 0),
        (4, 2_999, 1),
        (4, 3_000, 0),
        (4, 4_500, 0),
        (1, 499, 1),
        (1, 500, 0),
    ] {
        assert_eq!(lost(seconds, millis), times, "{millis} ms of {seconds} s");
    }
}

#[test]
fn a_sign_out_that_failed_ends_nothing() {
    let outlived = |change: Change| {
        let mut out = signed_out(1, 2, "secret-1");
        change(&mut out);
        let history = [signed_in_as(1, 1, "secret-1"), out, shown(1, 3, "secret-1")];
        broken(&oracle(), &history)
    };
    assert_eq!(outlived(|_| {}), [Rule::SessionOutlived]);
    let failed: [(&str, Change); 5] = [
        ("a bad request", |own| {
            own.response.as_mut().unwrap().status = 400;
        }),
        ("an error of the service", |own| {
            own.response.as_mut().unwrap().status = 503;
        }),
        ("broken off", |own| own.error = Some(ErrorClass::Abandoned)),
        ("broken off on the way to the sign-in page", |own| {
            own.response.as_mut().unwrap().status = 302;
            own.intent.anonymous = true;
            own.error = Some(ErrorClass::Abandoned);
        }),
        ("never answered", |own| {
            own.response = None;
            own.error = Some(ErrorClass::Timeout);
        }),
    ];
    for (why, change) in failed {
        assert_eq!(outlived(change), [], "{why}");
    }
}

#[test]
fn who_overlaps_the_sign_out_is_nobodys_fault() {
    let outlived = |sent: u64| {
        let mut out = signed_out(1, 2, "secret-1");
        (out.sent, out.done) = (at(1_000), at(1_200));
        let mut late = shown(1, 3, "secret-1");
        (late.sent, late.done) = (at(sent), at(1_500));
        broken(&oracle(), &[signed_in_as(1, 1, "secret-1"), out, late])
    };
    assert_eq!(outlived(1_199), []);
    assert_eq!(outlived(1_200), [Rule::SessionOutlived]);
}

/// What user 2 was given by mistake is still theirs when user 1 leaves.
#[test]
fn a_sign_out_ends_the_session_of_who_signs_out() {
    let history = [
        signed_in_as(4, 1, "secret-4"),
        signed_in_as(1, 2, "secret-1"),
        signed_in_as(2, 3, "secret-1"),
        signed_out(1, 4, "secret-1"),
        shown(2, 5, "secret-1"),
    ];
    assert_eq!(broken(&oracle(), &history), [Rule::SessionSwap]);
    let own = [&history[..4], &[shown(1, 5, "secret-1")]].concat();
    assert_eq!(
        broken(&oracle(), &own),
        [Rule::SessionSwap, Rule::SessionOutlived]
    );
}

#[test]
fn a_page_that_tells_nothing_is_no_session_that_outlived() {
    let mut public = answered(1, 3, "text/html", "<p>Welcome to all".into());
    public.request.credentials = vec![credential("secret-1")];
    let history = [
        signed_in_as(1, 1, "secret-1"),
        signed_out(1, 2, "secret-1"),
        public,
    ];
    assert_eq!(broken(&oracle(), &history), []);
    let told = [&history[..2], &[shown(1, 4, "secret-1")]].concat();
    assert_eq!(broken(&oracle(), &told), [Rule::SessionOutlived]);
}

/// A cookie that nobody named and that comes with an error is given to all who are
/// refused: no sign that the service knows the user by it.
#[test]
fn what_comes_with_an_error_is_no_credential_of_a_session() {
    let swapped = |status: u16| {
        let given = |user, number, secret: &str| {
            let mut exchange = answered(user, number, "text/plain", "go on".into());
            exchange.response.as_mut().unwrap().status = status;
            exchange.intent.issued = vec![Credential {
                guessed: true,
                ..credential(secret)
            }];
            exchange
        };
        let history = [given(4, 1, "other"), given(0, 2, "one"), given(2, 3, "one")];
        broken(&oracle(), &history)
    };
    assert_eq!(swapped(200), [Rule::SessionSwap]);
    assert_eq!(swapped(399), [Rule::SessionSwap]);
    assert_eq!(swapped(400), []);
    assert_eq!(swapped(503), []);
}
