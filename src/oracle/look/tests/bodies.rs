//! Kinds of bodies.

use super::*;

#[test]
fn headers_cookies_and_redirects_are_looked_at() {
    let response = Received {
        status: 303,
        headers: vec![
            (REASON.into(), "Hello ann@x.test".into()),
            ("location".into(), "/done?for=ann%40x.test".into()),
            (
                "set-cookie".into(),
                "last=\"ann%2540x.test\"; Path=/".into(),
            ),
            (format!("{TRAILER}x-for"), "ann@x.test".into()),
        ],
        ..Received::default()
    };
    assert_eq!(
        spots_of("ann@x.test", &response),
        [
            "status line",
            "header location",
            "cookie last",
            "trailer x-for"
        ]
    );
}

#[test]
fn names_of_headers_that_can_be_data_are_looked_at_and_not_told() {
    let response = Received {
        headers: vec![
            ("x-ann@x.test".into(), "1".into()),
            (format!("{TRAILER}ann@x.test"), "2".into()),
            (
                "x-amz-server-side-encryption-customer-key-md5".into(),
                "3".into(),
            ),
        ],
        ..Received::default()
    };
    let (seen, _) = seen_in(&response);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("x-ann@x.test", "header ?"),
            ("1", "header ?"),
            ("ann@x.test", "trailer ?"),
            ("2", "trailer ?"),
            ("3", "header x-amz-server-side-encryption-customer-key-md5"),
        ]
    );
}

#[test]
fn what_is_not_what_it_says_is_read_as_text_and_counted() {
    for media_type in ["application/json", "application/xml"] {
        let (seen, looked) = seen(media_type, "{<broken ann@x.test");
        assert_eq!(
            seen,
            [("{<broken ann@x.test".into(), "body at byte 0".into())]
        );
        assert!(looked.unreadable && looked.textual);
    }
    let (_, looked) = seen("image/png", "\u{1}\u{2}");
    assert!(!looked.unreadable && !looked.textual);
}

#[test]
fn many_documents_are_told_by_their_lines() {
    let lines = "{\"a\":1}\n{\"a\":\"ann@x.test\"}\n";
    for media_type in ["application/x-ndjson", "application/json"] {
        let (seen, looked) = seen(media_type, lines);
        let place = ("ann@x.test".to_owned(), "line 2 > JSON $.a".to_owned());
        assert!(seen.contains(&place), "{media_type}: {seen:?}");
        assert!(!looked.unreadable);
    }
    let sequence = "\u{1e}{\"a\":1}\n\u{1e}{\"a\":2}\n";
    assert!(!seen("application/json-seq", sequence).1.unreadable);
}

#[test]
fn guards_and_callbacks_around_json_are_no_obstacle() {
    for (media_type, body, spot) in [
        (
            "application/json",
            ")]}',\n{\"a\":\"ann@x.test\"}",
            "JSON $.a",
        ),
        (
            "application/javascript",
            "/**/cb({\"a\":\"ann@x.test\"});",
            "body at byte 0 > JSON $.a",
        ),
        (
            "text/html",
            "<script type='application/json'>{\"a\":\"ann@x.test\"}</script>",
            "HTML script > JSON $.a",
        ),
        (
            "text/html",
            "<script>var me = {\"a\":\"ann@x.test\"};</script>",
            "HTML script > JSON $.a",
        ),
        (
            "text/html",
            "<div id=app data-me='{&quot;a&quot;:&quot;ann@x.test&quot;}'></div>",
            "HTML div#app > JSON $.a",
        ),
    ] {
        let (seen, looked) = seen(media_type, body);
        let place = ("ann@x.test".to_owned(), spot.to_owned());
        assert!(seen.contains(&place), "{body}: {seen:?}");
        assert!(!looked.unreadable);
    }
}

#[test]
fn parts_have_headers_and_encodings_of_their_own() {
    let body = "--b\r\nContent-Disposition: form-data; name=\"who\"\r\n\r\nann@x.test\r\n\
                --b\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                eyJhIjoi\r\nYW5uQHgudGVzdCJ9\r\n\
                --b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\nann=40x.te=\r\nst\r\n--b--\r\n";
    let response = Received {
        body: Bytes::from(body),
        ..with_header("content-type", "multipart/mixed; boundary=\"b\"")
    };
    assert_eq!(
        spots_of("ann@x.test", &response),
        [
            "part who",
            "part 2 > base64 > JSON $.a",
            "part 3 > quoted-printable"
        ]
    );
}

