//! Each rule by example: what it must find, and what it must not.

use super::*;

#[test]
fn foreign_data_is_found_in_every_form_and_told_with_its_place() {
    for form in FORMS {
        let oracle = oracle();
        assert_eq!(
            judge(&oracle, &profile(2, 2, 1, form)),
            [],
            "own data in {form:?}"
        );
        let findings = judge(&oracle, &profile(2, 5, 2, form));
        let spot = match form {
            Form::Json => Spot::Json("$.who.mail".into()),
            Form::Html => Spot::Html("p.who".into()),
            Form::Xml => Spot::Xml("/who/@mail".into()),
            Form::Csv => Spot::Csv {
                row: 1,
                column: "mail".into(),
            },
            Form::Text => Spot::Text(5),
            Form::Header => Spot::Header("x-user".into()),
        };
        let told = told(&findings);
        assert_eq!(told.len(), 1, "{form:?}: {told:?}");
        assert_eq!(
            (told[0].0, told[0].1, told[0].2),
            (Rule::ForeignData, 2, Some(5)),
            "{form:?}"
        );
        assert_eq!(told[0].3, Some(spot), "{form:?}");
        let written = serde_json::to_string(&findings).unwrap();
        assert!(
            !written.contains("person005") && !written.contains("nchen"),
            "{written}"
        );
    }
}

#[test]
fn what_is_shared_public_weak_or_echoed_accuses_nobody() {
    let oracle = oracle();
    let household = answered(0, 1, "text/plain", address(0));
    let birthday = answered(0, 2, "text/plain", "1990-01-01".to_owned());
    let provider = answered(0, 3, "text/plain", "Dr. Public Person".to_owned());
    let mut search = answered(
        0,
        4,
        "application/json",
        format!("{{\"q\":\"{}\"}}", email(3)),
    );
    search.request.url = format!("http://host.test/search?q={}", email(3).replace('@', "%40"));
    let mut form = answered(0, 5, "text/plain", format!("You wrote: {}", name(4)));
    form.request.body = Bytes::from(format!(
        "text={}",
        name(4)
            .replace(' ', "+")
            .replace('Ä', "%C3%84")
            .replace('ü', "%C3%BC")
    ));
    let mut redirected = answered(0, 6, "text/plain", format!("You wrote: {}", name(4)));
    redirected.hop = 1;
    redirected.intent.first = Some(Arc::new(form.request.clone()));
    for exchange in [household, birthday, provider, search, form, redirected] {
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{}", exchange.id);
    }
    // The same without the excuse.
    let stranger = answered(0, 7, "text/plain", address(1));
    assert_eq!(told(&judge(&oracle, &stranger))[0].0, Rule::ForeignData);
}

#[test]
fn a_name_is_read_across_lines_and_not_across_the_entries_of_a_list() {
    let oracle = oracle();
    let anna = Fact {
        value: "Anna Schmidt".into(),
        ..fact("full_name", Visibility::Private)
    };
    oracle.eyes().learn(UserId(3), 1, &anna);
    for (media_type, body) in [
        (
            "text/html",
            "<ul><li>Weber, Anna</li><li>Schmidt, Karl</li></ul>",
        ),
        ("text/html", "<tr><td>Anna</td>\n<td>Schmidt</td></tr>"),
        ("text/html", "<p>Weber, Anna<br>Schmidt, Karl</p>"),
        ("text/html", "<select><option>Anna<option>Schmidt</select>"),
        ("text/plain", "Weber, Anna\nSchmidt, Karl\n"),
        (
            "application/json",
            "{\"waiting\":\"Weber, Anna\\nSchmidt, Karl\"}",
        ),
    ] {
        let exchange = answered(0, 1, media_type, body.to_owned());
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{body}");
    }
    for (media_type, body) in [
        ("text/html", "<p><b>Anna</b> <i>Schmidt</i></p>"),
        ("text/html", "<p><span>Anna</span><span> Schmidt</span></p>"),
        (
            "text/html",
            "<div>\n  Karl,\n  Anna\n  Schmidt,\n Peter</div>",
        ),
        ("text/html", "<p>Dear Anna\nSchmidt</p>"),
        ("text/plain", "Dear Anna\nSchmidt, please come"),
        (
            "text/html",
            "<table><tr><th>First name<th>Last name<tr><td>Anna<td>Schmidt</table>",
        ),
        (
            "text/html",
            "<tr><td class=first-name>Anna</td><td class=last-name>Schmidt</td></tr>",
        ),
    ] {
        let exchange = answered(0, 2, media_type, body.to_owned());
        let told = told(&judge(&oracle, &exchange));
        assert_eq!(told.len(), 1, "{body}: {told:?}");
        assert_eq!(told[0].2, Some(3), "{body}");
    }
}

