//! The programs that a stack is made of.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::StackPart;

use super::error::StackError;

/// Where programs are that a user's `PATH` often lacks.
const ELSEWHERE: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Where distributions keep the versions of PostgreSQL.
const VERSIONS: [&str; 2] = ["/usr/lib/postgresql", "/usr/local/pgsql"];

/// The paths of the programs.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) setpriv: PathBuf,
    pub(super) haproxy: PathBuf,
    pub(super) redis: Option<PathBuf>,
    pub(super) postgres: Option<Postgres>,
}

/// What PostgreSQL is started with.
#[derive(Clone, Debug)]
pub(super) struct Postgres {
    pub(super) initdb: PathBuf,
    pub(super) server: PathBuf,
}

impl Programs {
    /// Finds all that `parts` need, or tells all that is missing.
    pub(super) fn find(parts: &[StackPart]) -> Result<Self, StackError> {
        Self::find_in(&folders(), parts)
    }

    fn find_in(folders: &[PathBuf], parts: &[StackPart]) -> Result<Self, StackError> {
        let mut search = Search {
            folders,
            missing: Vec::new(),
            packages: Vec::new(),
        };
        let haproxy = search.find("haproxy", "haproxy");
        let redis = parts
            .contains(&StackPart::Redis)
            .then(|| search.find("redis-server", "redis-server"));
        let postgres = parts.contains(&StackPart::Postgres).then(|| Postgres {
            initdb: search.find("initdb", "postgresql"),
            server: search.find("postgres", "postgresql"),
        });
        let setpriv = search.find("setpriv", "util-linux");
        if search.missing.is_empty() {
            return Ok(Self {
                setpriv,
                haproxy,
                redis,
                postgres,
            });
        }
        search.packages.dedup();
        Err(StackError::Missing {
            programs: search.missing,
            install: format!("apt-get install {}", search.packages.join(" ")),
        })
    }
}

struct Search<'a> {
    folders: &'a [PathBuf],
    missing: Vec<String>,
    packages: Vec<&'static str>,
}

impl Search<'_> {
    fn find(&mut self, program: &str, package: &'static str) -> PathBuf {
        let paths = self.folders.iter().map(|folder| folder.join(program));
        let found = { paths }.find(|path| path.is_file());
        found.unwrap_or_else(|| {
            self.missing.push(program.to_owned());
            self.packages.push(package);
            PathBuf::new()
        })
    }
}

fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(ELSEWHERE.map(PathBuf::from));
    folders.extend(VERSIONS.iter().flat_map(|own| versions(Path::new(own))));
    folders
}

/// The `bin` folders below, the latest version first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return vec![folder.join("bin")];
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, bin)| bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("setpriv"), "").unwrap();
        fs::write(folder.path().join("redis-server"), "").unwrap();
        let folders = [folder.path().to_owned()];
        let parts = [StackPart::Redis, StackPart::Postgres];
        let error = Programs::find_in(&folders, &parts).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stack needs haproxy, initdb, postgres, which are not installed here; install \
             with `apt-get install haproxy postgresql`"
        );
        let error = Programs::find_in(&folders, &parts[..1]).unwrap_err();
        assert!(
            error.to_string().contains("haproxy, which is not"),
            "{error}"
        );
    }

    #[test]
    fn the_latest_version_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "13", "common"] {
            fs::create_dir(folder.path().join(version)).unwrap();
        }
        let found = versions(folder.path());
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], folder.path().join("15/bin"));
    }
}
