//! What looks like a layer and is none costs nothing and says nothing.

use super::*;

#[test]
fn ordinary_texts_have_nothing_inside() {
    for text in [
        "All 100 % of us & them; a < b, x > y",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/providers/P-001/availability/of/the/whole/week",
        "2031-01-15T09:00:00Z",
        "C:\\Users\\Public",
        "{{ template }} and [link]",
    ] {
        let (seen, looked) = seen("text/plain", text);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(looked.skipped, 0, "{text}");
    }
}

#[test]
fn images_are_neither_unreadable_nor_skipped() {
    let mut image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    image.extend((0..100_000_u32).map(|at| u8::try_from(at * 31 % 251).unwrap()));
    let (seen, looked) = seen_bytes("image/png", &image);
    assert_eq!(seen.len(), 1);
    assert_eq!(looked, Looked::default());
    let (_, looked) = seen_bytes("application/octet-stream", &image);
    assert!(!looked.unreadable && !looked.textual);
}
