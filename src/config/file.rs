//! Finds and reads the file of profiles: the only I/O of this module.

use std::io::ErrorKind;
use std::path::Path;

use super::problem::{ConfigError, Problem};
use super::sources::{BUILT_IN, BUILT_IN_NAME};

/// Where a file of profiles is looked for.
const PLACES: [&str; 2] = ["fpt.toml", "fixtures/fpt.toml"];

/// A file of profiles as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFile {
    /// The path, for messages.
    pub path: String,
    /// The text.
    pub text: String,
}

impl ProfileFile {
    /// Whether it is the text that is shipped.
    pub fn is_built_in(&self) -> bool {
        self.path == BUILT_IN_NAME
    }
}

/// Reads the file of profiles: `path` if one is given, else `fpt.toml` or
/// `fixtures/fpt.toml` in `folder`, else the text that is shipped.
///
/// # Errors
///
/// The given file does not exist, or the file cannot be read.
pub fn read(path: Option<&Path>, folder: &Path) -> Result<ProfileFile, ConfigError> {
    if let Some(path) = path {
        return match text(path)? {
            Some(file) => Ok(file),
            None => Err(refused(
                path,
                "There is no such file. Correct the path, or leave it out.",
            )),
        };
    }
    for place in PLACES {
        let path = folder.join(place);
        // Messages name files as the user would.
        let path = path.strip_prefix(".").unwrap_or(&path);
        if let Some(file) = text(path)? {
            return Ok(file);
        }
    }
    Ok(ProfileFile {
        path: BUILT_IN_NAME.into(),
        text: BUILT_IN.into(),
    })
}

/// The text of a file; `None` when there is no such file.
fn text(path: &Path) -> Result<Option<ProfileFile>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(ProfileFile {
            path: path.display().to_string(),
            text,
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(path, &format!("The file cannot be read: {error}."))),
    }
}

fn refused(path: &Path, message: &str) -> ConfigError {
    ConfigError::from(Problem {
        place: Some(path.display().to_string()),
        key: String::new(),
        message: message.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = read(None, folder.path()).unwrap();
        assert_eq!(
            (file.path.as_str(), file.text.as_str()),
            (BUILT_IN_NAME, BUILT_IN)
        );

        std::fs::create_dir(folder.path().join("fixtures")).unwrap();
        std::fs::write(folder.path().join("fixtures/fpt.toml"), "# b").unwrap();
        assert_eq!(read(None, folder.path()).unwrap().text, "# b");

        std::fs::write(folder.path().join("fpt.toml"), "# a").unwrap();
        assert_eq!(read(None, folder.path()).unwrap().text, "# a");

        let own = folder.path().join("own.toml");
        std::fs::write(&own, "# own").unwrap();
        assert_eq!(read(Some(&own), folder.path()).unwrap().text, "# own");
    }

    #[test]
    fn a_file_that_was_asked_for_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.toml");
        let error = read(Some(&missing), folder.path()).unwrap_err();
        assert_eq!(error.problems[0].place, Some(missing.display().to_string()));
        assert!(
            error.problems[0]
                .message
                .starts_with("There is no such file.")
        );

        std::fs::write(folder.path().join("fpt.toml"), [0xff]).unwrap();
        let error = read(None, folder.path()).unwrap_err();
        assert!(
            error.problems[0]
                .message
                .starts_with("The file cannot be read: ")
        );
    }
}
