//! Where evidence goes.

use std::path::PathBuf;

use super::reader::Reader;

/// Where evidence goes.
#[derive(Clone, Debug)]
pub struct EvidenceConfig {
    /// The folder of all runs, seen from where the run is started.
    pub directory: PathBuf,
    /// Whether every exchange is written down, without private values.
    pub history: bool,
}

impl EvidenceConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            directory: reader.value("evidence.directory", PathBuf::from("target/fpt")),
            history: reader.value("evidence.history", true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::profile;
    use super::*;

    #[test]
    fn evidence_has_its_place() {
        let evidence = profile("").evidence;
        assert_eq!(
            (evidence.directory, evidence.history),
            (PathBuf::from("target/fpt"), true)
        );
        let evidence = profile("evidence = { directory = 'out', history = false }").evidence;
        assert_eq!(
            (evidence.directory, evidence.history),
            (PathBuf::from("out"), false)
        );
    }
}