#[test]
fn a_value_of_the_users_own_in_another_form_excuses_somebody_elses_very_value() {
    let oracle = oracle();
    for (user, name, value) in [
        (0, "full_name", "Anna Müller"),
        (2, "full_name", "Anna Muller"),
        (0, "phone", "+49 30 1234567"),
        (2, "phone", "030 1234567"),
    ] {
        let fact = Fact {
            value: value.into(),
            ..fact(name, Visibility::Private)
        };
        oracle.eyes().learn(UserId(user), user / 2, &fact);
    }
    for (user, text) in [
        (0, "ANNA MULLER"),
        (0, "Anna Muller"),
        (0, "Müller, Anna"),
        (0, "call 030 1234567"),
        (0, "+49 30 1234567"),
        (2, "Anna Muller"),
        (2, "0049 30 1234567"),
    ] {
        let exchange = answered(user, 1, "text/plain", text.to_owned());
        assert_eq!(told(&judge(&oracle, &exchange)), [], "{user} {text}");
    }
    // Anybody else is shown what belongs to one of them, and it is told whose.
    for (text, owner) in [
        ("ANNA MULLER", 2),
        ("Anna Müller", 0),
        ("call 030 1234567", 2),
        ("+49 30 1234567", 0),
    ] {
        let exchange = answered(4, 2, "text/plain", text.to_owned());
        let told = told(&judge(&oracle, &exchange));
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert_eq!(told[0].2, Some(owner), "{text}");
    }
}

#[test]
fn a_leaked_cookie_is_not_the_users_own_input() {
    let oracle = oracle();
    let mut exchange = answered(0, 1, "text/plain", email(3));
    exchange.request.headers = vec![("cookie".into(), format!("last={}", email(3)))];
    assert_eq!(told(&judge(&oracle, &exchange))[0].0, Rule::ForeignData);
}

#[test]
fn an_identity_field_must_be_the_users_own() {
    let claim = |value: String| IdentityClaim {
        fact: "email".into(),
        spot: Spot::Json("$.mail".into()),
        value,
    };
    for (value, rules) in [
        (email(1).to_uppercase(), vec![]),
        ("stranger@else.test".to_owned(), vec![Rule::UnknownIdentity]),
        (email(2), vec![Rule::UnknownIdentity]),
    ] {
        let oracle = oracle();
        let mut exchange = answered(1, 1, "text/plain", "nothing".into());
        exchange.intent.identity = vec![claim(value)];
        let rules_told: Vec<_> = judge(&oracle, &exchange).iter().map(|f| f.rule).collect();
        assert_eq!(rules_told, rules);
    }
    // Seen as foreign data already, it is not told twice.
    let oracle = oracle();
    let mut exchange = profile(1, 2, 1, Form::Json);
    exchange.intent.identity = vec![claim(email(2))];
    let rules: Vec<_> = judge(&oracle, &exchange).iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Rule::ForeignData]);
}

