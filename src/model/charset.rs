//! Charsets: a body as text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a body its own word about its charset can stand (the HTML
/// standard has browsers look that far).
const PROLOGUE: usize = 1024;

/// `bytes` as text: by its byte order mark, by the charset of `content_type`,
/// by what the document says of itself, or as what it looks like.
pub fn text_of(content_type: Option<&str>, bytes: &[u8]) -> String {
    let charset = content_type
        .and_then(parameter)
        .or_else(|| declared(bytes))
        .unwrap_or_else(|| guessed(bytes));
    charset.decode(bytes).0.into_owned()
}

/// `bytes` of a header, a URL or another short text as text. Nobody says what
/// charset these are in: UTF-8, unless they cannot be.
pub fn short_text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// The charset parameter of a media type.
fn parameter(media_type: &str) -> Option<&'static Encoding> {
    let label = media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let wanted = name.trim().eq_ignore_ascii_case("charset");
        wanted.then(|| value.trim().trim_matches('"'))
    })?;
    Encoding::for_label(label.as_bytes())
}

/// The charset in a `<meta>` element or an XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if bytes[start] != b'<' {
        return None;
    }
    let prologue = &bytes[..bytes.len().min(PROLOGUE)];
    let prologue = String::from_utf8_lossy(prologue).to_ascii_lowercase();
    let named = ["charset", "encoding"].into_iter().find_map(|name| {
        let (_, rest) = prologue.split_once(name)?;
        let value = rest.trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)))
            .unwrap_or(value.len());
        Encoding::for_label(&value.as_bytes()[..end])
    })?;
    // The declaration was readable, so it is nothing of two bytes.
    Some(if [UTF_16LE, UTF_16BE].contains(&named) {
        UTF_8
    } else {
        named
    })
}

/// What nobody says is UTF-8, unless it cannot be.
fn guessed(bytes: &[u8]) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(PROLOGUE) & !1];
    if head.len() >= 4 && head.contains(&0) {
        let zeros = |odd: usize| {
            let own = head.iter().skip(odd).step_by(2);
            own.filter(|byte| **byte == 0).count() * 3 > head.len()
        };
        match (zeros(0), zeros(1)) {
            (true, false) => return UTF_16BE,
            (false, true) => return UTF_16LE,
            _ => {}
        }
    }
    match std::str::from_utf8(bytes) {
        // An end within a letter is a cut body.
        Err(error) if error.error_len().is_some() && !head.contains(&0) => WINDOWS_1252,
        _ => UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        let unit = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn short_texts_are_utf_8_unless_they_cannot_be() {
        for bytes in ["Müller €".as_bytes(), b"M\xfcller \x80"] {
            assert_eq!(short_text_of(bytes), "Müller €");
        }
    }

    #[test]
    fn texts_are_read_whatever_their_charset() {
        let latin = |text: &str| -> Vec<u8> { WINDOWS_1252.encode(text).0.into_owned() };
        let mut marked = vec![0xff, 0xfe];
        marked.extend(utf_16("Müller", true));
        for (content_type, bytes, text) in [
            (None, "Müller".as_bytes().to_vec(), "Müller"),
            (
                Some("text/plain; charset=\"ISO-8859-1\""),
                latin("Müller"),
                "Müller",
            ),
            (
                Some("application/json"),
                latin("{\"a\":\"Müller\"}"),
                "{\"a\":\"Müller\"}",
            ),
            (Some("text/plain; charset=utf-8"), marked, "Müller"),
            (None, utf_16("Müller", true), "Müller"),
            (None, utf_16("Müller", false), "Müller"),
            (
                Some("text/html"),
                latin("<meta charset='latin1'>Müller"),
                "<meta charset='latin1'>Müller",
            ),
            (
                Some("text/xml"),
                latin("<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>"),
                "<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>",
            ),
        ] {
            assert_eq!(text_of(content_type, &bytes), text, "{content_type:?}");
        }
        // Cut in the middle of a letter.
        assert!(text_of(None, &"Müllerü".as_bytes()[..8]).starts_with("Müller"));
    }
}
