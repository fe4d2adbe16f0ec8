//! Layers, and layers within layers.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const VALUE: &str = "anna@example.test";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn token() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.c2lnbmF0dXJl",
        part("{\"alg\":\"HS256\"}"),
        part(&format!("{{\"sub\":\"{VALUE}\"}}"))
    )
}

#[test]
fn layers_in_json_are_undone_and_told() {
    let json = serde_json::json!({ "email": VALUE }).to_string();
    let twice = serde_json::to_string(&json).unwrap();
    let base64 = STANDARD.encode(&json);
    let double = STANDARD.encode(&base64);
    let packed = STANDARD.encode(gzip(json.as_bytes()));
    let marked: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(json.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let digits: Vec<String> = VALUE.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex = digits.concat();
    for (note, spot) in [
        (json.clone(), "JSON $.note > JSON $.email"),
        (twice, "JSON $.note > JSON $ > JSON $.email"),
        (base64.clone(), "JSON $.note > base64 > JSON $.email"),
        (
            format!("data:application/json;base64,{base64}"),
            "JSON $.note > base64 > JSON $.email",
        ),
        (double, "JSON $.note > base64 > base64 > JSON $.email"),
        (packed, "JSON $.note > base64 > compressed > JSON $.email"),
        (
            STANDARD.encode(marked),
            "JSON $.note > base64 > JSON $.email",
        ),
        (token(), "JSON $.note > JWT payload $.sub"),
        (hex, "JSON $.note > hex"),
        (
            format!("<p class=m>{VALUE}</p>").replace('@', "&#64;"),
            "JSON $.note > HTML p.m",
        ),
        (VALUE.replace('@', "&commat;"), "JSON $.note"),
        (VALUE.replace('@', "%252540"), "JSON $.note"),
        (VALUE.replace('@', r"\u0040"), "JSON $.note > escapes"),
        (format!("log: {json} end"), "JSON $.note > JSON $.email"),
        (format!("{json}\n{json}"), "JSON $.note > JSON $.email"),
        (
            format!("=?utf-8?B?{}?=", STANDARD.encode(VALUE)),
            "JSON $.note > encoded word",
        ),
    ] {
        let body = serde_json::json!({ "note": note }).to_string();
        let response = Received {
            body: Bytes::from(body.clone()),
            ..with_header("content-type", "application/json")
        };
        let spots = spots_of(VALUE, &response);
        assert!(spots.iter().any(|own| own == spot), "{body}: {spots:?}");
    }
}

#[test]
fn packed_tokens_are_unpacked() {
    let json = format!("{{\"sub\":\"{VALUE}\"}}");
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    let token = format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode("{\"zip\":\"DEF\",\"alg\":\"ES256\"}"),
        URL_SAFE_NO_PAD.encode(encoder.finish().unwrap())
    );
    let response = Received {
        body: serde_json::json!({ "verifiableCredential": [token] })
            .to_string()
            .into(),
        ..with_header("content-type", "application/json")
    };
    assert_eq!(
        spots_of(VALUE, &response),
        ["JSON $.verifiableCredential[0] > JWT payload $.sub"]
    );
}

#[test]
fn layers_in_headers_are_undone_and_told() {
    let base64 = STANDARD.encode(format!("{{\"id\":\"{VALUE}\"}}"));
    for (name, value, spot) in [
        (
            "x-user",
            base64.clone(),
            "header x-user > base64 > JSON $.id",
        ),
        (
            "set-cookie",
            format!("session={}; Path=/", token()),
            "cookie session > JWT payload $.sub",
        ),
        (
            "set-cookie",
            format!("me=\"{base64}\"; HttpOnly"),
            "cookie me > base64 > JSON $.id",
        ),
        (
            "set-cookie",
            format!("me={}", base64.replace('=', "%3D")),
            "cookie me > base64 > JSON $.id",
        ),
        (
            "set-cookie",
            format!("rack={base64}--0123456789abcdef"),
            "cookie rack > base64 > JSON $.id",
        ),
        (
            "location",
            format!("/a?state={base64}"),
            "header location > base64 > JSON $.id",
        ),
        (
            "refresh",
            "0; url=/me?for=anna%40example.test".to_owned(),
            "header refresh",
        ),
        (
            "link",
            "</me?for=anna%40example.test>; rel=self".to_owned(),
            "header link",
        ),
        (
            "content-disposition",
            "attachment; filename*=UTF-8''anna%40example.test.pdf".to_owned(),
            "header content-disposition",
        ),
        (
            "authorization",
            format!("Basic {}", STANDARD.encode(format!("{VALUE}:secret"))),
            "header authorization > base64",
        ),
    ] {
        let spots = spots_of(VALUE, &with_header(name, &value));
        assert!(
            spots.iter().any(|own| own == spot),
            "{name}: {value}: {spots:?}"
        );
    }
}

