//! Texts of a page, in the order in which they are drawn.

use super::fonts::{Font, latin, utf_16};
use super::tokens::{Token, Tokens};

/// Pieces of one page.
const MOST_PIECES: usize = 100_000;

/// Text of one page, and codes that are shown together: each code can stand for
/// many letters.
const MOST_TEXT: usize = 16 << 20;
const MOST_TOGETHER: usize = 1 << 20;

/// Fonts that are put aside while others are used.
const DEEPEST: usize = 64;

/// A gap of so many thousandths of the size of the letters is a space.
const GAP: f64 = -180.0;

/// What is drawn at one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// What comes next need not belong to it.
    pub(super) ends_block: bool,
}

/// A text outside of pages: in UTF-16 when it begins so.
pub(super) fn of_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf_16(rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => {
            let mut text = String::new();
            latin(bytes, &mut text);
            text
        }
    }
}

/// What `content` shows, and whether some of it cannot be told.
pub(super) fn pieces<'f>(
    content: &[u8],
    font: &dyn Fn(&[u8]) -> Option<&'f Font>,
) -> (Vec<Piece>, bool) {
    let mut page = Page {
        font,
        current: None,
        kept: Vec::new(),
        pieces: Vec::new(),
        open: String::new(),
        line: Line::default(),
        last: None,
        has_moved: false,
        shown: 0,
        unreadable: false,
    };
    let mut operands: Vec<Token<'_>> = Vec::new();
    let mut tokens = Tokens::of(content);
    while let Some(token) = tokens.next() {
        let Token::Word(operator) = token else {
            if operands.len() < 4_096 {
                operands.push(token);
            }
            continue;
        };
        if operator == b"ID" {
            tokens.skip_image();
        } else {
            page.operate(operator, &operands);
        }
        operands.clear();
        if page.pieces.len() > MOST_PIECES {
            page.unreadable = true;
            break;
        }
    }
    page.end(true);
    (page.pieces, page.unreadable)
}

struct Page<'p, 'f> {
    font: &'p dyn Fn(&[u8]) -> Option<&'f Font>,
    current: Option<&'f Font>,
    kept: Vec<Option<&'f Font>>,
    pieces: Vec<Piece>,
    open: String,
    line: Line,
    /// How high the last text was drawn, and in which block.
    last: Option<(f64, u32)>,
    /// What is drawn next does not follow by itself.
    has_moved: bool,
    /// How much text there was so far.
    shown: usize,
    unreadable: bool,
}

/// The line on which is drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    height: f64,
    scale: f64,
    /// How far it is to the next one.
    leading: f64,
    /// The number of the block of text.
    block: u32,
}

impl Line {
    fn down(&mut self, by: f64) {
        self.height += by * if self.scale == 0.0 { 1.0 } else { self.scale };
    }
}

