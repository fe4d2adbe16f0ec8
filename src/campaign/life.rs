//! The life of a virtual user: sign in, go through the journey again and
//! again, sign in anew when the session is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cucumber::step::Context;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::model::Clock as _;

use super::bound::{Action, BoundStep, Journey};
use super::quiet;
use super::settings::Extent;
use super::tally::{Failure, Iterations};
use super::user::{Ended, VirtualUser};

/// Sign-ins that may fail in a row before a user gives up.
const PATIENCE: u32 = 3;

/// How one pass through some steps ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// All steps held.
    Completed,
    /// A step failed.
    Failed,
    /// It ended early without anything being wrong.
    Ended(Ended),
}

impl Iterations {
    /// Counts one iteration that ended so.
    pub(super) fn add(&mut self, pass: Pass) {
        match pass {
            Pass::Completed => self.completed += 1,
            Pass::Failed => self.failed += 1,
            Pass::Ended(Ended::LoadOver) => self.cut_off += 1,
            Pass::Ended(Ended::Abandoned) => self.abandoned += 1,
            Pass::Ended(Ended::NothingToProbe) => self.nothing_to_probe += 1,
        }
    }
}

/// Users that have a session at the moment.
#[derive(Debug, Default)]
pub(super) struct Alive(AtomicU64);

impl Alive {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Leads `user` through `journey` until the load is over.
pub(super) async fn live(user: &mut VirtualUser, journey: &Journey, alive: &Alive) {
    let context = Arc::clone(user.context());
    let mut done = 0_u32;
    let mut failures = 0;
    let mut has_session = false;
    while !context.stopping() {
        if !has_session {
            user.begin_session();
            match establish(user, journey).await {
                Pass::Completed => {
                    context.tallies.count(|count| count.sessions += 1);
                    alive.0.fetch_add(1, Ordering::Relaxed);
                    has_session = true;
                    failures = 0;
                }
                Pass::Ended(_) => break,
                Pass::Failed => {
                    context.tallies.count(|count| count.sessions_failed += 1);
                    failures += 1;
                    if failures == PATIENCE {
                        context.tallies.count(|count| count.users_gave_up += 1);
                        break;
                    }
                    continue;
                }
            }
        }
        done += 1;
        let sent = user.transactions();
        let pass = iterate(user, journey, done).await;
        context.tallies.count(|count| count.add(pass));
        if pass == Pass::Ended(Ended::LoadOver) {
            break;
        }
        if pass == Pass::Completed && !user.lost {
            user.probe().await;
        }
        if user.lost || context.settings.fresh_session {
            has_session = false;
            alive.0.fetch_sub(1, Ordering::Relaxed);
        }
        if matches!(context.settings.extent, Extent::Iterations(most) if done >= most) {
            break;
        }
        let idle = user.transactions() == sent;
        if !context.settings.think_time.is_zero() {
            if user.wait(context.settings.think_time).await.is_err() {
                break;
            }
        } else if idle {
            // An iteration without any request would spin; others need the time.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    user.settle();
}

/// Establishes a session.
pub(super) async fn establish(user: &mut VirtualUser, journey: &Journey) -> Pass {
    let pass = walk(user, &journey.session).await;
    user.settle();
    pass
}

/// One iteration.
pub(super) async fn iterate(user: &mut VirtualUser, journey: &Journey, number: u32) -> Pass {
    user.begin_iteration(number);
    let mut pass = walk(user, &journey.iteration).await;
    let total: u32 = journey.choices.iter().map(|choice| choice.weight).sum();
    if pass == Pass::Completed && total > 0 {
        let mut drawn = user.draw(total);
        for choice in &journey.choices {
            if drawn < choice.weight {
                pass = walk(user, &choice.steps).await;
                break;
            }
            drawn -= choice.weight;
        }
    }
    user.settle();
    pass
}

/// Goes through `steps` until one fails.
fn walk<'a>(user: &'a mut VirtualUser, steps: &'a [BoundStep]) -> LocalBoxFuture<'a, Pass> {
    async move {
        for bound in steps {
            let (function, context) = match &bound.action {
                Action::Call { function, context } => (function, context),
                Action::Journey(steps) => {
                    let pass = walk(user, steps).await;
                    if pass == Pass::Completed && user.context().is_reading_back() {
                        continue;
                    }
                    if pass == Pass::Completed {
                        user.context().tallies.passed(bound.number);
                    } else {
                        return pass;
                    }
                    continue;
                }
            };
            user.enter(&bound.step);
            user.foresee(&bound.foretold);
            let held = quiet::catch(function(user, Context::clone(context))).await;
            if let Some(pass) = conclude(user, bound, &held) {
                return pass;
            }
        }
        Pass::Completed
    }
    .boxed_local()
}

/// Counts what a step came to; gives how the pass ends, if it ends here.
fn conclude(
    user: &mut VirtualUser,
    bound: &BoundStep,
    held: &Result<(), Box<dyn std::any::Any + Send>>,
) -> Option<Pass> {
    let context = Arc::clone(user.context());
    if context.is_reading_back() {
        // Not a part of the load, so it counts nowhere.
        return held.is_err().then_some(Pass::Failed);
    }
    if held.is_err()
        && let Some(ended) = user.ended
    {
        return Some(Pass::Ended(ended));
    }
    let soft = user.soft_failure.take();
    let reason = match (held, &soft) {
        (Ok(()), None) => {
            context.tallies.passed(bound.number);
            return None;
        }
        (Ok(()), Some(reason)) => reason.clone(),
        (Err(panic), _) => quiet::text_of(panic.as_ref()),
    };
    context.tallies.failed(
        bound.number,
        Failure {
            user: user.id(),
            at: context.wire.clock().now(),
            reason: user.redact(&reason),
        },
    );
    held.is_err().then_some(Pass::Failed)
}