#[test]
fn the_headers_of_parts_are_read_whatever_their_charset() {
    for name in ["Jürgen Müller".as_bytes(), b"J\xfcrgen M\xfcller"] {
        let mut body = b"--b\r\nContent-Disposition: attachment; filename=\"".to_vec();
        body.extend_from_slice(name);
        body.extend_from_slice(b".pdf\"\r\n\r\n%PDF\r\n--b--\r\n");
        let (seen, _) = seen_bytes("multipart/mixed; boundary=b", &body);
        let found = seen
            .iter()
            .any(|(text, _)| text.contains("\"Jürgen Müller.pdf\""));
        assert!(found, "{seen:?}");
    }
}

#[test]
fn events_are_looked_at_one_by_one() {
    let body = ": hello\nevent: booked\ndata: {\"a\":\ndata: \"ann@x.test\"}\n\nid: 7\ndata: bob@x.test\n\n";
    let (seen, looked) = seen("text/event-stream", body);
    assert!(!looked.unreadable);
    for place in [
        ("ann@x.test", "event booked > JSON $.a"),
        ("bob@x.test", "event message"),
    ] {
        let place = (place.0.to_owned(), place.1.to_owned());
        assert!(seen.contains(&place), "{seen:?}");
    }
}

#[test]
fn fields_are_one_value_when_their_names_say_so() {
    let name = |body: &str, media_type: &str| {
        let (seen, _) = seen(media_type, body);
        seen.iter().any(|(text, _)| text == "Ann Lee")
    };
    for (media_type, body) in [
        (
            "application/json",
            r#"{"lastName":"Lee","id":7,"firstName":"Ann"}"#,
        ),
        ("application/json", r#"{"vorname":"Ann","name":"Lee"}"#),
        (
            "application/xml",
            "<p><given-name>Ann</given-name><family-name>Lee</family-name></p>",
        ),
        ("application/xml", "<p first='Ann' last='Lee'/>"),
        ("text/csv", "last_name,first_name\nLee,Ann\n"),
        (
            "text/html",
            "<input name=first value=Ann><input name=last value=Lee>",
        ),
        (
            "text/html",
            "<table><tr><th>Last name<th>First name<tr><td>Lee<td>Ann</table>",
        ),
        (
            "text/html",
            "<table><tr><td class='c last-name'>Lee<td class=first-name>Ann</table>",
        ),
        (
            "text/html",
            "<div><p class=first-name>Carl</p><p class=last-name>Bell</p>\
             <p class=first-name>Ann</p><p class=last-name>Lee</p></div>",
        ),
        (
            "text/html",
            "<div><p itemprop=familyName>Lee</p><p itemprop=givenName><b>Ann</b></p></div>",
        ),
        (
            "application/x-www-form-urlencoded",
            "lastName=Lee&firstName=Ann",
        ),
    ] {
        assert!(name(body, media_type), "{body}");
    }
    for (media_type, body) in [
        (
            "application/json",
            r#"{"patientFirstName":"Ann","doctorLastName":"Lee"}"#,
        ),
        (
            "application/json",
            r#"[{"firstName":"Ann"},{"lastName":"Lee"}]"#,
        ),
        ("application/json", r#"{"patient":"Ann","doctor":"Lee"}"#),
        ("text/csv", "doctor,patient\nLee,Ann\n"),
        (
            "text/html",
            "<p class=doctor-last-name>Lee</p><p class=first-name>Ann</p>",
        ),
        (
            "text/html",
            "<div><p class=first-name>Ann</p></div><div><p class=last-name>Lee</p></div>",
        ),
        (
            "text/html",
            "<div><p class=first-name>Ann</p><p class=last-name>Bell</p>\
             <p class=first-name>Carl</p><p class=last-name>Lee</p></div>",
        ),
        (
            "text/html",
            "<ul><li class=first>Ann</li><li class=last>Lee</li></ul>",
        ),
        (
            "text/html",
            "<input name=first value=Ann><input name=last value=Bell>\
             <input name=first value=Carl><input name=last value=Lee>",
        ),
    ] {
        assert!(!name(body, media_type), "{body}");
    }
}

#[test]
fn names_in_arrays_and_elements_are_one_value() {
    for (media_type, body) in [
        (
            "application/fhir+json",
            r#"{"name":[{"use":"official","family":"Lee","given":["Ann"],"prefix":["Mrs"]}]}"#,
        ),
        (
            "application/json",
            r#"{"family":{"value":"Lee"},"given":{"value":"Ann"}}"#,
        ),
        (
            "application/json",
            r#"[{"key":"firstName","value":"Ann"},{"key":"lastName","value":"Lee"}]"#,
        ),
        (
            "application/fhir+xml",
            "<name><use value='official'/><family value='Lee'/><given value='Ann'/></name>",
        ),
        (
            "application/xml",
            "<PID.5><XPN.1><FN.1>Lee</FN.1></XPN.1><XPN.2>Ann</XPN.2></PID.5>",
        ),
        (
            "application/xml",
            "<p><first>Bo</first><last>Fox</last><first>Ann</first><last>Lee</last></p>",
        ),
    ] {
        let (seen, _) = seen(media_type, body);
        let found = seen.iter().any(|(text, _)| text == "Ann Lee");
        assert!(found, "{body}: {seen:?}");
    }
    for (media_type, body) in [
        (
            "application/json",
            r#"{"given":["Mary","Ann"],"family":"Lee"}"#,
        ),
        (
            "application/json",
            r#"{"given":["Ann",{"x":1}],"family":"Lee"}"#,
        ),
        (
            "application/json",
            r#"[[{"key":"firstName","value":"Ann"}],[{"key":"lastName","value":"Lee"}]]"#,
        ),
        (
            "application/json",
            r#"{"patient":{"given":{"value":"Ann"}},"family":{"value":"Lee"}}"#,
        ),
        (
            "application/json",
            r#"{"firstName":"Ann","middleName":"Maria","lastName":"Lee"}"#,
        ),
        (
            "application/xml",
            "<n><given>Mary</given><given>Ann</given><family>Lee</family></n>",
        ),
        ("application/xml", "<text><td>Ann</td> <td>Lee</td></text>"),
        (
            "application/xml",
            "<p><first>Ann</first><last>Fox</last><first>Bo</first><last>Lee</last></p>",
        ),
    ] {
        let (seen, _) = seen(media_type, body);
        let found = seen.iter().any(|(text, _)| text == "Ann Lee");
        assert!(!found, "{body}: {seen:?}");
    }
}

#[test]
fn all_names_of_a_person_are_one_value() {
    for (media_type, body) in [
        (
            "application/json",
            r#"{"given":["Ann","Mary"],"family":"Lee"}"#,
        ),
        (
            "application/xml",
            "<n><given>Ann</given><given>Mary</given><family>Lee</family></n>",
        ),
        (
            "application/json",
            r#"{"firstName":"Ann","middleName":"Mary","lastName":"Lee"}"#,
        ),
    ] {
        let (seen, _) = seen(media_type, body);
        let found = seen.iter().any(|(text, _)| text == "Ann Mary Lee");
        assert!(found, "{body}: {seen:?}");
    }
}

#[test]
fn values_broken_by_markup_are_whole_again() {
    for (media_type, body) in [
        ("text/html", "<h1>x</h1><p>0151 <b>169</b>24<wbr>504</p>"),
        ("application/xml", "<p>0151 <b>169</b>24504</p>"),
        ("application/xml", "<note>0151 <b>169</b>24504</note>"),
        ("application/xml", "<p><t>0151 169</t><t>24504</t></p>"),
        (
            "image/svg+xml",
            "<svg><text><tspan>0151 </tspan><tspan>16924504</tspan></text></svg>",
        ),
        ("text/html", "<p>0151 169&shy;24504</p>"),
    ] {
        let (seen, _) = seen(media_type, body);
        assert!(
            seen.iter().any(|(text, _)| text.trim() == "0151 16924504"),
            "{body}: {seen:?}"
        );
    }
}

#[test]
fn what_stands_where_a_name_should_is_seen_and_not_told() {
    for (media_type, body) in [
        ("text/event-stream", "Dear ann@x.test\n\n"),
        ("text/event-stream", "sent to ann@x.test: yes\n"),
        (
            "multipart/mixed; boundary=b",
            "--b\r\nann@x.test: yes\r\n\r\ntext\r\n--b--\r\n",
        ),
    ] {
        let (seen, _) = seen(media_type, body);
        let spots: Vec<&String> = seen
            .iter()
            .filter(|(text, _)| text.contains("ann@x.test"))
            .map(|(_, spot)| spot)
            .collect();
        assert!(!spots.is_empty(), "{media_type}: {seen:?}");
        assert!(spots.iter().all(|spot| !spot.contains("ann")), "{spots:?}");
    }
}

#[test]
fn what_was_cut_behind_json_is_seen() {
    for body in [
        "{\"a\": 1}\n{\"mail\": \"ann@x.test",
        "for ann@x.test {\"a\": 1}",
    ] {
        let (seen, _) = seen("application/json", body);
        let found = seen.iter().any(|(text, _)| text.contains("ann@x.test"));
        assert!(found, "{seen:?}");
    }
}
