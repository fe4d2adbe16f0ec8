//! What all tests need: running the program and reading what it left.

pub(crate) mod defects;
pub(crate) mod hostile;
pub(crate) mod run;

/// A thread for each part of `work`, at most `most` at a time; panics of all
/// parts are told together.
pub(crate) fn in_parallel<T: Sync + std::fmt::Debug>(
    most: usize,
    work: &[T],
    one: impl Fn(&T) + Sync,
) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..most.min(work.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(part) = work.get(at) else { return };
                    let done = std::panic::AssertUnwindSafe(|| one(part));
                    if let Err(panic) = std::panic::catch_unwind(done) {
                        failed
                            .lock()
                            .unwrap()
                            .push(format!("{part:?}: {}", told(&*panic)));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        work.len(),
        failed.join("\n")
    );
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}
