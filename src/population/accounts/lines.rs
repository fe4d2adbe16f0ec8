//! Lines: from places in a text to line numbers.

/// Tells the line of growing positions in a text, reading it once.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
        }
    }

    /// The line, from 1, of the byte at `position`, which must not be before
    /// the last one asked for.
    pub(super) fn line_at(&mut self, position: usize) -> usize {
        let position = position.clamp(self.at, self.bytes.len());
        let passed = &self.bytes[self.at..position];
        #[expect(clippy::naive_bytecount, reason = "fast enough, and no crate more")]
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += breaks;
        self.at = position;
        self.line
    }

    /// The line of the first byte from `position` that is no line break.
    pub(super) fn line_of_text_at(&mut self, position: usize) -> usize {
        let rest = self.bytes.get(position..).unwrap_or_default();
        let breaks = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
        self.line_at(position + breaks.count())
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_count_from_one() {
        let mut lines = Lines::new(b"a\r\n\r\nb\nc");
        assert_eq!(lines.line_at(0), 1);
        assert_eq!(lines.line_of_text_at(3), 3);
        assert_eq!(lines.line_at(7), 4);
        assert_eq!(lines.line_at(100), 4);
    }
}