#[test]
fn bodies_packed_without_saying_so_are_unpacked() {
    let json = format!("{{\"email\":\"{VALUE}\"}}");
    let type_of = |coding: Option<&str>, body: Vec<u8>| Received {
        headers: [
            ("content-type", Some("application/json")),
            ("content-encoding", coding),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect(),
        body: body.into(),
        ..Received::default()
    };
    let once = gzip(json.as_bytes());
    let zstd = zstd::stream::encode_all(json.as_bytes(), 0).unwrap();
    for (coding, body, spot) in [
        (None, once.clone(), "compressed > JSON $.email"),
        (None, zlib(json.as_bytes()), "compressed > JSON $.email"),
        (None, zstd, "compressed > JSON $.email"),
        (None, gzip(&once), "compressed > compressed > JSON $.email"),
        (Some("gzip, gzip"), gzip(&once), "JSON $.email"),
    ] {
        assert_eq!(
            spots_of(VALUE, &type_of(coding, body)),
            [spot],
            "{coding:?}"
        );
    }
}

#[test]
fn bombs_and_endless_nesting_are_bounded_and_counted() {
    let bomb = gzip(&vec![b'a'; 80 << 20]);
    let (_, looked) = seen_bytes("application/json", &bomb);
    assert!(looked.skipped > 0);
    let mut nested = VALUE.to_owned();
    for _ in 0..12 {
        nested = STANDARD.encode(&nested);
    }
    let (_, looked) = seen("text/plain", &nested);
    assert!(looked.skipped > 0);
    // Neither takes long: an attachment of many lines that is no text.
    let line = format!(
        "{}\r\n",
        "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mr"
    );
    let (_, looked) = seen("text/plain", &line.repeat(20_000));
    assert_eq!(looked.skipped, 0);
    let many = format!("{} ", STANDARD.encode(VALUE.replace('@', "%40"))).repeat(10_000);
    let (_, looked) = seen("text/plain", &many);
    assert!(looked.skipped > 0);
}

#[test]
fn nothing_is_unpacked_where_no_layer_can_hold_it() {
    let packed = |content: &[u8]| zstd::stream::encode_all(content, 0).unwrap();
    let within = |bytes: &[u8], depth: usize| {
        (0..depth).fold(STANDARD.encode(bytes), |text, _| {
            serde_json::json!([text]).to_string()
        })
    };
    // One layer for what was encoded, and one for what is packed in it.
    let (bomb, value) = (packed(&vec![b' '; 32 << 20]), packed(VALUE.as_bytes()));
    for (depth, is_seen) in [(7, true), (8, false)] {
        let (seen, looked) = seen("application/json", &within(&value, depth));
        let found = seen.iter().any(|(text, _)| text == VALUE);
        assert_eq!((found, looked.skipped > 0), (is_seen, !is_seen), "{depth}");
    }
    let mut bombs = vec![STANDARD.encode(&bomb); 400];
    bombs.push("Ann Lee".to_owned());
    let text = (0..7).fold(serde_json::json!(bombs).to_string(), |text, _| {
        serde_json::json!([text]).to_string()
    });
    // There is much room.
    let text = " ".repeat(8 << 20) + &text;
    let (seen, looked) = seen("application/json", &text);
    assert!(looked.skipped > 0);
    assert!(seen.iter().any(|(text, _)| text == "Ann Lee"));
}

#[test]
fn short_values_use_up_no_layers() {
    let mut ids: Vec<String> = (0..5_000)
        .flat_map(|id| [format!("User:{id}"), format!("Appointment:{id}")])
        .map(|id| STANDARD.encode(id))
        .collect();
    ids.push(STANDARD.encode(format!("{{\"email\":\"{VALUE}\"}}")));
    let (seen, looked) = seen("application/json", &serde_json::json!(ids).to_string());
    assert_eq!(looked.skipped, 0);
    for (text, spot) in [
        ("Appointment:4999", "JSON $[9999] > base64"),
        (VALUE, "JSON $[10000] > base64 > JSON $.email"),
    ] {
        assert!(seen.contains(&(text.to_owned(), spot.to_owned())), "{text}");
    }
}

#[test]
fn empty_documents_use_up_no_layers() {
    let texts = ["{}", "[]", "\"\""].repeat(2_000);
    let (_, looked) = seen("application/json", &serde_json::json!(texts).to_string());
    assert_eq!(looked.skipped, 0);
}

#[test]
fn short_texts_that_are_encoded_have_further_layers() {
    for (inner, text, spot) in [
        // As short as a run can be, and longer.
        (STANDARD.encode("A-4711"), "A-4711", "base64 > base64"),
        (
            URL_SAFE_NO_PAD.encode("M-K48210573"),
            "M-K48210573",
            "base64 > base64",
        ),
        ("ann%40x.test 1".to_owned(), "ann@x.test 1", "base64"),
        ("sur: Lee\nfirst: Ann".to_owned(), "Ann Lee", "base64"),
    ] {
        let (seen, _) = seen("text/plain", &STANDARD.encode(&inner));
        let place = (text.to_owned(), format!("body at byte 0 > {spot}"));
        assert!(seen.contains(&place), "{inner}: {seen:?}");
    }
}
