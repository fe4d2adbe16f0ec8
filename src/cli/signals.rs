//! Being told to stop: by Ctrl-C, by who ends the job (SIGTERM), or by a
//! terminal that is closed (SIGHUP).

use std::io;

use tokio::sync::watch;

use super::console::complain;
use super::exit::Exit;

/// Who tells us to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Somebody at the keyboard.
    CtrlC,
    /// SIGTERM or SIGHUP: a cancelled job, `docker stop`, a closed terminal.
    ByTheSystem,
}

/// Turns true when we are told to stop. Ctrl-C ends the program at once when we
/// have been told before. SIGTERM and SIGHUP do not: they often come in a row,
/// from a job that is cancelled, and there may be a service to restore.
pub(super) fn interrupts() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    let mut signals = listen();
    tokio::spawn(async move {
        loop {
            let by = next(&mut signals).await;
            let again = tell.send_replace(true);
            if again && by == Told::CtrlC {
                #[expect(clippy::exit, reason = "asked for twice, nothing is to be waited for")]
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
            if !again {
                complain(
                    "stopping: what is under way is finished and reported; Ctrl-C again to end \
                     at once",
                );
            }
        }
    });
    told
}

/// Returns when we are told to stop.
pub(super) async fn told_to_stop() {
    next(&mut listen()).await;
}

/// `None` where it cannot be heard that we are told.
fn listen() -> Option<Signals> {
    Signals::listen()
        .map_err(|error| complain(format!("signals cannot be heard: {error}")))
        .ok()
}

async fn next(signals: &mut Option<Signals>) -> Told {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` when whoever started us does not want us to notice.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = (!hang_up_is_ignored()).then(|| signal(SignalKind::hangup()));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: hang_up.transpose()?,
        })
    }

    async fn next(&mut self) -> Told {
        let hung_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Told::CtrlC,
            _ = self.terminate.recv() => Told::ByTheSystem,
            _ = hung_up => Told::ByTheSystem,
        }
    }
}

/// Whether we were started by `nohup` or the like. Without `/proc` it is not
/// known.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores_hang_up(&status)
}

/// What a line of `/proc/PID/status` tells: the lowest bit is signal 1, SIGHUP.
#[cfg(unix)]
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|own| own.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Told {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Told::CtrlC
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn who_is_started_by_nohup_does_not_hear_of_closed_terminals() {
        for (status, ignored) in [
            ("Name:\tfpt\nSigIgn:\t0000000000000001\n", true),
            ("Name:\tfpt\nSigIgn:\t0000000000001001\n", true),
            ("Name:\tfpt\nSigIgn:\t0000000000001000\n", false),
            ("", false),
        ] {
            assert_eq!(ignores_hang_up(status), ignored, "{status}");
        }
    }
}
