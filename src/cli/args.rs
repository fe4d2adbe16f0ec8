//! Arguments, as they are written.

use std::path::PathBuf;

use appointment_center::InstanceArguments;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::reproduce::Extra;

/// Functional performance testing: Gherkin business scenarios under governed
/// load, and an oracle that asks of every response whose data it is.
#[derive(Debug, Parser)]
#[command(
    name = "fpt",
    version,
    about,
    after_help = "\
Exit codes: 0 pass · 1 a verdict or journey failed · 2 usage, configuration or \
feature error · 3 inconclusive · 4 somebody may have seen somebody else's data · \
70 bug of fpt · 130 interrupted"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios under load and judge every response.
    Run(Run),
    /// Check features and profile without sending anything.
    Check(Check),
    /// List the steps that features can use.
    Steps(Steps),
    /// Judge a recorded run again.
    Recheck(Recheck),
    /// Search for the least load that still shows an incident of a run.
    Reproduce(Reproduce),
    /// Keep the bundled service up as processes behind a balancer, with real
    /// stores.
    #[command(subcommand)]
    Stack(StackCommand),
    /// Serve as one instance of a stack, until told to end.
    #[command(hide = true)]
    Instance(InstanceArguments),
    /// Look at, and try, what scales the service.
    ScaleTarget(ScaleTargetArguments),
}

/// What is done with a stack.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum StackCommand {
    /// Start a stack that stays up, and tell where.
    Up(StackUp),
    /// End a stack and remove its folder.
    Down(StackDown),
    /// Show what is up.
    Status(StackFolder),
}

/// Where a stack has its files.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StackFolder {
    /// The folder of the stack [default: target/fpt-stack].
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
}

/// Arguments of `fpt stack up`.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StackUp {
    #[command(flatten)]
    pub(super) folder: StackFolder,

    /// How many instances there are at the beginning.
    #[arg(long, value_name = "N")]
    pub(super) instances: Option<u32>,

    /// Plant a defect in the instances (`--defect list` names them).
    #[arg(long, value_name = "NAME")]
    pub(super) defect: Vec<String>,

    /// A benign circumstance of the instances (`--condition list`).
    #[arg(long, value_name = "NAME")]
    pub(super) condition: Vec<String>,

    /// The profile whose `stack` and `bundled` settings hold.
    #[arg(short, long, env = "FPT_PROFILE")]
    pub(super) profile: Option<String>,

    /// The configuration file.
    #[arg(short, long, env = "FPT_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Change any setting of the profile: `--set stack.sticky=true`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,

    /// Let the stack change the number of its instances by itself, as
    /// `stack.autoscale` of the profile says.
    #[arg(long)]
    pub(super) autoscale: bool,

    /// Stay in the terminal, and end the stack with Ctrl-C.
    #[arg(long)]
    pub(super) foreground: bool,

    /// The process that keeps a stack in the background.
    #[arg(long, hide = true, conflicts_with = "foreground")]
    pub(super) keeper: bool,
}

/// Arguments of `fpt stack down`.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct StackDown {
    #[command(flatten)]
    pub(super) folder: StackFolder,

    /// Leave the folder with logs and data.
    #[arg(long)]
    pub(super) keep: bool,
}

