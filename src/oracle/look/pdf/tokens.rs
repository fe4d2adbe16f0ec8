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

    /// A text in hexadecimal digits, from its bracket on.
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
                b'<' => return Some(Token::Text(self.hex())),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[u8]) -> Vec<Token<'_>> {
        Tokens::of(text).collect()
    }

    fn shown(text: &[u8]) -> Token<'static> {
        Token::Text(text.to_vec())
    }

    #[test]
    fn the_words_of_a_file_are_told_apart() {
        use Token::{Close, Name, Number, Open, Word};
        for (text, found) in [
            (
                &b"<</Type/Page /Kids[3 0 R]>>"[..],
                vec![
                    Word(b"<<"),
                    Name(b"Type"),
                    Name(b"Page"),
                    Name(b"Kids"),
                    Open,
                    Number(3.0),
                    Number(0.0),
                    Word(b"R"),
                    Close,
                    Word(b">>"),
                ],
            ),
            (
                b"\0BT\t-1.5\n.5\x0c+7\rTd T* '",
                vec![
                    Word(b"BT"),
                    Number(-1.5),
                    Number(0.5),
                    Number(7.0),
                    Word(b"Td"),
                    Word(b"T*"),
                    Word(b"'"),
                ],
            ),
            // A comment ends with its line, or with the file.
            (
                b"q % (Ann)\rQ % (Lee)\nBT % (Fox)",
                vec![Word(b"q"), Word(b"Q"), Word(b"BT")],
            ),
            // Brackets that nothing opened.
            (b"<41>> 7", vec![shown(b"A"), Number(7.0)]),
            (b") } > { 7", vec![Number(7.0)]),
            (
                b"(Ann)(Lee)Tj",
                vec![shown(b"Ann"), shown(b"Lee"), Word(b"Tj")],
            ),
            (b"<416E6e>Tj", vec![shown(b"Ann"), Word(b"Tj")]),
            (b"<41 6E\n6E 4>7", vec![shown(b"Ann@"), Number(7.0)]),
            (b"<>7", vec![shown(b""), Number(7.0)]),
            (b"<416E", vec![shown(b"An")]),
            (b"(An", vec![shown(b"An")]),
            (b"(An\\", vec![shown(b"An")]),
        ] {
            assert_eq!(words(text), found, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn letters_in_brackets_are_escaped() {
        for (text, found) in [
            (&b"(Ann (Lee (Fox)) Cee)"[..], &b"Ann (Lee (Fox)) Cee"[..]),
            (b"(Ann \\) Lee \\( \\\\)", b"Ann ) Lee ( \\"),
            (b"(a\\nb\\rc\\td\\be\\ff)", b"a\nb\rc\td e f"),
            (
                b"(M\\374ller \\1015 \\73 \\7x \\101)",
                b"M\xfcller A5 ; \x07x A",
            ),
            // More than a byte holds.
            (b"(\\501\\777)", b"A\xff"),
            // The line goes on.
            (b"(Ann\\\n Lee\\\r Fox\\\r\n Cee)", b"Ann Lee Fox Cee"),
            (b"(\\A\\9)", b"A9"),
        ] {
            assert_eq!(words(text), [shown(found)], "{}", text.escape_ascii());
        }
    }

    #[test]
    fn an_image_among_the_words_ends_where_it_says() {
        for (text, behind) in [
            (&b" \x01\x02 EI Q"[..], &[Token::Word(b"Q")][..]),
            (b" (EI aEI b EIc d\nEI\nQ", &[Token::Word(b"Q")]),
            (b" EI Q", &[Token::Word(b"Q")]),
            // One that never ends.
            (b" (( EI", &[]),
        ] {
            let mut tokens = Tokens::of(text);
            tokens.skip_image();
            assert_eq!(
                tokens.collect::<Vec<_>>(),
                behind,
                "{}",
                text.escape_ascii()
            );
        }
        let mut tokens = Tokens::of(b"BI /W 1 ID \x01\x02 EI Q");
        for _ in 0..4 {
            tokens.next();
        }
        tokens.skip_image();
        assert_eq!(tokens.next(), Some(Token::Word(b"Q")));
    }
}
