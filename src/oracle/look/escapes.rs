//! Escapes: percent-encoding, entities, string literals, quoted-printable and
//! encoded words, undone.

use std::borrow::Cow;
use std::cell::RefCell;

use encoding_rs::Encoding;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use percent_encoding::percent_decode_str;

use crate::model::short_text_of;

use super::layers::changed;
use super::runs::base64;

/// Encoded words have at most 75 letters, and not all programs know that; what is
/// longer is none.
const LONGEST_WORD: usize = 1_024;

/// Without percent-encoding, in UTF-8 or else in Latin-1 (RFC 5987 has both).
pub(super) fn percent(text: &str) -> Option<String> {
    let bytes: Cow<'_, [u8]> = percent_decode_str(text).into();
    let Cow::Owned(bytes) = bytes else {
        return None;
    };
    changed(text, Cow::Owned(short_text_of(&bytes)))
}

/// Without entities, if there are any.
pub(super) fn entities(text: &str) -> Option<String> {
    let is_entity = |rest: &str| {
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        end.is_some_and(|end| {
            end > 1
                && rest[..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
        })
    };
    if !text
        .match_indices('&')
        .any(|(at, _)| is_entity(&text[at + 1..]))
    {
        return None;
    }
    let tokenizer = Tokenizer::new(Characters::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    // Nothing here is a tag.
    input.push_back(StrTendril::from(text.replace('<', "&lt;")));
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    changed(text, Cow::Owned(tokenizer.sink.0.take()))
}

#[derive(Default)]
struct Characters(RefCell<String>);

impl TokenSink for Characters {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::CharacterTokens(text) = token {
            self.0.borrow_mut().push_str(&text);
        }
        TokenSinkResult::Continue
    }
}

/// Without the escapes of a string literal of JSON, JavaScript and their kin.
pub(super) fn literal(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut high: Option<u16> = None;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        if at > 0 {
            high = None;
        }
        let escape = &rest[at + 1..];
        let Some(letter) = escape.chars().next() else {
            plain.push('\\');
            rest = "";
            break;
        };
        let hex = |digits: usize| {
            let digits = escape.get(1..=digits)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let (unit, length) = match letter {
            'u' => (hex(4), 5),
            'x' => (hex(2), 3),
            'n' | 'r' | 't' => (Some(u16::from(b' ')), 1),
            '"' | '\'' | '/' | '\\' => (u16::try_from(u32::from(letter)).ok(), 1),
            _ => (None, 0),
        };
        let Some(unit) = unit else {
            plain.push('\\');
            rest = escape;
            continue;
        };
        rest = &escape[length..];
        match (high.take(), unit) {
            (None, 0xd800..=0xdbff) => high = Some(unit),
            (Some(first), 0xdc00..=0xdfff) => {
                plain.extend(char::decode_utf16([first, unit]).flatten());
            }
            _ => plain.push(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')),
        }
    }
    plain.push_str(rest);
    changed(text, Cow::Owned(plain))
}

/// Without quoted-printable, if there seems to be some.
pub(super) fn quoted_printable(text: &str) -> Option<String> {
    let soft = text.contains("=\n") || text.contains("=\r\n");
    let coded = || {
        text.match_indices('=').any(|(at, _)| {
            text.as_bytes()
                .get(at + 1..at + 3)
                .is_some_and(|pair| pair.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')))
        })
    };
    if !soft && !coded() {
        return None;
    }
    changed(
        text,
        Cow::Owned(short_text_of(&unquoted(text.as_bytes(), false))),
    )
}

/// The bytes of a quoted-printable part, if it holds any escapes.
pub(super) fn quoted_printable_bytes(text: &[u8]) -> Option<Vec<u8>> {
    text.contains(&b'=').then(|| unquoted(text, false))
}

/// The bytes of quoted-printable; in a header, `_` is a space.
fn unquoted(text: &[u8], header: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [b'=', b'\r', b'\n', behind @ ..] | [b'=', b'\n', behind @ ..] => behind,
            [b'=', a, b, behind @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0);
                bytes.push(u8::try_from(digit(*a) * 16 + digit(*b)).unwrap_or(b'?'));
                behind
            }
            [b'_', behind @ ..] if header => {
                bytes.push(b' ');
                behind
            }
            [byte, behind @ ..] => {
                bytes.push(*byte);
                behind
            }
            [] => return bytes,
        };
    }
}

/// Without encoded words (RFC 2047): `=?utf-8?B?QW5u?=`.
pub(super) fn encoded_words(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        // White space between two words is none of the text.
        if !(after_word && before.trim().is_empty()) {
            plain.push_str(before);
        }
        if let Some((decoded, behind)) = encoded_word(&word[2..]) {
            plain.push_str(&decoded);
            rest = behind;
            after_word = true;
        } else {
            plain.push_str("=?");
            rest = &word[2..];
            after_word = false;
        }
    }
    plain.push_str(rest);
    changed(text, Cow::Owned(plain))
}

