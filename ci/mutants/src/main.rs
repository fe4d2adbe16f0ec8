//! Tries all mutants of a crate in one build.
//!
//! cargo-mutants says what to change, and builds the crate anew for each change: for
//! thousands of mutants that takes a night and more. Here all are woven into one
//! program. Each function begins with a choice: its own body, or one of its mutants, by
//! the environment variable `MUTANT`. The program also tells which functions a test
//! passes through, so that a mutant is tried with those tests alone, the quickest
//! first, until one fails. (Mutant schemata: Untch, Offutt and Harrold, ISSTA 1993.)
//!
//! Usage: `mutants CRATE LIST OUT`, where `LIST` is what `cargo mutants --list --json`
//! printed in the folder `CRATE`. Writes the names to `caught.txt`, `missed.txt`,
//! `timeout.txt` and `unviable.txt` in `OUT`, as cargo-mutants does.

#![expect(
    clippy::disallowed_methods,
    reason = "how long tests take is asked of the system's clock; there is no run here"
)]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests may unwrap"))]

mod building;
mod functions;
mod mutant;
mod single;
mod testing;
mod trying;
mod weaving;

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use mutant::Mutant;
use trying::{Outcome, Outcomes};

/// Whatever went wrong, for the person at the console.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "mutants: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, list, out] = arguments.as_slice() else {
        return Err("usage: mutants CRATE LIST OUT".into());
    };
    let (folder, out) = (Path::new(folder), std::path::absolute(out)?);
    let out = out.as_path();
    let mutants: Vec<Mutant> = serde_json::from_str(&std::fs::read_to_string(list)?)?;
    let woven = building::build(folder, out, &mutants)?;
    say(&format!(
        "{} mutants: {} in one program, {} by themselves, {} that do not compile",
        mutants.len(),
        woven.in_functions(),
        woven.single.len(),
        woven.unviable.len()
    ));
    let mut outcomes = Outcomes::default();
    for mutant in &woven.unviable {
        outcomes.add(*mutant, Outcome::Unviable);
    }
    trying::try_all(&woven, &mut outcomes)?;
    single::try_each(folder, out, &mutants, &woven.single, &mut outcomes)?;
    outcomes.write(&mutants, out)
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
