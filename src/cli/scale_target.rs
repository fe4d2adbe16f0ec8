//! `fpt scale-target`: does what scales the service keep its promises?

use std::sync::Arc;

use crate::campaign::connect_scale_target;
use crate::config::Profile;
use crate::load::RunClock;
use crate::scaling::{Conformance, ScaleTarget};

use super::args::{Choice, ScaleTargetArguments, ScaleTargetCommand};
use super::console::{complain, say};
use super::exit::Exit;
use super::settings;
use super::signals::told_to_stop;

pub(super) fn scale_target(arguments: &ScaleTargetArguments) -> Exit {
    let (named, changes) = match &arguments.command {
        ScaleTargetCommand::Observe(named) => (named, None),
        ScaleTargetCommand::Test {
            named,
            allow_changes,
        } => (named, Some(*allow_changes)),
    };
    let choice = Choice {
        profile: named.profile.clone(),
        config: named.config.clone(),
        set: named.set.clone(),
        allow_production: named.allow_production,
        ..Choice::default()
    };
    let profile = match settings::resolve(&choice) {
        Ok(resolved) => resolved.profile,
        Err(error) => {
            for problem in error.to_string().lines() {
                complain(problem);
            }
            return Exit::Usage;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(ask(&profile, changes)),
        Err(error) => {
            complain(format!("cannot start: {error}"));
            Exit::Bug
        }
    }
}

/// Observes, or tests when `changes` says whether it may change something.
async fn ask(profile: &Profile, changes: Option<bool>) -> Exit {
    let target = match connect_scale_target(profile).await {
        Ok(Some(target)) => target,
        Ok(None) => {
            complain(format!(
                "profile {} names nothing that scales the service from outside; set `scaling.by`",
                profile.name
            ));
            return Exit::Usage;
        }
        Err(error) => {
            complain(error.to_string());
            return Exit::Fail;
        }
    };
    match changes {
        None => observe(&target).await,
        Some(changes) => test(&target, profile, changes).await,
    }
}

/// Prints the instances as JSON.
async fn observe(target: &Arc<dyn ScaleTarget>) -> Exit {
    let seen = target.observe().await.map_err(|error| error.to_string());
    let text = seen
        .and_then(|seen| serde_json::to_string_pretty(&seen).map_err(|error| error.to_string()));
    match text {
        Ok(text) => {
            say(text);
            Exit::Pass
        }
        Err(error) => {
            complain(error);
            Exit::Fail
        }
    }
}

async fn test(target: &Arc<dyn ScaleTarget>, profile: &Profile, changes: bool) -> Exit {
    let clock = RunClock::new();
    let scaling = &profile.scaling;
    let mut tell = |checked: &crate::scaling::Checked| say(checked.to_string());
    let mut checks = Conformance::new(
        target.as_ref(),
        &clock,
        (scaling.hold, scaling.deadline),
        &mut tell,
    )
    .with_max(scaling.max);
    let base = checks.look().await;
    let mut interrupted = false;
    match base {
        Some(base) if changes => {
            tokio::select! {
                () = checks.change(&base) => {}
                () = told_to_stop() => interrupted = true,
            }
            let failed = checks.failed();
            if interrupted {
                complain("stopped; restoring what was there");
                if let Err(error) = target.restore(&base).await {
                    complain(error.to_string());
                }
                return Exit::Interrupted;
            }
            if failed { Exit::Fail } else { Exit::Pass }
        }
        Some(_) => {
            let failed = checks.failed();
            say("skip scales out and in: it changes something; ask for it by --allow-changes");
            if failed { Exit::Fail } else { Exit::Pass }
        }
        None => Exit::Fail,
    }
}
