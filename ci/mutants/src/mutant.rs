//! One change to the source, as cargo-mutants describes it.

use std::ops::Range;

use serde::Deserialize;

use crate::Result;

/// One change.
#[derive(Debug, Deserialize)]
pub(crate) struct Mutant {
    /// What cargo-mutants calls it: place and change.
    pub(crate) name: String,
    /// The file, from the folder of the crate.
    pub(crate) file: String,
    /// What stands there instead.
    pub(crate) replacement: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

/// Both count from one; a column is a character.
#[derive(Debug, Deserialize)]
struct Position {
    line: usize,
    column: usize,
}

impl Mutant {
    /// The bytes that it replaces.
    pub(crate) fn range(&self, text: &str) -> Result<Range<usize>> {
        let start = self.span.start.offset(text);
        let end = self.span.end.offset(text);
        start
            .zip(end)
            .filter(|(start, end)| start <= end)
            .map(|(start, end)| start..end)
            .ok_or_else(|| format!("{} is not in the file any more", self.name).into())
    }

    /// `text`, which begins at the byte `begin` of the file, with the change in it.
    pub(crate) fn applied(&self, text: &str, begin: usize, range: &Range<usize>) -> String {
        let (start, end) = (range.start - begin, range.end - begin);
        // The space keeps words apart where an operator becomes nothing.
        format!("{}{} {}", &text[..start], self.replacement, &text[end..])
    }
}

impl Position {
    fn offset(&self, text: &str) -> Option<usize> {
        let lines = text.split_inclusive('\n');
        let before: usize = lines.clone().take(self.line - 1).map(str::len).sum();
        let line = lines.clone().nth(self.line - 1).unwrap_or_default();
        let characters = line.char_indices().map(|(at, _)| at);
        let mut ends = characters.chain(std::iter::once(line.len()));
        ends.nth(self.column - 1).map(|within| before + within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(line: usize, columns: (usize, usize), replacement: &str) -> Mutant {
        Mutant {
            name: "a.rs:2:10: replace > with >= in older".to_owned(),
            file: "a.rs".to_owned(),
            replacement: replacement.to_owned(),
            span: Span {
                start: Position {
                    line,
                    column: columns.0,
                },
                end: Position {
                    line,
                    column: columns.1,
                },
            },
        }
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = "fn a() {}\n\"üß\" > 1\n";
        let own = mutant(2, (6, 7), ">=");
        let range = own.range(text).unwrap();
        assert_eq!(&text[range.clone()], ">");
        assert_eq!(own.applied(text, 0, &range), "fn a() {}\n\"üß\" >=  1\n");
        assert_eq!(own.applied(&text[10..], 10, &range), "\"üß\" >=  1\n");
    }

    #[test]
    fn a_list_of_another_state_is_told() {
        let error = mutant(9, (6, 7), ">=").range("fn a() {}\n").unwrap_err();
        assert!(error.to_string().contains("not in the file any more"));
    }
}