impl Page<'_, '_> {
    fn operate(&mut self, operator: &[u8], operands: &[Token<'_>]) {
        let number = |at: usize| match operands.get(at) {
            Some(Token::Number(number)) => *number,
            _ => 0.0,
        };
        match operator {
            b"q" if self.kept.len() < DEEPEST => self.kept.push(self.current),
            b"Q" => {
                if let Some(font) = self.kept.pop() {
                    self.current = font;
                }
            }
            b"Tf" => {
                if let Some(Token::Name(name)) = operands.first() {
                    self.current = (self.font)(name);
                }
            }
            b"BT" => {
                self.line = Line {
                    block: self.line.block.wrapping_add(1),
                    leading: self.line.leading,
                    ..Line::default()
                };
                self.has_moved = true;
            }
            // All that comes is somewhere else.
            b"cm" => {
                self.end(true);
                self.last = None;
            }
            b"Td" => self.move_to(number(1)),
            b"TD" => {
                self.line.leading = -number(1);
                self.move_to(number(1));
            }
            b"TL" => self.line.leading = number(0),
            b"T*" => self.next_line(),
            b"Tm" => {
                self.line.scale = number(3);
                self.line.height = number(5);
                self.has_moved = true;
            }
            b"Tj" => self.show_all(operands),
            b"'" | b"\"" => {
                self.next_line();
                self.show_all(operands);
            }
            b"TJ" => {
                for operand in operands {
                    match operand {
                        Token::Text(codes) => self.show(codes),
                        Token::Number(gap) if *gap < GAP && !self.open.ends_with(' ') => {
                            self.open.push(' ');
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn move_to(&mut self, by: f64) {
        self.line.down(by);
        self.has_moved = true;
    }

    fn next_line(&mut self) {
        // Whatever the leading is, it is another line.
        let told = self.line.leading;
        let leading = if told == 0.0 { 1.0 } else { told };
        self.move_to(-leading);
    }

    fn show_all(&mut self, operands: &[Token<'_>]) {
        for operand in operands {
            if let Token::Text(codes) = operand {
                self.show(codes);
            }
        }
    }

    fn show(&mut self, codes: &[u8]) {
        if self.shown > MOST_TEXT || codes.len() > MOST_TOGETHER {
            self.unreadable = true;
            return;
        }
        let mut text = String::new();
        match self.current {
            Some(font) => self.unreadable |= !font.write(codes, &mut text),
            None => latin(codes, &mut text),
        }
        self.shown += text.len();
        let (height, block) = (self.line.height, self.line.block);
        if std::mem::take(&mut self.has_moved)
            && let Some((before, of)) = self.last
        {
            let is_level = (before - height).abs() < 0.01;
            // Words of a line are drawn one by one with their spaces; what has
            // none is another cell.
            let is_spaced =
                self.open.ends_with(char::is_whitespace) || text.starts_with(char::is_whitespace);
            if !(is_level && is_spaced) {
                self.end(is_level || of != block);
            }
        }
        self.last = Some((height, block));
        self.open.push_str(&text);
    }

    fn end(&mut self, ends_block: bool) {
        let text = std::mem::take(&mut self.open);
        if !text.trim().is_empty() {
            self.pieces.push(Piece { text, ends_block });
        } else if ends_block && let Some(last) = self.pieces.last_mut() {
            last.ends_block = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::table;
    use super::*;

    fn told(letters: &str, wide: bool) -> Font {
        let letters = table(letters.as_bytes(), &mut 1_000);
        Font::Told { letters, wide }
    }

    /// The pieces of a page with Latin letters, each that ends a block with a
    /// bar behind it.
    fn drawn(content: &str) -> Vec<String> {
        let (pieces, unreadable) = pieces(content.as_bytes(), &|_| None);
        assert!(!unreadable, "{content}");
        let told = |piece: Piece| piece.text + if piece.ends_block { "|" } else { "" };
        pieces.into_iter().map(told).collect()
    }

    #[test]
    fn what_stands_at_one_height_with_its_spaces_is_one_text() {
        for place in [
            "72 700 Td",
            "72 350 Td 0 350 Td",
            "72 714 Td 0 -14 TD",
            "72 728 Td 0 -14 TD T*",
            "72 714 Td 14 TL T*",
            "14 TL ET BT 72 714 Td T*",
            "1 0 0 1 72 700 Tm",
            "12 0 0 12 72 712 Tm 0 -1 Td",
            "2 0 0 2 72 728 Tm 0 -7 TD T*",
            "12 0 0 12 72 712 Tm ET BT 72 700 Td",
            "72 700.009 Td",
        ] {
            let content =
                format!("BT {place} (Dear) Tj ET BT 1 0 0 1 99 700 Tm ( Ann) Tj ( Lee) Tj ET");
            assert_eq!(drawn(&content), ["Dear Ann Lee|"], "{place}");
        }
        for place in ["72 714 Td", "72 700.02 Td", "72 -700 Td", "72 714 Td T*"] {
            let content = format!("BT {place} (Dear) Tj 1 0 0 1 99 700 Tm ( Ann) Tj ET");
            assert_eq!(drawn(&content), ["Dear", " Ann|"], "{place}");
        }
    }

    #[test]
    fn what_is_drawn_apart_ends_a_block() {
        for (content, found) in [
            // Cells of a row.
            ("BT (Ann) Tj 90 0 Td (Lee) Tj ET", &["Ann|", "Lee|"][..]),
            // Lines of a paragraph, and of two.
            ("BT (Ann) Tj 0 -14 Td (Lee) Tj ET", &["Ann", "Lee|"]),
            ("BT (Ann) Tj (Lee) ' (Fox) ' ET", &["Ann", "Lee", "Fox|"]),
            ("BT (Ann) Tj 1 2 (Lee) \" ET", &["Ann", "Lee|"]),
            ("BT (Ann) Tj T* (Lee) Tj ET", &["Ann", "Lee|"]),
            (
                "BT 72 700 Td (Ann) Tj ET BT 72 686 Td (Lee) Tj ET",
                &["Ann|", "Lee|"],
            ),
            // Nothing but spaces, in a block of its own.
            (
                "BT (Ann) Tj 0 -14 Td (Lee) Tj 0 -14 Td ( ) Tj ET BT 0 9 Td (Fox) Tj ET",
                &["Ann", "Lee|", "Fox|"],
            ),
            // Elsewhere, whatever the height is.
            (
                "BT (Ann ) Tj ET 1 0 0 1 0 99 cm BT (Lee) Tj ET",
                &["Ann |", "Lee|"],
            ),
            ("BT (Ann) Tj ( ) Tj (Lee) Tj ET", &["Ann Lee|"]),
            ("BT ( ) Tj ET", &[]),
            (
                "BT 0 0.01 Td (Dear) Tj 0 -0.01 Td ( Ann) Tj ET",
                &["Dear", " Ann|"],
            ),
        ] {
            assert_eq!(drawn(content), found, "{content}");
        }
    }

    #[test]
    fn wide_gaps_between_letters_are_spaces() {
        for (content, found) in [
            ("BT [(An) 20 (n) -300 (Lee)] TJ ET", "Ann Lee|"),
            ("BT [(A) -180 (nn) -181 (Lee)] TJ ET", "Ann Lee|"),
            ("BT [(Ann ) -300 (Lee)] TJ ET", "Ann Lee|"),
            ("BT [(Ann) -300 -300 (Lee)] TJ ET", "Ann Lee|"),
            ("/P <</MCID 0>> BDC BT (Ann Lee) Tj ET EMC", "Ann Lee|"),
        ] {
            assert_eq!(drawn(content), [found], "{content}");
        }
    }

    #[test]
    fn letters_are_told_by_the_font_that_is_used() {
        let of = |letter| {
            let table = format!("1 beginbfchar <61> <{letter}> endbfchar");
            told(&table, false)
        };
        let (first, second) = (of("0041"), of("0042"));
        let font = |name: &[u8]| match name {
            b"F1" => Some(&first),
            b"F2" => Some(&second),
            _ => None,
        };
        let read = |content: &str| {
            let (pieces, unreadable) = pieces(content.as_bytes(), &font);
            let texts: Vec<String> = pieces.into_iter().map(|piece| piece.text).collect();
            (texts.concat(), unreadable)
        };
        for (content, found) in [
            ("BT (a) Tj /F1 9 Tf (a) Tj /F2 9 Tf (a) Tj ET", "aAB"),
            (
                "/F1 9 Tf q /F2 9 Tf q (a) Tj Q (a) Tj Q (a) Tj Q (a) Tj",
                "BBAA",
            ),
            ("/F1 9 Tf (a) Tj /F3 9 Tf (a) Tj", "Aa"),
        ] {
            assert_eq!(read(content), (found.to_owned(), false), "{content}");
        }
        let deep = |depth: usize| {
            let (q, back) = ("q ".repeat(depth), "Q ".repeat(depth));
            format!("/F1 9 Tf {q} /F2 9 Tf (a) Tj {back} (a) Tj")
        };
        assert_eq!(read(&deep(DEEPEST)).0, "BA");
        let wide = told("1 beginbfchar <0061> <0041> endbfchar", true);
        for (content, unreadable) in [
            ("<0061> Tj", false),
            ("<00610062> Tj", true),
            ("<0062> Tj <0061> Tj", true),
        ] {
            let found = pieces(format!("/F1 9 Tf {content}").as_bytes(), &|_| Some(&wide));
            assert_eq!(found.1, unreadable, "{content}");
        }
    }

    #[test]
    fn texts_beside_pages_are_in_one_of_three_encodings() {
        for (bytes, text) in [
            (&b"\xfe\xff\0M\0\xfc\0l"[..], "M\u{fc}l"),
            (b"\xef\xbb\xbfM\xc3\xbcl", "M\u{fc}l"),
            (b"M\xfcl", "M\u{fc}l"),
            (b"", ""),
        ] {
            assert_eq!(of_string(bytes), text);
        }
    }

    #[test]
    fn a_page_of_endless_pieces_is_read_in_part_and_counted() {
        let of = |count: usize| pieces("(a) ' ".repeat(count).as_bytes(), &|_| None);
        let (found, unreadable) = of(MOST_PIECES + 1);
        assert_eq!((found.len(), unreadable), (MOST_PIECES + 1, false));
        let (found, unreadable) = of(MOST_PIECES + 9);
        assert!(found.len() < MOST_PIECES + 9 && unreadable);
    }

    #[test]
    fn codes_that_stand_for_many_letters_fill_a_page_and_no_more() {
        let letters = "0061".repeat(32);
        let swollen = told(&format!("1 beginbfchar <61> <{letters}> endbfchar"), false);
        let of = |times: usize, codes: usize| {
            let content = format!("({}) Tj ", "a".repeat(codes)).repeat(times);
            let content = format!("/F1 9 Tf {content}");
            let (pieces, unreadable) = pieces(content.as_bytes(), &|_| Some(&swollen));
            let length: usize = pieces.iter().map(|piece| piece.text.len()).sum();
            (length, unreadable)
        };
        assert_eq!(of(10, 1_000), (320_000, false));
        let (length, unreadable) = of(100, 100_000);
        assert!(length <= MOST_TEXT + 3_200_000 && unreadable, "{length}");
        assert_eq!(of(1, MOST_TOGETHER + 1), (0, true));
    }
}
