//! What a look comes to, also when a response comes little by little.

use super::*;

/// Text within more layers than are undone.
fn endless() -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    (0..12).fold("ann@x.test".to_owned(), |text, _| engine.encode(text))
}

#[test]
fn a_piece_is_looked_at_like_a_body() {
    let response = with_header("content-type", "application/json");
    for (piece, found, looked) in [
        ("{\"a\":\"ann@x.test\"}", "JSON $.a", (false, true, false)),
        ("{\"a\":\"ann@x.test", "body at byte 0", (true, true, false)),
    ] {
        let mut spots = Vec::new();
        let own = look_at_piece(&response, piece.as_bytes(), &mut |glimpse| {
            if glimpse.text.contains("ann@x.test") {
                spots.push((glimpse.spot)().to_string());
            }
        });
        assert_eq!(spots, [found]);
        assert_eq!(
            (own.unreadable, own.textual, own.skipped > 0),
            looked,
            "{piece}"
        );
    }
    let own = look_at_piece(&response, endless().as_bytes(), &mut |_| {});
    assert!(own.skipped > 0);
}

#[test]
fn a_head_alone_is_looked_at_without_its_body() {
    let response = Received {
        body: Bytes::from_static(b"bob@x.test"),
        ..with_header("x-for", "ann@x.test")
    };
    let mut texts = Vec::new();
    let looked = look_at_its_head(&response, &mut |glimpse| {
        texts.push(glimpse.text.to_owned());
    });
    assert_eq!(
        (texts, looked),
        (vec!["ann@x.test".to_owned()], Looked::default())
    );
    let looked = look_at_its_head(&with_header("x-for", &endless()), &mut |_| {});
    assert!(looked.skipped > 0);
}

#[test]
fn what_pieces_come_to_is_what_one_of_them_comes_to() {
    let none = Looked::default();
    let unreadable = Looked {
        unreadable: true,
        ..none
    };
    let textual = Looked {
        textual: true,
        ..none
    };
    let skipped = |skipped| Looked { skipped, ..none };
    for (one, other, both) in [
        (none, none, none),
        (unreadable, none, unreadable),
        (textual, none, textual),
        (textual, textual, textual),
        (skipped(1), skipped(2), skipped(3)),
        (skipped(u32::MAX), skipped(2), skipped(u32::MAX)),
    ] {
        assert_eq!((one.and(other), other.and(one)), (both, both));
    }
}

#[test]
fn a_glimpse_is_shown_without_its_text() {
    look(&with_header("x-for", "ann@x.test"), &mut |glimpse| {
        let shown = format!("{glimpse:?}");
        assert_eq!(shown, "Glimpse { kind: Whole, length: 10, .. }");
    });
}
