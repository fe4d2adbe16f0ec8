//! Values in bytes of a format of one's own, each behind its length: where that can
//! be printed it looks like a letter of the value.

/// Longer bytes are read as they are.
const LONGEST: usize = 64 * 1024;

/// Bytes of a value, at least.
const SHORTEST: usize = 6;

/// Pieces of one text.
const MOST: usize = 256;

/// What stands behind its length in `bytes`, where that length is a character that can
/// be printed.
pub(super) fn pieces(bytes: &[u8]) -> Vec<&str> {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let is_text = |byte: u8| byte >= b' ' && byte != 0x7f;
    // In a text `"` is no length, even where 34 letters follow.
    let is_binary = |byte: &u8| !is_text(*byte) && !byte.is_ascii_whitespace();
    if !bytes.iter().any(is_binary) {
        return Vec::new();
    }
    // How many bytes of text there are from each one on.
    let mut texts = vec![0_usize; bytes.len() + 1];
    for (at, byte) in bytes.iter().enumerate().rev() {
        texts[at] = if is_text(*byte) { texts[at + 1] + 1 } else { 0 };
    }
    let found = bytes.iter().enumerate().filter_map(|(at, byte)| {
        let length = usize::from(*byte);
        let is_length = (b' '..0x7f).contains(byte) && length >= SHORTEST;
        (is_length && texts[at + 1] >= length)
            .then(|| std::str::from_utf8(&bytes[at + 1..=at + length]).ok())?
    });
    found.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::super::tests::seen;
    use super::*;

    #[test]
    fn what_stands_behind_its_length_is_a_piece() {
        let mail = "anna.schmidt.of.neufelden@example.test";
        let length = char::from(u8::try_from(mail.len()).unwrap());
        let bytes = format!("\u{1}{length}{mail}d\u{2}");
        assert_eq!(pieces(bytes.as_bytes()), [mail]);
        // More than there is, or none that can be printed.
        for bytes in [format!("z{mail}"), format!("\u{6}{mail}"), String::new()] {
            assert!(!pieces(bytes.as_bytes()).contains(&mail), "{bytes:?}");
        }
        // Not within a letter.
        let within = format!("\u{1}!{}ü", "x".repeat(32));
        assert_eq!(pieces(within.as_bytes()), [""; 0]);
        let many = "\u{1}".to_owned() + &" ".repeat(100_000);
        assert_eq!(pieces(many.as_bytes()).len(), MOST);
        // In a text they are no lengths.
        let json = format!(
            "{{\"mail\": \"{}@example.test\",\n\"a\": 1}}",
            "x".repeat(21)
        );
        assert_eq!(pieces(json.as_bytes()), [""; 0]);
        let coded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let (seen, _) = seen("text/plain", &coded);
        assert!(seen.iter().any(|(text, _)| text == mail), "{seen:?}");
    }
}
