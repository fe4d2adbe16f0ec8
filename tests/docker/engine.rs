//! An engine of the test's own, which leaves nothing behind.

use std::env;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fpt::model::InstanceId;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// How often something outside is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long something outside may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long an engine may take to start.
const START_UP: Duration = Duration::from_secs(20);

/// How long one question to an instance may take.
const ANSWER: Duration = Duration::from_millis(500);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running engine. It has its own processes, mounts and network, so that all
/// of it ends with its first process.
pub(crate) struct Engine {
    folder: TempDir,
    process: Child,
    cgroup: String,
}

/// What the body of a test gets.
#[derive(Clone)]
pub(crate) struct Site {
    /// Where the engine listens.
    pub(crate) host: String,
    /// Where the instances listen.
    pub(crate) sockets: PathBuf,
}

/// Runs `body` on an engine that has the image `instance`, or says why not.
pub(crate) async fn with_engine<F>(name: &str, body: impl FnOnce(Site) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let engine = match Engine::start().await {
        Ok(engine) => engine,
        Err(reason) => {
            assert!(
                env::var_os("FPT_NEED_DOCKER").is_none(),
                "{name}: cannot run: {reason}"
            );
            eprintln!("{name}: skipped: {reason}");
            return;
        }
    };
    let outcome = tokio::spawn(body(engine.site())).await;
    let log = fs::read_to_string(engine.folder.path().join("log")).unwrap_or_default();
    engine.end().await;
    if let Err(error) = outcome {
        let last: Vec<_> = log.lines().rev().take(20).collect();
        eprintln!("the engine said last, latest first:\n{}", last.join("\n"));
        resume_unwind(error.into_panic());
    }
}

impl Engine {
    async fn start() -> Result<Self, String> {
        for (program, argument) in [
            ("dockerd", "--version"),
            ("docker", "--version"),
            ("ip", "-Version"),
            ("unshare", "--version"),
            ("setpriv", "--version"),
            ("rustc", "--version"),
        ] {
            run(Command::new(program).arg(argument))?;
        }
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let cgroup = format!("fpt-test-{}-{number}", std::process::id());
        fs::create_dir(path("sockets")).map_err(|error| error.to_string())?;
        let log = File::create(path("log")).map_err(|error| error.to_string())?;
        // Ended with us, even by a signal that nobody can handle.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "unshare"])
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child"])
            .args(["--mount-proc", "sh", "-c"])
            // A network of one's own begins with nothing, not even a loopback.
            .args(["ip link set lo up && exec dockerd \"$@\"", "dockerd"])
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
            .args(["--ip-forward=false", "--cgroup-parent", &cgroup])
            .args(["--host", &format!("unix://{}", path("socket"))])
            .args(["--data-root", &path("data"), "--exec-root", &path("exec")])
            .args(["--pidfile", &path("pid")])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut engine = Self {
            folder,
            process,
            cgroup,
        };
        match engine.prepare().await {
            Ok(()) => Ok(engine),
            Err(error) => {
                engine.end().await;
                Err(error)
            }
        }
    }

    async fn prepare(&mut self) -> Result<(), String> {
        let site = self.site();
        let answers = async {
            while site.try_docker(&["version"]).is_err() {
                if let Ok(Some(_ended)) = self.process.try_wait() {
                    return false;
                }
                sleep(INTERVAL).await;
            }
            true
        };
        if timeout(START_UP, answers).await != Ok(true) {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let last = log.lines().last().unwrap_or("nothing");
            return Err(format!("dockerd does not answer; it said: {last}"));
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/instance.rs");
        let rootfs = self.folder.path().join("rootfs");
        fs::create_dir(&rootfs).map_err(|error| error.to_string())?;
        run(Command::new("rustc")
            .args(["--edition", "2024", "-C", "target-feature=+crt-static"])
            .args(["-C", "opt-level=1", "-o"])
            .arg(rootfs.join("instance"))
            .arg(source))?;
        let archive = self.folder.path().join("rootfs.tar");
        run(Command::new("tar")
            .arg("-C")
            .arg(&rootfs)
            .arg("-cf")
            .arg(&archive)
            .arg("instance"))?;
        site.try_docker(&[
            "import",
            "--change",
            r#"ENTRYPOINT ["/instance"]"#,
            "--change",
            r#"HEALTHCHECK --interval=200ms --retries=2 CMD ["/instance", "health"]"#,
            &archive.display().to_string(),
            "instance",
        ])?;
        Ok(())
    }

    fn site(&self) -> Site {
        let folder = self.folder.path();
        Site {
            host: format!("unix://{}", folder.join("socket").display()),
            sockets: folder.join("sockets"),
        }
    }

    /// Ends the engine and all that it has started, and removes what the
    /// kernel keeps for them.
    async fn end(mut self) {
        // The first process of the namespace dies with it, and all others with
        // that one.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let cleared = timeout(PATIENCE, async {
            while !self.clear() {
                sleep(INTERVAL).await;
            }
        });
        cleared.await.expect("control groups stay behind");
    }

    /// Whether no control group is left.
    fn clear(&self) -> bool {
        let groups = groups_named(&self.cgroup, Path::new("/sys/fs/cgroup"));
        groups.iter().all(|group| remove(group))
    }
}

impl Site {
    /// Runs `docker` on the engine.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        self.try_docker(arguments).unwrap()
    }

    fn try_docker(&self, arguments: &[&str]) -> Result<String, String> {
        run(Command::new("docker")
            .args(["--host", &self.host])
            .args(arguments))
    }

    /// Who answers at the socket of `instance`, as soon as somebody does.
    pub(crate) async fn answering(&self, instance: &str) -> InstanceId {
        let wait = async {
            loop {
                if let Some(id) = self.ask(instance) {
                    return id;
                }
                sleep(INTERVAL).await;
            }
        };
        let came = timeout(PATIENCE, wait).await;
        came.unwrap_or_else(|_| panic!("{instance} does not answer"))
    }

    /// Who answers at the socket of `instance` at once, if anybody does.
    pub(crate) fn ask(&self, instance: &str) -> Option<InstanceId> {
        let mut stream = UnixStream::connect(self.sockets.join(format!("{instance}.sock"))).ok()?;
        stream.set_read_timeout(Some(ANSWER)).ok()?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
        let header = |text: &str, name: &str| {
            let mut lines = text.lines();
            let value = lines.find_map(|line| line.strip_prefix(name));
            value.unwrap_or_default().to_owned()
        };
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(InstanceId {
            name: header(&text, "x-instance: "),
            incarnation: header(&text, "x-incarnation: "),
        })
    }
}

/// The control groups called `name`, one for each hierarchy, each below the one
/// that this process is in.
fn groups_named(name: &str, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for group in below(folder) {
        if group.ends_with(name) {
            found.push(group);
        } else {
            found.extend(groups_named(name, &group));
        }
    }
    found
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// Removes a control group and those below, as far as nobody is in them.
fn remove(group: &Path) -> bool {
    for group in below(group) {
        remove(&group);
    }
    fs::remove_dir(group).is_ok()
}

fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", error.trim()))
}
