//! The program, run as a user runs it, and the evidence of a run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The program with the arguments of a test.
#[derive(Debug)]
pub(crate) struct Fpt {
    command: Command,
    out: TempDir,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    out: TempDir,
}

impl Fpt {
    /// `fpt run` of these paths, with a folder of its own for evidence and
    /// without anything that the surroundings set.
    pub(crate) fn run(paths: &[&str]) -> Self {
        let out = tempfile::tempdir().unwrap();
        let mut fpt = Self::bare(out);
        fpt.command.arg("run").args(paths);
        let folder = fpt.out.path().to_owned();
        fpt.command.arg("--out").arg(folder);
        fpt
    }

    /// The evidence goes where the test itself says.
    pub(crate) fn without_out(mut self) -> Self {
        let kept: Vec<_> = self.command.get_args().map(ToOwned::to_owned).collect();
        let out = kept.iter().position(|own| own == "--out").unwrap();
        let mut command = Command::new(self.command.get_program());
        command.args(&kept[..out]).args(&kept[out + 2..]);
        std::mem::swap(&mut self.command, &mut command);
        self.like(&command)
    }

    /// Folder and environment as of another command.
    fn like(mut self, other: &Command) -> Self {
        self.command.stdin(Stdio::null());
        if let Some(folder) = other.get_current_dir() {
            self.command.current_dir(folder);
        }
        for (name, value) in other.get_envs() {
            match value {
                Some(value) => self.command.env(name, value),
                None => self.command.env_remove(name),
            };
        }
        self
    }

    /// `fpt` with these arguments and nothing else.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut fpt = Self::bare(tempfile::tempdir().unwrap());
        fpt.command.args(arguments);
        fpt
    }

    fn bare(out: TempDir) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fpt"));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FPT_") {
                command.env_remove(name);
            }
        }
        Self { command, out }
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn set(self, setting: &str) -> Self {
        self.args(&["--set", setting])
    }

    /// With so many KiB of address space and not more.
    pub(crate) fn bounded(self, kilobytes: u64) -> Self {
        let limit = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
        self.inside(&["sh", "-c", &limit])
    }

    /// Runs the command as the last arguments of another one.
    pub(crate) fn inside(mut self, outer: &[&str]) -> Self {
        let inner = std::mem::replace(&mut self.command, Command::new(outer[0]));
        self.command.args(&outer[1..]);
        self.command.arg(inner.get_program()).args(inner.get_args());
        self.like(&inner)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// `fpt run` of the scenario with exactly this name, by its line: others
    /// may have longer names that contain it.
    pub(crate) fn of(file: &str, scenario: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let heading = format!("Scenario: {scenario}");
        let line = text.lines().position(|line| line.trim() == heading);
        let line = line.unwrap_or_else(|| panic!("no scenario `{scenario}` in {file}"));
        Self::run(&[&format!("{file}:{}", line + 1)])
    }

    /// So many users at so many TPS for so long.
    pub(crate) fn load(self, users: u32, tps: u32, seconds: u32) -> Self {
        let (users, tps) = (users.to_string(), tps.to_string());
        let duration = format!("{seconds}s");
        self.args(&["--users", &users, "--tps", &tps, "--duration", &duration])
    }

    /// A feature file of the test's own, in a folder without journeys.
    pub(crate) fn feature(text: &str) -> Self {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("own.feature");
        std::fs::write(&file, text).unwrap();
        let mut fpt = Self::bare(out);
        fpt.command.arg("run").arg(file);
        let folder = fpt.out.path().to_owned();
        fpt.command.arg("--out").arg(folder);
        fpt
    }

    /// A file next to the evidence; gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.out.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs to the end; once more when this machine was too busy for the load,
    /// because such a run says nothing.
    pub(crate) fn done(mut self) -> Ran {
        let ran = self.spawn().wait();
        if !ran.was_starved() {
            return ran;
        }
        println!("the load was not applied, so the run is repeated: {ran}");
        self.out = ran.out;
        self.start().wait()
    }

    /// Starts and goes on.
    pub(crate) fn start(mut self) -> Running {
        self.spawn()
    }

    /// Starts, and leaves the folder of the evidence to what was started.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures the whole program from outside, where there is no run's clock"
    )]
    fn spawn(&mut self) -> Running {
        let began = Instant::now();
        let child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            child,
            began,
            out: std::mem::replace(&mut self.out, tempfile::tempdir().unwrap()),
        }
    }
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    began: Instant,
    out: TempDir,
}

