//! Runs of characters that can be base64, hex or a token.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::model::Layer;

use super::bytes::{deflated, is_container, is_packed, is_utf_16};

/// Characters that a run has at least: six bytes, as values have.
pub(super) const SHORTEST: usize = 8;

/// Below this, a run holds a single value or nothing.
const LONG: usize = 16;

/// The same of hex.
const SHORTEST_HEX: usize = 12;
const LONG_HEX: usize = 24;

/// Beginnings that are tried within one run: what stands before a value,
/// such as `/files/` or `session_`, is of the same characters.
const MOST_BEGINNINGS: usize = 12;

/// What is packed in a token is cut behind this.
const LARGEST_PAYLOAD: usize = 64 * 1024;

/// Characters by which a run is judged before it is decoded.
const SAMPLE: usize = 96;

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Bytes behind an encoding.
    Encoded(Layer, Vec<u8>),
    /// Header and payload of a JSON Web Token.
    Token(Vec<u8>, Vec<u8>),
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The bytes behind base64 or base64url, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=')? + 1;
    let mut text = &text[..end];
    if text.len() % 4 == 1 {
        text = &text[..text.len() - 1];
    }
    let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

/// Everything in `text` that is encoded so, and holds text or something packed.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_run(bytes[at]) {
            at += 1;
            continue;
        }
        let end = end_of_run(bytes, at);
        if end - at >= SHORTEST {
            at = read(bytes, at, end, &mut found);
        } else {
            at = end;
        }
    }
    found
}

/// Reads the run at `start..end`; gives where to go on.
fn read(bytes: &[u8], start: usize, end: usize, found: &mut Vec<Run>) -> usize {
    if let Some((token, behind)) = token(bytes, start, end) {
        found.push(token);
        return behind;
    }
    let run = &bytes[start..end];
    if run.len() >= LONG_HEX
        && run.len().is_multiple_of(2)
        && run.iter().all(u8::is_ascii_hexdigit)
        && let Some(decoded) = hex(run)
        && is_promising(&decoded[..decoded.len().min(SAMPLE)])
    {
        found.push(Run::Encoded(Layer::Hex, decoded));
        return end;
    }
    for beginning in beginnings(run) {
        let run = &run[beginning..];
        if run.len() < LONG {
            break;
        }
        let sample = base64(&run[..run.len().min(SAMPLE)]);
        if !sample.is_some_and(|sample| is_promising(&sample)) {
            continue;
        }
        // Only now, and once: an attachment has many lines.
        let joined = unfolded(bytes, start + beginning, end);
        let (run, behind) = match &joined {
            Some((joined, behind)) => (joined.as_slice(), *behind),
            None => (run, end),
        };
        if let Some(decoded) = base64(run) {
            found.push(Run::Encoded(Layer::Base64, decoded));
        }
        return behind;
    }
    found.extend(values(run));
    end
}

/// What the words of a run are when each is the encoding of one value, such as
/// an id or a name. The characters that separate words stand for nothing that
/// values are made of.
fn values(run: &[u8]) -> impl Iterator<Item = Run> {
    run.split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| word.len() >= SHORTEST)
        .filter_map(|word| {
            let is_hex = word.len() >= SHORTEST_HEX
                && word.len().is_multiple_of(2)
                && word.iter().all(u8::is_ascii_hexdigit);
            if is_hex && let Some(decoded) = hex(word).filter(|own| is_value(own)) {
                return Some(Run::Encoded(Layer::Hex, decoded));
            }
            // Most words are none by their first letters, which costs nothing.
            let decoded = is_ascii_in_base64(word).then(|| base64(word))??;
            is_value(&decoded).then_some(Run::Encoded(Layer::Base64, decoded))
        })
}

/// Whether base64 of these characters can be ASCII: no byte has its highest bit.
fn is_ascii_in_base64(word: &[u8]) -> bool {
    let has = |byte: u8, bit: u8| {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            _ => byte - b'0' + 52,
        };
        value & bit != 0
    };
    word.chunks(4).all(|four| {
        let high = [0b10_0000, 0b1000, 0b10];
        four.iter().zip(high).all(|(byte, bit)| !has(*byte, bit))
    })
}

/// Whether these bytes can be a value: printable from end to end, and not
/// merely letters, as words that mean nothing come to.
fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && bytes
            .iter()
            .any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b' '))
}

/// `header.payload.signature`, where both are JSON.
fn token(bytes: &[u8], start: usize, end: usize) -> Option<(Run, usize)> {
    if bytes.get(end) != Some(&b'.') {
        return None;
    }
    let at = start + find(&bytes[start..end], b"eyJ")?;
    let header = base64(&bytes[at..end]).filter(|own| own.starts_with(b"{\""))?;
    let payload_end = end_of_run(bytes, end + 1);
    let mut payload = base64(bytes.get(end + 1..payload_end)?)?;
    // As health cards have it.
    if find(&header, b"\"zip\":\"DEF\"").is_some() {
        payload = deflated(&payload, LARGEST_PAYLOAD);
    }
    if !payload.starts_with(b"{") && !is_promising(&payload) {
        return None;
    }
    Some((Run::Token(header, payload), payload_end))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// The whole run, and what follows each character that also separates words.
fn beginnings(run: &[u8]) -> impl Iterator<Item = usize> {
    let separated = run
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'/' | b'-' | b'_' | b'+'))
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(separated).take(MOST_BEGINNINGS)
}

