//! Runs tests of a program.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt as _;

use crate::Result;

/// Kilobytes of address space: a mutant that fills the memory fails here instead.
const MOST_MEMORY: u64 = 6 << 20;

/// What became of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tested {
    Passed,
    Failed,
    OutOfTime,
}

/// A run of a program's tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Path,
    /// Where they run.
    pub(crate) folder: &'a Path,
    pub(crate) limit: Duration,
}

impl Run<'_> {
    /// The names of all tests.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let mut command = Command::new(self.program);
        let listed = command.arg("--list").current_dir(self.folder).output()?;
        let listed = String::from_utf8_lossy(&listed.stdout);
        let names = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    }

    /// Runs `tests` with the mutant in force; all of them where none is named.
    pub(crate) fn tests(&self, tests: &[&str], mutant: Option<usize>) -> Result<Tested> {
        self.ended(self.command(tests, mutant).spawn()?)
    }

    /// Runs one test without a mutant, and tells the functions that it passes through.
    pub(crate) fn passes(&self, test: &str, told: &Path) -> Result<(Tested, Vec<usize>)> {
        let mut command = self.command(&[test], None);
        let tested = self.ended(command.env("PASSES", told).spawn()?)?;
        // A test that passes through no function leaves nothing.
        let text = fs::read_to_string(told).unwrap_or_default();
        let _ = fs::remove_file(told);
        let functions = text.lines().filter_map(|line| line.parse().ok());
        Ok((tested, functions.collect()))
    }

    fn command(&self, tests: &[&str], mutant: Option<usize>) -> Command {
        let limited = format!("ulimit -v {MOST_MEMORY}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", limited.as_str()]).arg(self.program);
        if !tests.is_empty() {
            command.args(["--exact", "--test-threads=1"]).args(tests);
        }
        command
            .current_dir(self.folder)
            // Mutants that call themselves need not end the stack at once.
            .env("RUST_MIN_STACK", "67108864")
            .env("RUST_BACKTRACE", "0")
            .env("PROPTEST_FAILURE_PERSISTENCE", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(mutant) = mutant {
            command.env("MUTANT", mutant.to_string());
        }
        command
    }

    fn ended(&self, mut child: Child) -> Result<Tested> {
        let Some(status) = child.wait_timeout(self.limit)? else {
            child.kill()?;
            child.wait()?;
            return Ok(Tested::OutOfTime);
        };
        Ok(if status.success() {
            Tested::Passed
        } else {
            Tested::Failed
        })
    }
}