#[test]
fn an_answer_to_another_request_is_told_and_a_gateways_id_is_not() {
    let oracle = oracle();
    let echo = |id: String, age: bool| {
        let mut exchange = answered(1, 9, "text/plain", "public".into());
        let response = exchange.response.as_mut().unwrap();
        response.headers[1].1 = id;
        if age {
            response.headers.push(("age".into(), "3".into()));
        }
        exchange
    };
    let mine = RequestId::new(TAG, UserId(1), 4).to_string();
    let theirs = RequestId::new(TAG, UserId(2), 4).to_string();
    let elsewhere = RequestId::new(RunTag(99), UserId(2), 4).to_string();
    assert_eq!(told(&judge(&oracle, &echo(mine, false)))[0].2, Some(1));
    assert_eq!(
        told(&judge(&oracle, &echo(theirs.clone(), false)))[0].2,
        Some(2)
    );
    for innocent in [elsewhere, "gateway-17".to_owned()] {
        assert_eq!(told(&judge(&oracle, &echo(innocent, false))), []);
    }
    assert_eq!(
        told(&judge(&oracle, &echo(theirs, true))),
        [],
        "a shared cache"
    );
}

#[test]
fn a_page_that_a_cache_keeps_for_all_bears_the_id_of_another_request() {
    let cached = |headers: &[(&str, &str)], body: String| {
        let mut exchange = answered(1, 9, "text/plain", body);
        exchange.intent.signed_in = false;
        exchange.request.headers = vec![("cookie".into(), "sid=secret".into())];
        let response = exchange.response.as_mut().unwrap();
        response.headers[1].1 = RequestId::new(TAG, UserId(2), 4).to_string();
        let own = headers.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        response.headers.extend(own);
        exchange
    };
    let public = || "public".to_owned();
    let rules = |exchange: &Exchange| -> Vec<Rule> {
        let findings = judge(&oracle(), exchange);
        findings.iter().map(|finding| finding.rule).collect()
    };
    for headers in [
        [("cache-control", "public, max-age=60")],
        [("cache-control", "s-maxage=60")],
        [("cache-control", "max-age=60")],
        [("x-cache", "Hit from cloudfront")],
        [("x-cache", "HIT, HIT")],
        [("x-cache-status", "HIT")],
        [("x-proxy-cache", "HIT")],
        [("cf-cache-status", "HIT")],
    ] {
        assert_eq!(rules(&cached(&headers, public())), [], "{headers:?}");
    }
    // A private page in a cache shows by what is in it, or by the id.
    let all = [("cache-control", "public"), ("x-cache", "HIT")];
    assert!(rules(&cached(&all, email(2))).contains(&Rule::ForeignData));
    for (headers, body) in [
        (vec![("cache-control", "private, max-age=60")], public()),
        (vec![("cache-control", "public, no-store")], public()),
        (vec![("cache-control", "max-age=0")], public()),
        (vec![("x-cache", "MISS")], public()),
        (
            vec![("cache-control", "public"), ("vary", "Cookie")],
            public(),
        ),
        (
            vec![("cache-control", "public"), ("set-cookie", "a=b")],
            public(),
        ),
        (vec![("x-cache", "HIT")], email(1)),
    ] {
        let exchange = cached(&headers, body);
        assert_eq!(rules(&exchange), [Rule::WrongResponse], "{headers:?}");
    }
    let mut posted = cached(&all, public());
    posted.request.method = "POST".into();
    assert_eq!(rules(&posted), [Rule::WrongResponse]);
    // No cache answers with what was asked for at another place.
    let oracle = oracle();
    let mut elsewhere = answered(2, 4, "text/plain", public());
    elsewhere.request.route = "/other".into();
    judge(&oracle, &elsewhere);
    let told = told(&judge(&oracle, &cached(&all, public())));
    assert_eq!(told[0].0, Rule::WrongResponse);
}

