//! `cargo test --test fpt`: features as a test target without the usual
//! harness.

use std::process::ExitCode;

use super::args::{Choice, Command, Run};
use super::console::say;
use super::dispatch;
use super::exit::Exit;

/// The name under which tools list the features.
const NAME: &str = "features";

/// The main of a test target with `harness = false`: runs `features` with the
/// profile that `FPT_PROFILE` names, or those with the tags of `FPT_TAGS`. It understands the arguments of `cargo
/// test` and `cargo nextest` as far as they matter: `--list`, `--ignored`, and
/// a filter.
///
/// ```no_run
/// // tests/fpt.rs
/// fn main() -> std::process::ExitCode {
///     fpt::test_main("features")
/// }
/// ```
pub fn test_main(features: &str) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // A stack that the features start calls this program for its instances.
    if arguments.first().is_some_and(|own| own == "instance") {
        return super::main();
    }
    let given = |flag: &str| arguments.iter().any(|own| own == flag);
    if given("--list") {
        if !given("--ignored") {
            say(format!("{NAME}: test"));
        }
        return Exit::Pass.into();
    }
    if given("--ignored") || filtered_out(&arguments) {
        return Exit::Pass.into();
    }
    let environment = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    dispatch(Command::Run(Run {
        choice: Choice {
            features: vec![features.to_owned()],
            profile: environment("FPT_PROFILE"),
            config: environment("FPT_CONFIG").map(Into::into),
            tags: environment("FPT_TAGS"),
            ..Choice::default()
        },
        ..Run::default()
    }))
    .into()
}

/// Whether a filter names other tests only.
fn filtered_out(arguments: &[String]) -> bool {
    let takes_value = [
        "--test-threads",
        "--format",
        "--color",
        "--skip",
        "-Z",
        "--logfile",
    ];
    let mut filters = Vec::new();
    let mut skip = false;
    for own in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        if own.starts_with('-') {
            skip = takes_value.contains(&own.as_str());
        } else {
            filters.push(own.as_str());
        }
    }
    !filters.is_empty() && !filters.iter().any(|filter| NAME.contains(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_for_other_tests_leave_the_features_out() {
        for (line, out) in [
            ("", false),
            ("--nocapture", false),
            ("features --exact", false),
            ("feat", false),
            ("oracle", true),
            ("--test-threads 1", false),
            ("--test-threads=1 oracle", true),
        ] {
            let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(filtered_out(&arguments), out, "{line}");
        }
    }
}
