//! Reading: from a file to a population.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::population::{Population, Spec};

use super::enroll::enroll;
use super::lines::Lines;
use super::problem::Problems;
use super::{AccountsError, AccountsFormat, csv_rows, json_rows};

/// The largest accounts file, 256 MiB: more would not fit in memory as people.
pub const MAX_ACCOUNTS_BYTES: usize = 256 << 20;

impl Population {
    /// Reads the accounts file at `path`, whose format its extension tells.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, by line; a file that cannot be
    /// read, is too large or is neither `.csv` nor `.json` is one problem.
    pub fn read_accounts(path: &Path, spec: &Spec) -> Result<Self, AccountsError> {
        let file = path.display().to_string();
        let refuse = |message: String| {
            let mut problems = Problems::new(&file);
            problems.add(1, message);
            problems.into_error()
        };
        let Some(format) = AccountsFormat::of_path(path) else {
            return Err(refuse(
                "not an accounts file; name it `.csv` or `.json`".to_owned(),
            ));
        };
        let mut bytes = Vec::new();
        // One byte more than allowed shows that there is more.
        let most = MAX_ACCOUNTS_BYTES as u64 + 1;
        File::open(path)
            .and_then(|open| open.take(most).read_to_end(&mut bytes))
            .map_err(|error| refuse(format!("cannot be read: {error}")))?;
        Self::from_accounts(&bytes, format, &file, spec)
    }

    /// The population that the accounts in `bytes` describe; `file` is what
    /// messages call them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the accounts, by line.
    pub fn from_accounts(
        bytes: &[u8],
        format: AccountsFormat,
        file: &str,
        spec: &Spec,
    ) -> Result<Self, AccountsError> {
        let mut problems = Problems::new(file);
        if bytes.len() > MAX_ACCOUNTS_BYTES {
            let most = MAX_ACCOUNTS_BYTES >> 20;
            problems.add(1, format!("larger than {most} MiB; use fewer accounts"));
            return Err(problems.into_error());
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            problems.add(1, "UTF-16; save the file as UTF-8");
            return Err(problems.into_error());
        }
        let text = text(bytes, &mut problems);
        let table = match format {
            AccountsFormat::Csv => csv_rows::read(&text, spec, &mut problems),
            AccountsFormat::Json => json_rows::read(&text, &mut problems),
        };
        if table.rows.is_empty() && table.spoilt == 0 {
            problems.add(
                1,
                match format {
                    AccountsFormat::Csv => {
                        "no accounts; write a header row and a row for each account"
                    }
                    AccountsFormat::Json => "no accounts; write an object for each account",
                },
            );
        }
        let (people, weakened) = enroll(table, spec, &mut problems);
        if problems.is_empty() {
            Ok(Self::of(people, weakened))
        } else {
            Err(problems.into_error())
        }
    }
}

/// The text, without a byte order mark. One wrong byte is one problem, and
/// what else is wrong is still looked for.
fn text<'a>(bytes: &'a [u8], problems: &mut Problems) -> Cow<'a, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let line = Lines::new(bytes).line_at(error.valid_up_to());
            problems.add(line, "not UTF-8 from this line on; save the file as UTF-8");
            String::from_utf8_lossy(bytes)
        }
    }
}
