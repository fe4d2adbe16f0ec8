//! Fonts: which letters the codes of a text stand for.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use encoding_rs::WINDOWS_1252;

use super::objects::{File, LONGEST_HEAD, Object, find, reference, references};
use super::tokens::{Token, Tokens};

/// Lists of fonts in one object, and fonts in one list.
const MOST_LISTS: usize = 8;
const MOST_NAMES: usize = 256;

/// Codes of one table.
const MOST_CODES: usize = 70_000;

/// Letters that stand for one code.
const MOST_LETTERS: usize = 32;

/// What the codes of a font stand for: several fonts can share it.
pub(super) type Letters = Rc<HashMap<u32, String>>;

/// A font, as far as it matters which letters are shown.
#[derive(Debug)]
pub(super) enum Font {
    /// It says what its codes stand for.
    Told {
        letters: Letters,
        /// Codes have two bytes.
        wide: bool,
    },
    /// Its codes can be anything.
    Unknown,
}

impl Font {
    /// Adds the letters of `codes`; `false` when some are not known.
    pub(super) fn write(&self, codes: &[u8], text: &mut String) -> bool {
        let Self::Told { letters, wide } = self else {
            return false;
        };
        let mut is_known = true;
        for code in codes.chunks(if *wide { 2 } else { 1 }) {
            let number = code.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
            match letters.get(&number) {
                Some(letter) => text.push_str(letter),
                None if *wide => {
                    is_known = false;
                    text.push('\u{fffd}');
                }
                None => latin(code, text),
            }
        }
        is_known
    }
}

/// Adds codes that stand for Latin letters, as without a table they mostly do.
pub(super) fn latin(codes: &[u8], text: &mut String) {
    text.push_str(&WINDOWS_1252.decode_without_bom_handling(codes).0);
}

/// Reads a table to Unicode, of which each code takes one of `left`, whether or
/// not it was there before.
pub(super) fn table(table: &[u8], left: &mut usize) -> Letters {
    let mut reading = Table {
        letters: HashMap::new(),
        left,
    };
    let mut tokens = Tokens::of(table);
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(b"beginbfchar") => reading.chars(&mut tokens),
            Token::Word(b"beginbfrange") => reading.ranges(&mut tokens),
            _ => {}
        }
    }
    Rc::new(reading.letters)
}

/// A table that is being read.
struct Table<'t> {
    letters: HashMap<u32, String>,
    left: &'t mut usize,
}

impl Table<'_> {
    /// `<01> <0041>`, a code and its letters.
    fn chars(&mut self, tokens: &mut Tokens<'_>) {
        while let Some(Token::Text(code)) = tokens.next() {
            let Some(Token::Text(letter)) = tokens.next() else {
                return;
            };
            self.add(number(&code), &letter);
        }
    }

    /// `<01> <03> <0041>`, or the letters of each code in an array.
    fn ranges(&mut self, tokens: &mut Tokens<'_>) {
        while let Some(Token::Text(first)) = tokens.next() {
            let Some(Token::Text(last)) = tokens.next() else {
                return;
            };
            let (first, last) = (number(&first), number(&last));
            match tokens.next() {
                Some(Token::Text(letter)) if is_short(&letter) => {
                    for code in first..=last.min(first.saturating_add(0xffff)) {
                        if *self.left == 0 {
                            return;
                        }
                        self.add(code, &following(&letter, code - first));
                    }
                }
                Some(Token::Text(_)) => {}
                Some(Token::Open) => {
                    let mut code = first;
                    while let Some(Token::Text(letter)) = tokens.next() {
                        self.add(code, &letter);
                        code = code.saturating_add(1);
                    }
                }
                _ => return,
            }
        }
    }

    fn add(&mut self, code: u32, letter: &[u8]) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        *self.left = left;
        if self.letters.len() < MOST_CODES && is_short(letter) {
            let letter = utf_16(letter);
            if letter.len() <= MOST_LETTERS {
                self.letters.insert(code, letter);
            }
        }
    }
}

/// Whether this can be letters of one code, and no text.
fn is_short(letter: &[u8]) -> bool {
    letter.len() / 2 <= MOST_LETTERS
}

