//! `fpt run`: the main job.

use std::io::{IsTerminal as _, Write};
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use cucumber::writer::{self, Coloring, Verbosity};
use cucumber::{Runner as _, Writer as _, cli};
use futures::{StreamExt as _, stream};

use crate::campaign::{Campaign, Recorder, Recorders, RunContext, Uniques, unable};
use crate::config::Profile;
use crate::gherkin::{Compiled, Counts, RunResult, Runner};
use crate::load::{Ceiling, RunClock};
use crate::model::{RunTag, ValueHasher, Verdict};
use crate::report::{self, Progress, RunDirectory, RunSummary};

use super::args::Run;
use super::check::{Prepared, prepare};
use super::console::{Console, colored, complain, say};
use super::exit::Exit;
use super::signals::interrupts;

pub(super) fn run(arguments: &Run) -> Exit {
    let Prepared {
        mut profile,
        compiled,
        config,
    } = match prepare(&arguments.choice) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    if let Some(out) = &arguments.out {
        profile.evidence.directory.clone_from(out);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(conduct(arguments, Arc::new(profile), compiled, config)),
        Err(error) => {
            complain(format!("cannot start: {error}"));
            Exit::Bug
        }
    }
}

/// A run from its first line to its last.
async fn conduct(
    arguments: &Run,
    profile: Arc<Profile>,
    compiled: Vec<Compiled>,
    config: Option<String>,
) -> Exit {
    if let Err(exit) = ask_what_scales(&profile, &compiled).await {
        return exit;
    }
    let clock = RunClock::new();
    let tag = RunTag(rand::random());
    let run_id = report::run_id(clock.began(), tag);
    let directory = match RunDirectory::create(&profile.evidence.directory, &run_id) {
        Ok(directory) => Arc::new(
            directory
                .with_began(clock.began())
                .with_history(profile.evidence.history),
        ),
        Err(error) => {
            complain(error.to_string());
            return Exit::Usage;
        }
    };
    introduce(&profile, compiled.len(), &run_id);
    let recorder: Arc<dyn Recorder> = Arc::new(Recorders(vec![
        Arc::clone(&directory) as Arc<dyn Recorder>,
        Arc::new(Progress::new(std::io::stderr().is_terminal())),
    ]));
    let context = RunContext {
        profile: Arc::clone(&profile),
        clock,
        ceiling: Ceiling::new(profile.load.ceiling, clock.grid(), Arc::new(clock)),
        tag,
        hasher: ValueHasher::new(rand::random()),
        recorder: Arc::clone(&recorder),
        interrupt: interrupts(),
        shards: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        transactions: Arc::new(AtomicU64::new(0)),
        uniques: Arc::new(Uniques::new(tag)),
        registrations: Arc::default(),
        findings: Arc::default(),
        incidents: Arc::default(),
        judging: true,
    };
    let interrupt = context.interrupt.clone();
    let result = Arc::new(Mutex::new(RunResult::default()));
    let runner = Runner::new(context, compiled, Arc::clone(&result));
    let color = colored(arguments.color);
    let written = write_events(runner, color).await;
    let result = std::mem::take(&mut *result.lock().unwrap_or_else(PoisonError::into_inner));
    let interrupted = *interrupt.borrow();
    let exit = exit_of(&result, interrupted, recorder.trouble().is_some());
    if let Some(error) = &result.error {
        complain(error.to_string());
    }
    let summary = RunSummary {
        run_id,
        began: clock.began(),
        verdict: match result.error {
            Some(_) => Verdict::Inconclusive,
            None => Verdict::all(result.outcomes.iter().map(|outcome| outcome.verdict)),
        },
        profile,
        config,
        outcomes: result.outcomes,
        exit_code: exit.code(),
        interrupted,
        trouble: recorder.trouble(),
    };
    let exit = keep(&directory, &summary, &written, exit);
    say(report::summary_text(&summary, color));
    exit
}