#[test]
fn the_first_answer_to_an_idempotency_key_may_come_again() {
    let first = RequestId::new(TAG, UserId(1), 4);
    let again = |same_key: Vec<RequestId>| {
        let mut exchange = answered(1, 9, "text/plain", "created".into());
        exchange.intent.same_key = same_key;
        exchange.response.as_mut().unwrap().headers[1].1 = first.to_string();
        judge(&oracle(), &exchange).len()
    };
    assert_eq!(again(vec![first]), 0);
    assert_eq!(again(vec![RequestId::new(TAG, UserId(1), 5)]), 1);
}

#[test]
fn a_new_credential_goes_on_with_the_session() {
    let lost = |renewed: bool, guessed: bool, millis: u64| {
        let oracle = oracle();
        judge(&oracle, &signed_in_as(1, 1, "secret-1"));
        let mut refresh = answered(1, 2, "text/plain", "go on".into());
        (refresh.sent, refresh.done) = (at(40_000), at(40_005));
        if renewed {
            refresh.intent.issued = vec![Credential {
                guessed,
                ..credential("secret-2")
            }];
        }
        judge(&oracle, &refresh);
        let mut anonymous = answered(1, 3, "text/plain", "who are you?".into());
        anonymous.response.as_mut().unwrap().status = 401;
        anonymous.intent.anonymous = true;
        (anonymous.sent, anonymous.done) = (at(millis), at(millis + 5));
        judge(&oracle, &anonymous).len()
    };
    let lost_at = |renewed, millis| lost(renewed, false, millis);
    assert_eq!(lost_at(true, 50_000), 1);
    assert_eq!(lost_at(true, 70_000), 1, "it lasts as long again");
    assert_eq!(lost_at(true, 101_000), 0, "and no longer");
    assert_eq!(lost_at(false, 70_000), 0);
    assert_eq!(lost(true, true, 70_000), 0, "a nonce of each response");
}

#[test]
fn a_session_may_end_while_its_last_request_is_under_way() {
    let lost = |sent, done| {
        let oracle = oracle();
        let mut sign_in = signed_in_as(1, 1, "secret-1");
        (sign_in.sent, sign_in.done) = (at(1_000), at(1_400));
        judge(&oracle, &sign_in);
        let mut page = signed_in_as(1, 2, "secret-1");
        (page.hop, page.sent, page.done) = (1, at(1_400), at(1_800));
        judge(&oracle, &page);
        let mut anonymous = answered(1, 3, "text/plain", "who are you?".into());
        anonymous.response.as_mut().unwrap().status = 401;
        anonymous.intent.anonymous = true;
        (anonymous.sent, anonymous.done) = (at(sent), at(done));
        judge(&oracle, &anonymous).len()
    };
    // It may have begun at 1 000, and lasts a minute, counted in whole seconds.
    assert_eq!(lost(60_500, 61_000), 0);
    assert_eq!(lost(60_000, 60_100), 0);
    assert_eq!(lost(59_500, 59_900), 1);
}

