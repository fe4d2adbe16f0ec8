//! A crate of somebody else's, with a step of its own: it is linked, found and
//! run, and everything built in is there as well.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as expected, and says what it did"
)]

use std::process::{Command, ExitCode, Output};

use cucumber::{then, when};
use fpt::prelude::*;

/// Looks whether the service is up.
#[when(expr = "the user looks at the health of the service")]
async fn look(user: &mut VirtualUser) -> StepResult {
    user.send(Request::new(Method::GET, "/health")).await?;
    user.extension::<Looks>().0 += 1;
    Ok(())
}

/// Counts what the step before has done, in state of this crate's own.
#[then(expr = "the user has looked {int} time(s)")]
fn looked(user: &mut VirtualUser, times: u32) -> StepResult {
    let Looks(looks) = *user.extension::<Looks>();
    if looks == times {
        Ok(())
    } else {
        Err(StepFailure::new(format!(
            "looked {looks} times, expected {times}"
        )))
    }
}

#[derive(Debug, Default)]
struct Looks(u32);

const FEATURE: &str = r"Feature: Steps of a crate of one's own
  Scenario: They mix with the built-in ones
    When the user looks at the health of the service
    Then the response status is 200
    And the user has looked 1 time
";

/// With arguments this is the downstream crate's own `fpt`; without, the test
/// that runs it.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("run" | "steps" | "check") => fpt::main(),
        _ if arguments.iter().any(|own| own == "--list") => {
            if !arguments.iter().any(|own| own == "--ignored") {
                println!("own_steps: test");
            }
            ExitCode::SUCCESS
        }
        _ => {
            own_steps_are_listed();
            own_steps_are_run();
            wrong_own_steps_fail();
            println!("own_steps: ok");
            ExitCode::SUCCESS
        }
    }
}

fn own_steps_are_listed() {
    let listed = fpt(&["steps", "health of the service"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert!(
        text.contains("the user looks at the health of the service"),
        "{text}"
    );
    assert!(text.contains("tests/downstream.rs:"), "{text}");
}

fn own_steps_are_run() {
    assert_eq!(run(FEATURE).0, Some(0), "{}", run(FEATURE).1);
}

fn wrong_own_steps_fail() {
    let (code, text) = run(&FEATURE.replace("1 time", "2 times"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("looked 1 times, expected 2"), "{text}");
}

/// Runs a feature; gives the exit code and all that was printed.
fn run(feature: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.feature");
    std::fs::write(&file, feature).unwrap();
    let (file, out) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
    let ran = fpt(&[
        "run",
        file,
        "--functional",
        "--out",
        out,
        "--set",
        "oracle.own-sightings-required=false",
    ]);
    let text = [ran.stdout, ran.stderr].concat();
    (ran.status.code(), String::from_utf8(text).unwrap())
}

/// Without anything that the surroundings set.
fn fpt(arguments: &[&str]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FPT_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).output().unwrap()
}