/// The word behind `=?`, and what follows it.
fn encoded_word(text: &str) -> Option<(String, &str)> {
    // Where nothing ends it, it must not be looked for to the end of the text.
    let word = &text[..text.floor_char_boundary(LONGEST_WORD)];
    let (charset, rest) = word.split_once('?')?;
    let (kind, rest) = rest.split_once('?')?;
    let (coded, _) = rest.split_once("?=")?;
    let behind = &text[charset.len() + kind.len() + coded.len() + "???=".len()..];
    let charset = charset.split('*').next().unwrap_or(charset);
    let charset = Encoding::for_label(charset.as_bytes())?;
    let bytes = match kind {
        "B" | "b" => base64(coded.as_bytes())?,
        "Q" | "q" => unquoted(coded.as_bytes(), true),
        _ => return None,
    };
    Some((charset.decode(&bytes).0.into_owned(), behind))
}

/// Without characters that nobody sees: soft hyphens, zero-width spaces and
/// joiners, marks of direction.
pub(super) fn without_invisible(text: &str) -> Option<String> {
    let invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.contains(invisible)
        .then(|| text.chars().filter(|c| !invisible(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_others_left_alone() {
        for (undo, text, plain) in [
            (percent as fn(&str) -> Option<String>, "a%40b", Some("a@b")),
            (percent, "UTF-8''M%C3%BCller", Some("UTF-8''Müller")),
            (percent, "iso-8859-1''M%FCller", Some("iso-8859-1''Müller")),
            (percent, "100 %", None),
            (
                entities,
                "O&#39;Neil &amp; M&uuml;ller",
                Some("O'Neil & Müller"),
            ),
            (entities, "a&b=c&d", None),
            (entities, "Ann &#x40; x", Some("Ann @ x")),
            // What is no entity, beside what browsers would take for one.
            (entities, "R&D; /?id=7&copy=2", None),
            (entities, "Q & A; /?id=7&copy=2", None),
            (
                literal,
                r"M\u00fcller \ud83d\ude00 a\/b",
                Some("Müller 😀 a/b"),
            ),
            (literal, r"C:\Users", None),
            (literal, r"M\xfcller", Some("Müller")),
            (literal, r"Ann\nLee\tFox", Some("Ann Lee Fox")),
            (
                literal,
                r#"the \"Ann\" of \'Lee\' \\ Fox"#,
                Some(r#"the "Ann" of 'Lee' \ Fox"#),
            ),
            (literal, r"a\u0040b \", Some(r"a@b \")),
            // Halves of a character that are apart are none.
            (literal, r"\ud83d-\ude00", Some("-\u{fffd}")),
            (quoted_printable, "M=C3=BCl=\r\nler", Some("Müller")),
            (quoted_printable, "Mül=\r\nler", Some("Müller")),
            (quoted_printable, "Mül=\nler", Some("Müller")),
            (quoted_printable, "ann=40x.test", Some("ann@x.test")),
            (quoted_printable, "a_b =4x=x4=40", Some("a_b =4x=x4@")),
            (quoted_printable, "a=b", None),
            (quoted_printable, "?a=Ab&b=4", None),
            (
                encoded_words,
                "=?utf-8?B?TcO8?= =?iso-8859-1?Q?ll_er?= x",
                Some("Müll er x"),
            ),
            (
                encoded_words,
                "a =?utf-8?q?b?= c =?utf-8*en?b?ZA==?= e",
                Some("a b c d e"),
            ),
            (encoded_words, " =?utf-8?Q?Ann?=", Some(" Ann")),
            (encoded_words, "=?x =?utf-8?Q?Ann?=", Some("=?x Ann")),
            (encoded_words, "a=?b", None),
            (without_invisible, "Mü\u{ad}ller\u{200b}", Some("Müller")),
            (without_invisible, "Müller", None),
        ] {
            assert_eq!(undo(text).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn words_that_nothing_ends_take_no_longer_than_other_text() {
        let many = "=?utf-8?Q? \u{fc}".repeat(300_000);
        assert_eq!(encoded_words(&many), None);
        let far = " ".repeat(LONGEST_WORD);
        let found = encoded_words(&(many + &far + "=?utf-8?B?QW5u?="));
        assert!(found.is_some_and(|plain| plain.ends_with(" Ann")));
        for (length, is_word) in [(1_000, true), (1_100, false)] {
            let text = format!("=?utf-8?Q?{}?= Lee", "a".repeat(length));
            assert_eq!(encoded_words(&text).is_some(), is_word, "{length}");
        }
    }
}
