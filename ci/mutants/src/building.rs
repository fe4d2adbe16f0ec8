//! From a crate to a program that holds all its mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Result;
use crate::mutant::Mutant;
use crate::weaving::{self, Choice, Refused};

/// The root of a crate; it has no mutants, only modules.
const ROOT: &str = "src/lib.rs";

/// More rounds than this are no progress.
const ROUNDS: usize = 30;

/// The program with all mutants that could be woven.
#[derive(Debug)]
pub(crate) struct Woven {
    /// The folder in which its tests run.
    pub(crate) folder: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) choices: Vec<Choice>,
    /// Mutants to be tried by themselves.
    pub(crate) single: Vec<usize>,
    pub(crate) unviable: BTreeSet<usize>,
}

impl Woven {
    pub(crate) fn in_functions(&self) -> usize {
        self.choices.iter().map(|own| own.mutants.len()).sum()
    }
}

/// Weaves and compiles, without the mutants that the compiler refuses, until it
/// refuses none. `folder` is the crate; the woven one and what is built go to `out`.
pub(crate) fn build(folder: &Path, out: &Path, mutants: &[Mutant]) -> Result<Woven> {
    let woven = &out.join("woven");
    let mut refused = Refused::default();
    for _ in 0..ROUNDS {
        let (choices, single) = lay(folder, woven, mutants, &refused)?;
        match compile(woven, &out.join("target"))? {
            Compiled::Program(program) => {
                return Ok(Woven {
                    folder: folder.to_owned(),
                    program,
                    choices,
                    single,
                    unviable: refused.mutants,
                });
            }
            Compiled::Errors(errors) => {
                if !refuse(woven, &errors, &choices, &mut refused)? {
                    let told: Vec<&str> = errors.iter().map(|own| own.rendered.as_str()).collect();
                    return Err(format!("does not compile:\n{}", told.join("\n")).into());
                }
            }
        }
    }
    Err(format!("does not compile after {ROUNDS} rounds").into())
}

/// Lays the woven crate, and touches only what has changed, so that the compiler does
/// not begin anew.
fn lay(
    folder: &Path,
    woven: &Path,
    mutants: &[Mutant],
    refused: &Refused,
) -> Result<(Vec<Choice>, Vec<usize>)> {
    let mut by_file: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        let own = by_file.entry(mutant.file.as_str()).or_default();
        own.push((number, mutant));
    }
    let (mut choices, mut single) = (Vec::new(), Vec::new());
    let mut laid = BTreeSet::new();
    for name in files(folder)? {
        let mut text = fs::read_to_string(folder.join(&name))?;
        if let Some(own) = by_file.get(name.as_str()) {
            text = weaving::weave(&name, &text, own, refused, &mut choices, &mut single)?;
        }
        // The root is written when all choices are known.
        if name != ROOT {
            write(&woven.join(&name), &text)?;
        }
        laid.insert(name);
    }
    for name in files(woven)? {
        if !laid.contains(&name) {
            fs::remove_file(woven.join(&name))?;
        }
    }
    let root = fs::read_to_string(folder.join(ROOT))?;
    write(&woven.join(ROOT), &weaving::root(&root, choices.len()))?;
    Ok((choices, single))
}

/// The files of a crate, from its folder; none where there is no such folder.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in ["Cargo.toml", "Cargo.lock"] {
        if folder.join(name).exists() {
            found.push(name.to_owned());
        }
    }
    let mut folders = vec!["src".to_owned()];
    while let Some(name) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&name)) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)?;
    Ok(())
}

/// What became of a build.
pub(crate) enum Compiled {
    Program(PathBuf),
    Errors(Vec<Diagnostic>),
}

/// Builds the tests of the crate in `folder`, in `target`.
pub(crate) fn compile(folder: &Path, target: &Path) -> Result<Compiled> {
    let mut command = Command::new("cargo");
    command.args(["test", "--lib", "--no-run", "--message-format=json"]);
    command.env("CARGO_TARGET_DIR", target);
    let ran = command.current_dir(folder).output()?;
    let messages = String::from_utf8_lossy(&ran.stdout);
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let (mut program, mut errors) = (None, Vec::new());
    for message in messages {
        program = message.executable.or(program);
        errors.extend(message.message.filter(|own| own.level == "error"));
    }
    match program.filter(|_| ran.status.success()) {
        Some(program) => Ok(Compiled::Program(program)),
        None if errors.is_empty() => Err(String::from_utf8_lossy(&ran.stderr).into()),
        None => Ok(Compiled::Errors(errors)),
    }
}

/// A line of what cargo prints.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

/// What the compiler says.
#[derive(Deserialize)]
pub(crate) struct Diagnostic {
    level: String,
    message: String,
    rendered: String,
    spans: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    file_name: String,
    line_start: usize,
}

/// Takes out what the errors are about. Whether there was anything to take out.
fn refuse(
    woven: &Path,
    errors: &[Diagnostic],
    choices: &[Choice],
    refused: &mut Refused,
) -> Result<bool> {
    let mut any = false;
    for error in errors {
        let mut bodies = Vec::new();
        for span in &error.spans {
            let path = woven.join(&span.file_name);
            if path.exists() {
                bodies.extend(body_at(&fs::read_to_string(path)?, span.line_start));
            }
        }
        let mutants: Vec<usize> = bodies
            .iter()
            .filter_map(|own| match own {
                Body::Mutant(number) => Some(*number),
                Body::Own(_) => None,
            })
            .collect();
        if !mutants.is_empty() {
            for mutant in mutants {
                any |= refused.mutants.insert(mutant);
            }
            continue;
        }
        // A function's own body is right, so it is the choice that is not borne.
        let of_bodies = bodies.iter().filter_map(|own| match own {
            Body::Own(number) => choices.get(*number),
            Body::Mutant(_) => None,
        });
        let called = choices
            .iter()
            .filter(|own| is_needed_constant(&error.message, own));
        for choice in of_bodies.chain(called) {
            let place = (choice.file.clone(), choice.function.body.start);
            any |= refused.functions.insert(place);
        }
    }
    Ok(any)
}

/// Whether the error says that the function has to be one of the compiler's time.
fn is_needed_constant(message: &str, choice: &Choice) -> bool {
    let name = &choice.function.name;
    choice.function.constant.is_some()
        && message.contains("non-const")
        && (message.contains(&format!("::{name}`")) || message.contains(&format!("`{name}`")))
}

#[derive(Debug, PartialEq, Eq)]
enum Body {
    Mutant(usize),
    Own(usize),
}

/// In which body of a choice the line is; lines count from one.
fn body_at(text: &str, line: usize) -> Option<Body> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    lines.iter().rev().find_map(|line| {
        let number = |mark| {
            line.strip_prefix(mark)
                .and_then(|own: &str| own.parse().ok())
        };
        if *line == weaving::END {
            return Some(None);
        }
        let mutant = number(weaving::MUTANT).map(Body::Mutant);
        mutant
            .or_else(|| number(weaving::OWN).map(Body::Own))
            .map(Some)
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_in_the_body_whose_mark_is_above() {
        let text = "fn a() { match b {\n//@mutant 7\n7 => {\n},\n//@end\n//@own 2\n_ => {\n},\n//@end\n} }\n";
        assert_eq!(body_at(text, 1), None);
        assert_eq!(body_at(text, 3), Some(Body::Mutant(7)));
        assert_eq!(body_at(text, 7), Some(Body::Own(2)));
        assert_eq!(body_at(text, 10), None);
    }
}
