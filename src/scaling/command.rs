//! The contract spoken by a program.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command as Process};

use super::contract::{Exchanged, Transport};
use super::secrets::Secrets;
use super::shorten;

/// More than this is no answer, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// How long the pipes of a program that has ended are still read. What it wrote
/// is there already; only what it started and left behind may hold them open.
const LINGER: Duration = Duration::from_millis(200);

/// A program that is started for every request: the request on its standard
/// input, the answer on its standard output. No shell is involved.
///
/// What it writes to its standard error is told when it fails. A program that
/// does not answer in time is killed with everything that it started.
#[derive(Clone, Debug)]
pub struct Command {
    run: Vec<String>,
    environment: Vec<(String, Hidden)>,
    secrets: Secrets,
    timeout: Duration,
    name: String,
}

/// A value that is not shown.
#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Command {
    /// The program and its arguments `run`, with these variables besides those
    /// of fpt, and `timeout` for each answer.
    pub fn new(run: &[String], environment: &[(String, String)], timeout: Duration) -> Self {
        let program = run.first().map_or("", String::as_str);
        Self {
            run: run.to_vec(),
            environment: environment
                .iter()
                .map(|(name, value)| (name.clone(), Hidden(value.clone())))
                .collect(),
            secrets: Secrets::of(environment.iter().map(|(_, value)| value.as_str())),
            timeout,
            name: format!("the command `{program}`"),
        }
    }

    fn start(&self) -> Result<(Child, Group), String> {
        let Some((program, arguments)) = self.run.split_first() else {
            return Err("there is no program; name one in `scaling.command.run`".to_owned());
        };
        let mut process = Process::new(program);
        process
            .args(arguments)
            .envs(self.environment.iter().map(|(name, own)| (name, &own.0)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: Ctrl-C is for fpt, which still has to restore.
        #[cfg(unix)]
        process.process_group(0);
        let child = process.spawn().map_err(|error| why_not(program, &error))?;
        let group = Group::of(&child);
        Ok((child, group))
    }
}

/// Why a program did not start.
fn why_not(program: &str, error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => {
            let place = std::env::current_dir().unwrap_or_default();
            format!(
                "; a path is seen from {}, a name is looked up in PATH, and the program \
                 behind `#!` has to exist",
                place.display()
            )
        }
        io::ErrorKind::PermissionDenied => "; make it executable".to_owned(),
        _ => String::new(),
    };
    format!("`{program}` cannot be started: {error}{hint}")
}

#[async_trait]
impl Transport for Command {
    fn name(&self) -> &str {
        &self.name
    }

    async fn exchange(&self, request: &str) -> Result<Exchanged, String> {
        let (mut child, mut group) = self.start()?;
        let mut told = Told::default();
        let finished = talk(&mut child, request, &mut told);
        let Ok(status) = tokio::time::timeout(self.timeout, finished).await else {
            drop(group);
            // Killed, so this does not take long.
            let _ = child.wait().await;
            return Err(format!(
                "it did not answer within {} and was killed{}",
                humantime::format_duration(self.timeout),
                self.words(&told.error)
            ));
        };
        // What it started may go on: that is what scaling is about.
        group.release();
        let status = status.map_err(|error| error.to_string())?;
        if told.answer.len() > LONGEST_ANSWER {
            return Err(format!("it answered with more than {LONGEST_ANSWER} bytes"));
        }
        let failure = (!status.success()).then(|| {
            let words = self.words(&told.error);
            format!("it ended with {}{words}", named(status))
        });
        Ok(Exchanged {
            text: String::from_utf8_lossy(&told.answer).into_owned(),
            failure,
        })
    }

    fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }
}

impl Command {
    /// The end of what it wrote to its standard error, for a message.
    fn words(&self, error: &[u8]) -> String {
        let text = self.secrets.hide(&String::from_utf8_lossy(error));
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.len().saturating_sub(3);
        match shorten(&lines[last..].join(" / ")) {
            empty if empty.is_empty() => String::new(),
            words => format!(": {words}"),
        }
    }
}

