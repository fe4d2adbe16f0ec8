//! The command line: arguments in, exit code out.

mod args;
mod check;
mod console;
mod exit;
mod harness;
mod instance;
mod recheck;
mod reproduce;
mod run;
mod scale_target;
mod settings;
mod signals;
mod stack;
mod steps;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::prelude::*;

pub use exit::Exit;
pub use harness::test_main;

use args::{Arguments, Command};

/// The `fpt` command: the bundled program, and the main of a program of your
/// own that brings further steps.
///
/// ```no_run
/// // use my_steps as _;
/// fn main() -> std::process::ExitCode {
///     fpt::main()
/// }
/// ```
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = !error.use_stderr();
            // Whoever closed the pipe does not want the help any more.
            let _ = error.print();
            return if help { Exit::Pass } else { Exit::Usage }.into();
        }
    };
    dispatch(arguments.command).into()
}

fn dispatch(command: Command) -> Exit {
    logs();
    // A panic that gets here is a bug of the harness and not a verdict.
    let result = std::panic::catch_unwind(|| match command {
        Command::Run(run) => run::run(&run),
        Command::Check(check) => check::check(&check),
        Command::Steps(list) => steps::steps(&list),
        Command::Recheck(again) => recheck::recheck(&again),
        Command::Reproduce(search) => reproduce::reproduce(&search),
        Command::Stack(command) => stack::stack(&command),
        Command::Instance(arguments) => instance::instance(arguments),
        Command::ScaleTarget(arguments) => scale_target::scale_target(&arguments),
    });
    result.unwrap_or_else(|_| {
        console::complain("this is a bug of fpt; please report it with the message above");
        Exit::Bug
    })
}

/// Whose logs are shown. Others, such as those of parsers, quote what they read.
const TOLD: [&str; 4] = ["fpt", "hyper_util", "reqwest", "rustls"];

/// What happens underneath, wanted by `FPT_LOG=debug`.
fn logs() {
    let filter = std::env::var("FPT_LOG").unwrap_or_default();
    if filter.is_empty() {
        return;
    }
    let told = filter_fn(|event| {
        let source = event.target().split("::").next();
        source.is_some_and(|source| TOLD.contains(&source))
    });
    // A program that embeds this one may have its own.
    let _ = tracing_subscriber::registry()
        .with(EnvFilter::new(filter))
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_filter(told),
        )
        .try_init();
}
