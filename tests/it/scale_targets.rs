//! Programs that scale the service: the templates keep the contract, and those
//! that break it are told how.
#![cfg(unix)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fpt::scaling::contract::{
    CapabilitiesAnswer, Changed, Observation, Operation, PolicyAnswer, Request,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::run::{Fpt, Ran};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/scaling")
        .join(path)
}

/// A pool of processes that the template in sh drives; none outlives the test.
struct Pool {
    folder: TempDir,
}

impl Pool {
    fn new(instances: u32) -> Self {
        let pool = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        pool.ask(&format!(
            r#"{{"v":1,"op":"set_desired","desired":{instances},"mode":"graceful"}}"#
        ));
        pool
    }

    fn ask(&self, request: &str) -> Value {
        let mut script = Command::new(fixture("scale.sh"))
            .env("POOL", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = script.stdin.take().unwrap();
        writeln!(stdin, "{request}").unwrap();
        drop(stdin);
        let output = script.wait_with_output().unwrap();
        assert!(output.status.success(), "{request}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn ids(&self) -> Vec<String> {
        let seen = self.ask(r#"{"v":1,"op":"observe"}"#);
        let instances = seen["instances"].as_array().unwrap().iter();
        instances
            .filter(|own| own["state"] == "ready")
            .map(|own| own["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn profile(&self) -> String {
        format!(
            "scaling.by = 'command'\nscaling.hold = '200ms'\nscaling.deadline = '20s'\n\
             scaling.command.run = ['{}']\nscaling.command.interval = '20ms'\n\
             scaling.command.environment.POOL = '{}'",
            fixture("scale.sh").display(),
            self.folder.path().display()
        )
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.ask(r#"{"v":1,"op":"stop_all"}"#);
    }
}

/// `fpt scale-target` with a profile of these lines.
fn scale_target(lines: &str, arguments: &[&str]) -> Fpt {
    let fpt = Fpt::with(&["scale-target"]).args(arguments);
    let file = fpt.file("own.toml", &format!("[profiles.own]\n{lines}\n"));
    fpt.args(&["--config", file.to_str().unwrap()])
}

/// A program in sh that answers by operation, and says `{}` to everything else.
fn answering(answers: &[(&str, &str)]) -> String {
    let mut script = String::from("read -r request; case $request in ");
    for (op, answer) in answers {
        script.push_str(&format!("*'\\\"op\\\":\\\"{op}\\\"'*) {answer} ;; "));
    }
    script.push_str("*) echo {} ;; esac");
    format!(
        "scaling.by = 'command'\nscaling.hold = '50ms'\nscaling.deadline = '500ms'\n\
         scaling.command.interval = '10ms'\nscaling.command.timeout = '10s'\n\
         scaling.command.run = ['sh', '-c', \"{script}\"]\n\
         scaling.command.environment.TOKEN = 'hush-hush'"
    )
}

fn test(lines: &str) -> Ran {
    scale_target(lines, &["test", "--allow-changes"]).done()
}

#[test]
fn the_template_in_sh_keeps_the_contract() {
    let pool = Pool::new(2);
    let before = pool.ids();
    let ran = test(&pool.profile()).exits(0);
    for line in [
        "ok   tells its instances: 2 ready, 2 desired in ",
        "ok   says the same twice\n",
        "ok   scales out by one: 3 after ",
        "ok   the new instance is new, and the others stay\n",
        "ok   scales in again: 2 after ",
        "ok   restores what was there: accepted in ",
        "ok   is as it was before: 2 after ",
    ] {
        ran.says(line);
    }
    assert!(!ran.stdout.contains("warn"), "{ran}");
    // The oldest went, the second and the new one are left.
    assert_eq!(pool.ids(), [before[1].clone(), "web-3".to_owned()]);
}

#[test]
fn looking_changes_nothing() {
    let pool = Pool::new(2);
    let before = pool.ids();
    let ran = scale_target(&pool.profile(), &["test"]).done().exits(0);
    ran.says("skip scales out and in: it changes something");
    let ran = scale_target(&pool.profile(), &["observe"]).done().exits(0);
    let seen: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(seen["desired"], 2);
    assert_eq!(seen["instances"][0]["id"]["name"], before[0].as_str());
    assert_eq!(pool.ids(), before);
}

#[test]
fn the_template_in_sh_loses_hangs_and_replaces_whom_it_is_told_to() {
    let pool = Pool::new(3);
    let taken = |answer: Value| -> Vec<String> {
        let answer: Changed = serde_json::from_value(answer).unwrap();
        let taken = answer.instances.unwrap();
        taken.into_iter().map(|own| own.id).collect()
    };
    let killed = pool.ask(r#"{"v":1,"op":"kill","select":{"ids":["web-2","web-9"]}}"#);
    assert_eq!(taken(killed), ["web-2"]);
    assert_eq!(pool.ids(), ["web-1", "web-3"]);
    let nobody = pool.ask(r#"{"v":1,"op":"kill","select":{"ids":["web-2"]}}"#);
    assert!(taken(nobody).is_empty());
    let hanging = pool.ask(r#"{"v":1,"op":"hang","select":{"count":1}}"#);
    assert_eq!(taken(hanging), ["web-1"]);
    // What `base` holds is not taken for the request.
    pool.ask(r#"{"v":1,"op":"restore","desired":3,"base":{"instances":[],"raw":{"desired":9}}}"#);
    assert_eq!(pool.ids(), ["web-1", "web-3", "web-4"]);
    pool.ask(r#"{"v":1,"op":"stop_all"}"#);
    assert!(pool.ids().is_empty());
    pool.ask(r#"{"v":1,"op":"start_all","desired":1}"#);
    assert_eq!(pool.ids(), ["web-5"]);
}

/// `docker` as far as the template in Python uses it: containers are lines of
/// a file.
const DOCKER: &str = r#"#!/bin/sh
set -eu
file=${0%/*}/containers
touch "$file"
case "$*" in
"compose ps --all --format json web")
    while read -r number; do
        echo "{\"ID\":\"f00d$number\",\"Name\":\"shop-web-$number\",\"State\":\"running\",\"Health\":\"healthy\"}"
    done <"$file" ;;
"compose up --detach --no-recreate --no-deps --scale web="*" web")
    desired=${7#web=}
    desired=$(echo "$*" | sed 's/.*web=\([0-9]*\) web/\1/')
    seq "$desired" >"$file" ;;
"kill f00d"*)
    grep -v "^${2#f00d}$" "$file" >"$file.new" || true
    mv "$file.new" "$file" ;;
"compose ps --all --format json store") echo '{"ID":"beef1","Name":"store","State":"running"}' ;;
"compose restart --timeout 0 store") echo again >>"$file.starts" ;;
"inspect --format "*" beef1") echo "beef1 start $(wc -l <"$file.starts" 2>/dev/null || echo 0)" ;;
*) echo "unknown: $*" >&2; exit 9 ;;
esac
"#;

#[test]
fn the_template_in_python_keeps_the_contract() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let docker = folder.path().join("docker");
    std::fs::write(&docker, DOCKER).unwrap();
    std::fs::write(folder.path().join("containers"), "1\n2\n").unwrap();
    let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&docker, runnable).unwrap();
    let profile = |group: &str| {
        format!(
            "scaling.by = 'command'\nscaling.hold = '200ms'\nscaling.command.interval = '20ms'\n\
             scaling.command.run = ['{}']\n{group}\n\
             scaling.command.environment.PATH = '{}:${{PATH}}'",
            fixture("scale.py").display(),
            folder.path().display()
        )
    };
    let ran = test(&profile("scaling.command.group = 'web'")).exits(0);
    ran.says("ok   scales out by one: 3 after ");
    ran.says("ok   is as it was before: 2 after ");
    let ran = test(&profile("")).exits(1);
    ran.says("name the service of the Compose file in `scaling.command.group`");
    // A part is restarted, and tells its lives apart.
    let path = format!(
        "{}:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut program = Command::new(fixture("scale.py"))
        .env("PATH", path)
        .env("PARTS", "store")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    writeln!(
        stdin,
        r#"{{"v":1,"op":"restart","group":"web","part":"store"}}"#
    )
    .unwrap();
    drop(stdin);
    let output = program.wait_with_output().unwrap();
    let changed: Changed = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(changed.is, "beef1 start 1", "{output:?}");
    assert!(
        changed.was.starts_with("beef1 start") && changed.was != changed.is,
        "{output:?}"
    );
}

#[test]
fn those_that_break_the_contract_are_told_how() {
    let can = (
        "capabilities",
        r#"echo '{\"v\":1,\"can\":[\"set_desired\"]}'"#,
    );
    let one =
        r#"echo '{\"instances\":[{\"id\":\"a\",\"state\":\"ready\",\"incarnation\":\"1\"}]}'"#;
    let rows: &[(&str, &[(&str, &str)])] = &[
        (
            "FAIL says the same twice: the same instances have other incarnations each time",
            &[
                can,
                (
                    "observe",
                    r#"echo '{\"instances\":[{\"id\":\"a\",\"state\":\"ready\",\"incarnation\":\"'$$'\"}]}'"#,
                ),
            ],
        ),
        (
            "FAIL tells instances apart: two instances have the id a",
            &[
                can,
                (
                    "observe",
                    r#"echo '{\"instances\":[{\"id\":\"a\",\"state\":\"ready\"},{\"id\":\"a\",\"state\":\"ready\"}]}'"#,
                ),
            ],
        ),
        (
            "FAIL tells instances apart: a has no zone",
            &[
                (
                    "capabilities",
                    r#"echo '{\"v\":1,\"can\":[\"set_desired\",\"zones\"]}'"#,
                ),
                ("observe", one),
            ],
        ),
        (
            "FAIL tells its instances: the command `sh` refused: asked for `observe`: the answer \
             is not as expected: unknown variant `up`",
            &[
                can,
                (
                    "observe",
                    r#"echo '{\"instances\":[{\"id\":\"a\",\"state\":\"up\"}]}'"#,
                ),
            ],
        ),
        (
            "FAIL tells its instances: the command `sh` refused: asked for `observe`: it ended \
             with exit code 7: no (hidden) here",
            &[can, ("observe", "echo no $TOKEN here >&2; exit 7")],
        ),
        (
            "FAIL scales out by one: it did not hold 2 ready instances within 500ms; it said 1 ready",
            &[can, ("observe", one)],
        ),
        (
            "FAIL restores what was there: the command `sh` refused: asked for `restore`: not today",
            &[
                can,
                ("observe", one),
                ("restore", r#"echo '{\"error\":\"not today\"}'; exit 1"#),
            ],
        ),
        (
            "asked for `capabilities`: the answer is not as expected: missing field `v`",
            &[("observe", one)],
        ),
        (
            "asked for `capabilities`: the answer is not as expected: expected value at line 1 \
             column 1; it answered: hello",
            &[("capabilities", "echo hello")],
        ),
    ];
    for (expected, answers) in rows {
        let ran = test(&answering(answers)).exits(1);
        ran.says(expected);
        assert!(!ran.printed().contains("hush"), "{ran}");
    }
    let typed = ("capabilities", r#"echo '{\"v\":1,\"can\":[\"scale\"]}'"#);
    let ran = test(&answering(&[typed, ("observe", one)])).exits(0);
    ran.says("warn says what it can do: fpt does not know `scale`");
}

#[test]
fn a_profile_without_a_target_is_told() {
    scale_target("", &["test"])
        .done()
        .exits(2)
        .says("profile own names nothing that scales the service from outside; set `scaling.by`");
    scale_target("scaling.by = 'command'", &["test"])
        .done()
        .exits(2)
        .says("Name the program: `scaling.command.run");
    scale_target(
        "scaling.by = 'command'\nscaling.command.run = ['./no-such-program']",
        &["test"],
    )
    .done()
    .exits(1)
    .says("`./no-such-program` cannot be started");
}

/// The blocks of the page that begin with ```` ```json OPERATION KIND ````.
fn examples() -> Vec<(String, String, Value)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scale-targets.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut examples = Vec::new();
    for block in page.split("\n```json ").skip(1) {
        let (head, rest) = block.split_once('\n').unwrap();
        let (text, _) = rest.split_once("\n```").unwrap();
        let (op, kind) = head.split_once(' ').unwrap();
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{head}: {error}"));
        examples.push((op.to_owned(), kind.to_owned(), value));
    }
    examples
}

#[test]
fn the_examples_of_the_page_are_the_contract() {
    let text = std::fs::read_to_string(fixture("contract.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let valid = |part: &str, value: &Value| {
        let mut own = schema.clone();
        own["$ref"] = format!("#/$defs/{part}").into();
        let validator = jsonschema::validator_for(&own).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|own| own.to_string())
            .collect();
        assert!(errors.is_empty(), "{part}: {errors:?}");
    };
    let examples = examples();
    assert!(examples.len() >= 14, "{}", examples.len());
    for (op, kind, value) in examples {
        let op = Operation::ALL
            .into_iter()
            .find(|own| own.name() == op)
            .unwrap();
        if kind == "request" {
            let request: Request = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(request.op, op);
            // Nothing is in the page that is not in the types.
            assert_eq!(serde_json::to_value(&request).unwrap(), value);
            valid("request", &value);
            continue;
        }
        valid(op.name(), &value);
        let value = match op {
            Operation::Capabilities => {
                let answer: CapabilitiesAnswer = serde_json::from_value(value).unwrap();
                assert_eq!(answer.understand().1, Vec::<String>::new());
                continue;
            }
            Operation::Observe => serde_json::from_value::<Observation>(value).map(drop),
            Operation::Policy => serde_json::from_value::<PolicyAnswer>(value).map(drop),
            _ => serde_json::from_value::<Changed>(value).map(drop),
        };
        value.unwrap();
    }
}

/// The service of one test, and the address that scales it.
mod hooked {
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use appointment_center::{Cluster, InstanceState, Options, Removal};
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use axum::{Json, Router};
    use fpt::scaling::contract::{Mode, Operation, Request};
    use serde_json::{Value, json};

    /// The bundled service, as somebody else's.
    pub(super) struct Hooked {
        pub(super) service: SocketAddr,
        pub(super) hook: SocketAddr,
        asked: Arc<Mutex<Vec<Request>>>,
        _runtime: tokio::runtime::Runtime,
    }

    #[derive(Clone)]
    struct Hook {
        cluster: Cluster,
        asked: Arc<Mutex<Vec<Request>>>,
    }

    impl Hooked {
        pub(super) fn start(instances: usize) -> Self {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let asked = Arc::default();
            let (service, hook) = runtime.block_on(async {
                let options = Options {
                    instances,
                    ..Options::default()
                };
                let cluster = Cluster::start(options).await.unwrap();
                let service = cluster.address();
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
                    .await
                    .unwrap();
                let address = listener.local_addr().unwrap();
                let state = Hook {
                    cluster,
                    asked: Arc::clone(&asked),
                };
                let router = Router::new().fallback(answer).with_state(state);
                tokio::spawn(async move { axum::serve(listener, router).await });
                (service, address)
            });
            Self {
                service,
                hook,
                asked,
                _runtime: runtime,
            }
        }

        /// The operations that were asked for, each once for any row of it.
        pub(super) fn asked(&self) -> Vec<(Operation, Option<u32>)> {
            let asked = self.asked.lock().unwrap();
            let mut asked: Vec<_> = asked.iter().map(|own| (own.op, own.desired)).collect();
            asked.dedup();
            asked
        }
    }

    async fn answer(
        State(hook): State<Hook>,
        headers: HeaderMap,
        Json(request): Json<Request>,
    ) -> (StatusCode, Json<Value>) {
        if headers
            .get("authorization")
            .is_none_or(|own| own != "Bearer hush-hush")
        {
            return (
                StatusCode::UNAUTHORIZED,
                Json(json!({"error": "who are you?"})),
            );
        }
        hook.asked.lock().unwrap().push(request.clone());
        let answer = match request.op {
            Operation::Capabilities => json!({"v": 1, "can": ["set_desired", "remove_abruptly"]}),
            Operation::Observe => {
                let instances: Vec<_> = hook
                    .cluster
                    .observe()
                    .into_iter()
                    .map(|own| {
                        let state = match own.state {
                            InstanceState::Starting => "starting",
                            InstanceState::Ready => "ready",
                            InstanceState::Draining => "draining",
                            InstanceState::Gone => "gone",
                        };
                        json!({"id": own.name, "incarnation": own.incarnation, "state": state})
                    })
                    .collect();
                json!({"instances": instances})
            }
            Operation::SetDesired | Operation::Restore => {
                let removal = match request.mode {
                    Some(Mode::Abrupt) => Removal::Abrupt,
                    _ => Removal::Graceful {
                        drain: Duration::from_secs(5),
                    },
                };
                let desired = request.desired.unwrap() as usize;
                hook.cluster.scale_to(desired, removal).await;
                json!({})
            }
            _ => json!({"error": "no"}),
        };
        (StatusCode::OK, Json(answer))
    }
}

#[test]
fn a_scenario_scales_a_foreign_service_by_a_webhook() {
    let hooked = hooked::Hooked::start(2);
    let run = |token: &str| {
        Fpt::of(
            "features/scale/scale_out.feature",
            "More instances take over a part of the load",
        )
        .env("SCALER_TOKEN", token)
    };
    let profile = format!(
        "[profiles.own]\ntarget = 'http://{}/'\nservice = 'virtualized'\ntps-ceiling = 50\n\
         scaling.by = 'webhook'\nscaling.webhook.url = 'http://{}/scale/hush-path'\n\
         scaling.webhook.headers.Authorization = 'Bearer ${{SCALER_TOKEN}}'\n",
        hooked.service, hooked.hook
    );
    let with_profile = |fpt: Fpt| {
        let file = fpt.file("own.toml", &profile);
        fpt.args(&["--config", file.to_str().unwrap()])
    };
    let ran = with_profile(run("hush-hush")).done().exits(0);
    assert!(!ran.printed().contains("hush"), "{ran}");
    let asked = hooked.asked();
    assert_eq!(asked[0], (Operation::Capabilities, None), "{asked:?}");
    assert!(
        asked.contains(&(Operation::SetDesired, Some(4))),
        "{asked:?}"
    );
    let event = &ran.outcome()["events"][0];
    assert_eq!(
        event["new_answered"].as_array().unwrap().len(),
        2,
        "{event}"
    );

    // A webhook that does not let us in is told before the load.
    let ran = with_profile(run("wrong-token")).done();
    ran.says("the webhook at 127.0.0.1:");
    ran.says("asked for `capabilities`: who are you?");
    assert!(
        ran.code != 0 && !ran.printed().contains("wrong-token"),
        "{ran}"
    );
}
