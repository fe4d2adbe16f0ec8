//! Looking into rich text (RTF), as reports and letters in hospitals have it.

use encoding_rs::WINDOWS_1252;

use super::APART;

/// Groups within groups.
const DEEPEST: usize = 256;

/// Groups that show no text.
const HIDDEN: [&str; 10] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "pict",
    "object",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "themedata",
    "datastore",
];

/// What holds to the end of a group.
#[derive(Clone, Copy, Debug)]
struct Group {
    is_hidden: bool,
    /// Letters that stand for one that older programs do not know.
    instead: u32,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            is_hidden: false,
            instead: 1,
        }
    }
}

/// Whether rich text begins here.
pub(super) fn is_rtf(text: &str) -> bool {
    text.starts_with("{\\rtf")
}

/// The text that is shown.
pub(super) fn shown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() / 2);
    let mut groups = vec![Group::default()];
    let mut rest = text;
    // Letters that still stand for the last one.
    let mut left = 0_u32;
    while let Some(c) = rest.chars().next() {
        let group = groups.last().copied().unwrap_or_default();
        let is_hidden = group.is_hidden;
        match c {
            '{' => {
                if groups.len() > DEEPEST {
                    return plain;
                }
                groups.push(group);
                rest = &rest[1..];
            }
            '}' => {
                groups.pop();
                rest = &rest[1..];
            }
            '\\' => {
                let (word, number, behind) = control(&rest[1..]);
                rest = behind;
                match (word, number) {
                    ("'", Some(_)) if left > 0 || is_hidden => left = left.saturating_sub(1),
                    ("'", Some(code)) => {
                        let byte = [u8::try_from(code).unwrap_or(b'?')];
                        plain.push_str(&WINDOWS_1252.decode_without_bom_handling(&byte).0);
                    }
                    ("u", Some(code)) => {
                        // Negative above the half.
                        let unit = u16::try_from(code.rem_euclid(0x1_0000)).unwrap_or(b'?'.into());
                        if !is_hidden {
                            plain.push(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}'));
                        }
                        left = group.instead;
                    }
                    ("uc", Some(count)) => {
                        if let Some(group) = groups.last_mut() {
                            group.instead = u32::try_from(count).unwrap_or(1);
                        }
                    }
                    ("*", _) => set_hidden(&mut groups),
                    (word, _) if HIDDEN.contains(&word) => set_hidden(&mut groups),
                    _ if is_hidden => {}
                    ("par" | "line" | "row" | "sect" | "page", _) => plain.push_str("\u{c}\n"),
                    ("tab" | "cell", _) => plain.push(APART),
                    ("~", _) => plain.push('\u{a0}'),
                    ("_", _) => plain.push('-'),
                    ("\\" | "{" | "}", _) => plain.push_str(word),
                    _ => {}
                }
            }
            c => {
                rest = &rest[c.len_utf8()..];
                if left > 0 {
                    left -= 1;
                } else if !is_hidden && !matches!(c, '\r' | '\n') {
                    plain.push(c);
                }
            }
        }
    }
    plain
}

fn set_hidden(groups: &mut [Group]) {
    if let Some(last) = groups.last_mut() {
        last.is_hidden = true;
    }
}

/// The control word at the beginning of `text`, its number, and what follows.
fn control(text: &str) -> (&str, Option<i32>, &str) {
    if let Some(code) = text.strip_prefix('\'') {
        let number = code
            .get(..2)
            .and_then(|digits| i32::from_str_radix(digits, 16).ok());
        return match number {
            Some(_) => ("'", number, &code[2..]),
            None => ("", None, code),
        };
    }
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if length == 0 {
        let end = text.chars().next().map_or(0, char::len_utf8);
        return (&text[..end], None, &text[end..]);
    }
    let (word, rest) = text.split_at(length);
    let digits = rest
        .bytes()
        .enumerate()
        .take_while(|(at, byte)| byte.is_ascii_digit() || (*at == 0 && *byte == b'-'))
        .count();
    let number = rest[..digits].parse().ok();
    let behind = &rest[digits..];
    (word, number, behind.strip_prefix(' ').unwrap_or(behind))
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::{DEEPEST, shown};

    #[test]
    fn what_is_shown_is_read() {
        for (text, plain) in [
            (
                "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0\\fs24 Dear {\\b Ann} {\\i Lee},\\par x}",
                "Dear Ann Lee,\u{c}\nx",
            ),
            (
                "{\\rtf1 M\\'fcller, \\u321?ukasz\\uc0\\u-257}",
                "M\u{fc}ller, \u{141}ukasz\u{feff}",
            ),
            (
                "{\\rtf1{\\*\\generator x;}{\\info{\\title T}}a\\cell b\\row}",
                "Ta\u{c}b\u{c}\n",
            ),
            ("{\\rtf1 a\\{b\\}\\\\", "a{b}\\"),
            ("{\\rtf1 \\'", ""),
            (
                "{\\rtf1 Ann\\~Lee\\_Fox\\tab(Cee)\\b0-Doe}",
                "Ann\u{a0}Lee-Fox\u{c}(Cee)-Doe",
            ),
            // What older programs show instead, for the group alone.
            (
                "{\\rtf1 \\u321\\'3fukasz \\u321 Lukasz}",
                "\u{141}ukasz \u{141}ukasz",
            ),
            (
                "{\\rtf1 {\\uc2\\u321?\\'3fukasz}\\u321?ukasz}",
                "\u{141}ukasz\u{141}ukasz",
            ),
            (
                "{\\rtf1\\uc0{\\uc1\\u321?}\\u321ukasz}",
                "\u{141}\u{141}ukasz",
            ),
            // Names of fonts and what else is no text.
            (
                "{\\rtf1{\\fonttbl M\\'fcller\\u321 x\\par\\~{\\f0 Arial;}}Ann}",
                "Ann",
            ),
        ] {
            assert_eq!(shown(text), plain, "{text}");
        }
        shown(&format!("{{\\rtf1{}", "{".repeat(100_000)));
        for (depth, plain) in [(DEEPEST, "Ann"), (DEEPEST + 1, "")] {
            assert_eq!(shown(&("{".repeat(depth) + "Ann")), plain);
        }
    }

    #[test]
    fn letters_are_seen_with_their_names_whole() {
        let body = "{\\rtf1\\ansi {\\b Ann} {\\b M\\'fcller}\\par}";
        let (seen, _) = seen("application/rtf", body);
        let place = (
            "Ann M\u{fc}ller\u{c}\n".to_owned(),
            "body at byte 0 > RTF".to_owned(),
        );
        assert!(seen.contains(&place), "{seen:?}");
    }
}
