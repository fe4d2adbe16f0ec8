//! Records of each kind, whole and broken.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::seen_bytes;

/// A field with a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    [&[number << 3 | 2, length], content].concat()
}

fn message() -> Vec<u8> {
    let inner = [field(1, b"\x01\x02"), field(2, b"ann@x.test")].concat();
    [vec![8, 0x96, 1], field(4, &inner), field(5, b"Ann Lee")].concat()
}

#[test]
fn texts_of_records_are_seen_with_their_paths() {
    let pack =
        b"\x82\xa2id\x07\xa1m\x83\xa4mail\xaaann@x.test\xa9firstName\xa3Ann\xa8lastName\xc4\x03Lee";
    let cbor =
        b"\xa2\x01\x07\x61m\xbf\x64mail\x6aann@x.test\x69firstName\x63Ann\x68lastName\x63Lee\xff";
    let frame = |message: &[u8]| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0], &length[..], message].concat()
    };
    let web = STANDARD.encode(frame(&message())) + &STANDARD.encode(b"\x80\0\0\0\x0dgrpc-status:0");
    for (media_type, body, text, spot) in [
        (
            "application/msgpack",
            pack.to_vec(),
            "ann@x.test",
            "MessagePack $.m.mail",
        ),
        (
            "application/octet-stream",
            pack.to_vec(),
            "ann@x.test",
            "MessagePack $.m.mail",
        ),
        (
            "application/cbor",
            cbor.to_vec(),
            "ann@x.test",
            "CBOR $.m.mail",
        ),
        ("application/cbor", cbor.to_vec(), "Ann Lee", "CBOR $.m"),
        (
            "application/x-protobuf",
            message(),
            "ann@x.test",
            "protobuf $.4.2",
        ),
        (
            "application/grpc+proto",
            frame(&message()),
            "Ann Lee",
            "protobuf $.5",
        ),
        (
            "application/grpc-web-text",
            web.into_bytes(),
            "ann@x.test",
            "protobuf $.4.2",
        ),
    ] {
        let (seen, _) = seen_bytes(media_type, &body);
        let place = (text.to_owned(), spot.to_owned());
        assert!(seen.contains(&place), "{media_type}: {seen:?}");
    }
}

#[test]
fn what_is_no_record_is_text_and_hostile_ones_are_bounded() {
    for (media_type, body) in [
        ("application/msgpack", b"ann@x.test\xc1".to_vec()),
        ("application/cbor", b"ann@x.test\x7c".to_vec()),
        ("application/x-protobuf", b"ann@x.test".to_vec()),
    ] {
        let (seen, _) = seen_bytes(media_type, &body);
        assert!(
            seen.iter().any(|(text, _)| text.contains("ann@x.test")),
            "{seen:?}"
        );
    }
    for (media_type, body) in [
        ("application/msgpack", vec![0x91; 100_000]),
        ("application/msgpack", b"\xdf\xff\xff\xff\xff".to_vec()),
        ("application/cbor", vec![0x9f; 100_000]),
        (
            "application/cbor",
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        ("application/grpc", vec![0xff; 100_000]),
        ("application/x-protobuf", vec![0x0a; 100_000]),
    ] {
        seen_bytes(media_type, &body);
    }
}

/// Whether a text is seen at this spot.
fn has(seen: &[(String, String)], text: &str, spot: &str) -> bool {
    seen.iter().any(|(own, at)| own == text && at == spot)
}

#[test]
fn every_kind_of_message_pack_value_is_passed_and_read() {
    let long = &*"x".repeat(0x102);
    let with_length = |head: &[u8]| [head, long.as_bytes()].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"\x07".to_vec(), "7"),
        (b"\x7f".to_vec(), "127"),
        (b"\xcc\xff".to_vec(), "255"),
        (b"\xcd\x01\x02".to_vec(), "258"),
        (b"\xce\x01\x02\x03\x04".to_vec(), "16909060"),
        (b"\xcf\0\0\0\x01\x02\x03\x04\x05".to_vec(), "4328719365"),
        (b"\xa3Ann".to_vec(), "Ann"),
        (b"\xd9\x03Ann".to_vec(), "Ann"),
        (with_length(b"\xda\x01\x02"), long),
        (with_length(b"\xdb\0\0\x01\x02"), long),
        (b"\xc4\x03Ann".to_vec(), "Ann"),
        (with_length(b"\xc5\x01\x02"), long),
        (with_length(b"\xc6\0\0\x01\x02"), long),
    ];
    for (value, text) in cases {
        let body = [b"\x93", &value[..], b"\xaaann@x.test\x01"].concat();
        let (seen, _) = seen_bytes("application/msgpack", &body);
        assert!(has(&seen, text, "MessagePack $[0]"), "{value:x?}: {seen:?}");
        assert!(has(&seen, "ann@x.test", "MessagePack $[1]"), "{value:x?}");
    }
    let extended = |head: &[u8], length: usize| [head, &vec![0xff; length][..]].concat();
    for value in [
        b"\xc0".to_vec(),
        b"\xc2".to_vec(),
        b"\xc3".to_vec(),
        b"\xe0".to_vec(),
        b"\xff".to_vec(),
        extended(b"\xca", 4),
        extended(b"\xcb", 8),
        extended(b"\xd0", 1),
        extended(b"\xd1", 2),
        extended(b"\xd2", 4),
        extended(b"\xd3", 8),
        extended(b"\xd4", 2),
        extended(b"\xd5", 3),
        extended(b"\xd6", 5),
        extended(b"\xd7", 9),
        extended(b"\xd8", 17),
        extended(b"\xc7\x03", 4),
        extended(b"\xc8\x01\x02", 0x103),
        extended(b"\xc9\0\0\x01\x02", 0x103),
        b"\x90".to_vec(),
        b"\x92\x01\x02".to_vec(),
        b"\xdc\0\x02\x01\x02".to_vec(),
        b"\xdd\0\0\0\x02\x01\x02".to_vec(),
        b"\x80".to_vec(),
        b"\x82\xa1a\x01\xa1b\x02".to_vec(),
        b"\xde\0\x01\xa1a\x01".to_vec(),
        b"\xdf\0\0\0\x01\xa1a\x01".to_vec(),
    ] {
        let body = [b"\x93", &value[..], b"\xaaann@x.test\x01"].concat();
        let (seen, _) = seen_bytes("application/msgpack", &body);
        assert!(
            has(&seen, "ann@x.test", "MessagePack $[1]"),
            "{value:x?}: {seen:?}"
        );
    }
}

