//! A simulated AWS: a server of moto on a free port.

mod wire;

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::Credentials;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

/// The version that the tests were written against.
const WANTED: &str = "moto[server]==5.2.5";
const REGION: &str = "eu-west-1";
/// Where everything is: moto knows one zone.
pub(crate) const ZONE: &str = "eu-west-1a";

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Moto {
    server: Child,
    url: String,
    home: tempfile::TempDir,
}

/// The program: from the PATH, or from an environment of Python below `target`.
fn program() -> Result<PathBuf, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let there = |program: &Path| {
                let asked = Command::new(program).arg("--help").output();
                asked.is_ok_and(|output| output.status.success())
            };
            let usual = PathBuf::from("moto_server");
            if there(&usual) {
                return Ok(usual);
            }
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
            let own = folder.join("bin/moto_server");
            if there(&own) {
                return Ok(own);
            }
            run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", WANTED]))?;
            Ok(own)
        })
        .clone()
}

fn run(command: &mut Command) -> Result<(), String> {
    let told = format!("{command:?}");
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{told}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("{told}: {error}")),
    }
}

impl Moto {
    /// A server of the test's own; `None`, with a reason printed, where there
    /// can be none.
    pub(crate) async fn start() -> Option<Self> {
        let program = match program() {
            Ok(program) => program,
            Err(why) => {
                println!("skipped: moto cannot be had: {why}");
                return None;
            }
        };
        let mut server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            let (_, url) = line.split_once("Running on ")?;
            Some(url.trim().to_owned())
        });
        // Somebody has to read the rest, or the server waits.
        std::thread::spawn(move || lines.for_each(drop));
        let url = url.unwrap_or_else(|| panic!("moto did not say where it listens"));
        Some(Self {
            server,
            url: wire::stand_before(client(), url).await,
            home: tempfile::tempdir().unwrap(),
        })
    }

    async fn connection(&self) -> SdkConfig {
        let client = aws_smithy_http_client::Builder::new().build_http();
        aws_config::defaults(BehaviorVersion::latest())
            .http_client(client)
            .region(Region::new(REGION))
            .endpoint_url(&self.url)
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await
    }

    pub(crate) async fn ecs(&self) -> aws_sdk_ecs::Client {
        aws_sdk_ecs::Client::new(&self.connection().await)
    }

    pub(crate) async fn auto_scaling(&self) -> aws_sdk_autoscaling::Client {
        aws_sdk_autoscaling::Client::new(&self.connection().await)
    }

    pub(crate) async fn application_auto_scaling(&self) -> aws_sdk_applicationautoscaling::Client {
        aws_sdk_applicationautoscaling::Client::new(&self.connection().await)
    }

    /// How often things of a kind are looked at before they change by themselves.
    pub(crate) async fn set_transition(&self, model: &str, times: u32) {
        let body = json!({
            "model_name": model, "transition": {"progression": "manual", "times": times}
        });
        let url = format!("{}/moto-api/state-manager/set-transition", self.url);
        let post = client().post(url).body(body.to_string());
        assert!(post.send().await.unwrap().status().is_success());
    }

    /// A program with the surroundings of the simulation and no others.
    fn surround(&self, program: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("AWS_") || name.starts_with("FPT_") {
                command.env_remove(&*name);
            }
        }
        command
            .env("HOME", self.home.path())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn exchange(&self, arguments: &[&str], request: &Value) -> (bool, Value) {
        let mut actuator = self
            .surround(env!("CARGO_BIN_EXE_fpt-actuator-aws"))
            .args(arguments)
            .spawn()
            .unwrap();
        let mut stdin = actuator.stdin.take().unwrap();
        stdin
            .write_all(format!("{request}\n").as_bytes())
            .await
            .unwrap();
        drop(stdin);
        let output = actuator.wait_with_output().await.unwrap();
        let answer = serde_json::from_slice(&output.stdout);
        let answer = answer.unwrap_or_else(|error| panic!("{request}: {error}: {output:?}"));
        (output.status.success(), answer)
    }

    /// The answer to a request that has to succeed.
    pub(crate) async fn ask(&self, arguments: &[&str], request: &Value) -> Value {
        let (success, answer) = self.exchange(arguments, request).await;
        assert!(success, "{request}: {answer}");
        answer
    }

    /// The words of a refusal.
    pub(crate) async fn refused(&self, arguments: &[&str], request: &Value) -> String {
        let (success, answer) = self.exchange(arguments, request).await;
        assert!(!success, "{request}: {answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    /// What `fpt scale-target test --allow-changes` prints, with the actuator as
    /// the command of a profile.
    pub(crate) async fn conformance(&self, arguments: &[&str]) -> String {
        let run = [&[env!("CARGO_BIN_EXE_fpt-actuator-aws")], arguments].concat();
        let profile = format!(
            "[profiles.own]\nscaling.by = 'command'\nscaling.hold = '200ms'\n\
             scaling.command.interval = '50ms'\nscaling.command.run = {}\n",
            serde_json::to_string(&run).unwrap()
        );
        let file = self.home.path().join("own.toml");
        std::fs::write(&file, profile).unwrap();
        let output = self
            .surround(env!("CARGO_BIN_EXE_fpt"))
            .args(["scale-target", "test", "--allow-changes", "--config"])
            .arg(file)
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(no_tls())
        .no_proxy()
        .build()
        .unwrap()
}

fn no_tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

impl Drop for Moto {
    fn drop(&mut self) {
        let leader = i32::try_from(self.server.id()).ok();
        if let Some(leader) = leader.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
        let _ = self.server.wait();
    }
}