/// Which scenarios, under which profile.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Choice {
    /// Feature files (`booking.feature`, `booking.feature:14`) and folders.
    #[arg(default_value = "features")]
    pub(super) features: Vec<String>,

    /// The profile of the configuration file to run under.
    #[arg(short, long, env = "FPT_PROFILE")]
    pub(super) profile: Option<String>,

    /// The configuration file; without it ./fpt.toml, ./fixtures/fpt.toml, or
    /// the profiles that are built in.
    #[arg(short, long, env = "FPT_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Only scenarios with these tags: `@booking and not @slow`.
    #[arg(short, long, env = "FPT_TAGS", value_name = "EXPRESSION")]
    pub(super) tags: Option<String>,

    /// Only scenarios whose name contains this.
    #[arg(short, long, value_name = "TEXT")]
    pub(super) name: Option<String>,

    /// One user, one iteration: is the scenario right at all?
    #[arg(long)]
    pub(super) functional: bool,

    /// Virtual users.
    #[arg(long, value_name = "N")]
    pub(super) users: Option<String>,

    /// Transactions per second; the ceiling of the profile still holds.
    #[arg(long, value_name = "N")]
    pub(super) tps: Option<String>,

    /// How long each scenario is under load, such as `60s`.
    #[arg(long, value_name = "DURATION")]
    pub(super) duration: Option<String>,

    /// The seed that users and arrivals are made from.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<String>,

    /// Plant a defect in the bundled service (`--defect list` names them).
    #[arg(long, value_name = "NAME")]
    pub(super) defect: Vec<String>,

    /// A benign circumstance of the bundled service (`--condition list`).
    #[arg(long, value_name = "NAME")]
    pub(super) condition: Vec<String>,

    /// Change any setting of the profile: `--set timeout=2s`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,

    /// Leave a part of the scenarios out.
    #[arg(long, value_enum, value_name = "PART")]
    pub(super) without: Vec<Extra>,

    /// End every iteration with the step on this line, as `FILE:LINE`.
    #[arg(long, value_name = "FILE:LINE")]
    pub(super) until: Option<String>,

    /// Permit a profile of kind production, for a smoke test only.
    #[arg(long)]
    pub(super) allow_production: bool,

    /// Permit scale events on a service that is not on this machine.
    #[arg(long)]
    pub(super) allow_scaling: bool,
}

/// Arguments of `fpt run`.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) choice: Choice,

    /// The folder for the run's evidence [default: target/fpt].
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,

    /// Colours on the console.
    #[arg(long, value_enum, default_value_t)]
    pub(super) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of `fpt check`.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) choice: Choice,

    /// Print every setting of the profile, and who set it.
    #[arg(long)]
    pub(super) settings: bool,
}

/// Arguments of `fpt steps`.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Steps {
    /// Only steps whose wording contains this.
    pub(super) filter: Option<String>,
}

/// Arguments of `fpt recheck`.
#[derive(Clone, Debug, Args)]
pub(super) struct Recheck {
    /// The folder of a run, such as target/fpt/latest.
    #[arg(value_name = "RUN_DIR")]
    pub(super) folder: PathBuf,
}

/// Arguments of `fpt reproduce`.
#[derive(Clone, Debug, Args)]
pub(super) struct Reproduce {
    /// The folder of a run, such as target/fpt/latest.
    #[arg(value_name = "RUN_DIR")]
    pub(super) folder: PathBuf,

    /// The number of the incident, as the summary tells it.
    pub(super) incident: u64,

    /// How long the search may take.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = humantime::parse_duration)]
    pub(super) budget: std::time::Duration,

    /// How many loads may be tried.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(super) attempts: u32,

    /// The configuration file, where it is not the one of the run.
    #[arg(short, long, env = "FPT_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// A setting that the run had and did not write down, such as a header.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,

    /// Permit a profile of kind production, for a smoke test only.
    #[arg(long)]
    pub(super) allow_production: bool,

    /// Permit scale events on a service that is not on this machine.
    #[arg(long)]
    pub(super) allow_scaling: bool,
}

/// Arguments of `fpt scale-target`.
#[derive(Clone, Debug, Args)]
pub(super) struct ScaleTargetArguments {
    #[command(subcommand)]
    pub(super) command: ScaleTargetCommand,
}

/// What to do with the scale target of a profile.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum ScaleTargetCommand {
    /// Print the instances as they are now, as JSON. Changes nothing.
    Observe(NamedProfile),
    /// Check that it keeps the contract: one line for each check, and exit code
    /// 1 when one fails. Changes nothing unless allowed.
    Test {
        #[command(flatten)]
        named: NamedProfile,

        /// Also scale out by one instance, back in, and restore.
        #[arg(long)]
        allow_changes: bool,
    },
}

/// The profile that names the scale target.
#[derive(Clone, Debug, Args)]
pub(super) struct NamedProfile {
    /// The profile of the configuration file.
    #[arg(short, long, env = "FPT_PROFILE")]
    pub(super) profile: Option<String>,

    /// The configuration file; without it ./fpt.toml, ./fixtures/fpt.toml, or
    /// the profiles that are built in.
    #[arg(short, long, env = "FPT_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Change any setting of the profile: `--set scaling.hold=5s`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,

    /// Permit a profile of kind production.
    #[arg(long)]
    pub(super) allow_production: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