#[test]
fn every_kind_of_cbor_value_is_passed_and_read() {
    let long = &*"x".repeat(0x102);
    let with_length = |head: &[u8]| [head, long.as_bytes()].concat();
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (b"\x17".to_vec(), "23", "$[0]"),
        (b"\x18\xff".to_vec(), "255", "$[0]"),
        (b"\x19\x01\x02".to_vec(), "258", "$[0]"),
        (b"\x1a\x01\x02\x03\x04".to_vec(), "16909060", "$[0]"),
        (
            b"\x1b\0\0\0\x01\x02\x03\x04\x05".to_vec(),
            "4328719365",
            "$[0]",
        ),
        (b"\x63Ann".to_vec(), "Ann", "$[0]"),
        (b"\x43Ann".to_vec(), "Ann", "$[0]"),
        (b"\x78\x03Ann".to_vec(), "Ann", "$[0]"),
        (with_length(b"\x79\x01\x02"), long, "$[0]"),
        (with_length(b"\x5a\0\0\x01\x02"), long, "$[0]"),
        // Behind a mark, and in pieces.
        (b"\xc1\x1a\x01\x02\x03\x04".to_vec(), "16909060", "$[0]"),
        (b"\x7f\x63Ann\x63Lee\xff".to_vec(), "Lee", "$[0][1]"),
        (b"\x5f\x43Ann\x43Lee\xff".to_vec(), "Lee", "$[0][1]"),
        (b"\x9f\x63Ann\x63Lee\xff".to_vec(), "Lee", "$[0][1]"),
        (b"\x82\x63Ann\x63Lee".to_vec(), "Lee", "$[0][1]"),
        (
            b"\xbf\x61a\x63Ann\x61b\x63Lee\xff".to_vec(),
            "Lee",
            "$[0].b",
        ),
        (b"\xa2\x61a\x63Ann\x61b\x63Lee".to_vec(), "Lee", "$[0].b"),
    ];
    for (value, text, path) in cases {
        let body = [b"\x83", &value[..], b"\x6aann@x.test\x01"].concat();
        let (seen, _) = seen_bytes("application/cbor", &body);
        assert!(
            has(&seen, text, &format!("CBOR {path}")),
            "{value:x?}: {seen:?}"
        );
        assert!(
            has(&seen, "ann@x.test", "CBOR $[1]"),
            "{value:x?}: {seen:?}"
        );
    }
    for value in [
        &b"\x20"[..],
        b"\x39\x01\xf3",
        b"\xf4",
        b"\xf6",
        b"\xf8\xff",
        b"\xf9\x3c\0",
        b"\xfa\x3f\x80\0\0",
        b"\xfb\x3f\xf0\0\0\0\0\0\0",
        b"\x80",
        b"\xa0",
        b"\x9f\xff",
        b"\xbf\xff",
    ] {
        let body = [b"\x83", value, b"\x6aann@x.test\x01"].concat();
        let (seen, _) = seen_bytes("application/cbor", &body);
        assert!(
            has(&seen, "ann@x.test", "CBOR $[1]"),
            "{value:x?}: {seen:?}"
        );
    }
}

