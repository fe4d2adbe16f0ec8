//! Texts of a page, in the order in which they are drawn.

use super::fonts::{Font, latin, utf_16};
use super::tokens::{Token, Tokens};

/// Pieces of one page.
const MOST_PIECES: usize = 100_000;

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
        match operator {
            b"ID" => tokens.skip_image(),
            b"<<" | b">>" => continue,
            _ => page.operate(operator, &operands),
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
        let leading = self.line.leading;
        self.move_to(if leading == 0.0 { -1.0 } else { -leading });
    }

    fn show_all(&mut self, operands: &[Token<'_>]) {
        for operand in operands {
            if let Token::Text(codes) = operand {
                self.show(codes);
            }
        }
    }

    fn show(&mut self, codes: &[u8]) {
        let mut text = String::new();
        match self.current {
            Some(font) => self.unreadable |= !font.write(codes, &mut text),
            None => latin(codes, &mut text),
        }
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