fn named(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

/// What a program wrote.
#[derive(Default)]
struct Told {
    answer: Vec<u8>,
    error: Vec<u8>,
}

/// Writes the request and reads until the program has ended.
async fn talk(child: &mut Child, request: &str, told: &mut Told) -> io::Result<ExitStatus> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // Who does not read it knows enough without.
            let _ = stdin.write_all(format!("{request}\n").as_bytes()).await;
        }
    };
    let pipes = async {
        tokio::join!(
            write,
            collect(stdout, &mut told.answer),
            collect(stderr, &mut told.error)
        );
    };
    tokio::pin!(pipes);
    tokio::select! {
        () = &mut pipes => child.wait().await,
        status = child.wait() => {
            let _ = tokio::time::timeout(LINGER, &mut pipes).await;
            status
        }
    }
}

/// Reads to the end, or a little more than an answer may have.
async fn collect(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    while into.len() <= LONGEST_ANSWER {
        if matches!(from.read_buf(into).await, Ok(0) | Err(_)) {
            return;
        }
    }
}

/// A program and what it started. Killed when dropped, unless released.
#[derive(Debug)]
struct Group {
    leader: Option<u32>,
}

impl Group {
    fn of(child: &Child) -> Self {
        Self { leader: child.id() }
    }

    fn release(&mut self) {
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let leader = self
                .leader
                .and_then(|id| i32::try_from(id).ok())
                .and_then(rustix::process::Pid::from_raw);
            if let Some(leader) = leader {
                // It may have ended by itself.
                let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Duration) -> Command {
        let run = ["sh", "-c", script].map(str::to_owned);
        let environment = [("TOKEN".to_owned(), "hush-hush".to_owned())];
        Command::new(&run, &environment, timeout)
    }

    async fn told(script: &str) -> Result<Exchanged, String> {
        let command = shell(script, Duration::from_secs(20));
        command.exchange("{\"op\":\"observe\"}").await
    }

    #[tokio::test]
    async fn requests_go_in_and_answers_come_out() {
        let exchanged = told("cat; echo noise >&2").await.unwrap();
        assert_eq!(exchanged.text, "{\"op\":\"observe\"}\n");
        assert_eq!(exchanged.failure, None);
        // Who never reads is no problem.
        assert_eq!(told("echo '{}'").await.unwrap().text, "{}\n");
    }

    #[tokio::test]
    async fn failures_are_told_without_secrets() {
        let script = "echo first >&2; echo >&2; echo \"bad $TOKEN\" >&2; exit 3";
        let failure = told(script).await.unwrap().failure.unwrap();
        assert_eq!(failure, "it ended with exit code 3: first / bad (hidden)");
        let failure = told("kill -9 $$").await.unwrap().failure.unwrap();
        assert!(failure.contains("SIGKILL"), "{failure}");
        let too_long = told("head -c 3000000 /dev/zero").await.unwrap_err();
        assert!(too_long.contains("more than 1048576 bytes"), "{too_long}");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let run = ["./no-such-program".to_owned()];
        let command = Command::new(&run, &[], Duration::from_secs(5));
        let why = command.exchange("{}").await.unwrap_err();
        assert!(
            why.starts_with("`./no-such-program` cannot be started") && why.contains("seen from"),
            "{why}"
        );
    }

    #[tokio::test]
    async fn what_is_left_running_does_not_hold_up_the_answer() {
        let exchanged = told("sleep 5 & echo '{}'").await.unwrap();
        assert_eq!(exchanged.text, "{}\n");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!(
            "sleep 600 & echo $! > {}; echo waiting >&2; wait",
            file.display()
        );
        let command = shell(&script, Duration::from_millis(500));
        let why = command.exchange("{}").await.unwrap_err();
        assert_eq!(
            why,
            "it did not answer within 500ms and was killed: waiting"
        );
        let child: i32 = std::fs::read_to_string(&file)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let child = rustix::process::Pid::from_raw(child).unwrap();
        // Gone, or dead and not yet fetched by whoever inherited it.
        let mut alive = true;
        for _ in 0..200 {
            let state = std::fs::read_to_string(format!("/proc/{child}/stat"));
            alive = match state {
                Ok(state) => !state.contains(") Z"),
                Err(_) => rustix::process::test_kill_process(child).is_ok(),
            };
            if !alive {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!alive);
    }
}
