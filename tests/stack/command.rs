//! `fpt stack` and `target = "stack"`, as users meet them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::support::{processes, skipped};

const FPT: &str = env!("CARGO_BIN_EXE_fpt");

pub(crate) fn fpt(arguments: &[&str]) -> Command {
    let mut command = Command::new(FPT);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FPT_") {
            command.env_remove(name);
        }
    }
    command
}

fn done(arguments: &[&str]) -> (i32, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = fpt(arguments).output().unwrap();
    let text = [stdout, stderr].concat();
    (
        status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// A place for a stack, which is ended with the test however that ends.
#[derive(Debug)]
struct Place {
    _all: TempDir,
    folder: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        done(&["stack", "down", "--data", &self.folder]);
    }
}

/// A run on a stack of its own, with this place for temporary files.
fn run_in(temporary: &Path, out: &Path, further: &[&str]) -> Command {
    let mut command = fpt(&["run", "features/scale/scale_out.feature"]);
    command
        .args(["--set", "target=stack", "--out"])
        .arg(out)
        .args(further)
        .env("TMPDIR", temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A folder that a stack may have, short enough for its sockets.
fn folder() -> (Place, String) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("stack").display().to_string();
    // PostgreSQL may be run by somebody else, who has to get there.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    fs::set_permissions(place.path(), open).unwrap();
    let place = Place {
        _all: place,
        folder: path.clone(),
    };
    (place, path)
}

/// The processes, by number, that have this text in their arguments.
fn with_argument(text: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number: &u32| {
            let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            *number != std::process::id() && String::from_utf8_lossy(&line).contains(text)
        })
        .collect()
}

async fn gone(text: &str) {
    let wait = async {
        while !with_argument(text).is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), wait)
        .await
        .unwrap_or_else(|_| panic!("left: {:?}", with_argument(text)));
}

async fn programs_are_there() -> bool {
    crate::support::stack(0, &[]).await.is_some() || processes(0).await.is_some()
}

#[tokio::test]
async fn a_stack_is_up_until_it_is_told_to_end() {
    let (_place, folder) = folder();
    let (code, text) = done(&["stack", "up", "--instances", "2", "--data", &folder]);
    if text.contains("apt-get install") {
        skipped(&text);
        return;
    }
    assert_eq!(code, 0, "{text}");
    for part in ["haproxy", "redis", "postgres", "n1", "n2", "stack.data="] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let (code, text) = done(&["stack", "up", "--data", &folder]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("a stack is up in"), "{text}");
    let (code, text) = done(&["stack", "status", "--data", &folder]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ready"), "{text}");

    let out = tempfile::tempdir().unwrap();
    let data = format!("stack.data={folder}");
    let (code, text) = done(&[
        "run",
        "features/scale/scale_out.feature",
        "--functional",
        "--set",
        "target=stack",
        "--set",
        &data,
        "--out",
        &out.path().display().to_string(),
    ]);
    assert_eq!(code, 0, "{text}");

    let (code, text) = done(&["stack", "down", "--data", &folder]);
    assert_eq!(code, 0, "{text}");
    assert!(!Path::new(&folder).exists());
    gone(&folder).await;
    let (code, text) = done(&["stack", "status", "--data", &folder]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("no stack is up in"), "{text}");
}

#[tokio::test]
async fn a_keeper_that_is_killed_takes_everything_with_it() {
    let (_place, folder) = folder();
    let up = ["stack", "up", "--instances", "1", "--data", &folder];
    let (code, text) = done(&up);
    if text.contains("apt-get install") {
        skipped(&text);
        return;
    }
    assert_eq!(code, 0, "{text}");
    let state = fs::read_to_string(Path::new(&folder).join("stack.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let pid = |own: &serde_json::Value| own["pid"].as_u64().unwrap();
    let processes = state["processes"].as_object().unwrap();
    assert!(processes.len() >= 4, "{state}");
    let numbers: Vec<u64> = processes.values().map(pid).collect();
    let kill = Command::new("kill")
        .args(["-9", &pid(&state["keeper"]).to_string()])
        .status();
    assert!(kill.unwrap().success());
    let runs = |number: &u64| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    let wait = async {
        while numbers.iter().any(runs) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = timeout(Duration::from_secs(20), wait).await;
    assert!(ended.is_ok(), "children outlive their keeper: {numbers:?}");
    // What is left of it is no obstacle.
    let (code, text) = done(&up);
    assert_eq!(code, 0, "{text}");
    let (code, text) = done(&["stack", "down", "--data", &folder, "--keep"]);
    assert_eq!(code, 0, "{text}");
    assert!(Path::new(&folder).join("logs/haproxy.log").exists());
    gone(&folder).await;
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_left_alone() {
    if !programs_are_there().await {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("mine.txt"), "mine").unwrap();
    let (code, text) = done(&["stack", "up", "--data", &place.path().display().to_string()]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("is not empty and holds no stack"), "{text}");
    assert!(place.path().join("mine.txt").exists());
}

#[tokio::test]
async fn a_run_starts_a_stack_of_its_own_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    fs::set_permissions(temporary.path(), open).unwrap();
    let out = tempfile::tempdir().unwrap();
    let output = fpt(&[
        "run",
        "features/scale/scale_out.feature",
        "--set",
        "target=stack",
    ])
    .args(["--duration", "11s", "--out"])
    .arg(out.path())
    .env("TMPDIR", temporary.path())
    .output()
    .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if text.contains("apt-get install") {
        skipped(&text);
        return;
    }
    // How well a machine that is very busy answers is not the point here.
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{text}");
    assert!(text.contains("scale out to 4 reached after"), "{text}");
    let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    gone(&temporary.path().display().to_string()).await;
}

#[tokio::test]
async fn a_run_that_is_killed_is_cleaned_after_by_the_next() {
    if !programs_are_there().await {
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    fs::set_permissions(temporary.path(), open).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut killed = run_in(temporary.path(), out.path(), &[]).spawn().unwrap();
    let entries = || fs::read_dir(temporary.path()).unwrap().count();
    let text = temporary.path().display().to_string();
    let up = async {
        while with_argument(&text).len() < 2 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_mins(1), up).await.is_ok(), "not up");
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(entries(), 1);
    // At once, while the others are still on their way out.
    let next = run_in(temporary.path(), out.path(), &["--functional"]).status();
    assert_eq!(next.unwrap().code(), Some(0));
    assert_eq!(entries(), 0);
    gone(&text).await;
}
