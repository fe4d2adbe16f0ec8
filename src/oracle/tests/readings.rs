//! What is read in a text, each with a twin that looks alike and is somebody
//! else's, or nobody's.

use super::*;

/// The oracle of all tests, which knows these of user 3, too.
fn knowing() -> Oracle {
    let oracle = oracle();
    for (name, value) in [
        ("full_name", "Anna Schmidt"),
        ("full_name", "Jürgen Müller"),
        ("member_id", "M-K48210573"),
        ("phone", "+441772355600"),
        ("email", "anna.lee@x.test"),
    ] {
        let fact = Fact {
            value: value.into(),
            ..fact(name, Visibility::Private)
        };
        oracle.eyes().learn(UserId(3), 1, &fact);
    }
    oracle
}

/// Whose data a response to user 0 shows, with `header` as the only one or
/// `body` as JSON.
fn accused(header: Option<(&str, &str)>, body: &str) -> Vec<Option<u32>> {
    let mut exchange = answered(0, 1, "application/json", body.to_owned());
    if let (Some((name, value)), Some(response)) = (header, &mut exchange.response) {
        response.headers.push((name.into(), value.into()));
    }
    let findings = judge(&knowing(), &exchange);
    findings
        .iter()
        .map(|finding| finding.owner.map(|owner| owner.0))
        .collect()
}

#[test]
fn headers_are_read_like_any_text() {
    for (name, value, twin) in [
        (
            "set-cookie",
            "uid=TS1LNDgyMTA1NzM=; Path=/",
            "uid=TS1LNDgyMTA1NzQ=; Path=/",
        ),
        ("x-user", "4d2d4b3438323130353733", "4d2d4b3438323130353734"),
        (
            "content-disposition",
            "attachment; filename=\"Jürgen Müller.pdf\"",
            "attachment; filename=\"Jürgen Müllerson.pdf\"",
        ),
        (
            "content-disposition",
            "attachment; filename=\"Arztbrief_Anna_Schmidt.pdf\"",
            "attachment; filename=\"Arztbrief_Anna_Schmidtke.pdf\"",
        ),
        (
            "content-disposition",
            "attachment; filename=Mueller-Juergen.pdf",
            "attachment; filename=Peter-Mueller-Juergen-Weber.pdf",
        ),
        (
            "location",
            "/patients/anna-schmidt",
            "/streets/anna-schmidt-strasse",
        ),
        (
            "x-cache-key",
            "user-anna.lee@x.test",
            "mary-anna.lee@x.test",
        ),
        (
            "content-disposition",
            "attachment; filename=\"export_anna.lee@x.test.csv\"",
            "attachment; filename=\"joanna.lee@x.test.csv\"",
        ),
    ] {
        let found = accused(Some((name, value)), "{}");
        assert_eq!(found, [Some(3)], "{name}: {value}");
        assert_eq!(accused(Some((name, twin)), "{}"), [], "{name}: {twin}");
    }
}

#[test]
fn fields_are_read_by_what_they_are_called() {
    for (body, twin) in [
        (r#"{"phone":1772355600}"#, r#"{"iat":1772355600}"#),
        (r#"{"call":"01772 355600"}"#, r#"{"at":"1772355600"}"#),
        (
            r#"{"user":"anna.schmidt"}"#,
            r#"{"user":"anna.schmidt@else.test"}"#,
        ),
    ] {
        assert_eq!(accused(None, body), [Some(3)], "{body}");
        assert_eq!(accused(None, twin), [], "{twin}");
    }
}

#[test]
fn what_covers_a_name_in_a_path_explains_it() {
    let oracle = knowing();
    for (user, value) in [(0, "Maria Anna Schmidt"), (2, "Anna Schmidt-Weber")] {
        let fact = Fact {
            value: value.into(),
            ..fact("full_name", Visibility::Private)
        };
        oracle.eyes().learn(UserId(user), user / 2, &fact);
    }
    let mut own_input = answered(4, 1, "text/plain", "Moved to /patients/anna-schmidt".into());
    own_input.request.url = "http://host.test/patients/anna-schmidt".into();
    for exchange in [
        answered(0, 1, "text/plain", "/patients/maria_anna_schmidt".into()),
        answered(2, 1, "text/plain", "/patients/anna-schmidt-weber".into()),
        own_input,
    ] {
        assert_eq!(told(&judge(&oracle, &exchange)), []);
    }
    let leak = answered(0, 2, "text/plain", "/patients/anna_schmidt".into());
    assert_eq!(told(&judge(&oracle, &leak))[0].2, Some(3));
}

#[test]
fn words_beside_the_own_names_of_three_users_are_labels() {
    let oracle = knowing();
    let leak = |number: u64| {
        let body = r#"{"file":"Kurvenblatt_Anna_Schmidt.pdf"}"#;
        answered(4, number, "application/json", body.into())
    };
    assert_eq!(told(&judge(&oracle, &leak(1))), []);
    for user in 0..3 {
        let name = name(user).replace(' ', "_");
        let body = format!("{{\"file\":\"Kurvenblatt_{name}.pdf\"}}");
        let own = answered(user, 1, "application/json", body);
        assert_eq!(told(&judge(&oracle, &own)), []);
    }
    let spot = Spot::Json("$.file".into());
    assert_eq!(
        told(&judge(&oracle, &leak(2))),
        [(Rule::ForeignData, 4, Some(3), Some(spot))]
    );
}

#[test]
fn a_public_value_accuses_nobody_in_whatever_form() {
    let oracle = knowing();
    let clinic = |number: u64| answered(0, number, "text/plain", "Call 01772 355600".into());
    assert_eq!(told(&judge(&oracle, &clinic(1)))[0].2, Some(3));
    oracle.eyes().declare_public("public", "+44 (0)1772 355600");
    assert_eq!(told(&judge(&oracle, &clinic(2))), []);
}
