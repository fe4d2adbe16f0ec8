//! Tries each mutant with the tests that pass through its function.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::building::Woven;
use crate::mutant::Mutant;
use crate::testing::{Run, Tested};
use crate::{Result, say};

/// A test without a mutant takes no longer.
const PATIENCE: Duration = Duration::from_mins(5);

/// So much longer may tests take with a mutant than without, and a while more.
const SLOWER: u32 = 12;
const A_WHILE: Duration = Duration::from_secs(4);

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Caught,
    Missed,
    Timeout,
    Unviable,
}

/// What became of all.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(BTreeMap<usize, Outcome>);

impl Outcomes {
    pub(crate) fn add(&mut self, mutant: usize, outcome: Outcome) {
        self.0.insert(mutant, outcome);
    }

    /// A file for each outcome, with the names of the mutants.
    pub(crate) fn write(&self, mutants: &[Mutant], out: &Path) -> Result<()> {
        for (name, outcome) in [
            ("caught.txt", Outcome::Caught),
            ("missed.txt", Outcome::Missed),
            ("timeout.txt", Outcome::Timeout),
            ("unviable.txt", Outcome::Unviable),
        ] {
            let own = self.0.iter().filter(|(_, own)| **own == outcome);
            let mut lines = String::new();
            for (mutant, _) in own {
                lines.push_str(&mutants[*mutant].name);
                lines.push('\n');
            }
            fs::write(out.join(name), lines)?;
        }
        Ok(())
    }
}

/// A test without a mutant.
struct Test {
    name: String,
    took: Duration,
    functions: BTreeSet<usize>,
}

/// Tries all mutants of the program.
pub(crate) fn try_all(woven: &Woven, outcomes: &mut Outcomes) -> Result<()> {
    let tests = tests_of(woven)?;
    let mutants: Vec<(usize, usize)> = woven
        .choices
        .iter()
        .enumerate()
        .flat_map(|(function, own)| own.mutants.iter().map(move |mutant| (function, *mutant)))
        .collect();
    let (done, noticed) = (AtomicUsize::new(0), Noticed::default());
    let tried = side_by_side(&mutants, |_, (function, mutant)| {
        let outcome = try_one(woven, &tests, &noticed, *function, *mutant)?;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done % 500 == 0 {
            say(&format!("{done} of {} tried", mutants.len()));
        }
        Ok((*mutant, outcome))
    })?;
    for (mutant, outcome) in tried {
        outcomes.add(mutant, outcome);
    }
    Ok(())
}

/// All tests, the quickest first, with the functions that they pass through.
fn tests_of(woven: &Woven) -> Result<Vec<Test>> {
    let run = Run {
        program: &woven.program,
        folder: &woven.folder,
        limit: PATIENCE,
    };
    let names = run.names()?;
    let mut tests = side_by_side(&names, |lane, name| {
        let told = std::env::temp_dir().join(format!("passes-{}-{lane}", std::process::id()));
        let began = Instant::now();
        let (tested, functions) = run.passes(name, &told)?;
        if tested != Tested::Passed {
            return Err(format!("the test {name} fails without a mutant").into());
        }
        Ok(Test {
            name: name.clone(),
            took: began.elapsed(),
            functions: functions.into_iter().collect(),
        })
    })?;
    tests.sort_by_key(|own| own.took);
    Ok(tests)
}

/// Runs the tests that pass through `function`, those first that noticed something
/// there already, until one notices the mutant.
fn try_one(
    woven: &Woven,
    tests: &[Test],
    noticed: &Noticed,
    function: usize,
    mutant: usize,
) -> Result<Outcome> {
    let mut concerned = noticed.of(function);
    for (number, test) in tests.iter().enumerate() {
        if test.functions.contains(&function) && !concerned.contains(&number) {
            concerned.push(number);
        }
    }
    for number in concerned {
        let test = &tests[number];
        let run = Run {
            program: &woven.program,
            folder: &woven.folder,
            limit: test.took * SLOWER + A_WHILE,
        };
        let outcome = match run.tests(&[&test.name], Some(mutant))? {
            Tested::Passed => continue,
            Tested::Failed => Outcome::Caught,
            Tested::OutOfTime => Outcome::Timeout,
        };
        noticed.add(function, number);
        return Ok(outcome);
    }
    Ok(Outcome::Missed)
}

/// For each function the tests that noticed a mutant of it.
#[derive(Default)]
struct Noticed(Mutex<BTreeMap<usize, Vec<usize>>>);

impl Noticed {
    /// The last one first.
    fn of(&self, function: usize) -> Vec<usize> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.get(&function).into_iter().flatten();
        own.rev().copied().collect()
    }

    fn add(&self, function: usize, test: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.entry(function).or_default();
        own.retain(|other| *other != test);
        own.push(test);
    }
}

/// Does `work` to each, as many at a time as there are cores; `work` is told in which
/// lane it is.
fn side_by_side<T: Sync, R: Send>(
    all: &[T],
    work: impl Fn(usize, &T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let (next, done, work) = (&next, &done, &work);
            scope.spawn(move || {
                while let Some(each) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(lane, each);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push(result);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_iter().collect()
}