/// Asks what scales the service whether it can do what scenarios ask for, so
/// that no run ends in its middle.
async fn ask_what_scales(profile: &Profile, compiled: &[Compiled]) -> Result<(), Exit> {
    let scenarios: Vec<_> = compiled.iter().map(|own| &own.plan.settings).collect();
    let mut wrong = unable(profile, &scenarios).await;
    wrong.dedup();
    for (step, why) in &wrong {
        complain(match step {
            Some(step) => format!("{step}: {why}"),
            None => format!("`scaling.events`: {why}"),
        });
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Exit::Usage)
    }
}

fn introduce(profile: &Profile, scenarios: usize, run_id: &str) {
    say(format!(
        "fpt {}: {scenarios} scenarios under profile {} ({}, ceiling {}), seed {}, run {run_id}",
        env!("CARGO_PKG_VERSION"),
        profile.name,
        match &profile.target {
            crate::config::Target::Bundled => "the bundled service".to_owned(),
            crate::config::Target::Stack => "the stack".to_owned(),
            crate::config::Target::Url(_) => profile.target.host().unwrap_or_default(),
        },
        profile.load.ceiling,
        profile.population.seed,
    ));
    if !profile.bundled.defects.is_empty() {
        say(format!("planted: {}", profile.bundled.defects.join(", ")));
    }
    for note in &profile.notes {
        say(format!("note: {note}"));
    }
}

/// What Cucumber's writers wrote for files.
struct Written {
    junit: Vec<u8>,
    json: Vec<u8>,
}

/// A sink that several owners can look into.
#[derive(Clone, Debug, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sink.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs and shows every event through Cucumber's own writers. The files are
/// collected in memory, because these writers panic where a disk is full.
async fn write_events(runner: Runner, color: bool) -> Written {
    let coloring = if color {
        Coloring::Always
    } else {
        Coloring::Never
    };
    let (junit_sink, json_sink) = (Sink::default(), Sink::default());
    let mut console = writer::Normalize::<Campaign, _>::new(Counts::new(writer::Basic::raw(
        Console,
        coloring,
        Verbosity::Default,
    )));
    let mut junit = writer::Normalize::<Campaign, _>::new(Counts::new(writer::JUnit::raw(
        junit_sink.clone(),
        Verbosity::Default,
    )));
    let mut json = writer::Json::new::<Campaign>(json_sink.clone());
    let console_cli = writer::basic::Cli {
        verbose: 0,
        color: coloring,
    };
    let junit_cli = writer::junit::Cli { verbose: None };
    let features = runner.features();
    let mut events = runner.run(stream::iter(features.into_iter().map(Ok)), cli::Empty);
    while let Some(event) = events.next().await {
        console.handle_event(event.clone(), &console_cli).await;
        junit.handle_event(event.clone(), &junit_cli).await;
        json.handle_event(event, &cli::Empty).await;
    }
    Written {
        junit: junit_sink.take(),
        json: json_sink.take(),
    }
}

fn exit_of(result: &RunResult, interrupted: bool, trouble: bool) -> Exit {
    let exit = Exit::of(&result.outcomes, interrupted);
    match (&result.error, exit) {
        (_, Exit::Privacy) => Exit::Privacy,
        (Some(error), _) if error.is_bug() => Exit::Bug,
        (Some(_), _) => Exit::Usage,
        // Without its evidence a run must not pass.
        (None, Exit::Pass) if trouble => Exit::Inconclusive,
        (None, exit) => exit,
    }
}

/// Writes the files of the run; a failure is told, and turns a pass into an
/// inconclusive run.
fn keep(directory: &RunDirectory, summary: &RunSummary, written: &Written, exit: Exit) -> Exit {
    let results = [
        directory.finish(summary),
        directory.write_file("junit.xml", &written.junit),
        directory.write_file("cucumber.json", &written.json),
    ];
    let mut kept = true;
    for error in results.into_iter().filter_map(Result::err) {
        complain(error.to_string());
        kept = false;
    }
    if let Some(trouble) = &summary.trouble {
        complain(trouble);
    }
    if exit == Exit::Pass && !kept {
        return Exit::Inconclusive;
    }
    exit
}
