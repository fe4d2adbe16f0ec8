//! Formats of accounts files.

use std::path::Path;

/// How accounts are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountsFormat {
    /// Comma-separated values with a header row (RFC 4180).
    Csv,
    /// An array of objects.
    Json,
}

impl AccountsFormat {
    /// The format that the name of a file promises.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        for (path, format) in [
            ("a/b.csv", Some(AccountsFormat::Csv)),
            ("B.JSON", Some(AccountsFormat::Json)),
            ("a.xlsx", None),
            ("csv", None),
        ] {
            assert_eq!(AccountsFormat::of_path(Path::new(path)), format, "{path}");
        }
    }
}