impl Running {
    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, signal: &str) {
        let told = Command::new("kill")
            .args([&format!("-{signal}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// Waits until a file of the run holds `part`; fails when the run ends before.
    pub(crate) fn await_line(&mut self, file: &str, part: &str) {
        loop {
            let ended = self.child.try_wait().unwrap();
            let text = folder_of_run(self.out.path())
                .and_then(|folder| std::fs::read_to_string(folder.join(file)).ok());
            if text.is_some_and(|text| text.contains(part)) {
                return;
            }
            assert!(ended.is_none(), "no `{part}` in {file}, and {ended:?}");
            // Looking all the time would take a core from what is measured.
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    pub(crate) fn wait(self) -> Ran {
        let Output {
            status,
            stdout,
            stderr,
        } = self.child.wait_with_output().unwrap();
        let ran = Ran {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            took: self.began.elapsed(),
            out: self.out,
        };
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains("panicked at"), "a panic:\n{ran}");
        }
        ran
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {} after {:.1} s\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.took.as_secs_f64(),
            self.stdout,
            self.stderr
        )
    }
}

impl Ran {
    /// Fails with all that was printed unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Everything that was printed.
    pub(crate) fn printed(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn says(&self, part: &str) -> &Self {
        assert!(self.printed().contains(part), "`{part}` is missing: {self}");
        self
    }

    /// The folder with the evidence of the run.
    #[track_caller]
    pub(crate) fn folder(&self) -> PathBuf {
        folder_of_run(self.out.path()).unwrap_or_else(|| panic!("no evidence: {self}"))
    }

    /// Whether it is open what came of the run, and the load is why.
    fn was_starved(&self) -> bool {
        let file = folder_of_run(self.out.path()).map(|folder| folder.join("results.json"));
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        let results: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
        // What could not be written tells of no load.
        let Some(results) = results.filter(|_| self.code == 3) else {
            return false;
        };
        let outcomes = results["outcomes"].as_array().into_iter().flatten();
        outcomes
            .flat_map(|outcome| outcome["judgements"].as_array().into_iter().flatten())
            .any(|own| {
                own["question"] == "the load was applied" && own["verdict"] == "INCONCLUSIVE"
            })
    }

    /// Whether the run got as far as having evidence.
    pub(crate) fn left_evidence(&self) -> bool {
        folder_of_run(self.out.path()).is_some()
    }

    pub(crate) fn text(&self, file: &str) -> String {
        let path = self.folder().join(file);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}: {self}", path.display()))
    }

    pub(crate) fn json(&self, file: &str) -> Value {
        serde_json::from_str(&self.text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The lines of a file, each a JSON value.
    pub(crate) fn lines(&self, file: &str) -> Vec<Value> {
        let text = self.text(file);
        let lines = text.lines().enumerate().map(|(at, line)| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}:{}: {error}", at + 1))
        });
        lines.collect()
    }

    pub(crate) fn findings(&self) -> Vec<fpt::model::Finding> {
        let lines = self.lines("findings.jsonl").into_iter();
        lines
            .map(|line| serde_json::from_value(line).unwrap())
            .collect()
    }

    pub(crate) fn results(&self) -> Value {
        self.json("results.json")
    }

    /// What came of the only scenario.
    #[track_caller]
    pub(crate) fn outcome(&self) -> Value {
        let results = self.results();
        let outcomes = results["outcomes"].as_array().unwrap();
        assert_eq!(outcomes.len(), 1, "{self}");
        outcomes[0].clone()
    }
}

/// Evidence of one run is in a folder of its own below `out`.
fn folder_of_run(out: &Path) -> Option<PathBuf> {
    let latest = out.join("latest").canonicalize().ok()?;
    latest.is_dir().then_some(latest)
}
