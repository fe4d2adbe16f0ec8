//! Sizes of bodies: `4MiB`, `512KiB`, or plain bytes.

use super::element::{Element, Shape, unexpected};

const UNITS: [(&str, usize); 7] = [
    // Longer suffixes first, because `B` ends them all.
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// A number of bytes, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByteSize(pub(super) usize);

impl Element for ByteSize {
    const EXPECTED: &'static str =
        "a size above zero, such as \"4MiB\", \"512KiB\" or a number of bytes";
    const SHAPE: Shape = Shape::TextOrInteger;

    fn parse(text: &str) -> Result<Self, String> {
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)))
            .unwrap_or((text, 1));
        digits
            .trim_end()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| unexpected::<Self>(text))
    }

    fn show(&self) -> String {
        let (suffix, unit) = UNITS
            .iter()
            .filter(|(_, unit)| self.0.is_multiple_of(*unit))
            .max_by_key(|(_, unit)| *unit)
            .unwrap_or(&("B", 1));
        format!("{}{suffix}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("4MiB", Some(4 << 20)),
            ("512 KiB", Some(512 << 10)),
            ("10kB", Some(10_000)),
            ("7B", Some(7)),
            ("123", Some(123)),
            ("0", None),
            ("4 MB!", None),
            ("MiB", None),
            ("-1", None),
            ("99999999999999999GiB", None),
        ] {
            assert_eq!(ByteSize::parse(text).ok(), expected.map(ByteSize), "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_in_their_largest_unit() {
        for text in ["4MiB", "512KiB", "10kB", "7B", "1GiB"] {
            assert_eq!(ByteSize::parse(text).unwrap().show(), text);
        }
    }
}