/// A run that goes on in the next line, as e-mails have it.
fn unfolded(bytes: &[u8], start: usize, end: usize) -> Option<(Vec<u8>, usize)> {
    let width = end - start;
    if width < 60 || !matches!(bytes.get(end), Some(b'\r' | b'\n')) {
        return None;
    }
    let mut joined = bytes[start..end].to_vec();
    let mut at = end;
    loop {
        let next = match bytes.get(at..)? {
            [b'\r', b'\n', ..] => at + 2,
            [b'\n', ..] => at + 1,
            _ => break,
        };
        let line_end = end_of_run(bytes, next);
        if line_end == next {
            break;
        }
        joined.extend_from_slice(&bytes[next..line_end]);
        at = line_end;
        if line_end - next < width {
            break;
        }
    }
    Some((joined, at))
}

fn end_of_run(bytes: &[u8], start: usize) -> usize {
    bytes[start.min(bytes.len())..]
        .iter()
        .position(|byte| !is_run(*byte))
        .map_or(bytes.len(), |length| start + length)
}

fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn hex(run: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    run.as_chunks::<2>()
        .0
        .iter()
        .map(|[a, b]| u8::try_from(digit(*a)? * 16 + digit(*b)?).ok())
        .collect()
}

/// Whether these first bytes are those of a text or of something packed, or at
/// least of something with much text in it. Words, ids and keys that happen to
/// be of the same characters are not: of their bytes a third is printable.
fn is_promising(bytes: &[u8]) -> bool {
    if is_packed(bytes) || is_container(bytes) || is_utf_16(bytes) {
        return true;
    }
    let printable = bytes
        .iter()
        .filter(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'))
        .count();
    if bytes.len() < 24 {
        // So short a run has to be text from end to end.
        return printable == bytes.len() || is_readable(bytes);
    }
    printable * 10 >= bytes.len() * 6 || is_readable(bytes)
}

/// Whether these are bytes of a text in UTF-8, perhaps cut at the end.
fn is_readable(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && text
            .chars()
            .all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        runs(text)
            .into_iter()
            .flat_map(|run| match run {
                Run::Encoded(_, bytes) => vec![bytes],
                Run::Token(header, payload) => vec![header, payload],
            })
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    #[test]
    fn encoded_text_is_found_wherever_it_stands() {
        for (text, found) in [
            ("YW5uYUBleGFtcGxlLnRlc3Q=", "anna@example.test"),
            ("x=YW5uYUBleGFtcGxlLnRlc3Q; y", "anna@example.test"),
            ("/files/YW5uYUBleGFtcGxlLnRlc3Q", "anna@example.test"),
            (
                "data:text/plain;base64,TcO8bGxlciA/Pz8+Pg==",
                "Müller ???>>",
            ),
            ("TcO8bGxlciA_Pz8-Pg", "Müller ???>>"),
            ("/files/eyJtYWlsIjoiYW5uIn0", "{\"mail\":\"ann\"}"),
            ("616e6e61406578616d706c652e74657374", "anna@example.test"),
            // Short ones.
            ("TS1LNDgyMTA1NzM=", "M-K48210573"),
            ("uid=TS1LNDgyMTA1NzM; Path=/", "M-K48210573"),
            ("/files/TS1LNDgyMTA1NzM/card", "M-K48210573"),
            ("uid_TS1LNDgyMTA1NzM-6f2b1c", "M-K48210573"),
            ("QW5uIExlZQ==", "Ann Lee"),
            ("QS00NzEx", "A-4711"),
            ("4d2d4b3438323130353733", "M-K48210573"),
            ("/u/412d34373131.json", "A-4711"),
            // The shortest that need not be a value.
            ("Wm/DqyBNw7xsbGVy", "Zoë Müller"),
            // A head that has no end.
            ("see also eyJ.eyJzdWIiOiJhbm4ifQ", "{\"sub\":\"ann\"}"),
        ] {
            assert_eq!(texts(text), [found], "{text}");
        }
        let token = "a=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.c2ln;";
        assert_eq!(texts(token), ["{\"alg\":\"none\"}", "{\"sub\":\"ann\"}"]);
    }

    #[test]
    fn lines_of_an_attachment_are_joined() {
        let long = "Dear Anna, ".repeat(20);
        let coded = base64::engine::general_purpose::STANDARD.encode(&long);
        let folded = |width: usize, end: &str| {
            let lines: Vec<&str> = coded
                .as_bytes()
                .chunks(width)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            lines.join(end)
        };
        for text in [
            folded(76, "\r\n"),
            folded(76, "\n"),
            folded(60, "\n"),
            format!("Content-Type: text/plain\r\n\r\n{}", folded(76, "\r\n")),
            format!("data:/{}", folded(76, "\n")),
            format!("{}\r\n\r\nregards", folded(76, "\r\n")),
            // The last line is shorter, so what is below it is something else.
            format!("{}\nregards", folded(100, "\n").trim_end_matches('=')),
        ] {
            assert_eq!(texts(&text), [&*long], "{text}");
        }
        // Values below each other are not one.
        let values = "YW5uYUBleGFtcGxlLnRlc3Qh\nQW5uIExlZSBpcyBoZXJlLg";
        assert_eq!(texts(values), ["anna@example.test!", "Ann Lee is here."]);
    }

    #[test]
    fn tokens_are_told_from_other_runs_with_a_dot() {
        let coded = |bytes: &[u8]| URL_SAFE.encode(bytes).replace('=', "");
        let header = b"{\"alg\":\"none\"}";
        let noise: Vec<u8> = (0..40).map(|byte| 0xf0 - byte).collect();
        let cut = [b"{", &noise[..]].concat();
        for (before, payload, is_token) in [
            ("", &b"{\"sub\":\"ann\"}"[..], true),
            ("a=", b"{\"sub\":\"ann\"}", true),
            ("a=session_", b"{\"sub\":\"ann\"}", true),
            ("a=", b"[\"ann@x.test\"]", true),
            ("a=", &cut, true),
            // What is encrypted.
            ("a=", &noise, false),
        ] {
            let text = format!("{before}{}.{}.c2ln", coded(header), coded(payload));
            let token = Run::Token(header.to_vec(), payload.to_vec());
            assert_eq!(runs(&text).contains(&token), is_token, "{text}");
        }
    }

    #[test]
    fn what_is_packed_in_a_token_is_unpacked_and_bounded() {
        for (length, kept) in [(60_000, 60_000), (LARGEST_PAYLOAD + 9, LARGEST_PAYLOAD)] {
            let payload = "{".to_owned() + &"7".repeat(length - 1);
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
            std::io::Write::write_all(&mut encoder, payload.as_bytes()).unwrap();
            let header = "{\"zip\":\"DEF\"}";
            let coded = [header.as_bytes(), &encoder.finish().unwrap()]
                .map(|own| URL_SAFE.encode(own).replace('=', ""));
            let text = format!("{}.{}.c2ln", coded[0], coded[1]);
            let token = Run::Token(header.into(), payload.as_bytes()[..kept].to_vec());
            assert_eq!(runs(&text)[..1], [token]);
        }
    }

    #[test]
    fn base64_is_read_to_its_last_whole_byte() {
        for (text, bytes) in [
            (&b"QS00NzEx"[..], Some(&b"A-4711"[..])),
            (b"QS00NzE=", Some(b"A-471")),
            (b"QS00NzE", Some(b"A-471")),
            (b"QS00Nw==", Some(b"A-47")),
            (b"QS00Nw", Some(b"A-47")),
            // A character too much, or none at all.
            (b"QS00NzExQ", Some(b"A-4711")),
            (b"====", None),
            (b"", None),
            (b"TcO8_-8", Some(b"M\xc3\xbc\xff\xef")),
            (b"TcO8/+8", Some(b"M\xc3\xbc\xff\xef")),
            (b"TcO8/-8", None),
        ] {
            assert_eq!(base64(text).as_deref(), bytes, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn much_text_among_the_first_bytes_is_promising() {
        let of =
            |printable: usize, others: usize| [vec![b'a'; printable], vec![0xff; others]].concat();
        for (bytes, promising) in [
            (b"Ann Lee".to_vec(), true),
            ("Zoë Müller".into(), true),
            // Cut within a letter, or nothing but that.
            (b"Zo\xc3\xab M\xc3".to_vec(), true),
            (b"\xc3".to_vec(), false),
            (b"Ann\x01\x02".to_vec(), false),
            (b"M\xfcller".to_vec(), false),
            // Longer ones need not be text from end to end.
            (of(22, 1), false),
            (of(23, 1), true),
            (of(24, 16), true),
            (of(23, 17), false),
            // Letters of other scripts.
            ("Анна Ли, Москва".into(), true),
            ("Анна Ли, Москва\u{1}\u{2}".into(), false),
            (b"\x1f\x8b\x08\0\0".to_vec(), true),
            (b"%PDF-\xff\xff\xff".to_vec(), true),
            (b"\xff\xfeA\0".to_vec(), true),
        ] {
            assert_eq!(is_promising(&bytes), promising, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn words_ids_and_keys_are_no_encodings() {
        for text in [
            "internationalization and counterrevolutionary",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "/providers/P-001/availability/of/the/whole/week",
            "sk_live_51HqLyjWDarjtT1zdp7dc",
            "1234567890123456789012345678",
            // Short ones.
            "appointments confirmed yesterday",
            "f47ac10b58cc",
            "412d3437",
            "4d2d4b34383231303537333",
            "20260301090000",
            "777777777777",
            "SESSIONID",
            "aGVsbG93b3JsZA",
        ] {
            assert_eq!(texts(text), [""; 0], "{text}");
        }
    }
}