/// `letter` and what comes so many behind it.
fn following(letter: &[u8], more: u32) -> Vec<u8> {
    let mut letter = letter.to_vec();
    if let [.., high, low] = letter.as_mut_slice() {
        let number = (u32::from(*high) << 8 | u32::from(*low)).wrapping_add(more);
        [*high, *low] = [(number >> 8).to_le_bytes()[0], number.to_le_bytes()[0]];
    } else if let [only] = letter.as_mut_slice() {
        *only = only.wrapping_add(more.to_le_bytes()[0]);
    }
    letter
}

fn number(code: &[u8]) -> u32 {
    code.iter()
        .take(4)
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

pub(super) fn utf_16(bytes: &[u8]) -> String {
    let units = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_be_bytes(*pair));
    if let [only] = bytes {
        return char::from(*only).to_string();
    }
    char::decode_utf16(units)
        .map(|letter| letter.unwrap_or('\u{fffd}'))
        .collect()
}

/// The fonts that `head` has names for: `/Font << /F1 5 0 R >>`.
pub(super) fn named(head: &[u8], file: &File<'_>) -> BTreeMap<Vec<u8>, u32> {
    let head = beginning(head);
    let mut fonts = BTreeMap::new();
    let mut at = 0;
    for _ in 0..MOST_LISTS {
        let Some(found) = find(&head[at..], b"/Font") else {
            break;
        };
        at += found + 5;
        let rest = &head[at..];
        if rest.first().is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let Some(list) = dictionary(rest, file) else {
            continue;
        };
        let mut tokens = Tokens::of(list);
        tokens.next();
        for _ in 0..MOST_NAMES {
            let Some(Token::Name(name)) = tokens.next() else {
                break;
            };
            let (Some(Token::Number(number)), Some(_), Some(Token::Word(b"R"))) =
                (tokens.next(), tokens.next(), tokens.next())
            else {
                break;
            };
            fonts.insert(name.to_vec(), super::objects::whole(number));
        }
    }
    fonts
}

/// The dictionary at the beginning of `text`, or the one that it refers to.
fn dictionary<'a>(text: &'a [u8], file: &File<'a>) -> Option<&'a [u8]> {
    match Tokens::of(text).next()? {
        Token::Word(b"<<") => Some(text),
        _ => Some(beginning(file.objects.get(&references(text).next()?)?.head)),
    }
}

/// What is read of a head that many others can refer to.
fn beginning(head: &[u8]) -> &[u8] {
    &head[..head.len().min(LONGEST_HEAD)]
}

/// The pages by the streams that they show.
pub(super) fn pages(file: &File<'_>) -> BTreeMap<u32, u32> {
    let mut pages = BTreeMap::new();
    for (page, object) in &file.objects {
        if let Some(at) = find(object.head, b"/Contents") {
            let shown = references(&object.head[at + 9..]);
            pages.extend(shown.map(|shown| (shown, *page)));
        }
    }
    pages
}

/// The fonts of the stream `id`, or of the page that shows it.
pub(super) fn of_page(
    id: u32,
    stream: &Object<'_>,
    pages: &BTreeMap<u32, u32>,
    file: &File<'_>,
) -> BTreeMap<Vec<u8>, u32> {
    let fonts = resources(stream.head, file);
    if !fonts.is_empty() {
        return fonts;
    }
    let page = pages.get(&id).and_then(|page| file.objects.get(page));
    page.map_or(fonts, |page| resources(page.head, file))
}