#[test]
fn what_does_not_hold_what_it_promises_is_no_record() {
    for (media_type, body) in [
        ("application/msgpack", &b"\x93\xaaann@x.test\x01"[..]),
        ("application/msgpack", b"\x82\xaaann@x.test\x01\x02"),
        ("application/msgpack", b"\xabann@x.test"),
        ("application/msgpack", b"\xaaann@x.test\xc1"),
        ("application/cbor", b"\x83\x6aann@x.test\x01"),
        ("application/cbor", b"\xa2\x6aann@x.test\x01\x02"),
        ("application/cbor", b"\x9f\x6aann@x.test\x01"),
        ("application/cbor", b"\x6aann@x.test\xc1"),
        // An end of something that has a length.
        ("application/cbor", b"\x83\x6aann@x.test\x01\xff"),
        ("application/cbor", b"\x6aann@x.test\x1c"),
        // Without a name, what is no map or too short.
        ("application/octet-stream", b"\x92\xaaann@x.test\x01"),
        ("application/octet-stream", b"\x81\xa1m\xa4Anna"),
        ("application/octet-stream", b"\xa1\x61m\x64Anna"),
        ("application/json", b"\x81\xa1m\xaaann@x.test"),
    ] {
        let (seen, _) = seen_bytes(media_type, body);
        let is_record = |spot: &str| spot.contains("MessagePack") || spot.contains("CBOR");
        let is_any = seen.iter().any(|(_, spot)| is_record(spot));
        assert!(!is_any, "{}: {seen:?}", body.escape_ascii());
    }
    // The shortest map that is known without a name, and values in a row.
    for (media_type, body, text, spot) in [
        (
            "application/octet-stream",
            &b"\x81\xa1m\xa5Annie"[..],
            "Annie",
            "MessagePack $.m",
        ),
        (
            "application/msgpack",
            b"\x07\xa3Ann",
            "Ann",
            "MessagePack $",
        ),
        (
            "application/cbor-seq",
            b"\x07\x63Ann\x63Lee",
            "Lee",
            "CBOR $",
        ),
    ] {
        let (seen, _) = seen_bytes(media_type, body);
        assert!(has(&seen, text, spot), "{seen:?}");
    }
}

#[test]
fn texts_and_messages_in_messages_are_told_apart() {
    let long = "x".repeat(200);
    let of_long = [&[0x12, 0xc8, 0x01], long.as_bytes()].concat();
    let inner = field(2, b"ann.lee@x.test");
    for (content, text, path) in [
        // Words and lines that would be a message to their last byte.
        (field(4, b"Annabelle"), "Annabelle", "$.4"),
        (field(4, b"Ann Lee\nX"), "Ann Lee\nX", "$.4"),
        (field(4, &inner), "ann.lee@x.test", "$.4.2"),
        // Neither: a text in an old charset.
        (field(4, b"M\xfcller"), "M\u{fc}ller", "$.4"),
        (of_long, long.as_str(), "$.2"),
        // Behind fields of each other kind.
        (
            [&b"\x08\x96\x01"[..], &field(4, b"Ann")].concat(),
            "Ann",
            "$.4",
        ),
        (
            [
                &b"\x09\x08\x07\x06\x05\x04\x03\x02\x01"[..],
                &field(4, b"Ann"),
            ]
            .concat(),
            "Ann",
            "$.4",
        ),
        (
            [&b"\x0d\x04\x03\x02\x01"[..], &field(4, b"Ann")].concat(),
            "Ann",
            "$.4",
        ),
        (
            [
                &b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..],
                &field(4, b"Ann"),
            ]
            .concat(),
            "Ann",
            "$.4",
        ),
    ] {
        let (seen, looked) = seen_bytes("application/protobuf", &content);
        assert!(has(&seen, text, &format!("protobuf {path}")), "{seen:?}");
        assert!(looked.textual);
    }
    for content in [
        // No field has the number 0.
        &b"\x02\x03Ann"[..],
        b"\x22\x04Ann",
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x0b\x0c",
    ] {
        let (seen, looked) = seen_bytes("application/protobuf", content);
        assert!(
            seen.iter().all(|(_, spot)| !spot.contains("protobuf")),
            "{seen:?}"
        );
        assert!(!looked.textual, "{}", content.escape_ascii());
    }
}

#[test]
fn calls_are_read_message_by_message() {
    let frame = |mark: u8, message: &[u8]| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[mark], &length[..], message].concat()
    };
    let two = [frame(0, &field(1, b"Ann")), frame(0, &field(2, b"Lee"))].concat();
    let with_end = [&two[..], &frame(0x80, b"grpc-message: Fox")].concat();
    for (text, spot) in [
        ("Ann", "protobuf $.1"),
        ("Lee", "protobuf $.2"),
        ("grpc-message: Fox", "body at byte 0"),
    ] {
        let (seen, looked) = seen_bytes("application/grpc-web+proto", &with_end);
        assert!(has(&seen, text, spot), "{seen:?}");
        assert!(looked.textual);
    }
    // Packed ones, and one that was cut.
    let json = gzip(b"{\"mail\":\"ann@x.test\"}");
    let (seen, _) = seen_bytes("application/grpc", &frame(1, &json));
    assert!(
        has(
            &seen,
            "ann@x.test",
            "body at byte 0 > compressed > JSON $.mail"
        ),
        "{seen:?}"
    );
    let (seen, _) = seen_bytes("application/grpc", &two[..two.len() - 1]);
    assert!(has(&seen, "Ann", "protobuf $.1"), "{seen:?}");
    // A call that answers nothing.
    assert!(!seen_bytes("application/grpc", &frame(0, b"")).1.textual);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
