//! The words of which a PDF is made: its objects, its pages and the tables of
//! its fonts are written alike.

/// A word, or one of the marks that hold others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    /// Behind a slash.
    Name(&'a [u8]),
    /// A text in brackets or in hexadecimal digits.
    Text(Vec<u8>),
    /// `[`.
    Open,
    /// `]`.
    Close,
    /// An operator, a keyword, or `<<` and `>>`.
    Word(&'a [u8]),
}

/// Reads words one by one.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Goes on behind an image that stands among the words.
    pub(super) fn skip_image(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = rest.windows(4).position(|window| {
            window[0].is_ascii_whitespace()
                && &window[1..3] == b"EI"
                && window[3].is_ascii_whitespace()
        });
        self.at += end.map_or(rest.len(), |end| end + 4);
    }

    fn peek(&self, behind: usize) -> Option<u8> {
        self.bytes.get(self.at + behind).copied()
    }

    /// As long as `is_part` says.
    fn run(&mut self, is_part: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|byte| !is_part(*byte))
            .unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A text in brackets, which can hold others.
    fn text(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 1_usize;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.escape(&mut text),
                b'(' => {
                    depth += 1;
                    text.push(byte);
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                    text.push(byte);
                }
                byte => text.push(byte),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek(0) else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' | b'f' => text.push(b' '),
            // The line goes on.
            b'\n' => {}
            b'\r' => self.at += usize::from(self.peek(0) == Some(b'\n')),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek(0) else {
                        break;
                    };
                    self.at += 1;
                    code = code * 8 + u32::from(digit - b'0');
                }
                text.push(u8::try_from(code & 0xff).unwrap_or(b'?'));
            }
            byte => text.push(byte),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        let text = of_hex(self.run(|byte| byte != b'>'));
        self.at = (self.at + 1).min(self.bytes.len());
        text
    }
}

/// The bytes behind hexadecimal digits, up to a bracket; a last digit alone has
/// a zero behind it.
pub(super) fn of_hex(digits: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.run(is_space);
            match self.peek(0)? {
                b'%' => {
                    self.run(|byte| !matches!(byte, b'\r' | b'\n'));
                }
                b'(' => {
                    self.at += 1;
                    return Some(Token::Text(self.text()));
                }
                b'<' | b'>' if self.peek(1) == self.peek(0) => {
                    self.at += 2;
                    return Some(Token::Word(&self.bytes[self.at - 2..self.at]));
                }
                b'<' => {
                    self.at += 1;
                    return Some(Token::Text(self.hex()));
                }
                b'/' => {
                    self.at += 1;
                    return Some(Token::Name(self.run(is_regular)));
                }
                b'[' => {
                    self.at += 1;
                    return Some(Token::Open);
                }
                b']' => {
                    self.at += 1;
                    return Some(Token::Close);
                }
                byte if is_regular(byte) => {
                    let word = self.run(is_regular);
                    let number = std::str::from_utf8(word)
                        .ok()
                        .and_then(|own| own.parse().ok());
                    return Some(number.map_or(Token::Word(word), Token::Number));
                }
                // A stray bracket.
                _ => self.at += 1,
            }
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0xc | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}