fn resources(head: &[u8], file: &File<'_>) -> BTreeMap<Vec<u8>, u32> {
    let head = beginning(head);
    let mut fonts = named(head, file);
    if let Some(own) = reference(head, b"/Resources").and_then(|id| file.objects.get(&id)) {
        fonts.extend(named(own.head, file));
    }
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a font with this table shows for `codes`, and whether all are known.
    fn shown(table: &str, wide: bool, codes: &[u8]) -> (String, bool) {
        let mut text = String::new();
        let letters = super::table(table.as_bytes(), &mut 1_000_000);
        let is_known = Font::Told { letters, wide }.write(codes, &mut text);
        (text, is_known)
    }

    #[test]
    fn tables_to_unicode_give_single_codes_and_ranges() {
        let table = "1 begincodespacerange <0000> <FFFF> endcodespacerange \
            3 beginbfchar <0003> <0020> <0010> <00FC> <0113> <00660066> endbfchar \
            4 beginbfrange <0024> <0026> <0041> <00FE> <0101> <04FE> \
            <0030> <0031> [<006E> <D83DDE00>] <0040> <0041> <5A> endbfrange \
            1 beginbfchar <0005> <41> endbfchar";
        for (codes, text) in [
            (&b"\0\x24\0\x25\0\x26"[..], "ABC"),
            (b"\0\x03\0\x10\x01\x13", " \u{fc}ff"),
            // The range goes on behind a full byte, of codes and of letters.
            (
                b"\0\xfe\0\xff\x01\0\x01\x01",
                "\u{4fe}\u{4ff}\u{500}\u{501}",
            ),
            (b"\0\x30\0\x31", "n\u{1f600}"),
            (b"\0\x40\0\x41\0\x05", "Z[A"),
        ] {
            let found = shown(table, true, codes);
            assert_eq!(found, (text.to_owned(), true), "{}", codes.escape_ascii());
        }
        for codes in [b"\0\x23", b"\0\x27", b"\0\x32"] {
            let found = shown(table, true, codes);
            assert_eq!(
                found,
                ("\u{fffd}".to_owned(), false),
                "{}",
                codes.escape_ascii()
            );
        }
        assert_eq!(shown(table, true, b"\0\x24\0\x27\0\x26").0, "A\u{fffd}C");
        let table =
            "1 beginbfchar <61> <0041> endbfchar 1 beginbfrange <62> <63> <0058> endbfrange";
        // Of codes with one byte, those without a letter mostly stand for themselves.
        assert_eq!(
            shown(table, false, b"abcd\xfc"),
            ("AXYd\u{fc}".to_owned(), true)
        );
        let mut text = String::new();
        assert!(!Font::Unknown.write(b"a", &mut text) && text.is_empty());
    }

    #[test]
    fn broken_tables_give_what_they_have_and_hostile_ones_are_bounded() {
        for (table, text) in [
            (
                "beginbfchar <61> <41> <62> endbfchar beginbfchar <63> <43>",
                "AbC",
            ),
            (
                "beginbfrange <61> <41> endbfrange beginbfchar <63> <43>",
                "abC",
            ),
            (
                "beginbfrange <61> <61> <41> <62> endbfrange beginbfchar <63> <43>",
                "AbC",
            ),
            ("beginbfrange <61> <63> 7 beginbfchar <63> <43>", "abC"),
            ("beginbfrange <63> <61> <41> endbfrange", "abc"),
            ("beginbfrange <61> <63> [<41>] endbfrange", "Abc"),
        ] {
            let found = shown(table, false, b"abc");
            assert_eq!(found, (text.to_owned(), true), "{table}");
        }
        // What stands for a code is a few letters, and no text.
        for (length, text) in [(32, "A".repeat(32)), (33, "a".to_owned())] {
            let table = format!("beginbfchar <61> <{}>", "0041".repeat(length));
            assert_eq!(shown(&table, false, b"a"), (text, true), "{length}");
        }
        for (table, codes) in [
            ("beginbfrange <00000000> <FFFFFFFF> <0041>", 0x1_0000),
            (
                "beginbfrange <00000000> <FFFFFFFF> <0041> <00010000> <FFFFFFFF> <0041> \
                 endbfrange beginbfchar <7FFFFFFF> <0041>",
                MOST_CODES,
            ),
        ] {
            let letters = super::table(table.as_bytes(), &mut 1_000_000);
            assert_eq!(letters.len(), codes);
        }
    }

    #[test]
    fn codes_are_counted_however_often_they_come_back() {
        let again = "<0000> <FFFF> <0041> ".repeat(100_000);
        let mut left = 100_000;
        let letters = table(format!("beginbfrange {again}").as_bytes(), &mut left);
        assert_eq!((letters.len(), left), (0x1_0000, 0));
        // What is no letter is not copied for each code.
        let long = format!("<0000> <FFFF> <{}> ", "0041".repeat(50_000)).repeat(10);
        let mut left = 10;
        let letters = table(
            format!("beginbfrange {long}<0061> <0061> <0042>").as_bytes(),
            &mut left,
        );
        assert_eq!((letters.len(), left, letters[&0x61].as_str()), (1, 9, "B"));
    }
}