#[test]
fn what_everybody_is_told_is_no_session_that_outlived() {
    let outlived = |open: bool| {
        let oracle = oracle();
        judge(&oracle, &signed_in_as(1, 1, "secret-1"));
        let mut out = answered(1, 2, "text/plain", "bye".into());
        out.intent.signs_out = true;
        out.request.credentials = vec![credential("secret-1")];
        judge(&oracle, &out);
        let mut tried = profile(1, 1, 3, Form::Json);
        tried.request.credentials = vec![credential("secret-1")];
        tried.intent.open_to_all = open;
        let mut nobody = profile(1, 1, 4, Form::Json);
        nobody.intent.open_to_all = open;
        // A step's own request, later.
        let mut later = profile(1, 1, 5, Form::Json);
        later.request.credentials = vec![credential("secret-1")];
        let history = [tried, nobody, later];
        let findings = history.iter().flat_map(|own| judge(&oracle, own));
        findings.map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(outlived(false), [Rule::SessionOutlived]);
    assert_eq!(outlived(true), []);
}

/// Who is sent on to the sign-in page is signed out; who is refused is not.
#[test]
fn the_way_to_the_sign_in_page_acknowledges_a_sign_out() {
    let outlived = |status: u16| {
        let oracle = oracle();
        judge(&oracle, &signed_in_as(1, 1, "secret-1"));
        let mut out = answered(1, 2, "text/plain", "bye".into());
        if let Some(response) = &mut out.response {
            response.status = status;
        }
        out.intent.signs_out = true;
        out.intent.anonymous = true;
        out.request.credentials = vec![credential("secret-1")];
        judge(&oracle, &out);
        let mut tried = profile(1, 1, 3, Form::Json);
        tried.request.credentials = vec![credential("secret-1")];
        let findings = judge(&oracle, &tried);
        findings.iter().map(|own| own.rule).collect::<Vec<_>>()
    };
    assert_eq!(outlived(302), [Rule::SessionOutlived]);
    assert_eq!(outlived(401), []);
}

#[test]
fn one_credential_for_two_users_is_a_swap_and_so_is_what_follows() {
    let oracle = oracle();
    assert_eq!(judge(&oracle, &signed_in_as(0, 1, "secret-0")), []);
    assert_eq!(judge(&oracle, &signed_in_as(2, 2, "secret-2")), []);
    let findings = judge(&oracle, &signed_in_as(4, 3, "secret-2"));
    assert_eq!(told(&findings), [(Rule::SessionSwap, 4, Some(2), None)]);
    let mut exchange = profile(4, 2, 4, Form::Json);
    exchange.request.credentials = vec![credential("secret-2")];
    let findings = judge(&oracle, &exchange);
    assert_eq!(
        told(&findings)[0].0,
        Rule::SessionSwap,
        "answered as the other"
    );
    // A third person's data under that credential is another matter.
    let mut exchange = profile(4, 1, 5, Form::Json);
    exchange.request.credentials = vec![credential("secret-2")];
    assert_eq!(told(&judge(&oracle, &exchange))[0].0, Rule::ForeignData);
}

/// A token names whose it is. Given to a second person it is one swap, not
/// foreign data as well; another person's token among data is foreign data.
#[test]
fn a_token_of_somebody_else_that_is_given_is_one_swap() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let token = |user: u32| {
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let head = part(r#"{"alg":"none","typ":"JWT"}"#.to_owned());
        format!(
            "{head}.{}.x",
            part(format!("{{\"sub\":\"{}\"}}", email(user)))
        )
    };
    let given = |user: u32, number: u64, whose: u32| {
        let body = format!("{{\"token\":\"{}\"}}", token(whose));
        let mut exchange = answered(user, number, "application/json", body);
        exchange.intent.issued = vec![credential(&token(whose))];
        exchange
    };
    let oracle = oracle();
    assert_eq!(judge(&oracle, &given(0, 1, 0)), []);
    // Before the owner's own sign-in is judged, and after it.
    let findings = judge(&oracle, &given(5, 7, 3));
    assert_eq!(told(&findings), [(Rule::SessionSwap, 5, Some(3), None)]);
    assert_eq!(judge(&oracle, &given(2, 2, 2)), []);
    let findings = judge(&oracle, &given(4, 3, 2));
    assert_eq!(told(&findings), [(Rule::SessionSwap, 4, Some(2), None)]);
    let mut shown = given(4, 4, 0);
    shown.intent.issued.clear();
    // Beside the user's own credential, in a header that is none.
    let mut beside = given(1, 5, 1);
    let header = ("x-visit-token".to_owned(), token(0));
    beside.response.as_mut().unwrap().headers.push(header);
    for exchange in [shown, beside] {
        let findings = judge(&oracle, &exchange);
        assert_eq!(told(&findings)[0].0, Rule::ForeignData);
        assert_eq!(findings[0].owner, Some(UserId(0)));
    }
}

#[test]
fn a_constant_cookie_and_ones_own_renewed_one_are_no_swap() {
    let oracle = oracle();
    for (number, user) in (0..6).enumerate() {
        let exchange = signed_in_as(user, number as u64, "everybody-has-this");
        assert_eq!(told(&judge(&oracle, &exchange)), []);
    }
    let renewed = signed_in_as(3, 9, "everybody-has-this");
    assert_eq!(told(&judge(&oracle, &renewed)), []);
}

#[test]
fn a_session_is_lost_once_and_not_after_its_end() {
    let lost = |change: &dyn Fn(&mut Exchange)| {
        let oracle = oracle();
        let mut first = signed_in_as(1, 1, "secret-1");
        first.intent.signed_in = false;
        judge(&oracle, &first);
        let mut anonymous = answered(1, 2, "text/plain", "who are you?".into());
        anonymous.response.as_mut().unwrap().status = 401;
        anonymous.intent.anonymous = true;
        change(&mut anonymous);
        let once = told(&judge(&oracle, &anonymous)).len();
        let twice = told(&judge(&oracle, &anonymous)).len();
        (once, twice)
    };
    assert_eq!(lost(&|_| {}), (1, 0));
    assert_eq!(lost(&|own| own.intent.signed_in = false), (0, 0));
    assert_eq!(lost(&|own| own.intent.anonymous_expected = true), (0, 0));
    assert_eq!(lost(&|own| own.intent.denial_expected = true), (0, 0));
    assert_eq!(lost(&|own| own.intent.signs_out = true), (0, 0));
    let later = |own: &mut Exchange| {
        own.sent = at(61_000);
        own.done = at(61_005);
    };
    assert_eq!(lost(&later), (0, 0), "expired");
}

#[test]
fn a_probe_has_to_be_denied() {
    let probe = |status: u16, error: Option<ErrorClass>, shown: Option<u32>| {
        let oracle = oracle();
        let mut exchange = match shown {
            Some(shown) => profile(0, shown, 1, Form::Json),
            None => answered(0, 1, "text/plain", "x".into()),
        };
        exchange.response.as_mut().unwrap().status = status;
        exchange.error = error;
        exchange.intent.denial_expected = true;
        exchange.intent.probed = Some(UserId(2));
        let findings = judge(&oracle, &exchange);
        told(&findings)
            .into_iter()
            .map(|(rule, _, owner, _)| (rule, owner))
            .collect::<Vec<_>>()
    };
    assert_eq!(probe(200, None, None), [(Rule::AccessGranted, Some(2))]);
    assert_eq!(
        probe(200, None, Some(2)),
        [(Rule::AccessGranted, Some(2))],
        "told once"
    );
    assert_eq!(
        probe(200, None, Some(4)),
        [(Rule::AccessGranted, Some(2)), (Rule::ForeignData, Some(4))]
    );
    assert_eq!(
        probe(404, None, Some(2)),
        [(Rule::ForeignData, Some(2))],
        "denied, and yet told"
    );
    for (status, error) in [
        (403, None),
        (404, None),
        (500, None),
        (200, Some(ErrorClass::Timeout)),
    ] {
        assert_eq!(probe(status, error, None), [], "{status}");
    }
}

#[test]
fn what_a_probe_was_shown_is_its_witness() {
    let oracle = oracle();
    let mut exchange = profile(0, 2, 1, Form::Json);
    exchange.intent.denial_expected = true;
    exchange.intent.probed = Some(UserId(2));
    let findings = judge(&oracle, &exchange);
    let spot = Some(Spot::Json("$.address".into()));
    assert_eq!(told(&findings), [(Rule::AccessGranted, 0, Some(2), spot)]);
    assert_eq!(findings[0].witness.fact.as_deref(), Some("address"));
}
