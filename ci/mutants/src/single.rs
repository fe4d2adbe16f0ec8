//! Tries mutants that could not be woven: each in a build of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::building::{Compiled, compile};
use crate::mutant::Mutant;
use crate::testing::{Run, Tested};
use crate::trying::{Outcome, Outcomes};
use crate::{Result, say};

/// All tests, with a mutant that may make them slow.
const LIMIT: Duration = Duration::from_mins(2);

/// Tries those of `mutants` whose numbers are `numbers`, in `folder` itself, and
/// builds in `out`; the file is as it was afterwards.
pub(crate) fn try_each(
    folder: &Path,
    out: &Path,
    mutants: &[Mutant],
    numbers: &[usize],
    outcomes: &mut Outcomes,
) -> Result<()> {
    for (done, number) in numbers.iter().enumerate() {
        let mutant = &mutants[*number];
        let path = folder.join(&mutant.file);
        let text = fs::read_to_string(&path)?;
        let range = mutant.range(&text)?;
        fs::write(&path, mutant.applied(&text, 0, &range))?;
        let outcome = outcome(folder, &out.join("target"));
        fs::write(&path, text)?;
        outcomes.add(*number, outcome?);
        say(&format!("{} of {} by themselves", done + 1, numbers.len()));
    }
    Ok(())
}

fn outcome(folder: &Path, target: &Path) -> Result<Outcome> {
    let program = match compile(folder, target)? {
        Compiled::Errors(_) => return Ok(Outcome::Unviable),
        Compiled::Program(program) => program,
    };
    let run = Run {
        program: &program,
        folder,
        limit: LIMIT,
    };
    Ok(match run.tests(&[], None)? {
        Tested::Passed => Outcome::Missed,
        Tested::Failed => Outcome::Caught,
        Tested::OutOfTime => Outcome::Timeout,
    })
}
