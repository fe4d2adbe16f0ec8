//! Step functions panic when a step fails; that is how Cucumber tells it. Such
//! a panic is caught, counted and reported, and must not be printed as well.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

thread_local! {
    static IN_STEP: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs a step's future and gives what it panicked with, if it did.
pub(super) fn catch<F>(step: F) -> Catch<F> {
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IN_STEP.get() {
                usual(panic);
            }
        }));
    });
    Catch { step }
}

/// A step's future, its panics caught.
#[derive(Debug)]
pub(super) struct Catch<F> {
    step: F,
}

impl<F: Future<Output = ()> + Unpin> Future for Catch<F> {
    type Output = Result<(), Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let before = IN_STEP.replace(true);
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.step).poll(context)));
        IN_STEP.set(before);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// The text of a panic.
pub(super) fn text_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "the step panicked".to_owned())
}

/// Runs `step`, which never waits, and gives what it panicked with, if it did.
/// `None` when it did wait.
pub(crate) fn run_now<F: Future<Output = ()> + Unpin>(step: F) -> Option<Result<(), String>> {
    use futures::FutureExt as _;
    catch(step)
        .now_or_never()
        .map(|held| held.map_err(|panic| text_of(panic.as_ref())))
}
