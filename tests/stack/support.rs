//! A stack for a test, and a trickle of requests to it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fpt::config::{Sources, load};
use fpt::model::InstanceId;
use fpt::scaling::{ScaleTarget, Snapshot, is_steady};
use fpt::stack::{Stack, StackError, StackOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Longer than anything takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A stack with these settings; `None`, with the reason printed, where
/// programs are missing.
pub(crate) async fn stack(instances: u32, settings: &[(&str, &str)]) -> Option<Stack> {
    start(instances, settings, false).await
}

/// The same under the stack's own policy.
pub(crate) async fn governed(instances: u32, settings: &[(&str, &str)]) -> Option<Stack> {
    start(instances, settings, true).await
}

async fn start(instances: u32, settings: &[(&str, &str)], autoscaled: bool) -> Option<Stack> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let flags: Vec<_> = settings.iter().map(owned).collect();
    let profile = load(Sources {
        flags: &flags,
        ..Sources::default()
    })
    .unwrap();
    let options = StackOptions {
        program: PathBuf::from(env!("CARGO_BIN_EXE_fpt")),
        autoscaled,
        ..StackOptions::of(&profile, instances)
    };
    match Stack::start(options).await {
        Ok(stack) => Some(stack),
        Err(error @ StackError::Missing { .. }) => {
            skipped(&error.to_string());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Says that a test is skipped, past libtest, which keeps what a test prints to
/// itself. With the variable `FPT_NEED_STACK` it is a failure.
pub(crate) fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("FPT_NEED_STACK").is_none(),
        "{name}: cannot run: {why}"
    );
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr(), "{name}: skipped: {}", why.trim());
}

/// A stack of processes alone, without stores.
pub(crate) async fn processes(instances: u32) -> Option<Stack> {
    stack(instances, &[("stack.parts", ""), ("scaling.max", "8")]).await
}

/// Waits until the snapshot is as wanted, and gives it.
pub(crate) async fn until(
    target: &dyn ScaleTarget,
    what: &str,
    wanted: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    let mut last = Snapshot::default();
    let wait = async {
        loop {
            last = target.observe().await.unwrap();
            if wanted(&last) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let came = timeout(PATIENCE, wait).await.is_ok();
    assert!(came, "{what} did not come: {last:?}");
    last
}

/// Waits until exactly so many are ready and nothing is under way.
pub(crate) async fn steady(target: &dyn ScaleTarget, count: u32) -> BTreeSet<InstanceId> {
    let what = format!("{count} ready instances");
    let snapshot = until(target, &what, |own| is_steady(own, count)).await;
    snapshot.ready().into_iter().collect()
}

/// One request of the trickle.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) sent: Instant,
    /// 0 when there was no answer.
    pub(crate) status: u16,
    pub(crate) by: Option<InstanceId>,
}

impl Seen {
    pub(crate) fn is_well(&self) -> bool {
        self.status == 200
    }
}

/// Requests, one after another, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Trickle {
    seen: Arc<Mutex<Vec<Seen>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Trickle {
    /// With so many requests at a time, and a pause between two.
    pub(crate) fn start(address: SocketAddr, lanes: usize, pause: Duration) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let lane = || {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                loop {
                    let sent = Instant::now();
                    let (status, by) = get(address, "/providers").await.unwrap_or((0, None));
                    seen.lock().unwrap().push(Seen { sent, status, by });
                    sleep(pause).await;
                }
            })
        };
        Self {
            tasks: (0..lanes).map(|_| lane()).collect(),
            seen,
        }
    }

    pub(crate) fn gentle(stack: &Stack) -> Self {
        Self::start(stack.address(), 2, Duration::from_millis(10))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// What was sent since, once there are so many well answered.
    pub(crate) async fn since(&self, moment: Instant, count: usize) -> Vec<Seen> {
        let later = || -> Vec<Seen> {
            let seen = self.seen().into_iter();
            seen.filter(|own| own.sent >= moment).collect()
        };
        let wait = async {
            while later().iter().filter(|own| own.is_well()).count() < count {
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(PATIENCE, wait).await.is_ok(), "no answers come");
        later()
    }
}

impl Drop for Trickle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Who answered well.
pub(crate) fn answering(seen: &[Seen]) -> BTreeSet<InstanceId> {
    let well = seen.iter().filter(|own| own.is_well());
    well.filter_map(|own| own.by.clone()).collect()
}

/// How many were not answered well.
pub(crate) fn lost(seen: &[Seen]) -> usize {
    seen.iter().filter(|own| !own.is_well()).count()
}

/// A request over a connection of its own: its status, and who answered.
pub(crate) async fn get(
    address: SocketAddr,
    path: &str,
) -> std::io::Result<(u16, Option<InstanceId>)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let header = |name: &str| {
            let lines = text.lines().take_while(|line| !line.is_empty());
            let mut pairs = lines.filter_map(|line| line.split_once(": "));
            let found = pairs.find(|(own, _)| own.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_owned())
        };
        let status = text
            .split_whitespace()
            .nth(1)
            .and_then(|own| own.parse().ok());
        let by = header("x-instance").zip(header("x-incarnation"));
        let by = by.map(|(name, incarnation)| InstanceId { name, incarnation });
        Ok((status.unwrap_or(0), by))
    };
    timeout(Duration::from_secs(5), exchange)
        .await
        .unwrap_or_else(|elapsed| Err(std::io::Error::other(elapsed)))
}
