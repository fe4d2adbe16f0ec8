//! Any service: the Parcel Desk, of which the library knows nothing, tested by
//! the real program with features and a profile alone.
#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot do without may break it"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::middleware::{self, Next};
use axum::response::Response;
use fpt::model::{Finding, Place, Rule, Spot};
use parcel_desk::{Account, Defect, Options, ParcelDesk};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tower_http::compression::CompressionLayer;

const FOLDER: &str = "fixtures/parcel_desk";

// ---- services, each in a thread of its own ----

/// Something that listens until it is dropped.
struct Service {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Service {
    /// Runs what `start` makes, in a runtime of its own.
    fn run<F, S>(start: F) -> Self
    where
        F: FnOnce() -> S + Send + 'static,
        S: Future<Output = (SocketAddr, Box<dyn Send>)>,
    {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let (address, _running) = start().await;
                tell.send(address).unwrap();
                let _ = stopped.await;
            });
            runtime.shutdown_timeout(Duration::from_secs(1));
        });
        Self {
            address: told.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn parcel_desk(options: Options) -> Self {
        Self::run(async || {
            let desk = ParcelDesk::start(options).await.unwrap();
            (desk.address(), Box::new(desk) as Box<dyn Send>)
        })
    }

    fn defective(defect: Option<Defect>) -> Self {
        Self::parcel_desk(Options {
            defects: defect.into_iter().collect(),
            ..Options::default()
        })
    }

    /// TLS in front of `behind`, with the certificate in `config`.
    fn tls(behind: SocketAddr, config: rustls::ServerConfig) -> Self {
        Self::run(async move || {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let serving = tokio::spawn(async move {
                while let Ok((outside, _)) = listener.accept().await {
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        // A client that does not trust us goes away here.
                        let Ok(mut outside) = acceptor.accept(outside).await else {
                            return;
                        };
                        let mut inside = TcpStream::connect(behind).await.unwrap();
                        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                    });
                }
            });
            (address, Box::new(serving) as Box<dyn Send>)
        })
    }

    /// A proxy that compresses what `behind` answers, and counts in
    /// `compressed` the answers that it sent so.
    fn compressing(behind: SocketAddr, encoding: &'static str, compressed: Arc<AtomicU64>) -> Self {
        Self::run(async move || {
            let layer = CompressionLayer::new()
                .gzip(encoding == "gzip")
                .br(encoding == "br");
            // Without TLS, but no client is made without somebody to ask for it.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap();
            let count = move |request: Request, next: Next| {
                let compressed = Arc::clone(&compressed);
                async move {
                    let response = next.run(request).await;
                    let header = response.headers().get(CONTENT_ENCODING);
                    if header.is_some_and(|value| value == encoding) {
                        compressed.fetch_add(1, Ordering::Relaxed);
                    }
                    response
                }
            };
            let routes = Router::new()
                .fallback(pass_on)
                .with_state((client, behind))
                .layer(layer)
                .layer(middleware::from_fn(count));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
            (address, Box::new(serving) as Box<dyn Send>)
        })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn pass_on(
    State((client, behind)): State<(reqwest::Client, SocketAddr)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let url = format!("http://{behind}{}", parts.uri);
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("accept-encoding");
    let sent = client
        .request(parts.method, url)
        .headers(headers)
        .body(body);
    let answer = sent.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != CONTENT_LENGTH {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.unwrap();
    response.body(Body::from(body)).unwrap()
}

// ---- runs of the program ----

/// What a run left behind.
struct Run {
    code: Option<i32>,
    console: String,
    findings: Vec<Finding>,
    _out: TempDir,
}

impl Run {
    /// Runs `feature` (a file of the folder, with a line or without) against
    /// `target`.
    fn of(feature: &str, target: &str, more: &[&str]) -> Self {
        let out = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_fpt"));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg("run")
            .arg(format!("{FOLDER}/features/{feature}"))
            .args(["--config", &format!("{FOLDER}/fpt.toml")])
            .args(["--set", &format!("target={target}")])
            .arg("--out")
            .arg(out.path())
            .args(more);
        if !more.contains(&"--profile") {
            command.args(["--profile", "parcels"]);
        }
        // Whoever runs the tests may have settings of their own.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FPT_") {
                command.env_remove(name);
            }
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let texts = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        Self {
            code: status.code(),
            console: texts.concat(),
            findings: findings(out.path()),
            _out: out,
        }
    }

    #[track_caller]
    fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}", self.console);
    }
}

/// The findings of the run below `out`; none if it did not begin.
fn findings(out: &Path) -> Vec<Finding> {
    let file = out.join("latest/findings.jsonl");
    if !file.exists() {
        return Vec::new();
    }
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Where `text` stands in a feature for the first time.
fn place(feature: &str, text: &str) -> Place {
    let file = format!("{FOLDER}/features/{feature}");
    let content = fs::read_to_string(&file).unwrap();
    let at = content.lines().position(|line| line.contains(text));
    let at = at.unwrap_or_else(|| panic!("no `{text}` in {file}"));
    Place::new(file, at + 1)
}

/// `file.feature:LINE` of the scenario called `name`.
fn scenario(feature: &str, name: &str) -> String {
    let place = place(feature, &format!("Scenario: {name}"));
    format!("{feature}:{}", place.line)
}

// ---- the correct service ----

#[test]
fn the_correct_service_passes_every_feature() {
    let desk = Service::defective(None);
    let run = Run::of("", &desk.url(), &["--duration", "3s"]);
    run.assert_code(0);
    assert!(run.findings.is_empty());
    assert!(run.console.contains("10 passed"), "{}", run.console);
}

#[test]
fn customers_can_come_from_a_file() {
    let file = File::open(format!("{FOLDER}/accounts.csv")).unwrap();
    let desk = Service::parcel_desk(Options {
        accounts: Account::read_csv(file).unwrap(),
        ..Options::default()
    });
    let more = ["--duration", "3s", "--profile", "known-customers"];
    let run = Run::of("accounts_file.feature", &desk.url(), &more);
    run.assert_code(0);
    assert!(run.findings.is_empty());
}

#[test]
fn keys_that_are_told_once_need_new_users_for_each_run() {
    let desk = Service::defective(None);
    let more = ["--functional"];
    let feature = scenario("registration.feature", "A new customer");
    Run::of(&feature, &desk.url(), &more).assert_code(0);
    let again = Run::of(&feature, &desk.url(), &more);
    again.assert_code(1);
    assert!(again.console.contains("--seed 2"), "{}", again.console);
    Run::of(&feature, &desk.url(), &["--functional", "--seed", "2"]).assert_code(0);
}

// ---- the defects ----

/// What a finding says, without who and when.
type Kind = (Rule, Option<Spot>, Option<&'static str>, Place);

/// One defect, where it is looked for, and all that must be found.
fn expected(defect: Defect) -> (String, Vec<Kind>) {
    let csv = |column: &str| Spot::Csv {
        row: 1,
        column: column.to_owned(),
    };
    match defect {
        Defect::SharedExport => {
            let file = "export.feature";
            let step = place(file, "GET \"/export/parcels.csv\"");
            let spot = Some(csv("customer_no"));
            let kinds = vec![(Rule::ForeignData, spot, Some("customer_no"), step)];
            (scenario(file, "The export has"), kinds)
        }
        Defect::LabelCache => {
            let file = "label.feature";
            let step = place(file, "/label\"");
            let spot = Some(Spot::Xml("/label/parcelNo".to_owned()));
            let kinds = vec![(Rule::ForeignData, spot, Some("parcel_no"), step)];
            (scenario(file, "The label shows"), kinds)
        }
        Defect::TokenReuse => {
            let file = "parcels.feature";
            let token = place("journeys.feature", "with the password grant");
            let who = place(file, "GET \"/api/whoami\"");
            let kinds = vec![
                // The token itself, and what was seen with it.
                (Rule::SessionSwap, None, None, token),
                (
                    Rule::SessionSwap,
                    // Behind "You are ".
                    Some(Spot::Text(8)),
                    Some("full_name"),
                    who,
                ),
            ];
            (scenario(file, "Every token is"), kinds)
        }
        Defect::OpenParcel => {
            let file = "parcels.feature";
            let step = place(file, "GET \"/api/parcels/{{ other.kept.parcel }}\"");
            let spot = Some(Spot::Json("$.to".to_owned()));
            let kinds = vec![(Rule::AccessGranted, spot, Some("canary"), step)];
            (scenario(file, "Nobody gets at"), kinds)
        }
        Defect::PageLeak => {
            let file = "account_page.feature";
            let spot = Some(Spot::Html("html > body > h1 > span#name".to_owned()));
            let fact = Some("full_name");
            let kinds = ["POST \"/login\"", "GET \"/account\""]
                // Signing in ends on the account page.
                .map(|text| (Rule::ForeignData, spot.clone(), fact, place(file, text)));
            (scenario(file, "The page is"), kinds.into())
        }
    }
}

#[track_caller]
fn assert_caught(defect: Defect) {
    let (feature, kinds) = expected(defect);
    let desk = Service::defective(Some(defect));
    let run = Run::of(&feature, &desk.url(), &["--duration", "4s"]);
    run.assert_code(4);
    for finding in &run.findings {
        let witness = &finding.witness;
        let step = &witness.step.place;
        assert!(
            kinds.iter().any(|(rule, spot, fact, place)| {
                (finding.rule, &witness.spot, witness.fact.as_deref(), step)
                    == (*rule, spot, *fact, place)
            }),
            "{defect}: {finding:#?}"
        );
        assert!(finding.user.0 < 30);
        assert!(
            finding
                .owner
                .is_some_and(|owner| owner != finding.user && owner.0 < 30),
            "{finding:#?}"
        );
    }
    for (rule, spot, _, place) in &kinds {
        assert!(
            run.findings.iter().any(|finding| {
                (finding.rule, &finding.witness.spot) == (*rule, spot)
                    && finding.witness.step.place == *place
            }),
            "{defect}: no {rule} at {place} in {}",
            run.console
        );
    }
    let owners: BTreeSet<_> = run.findings.iter().map(|finding| finding.owner).collect();
    assert!(owners.len() > 1, "{defect}: {owners:?}");
}

#[test]
fn a_shared_export_is_caught_in_the_csv() {
    assert_caught(Defect::SharedExport);
}

#[test]
fn a_cached_label_is_caught_in_the_xml() {
    assert_caught(Defect::LabelCache);
}

#[test]
fn a_reused_token_is_caught_as_a_swapped_session() {
    assert_caught(Defect::TokenReuse);
}

#[test]
fn an_open_parcel_is_caught_by_a_probe() {
    assert_caught(Defect::OpenParcel);
}

#[test]
fn a_leaking_page_is_caught_in_the_html() {
    assert_caught(Defect::PageLeak);
}

/// The owner of a name is the one who is said to have had a request under way.
#[test]
fn the_owner_was_there_when_the_page_leaked() {
    let desk = Service::defective(Some(Defect::PageLeak));
    let feature = scenario("account_page.feature", "The page is");
    let run = Run::of(&feature, &desk.url(), &["--duration", "3s"]);
    run.assert_code(4);
    for finding in &run.findings {
        let overlapping = &finding.witness.overlapping;
        assert!(!overlapping.is_empty(), "{finding:#?}");
        let users: BTreeSet<_> = overlapping.iter().map(|own| own.request.user()).collect();
        assert_eq!(users, finding.owner.into_iter().collect(), "{finding:#?}");
    }
}

// ---- the way between ----

/// A certificate for the loopback address, and the authority behind it as PEM.
fn own_authority() -> (rustls::ServerConfig, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (config, authority.pem())
}

#[test]
fn tls_with_an_authority_of_ones_own() {
    let desk = Service::defective(None);
    let (config, pem) = own_authority();
    let front = Service::tls(desk.address, config);
    let target = format!("https://{}", front.address);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, pem).unwrap();
    let feature = scenario("label.feature", "The label shows");
    let ca = format!("ca={}", file.display());

    let trusted = Run::of(&feature, &target, &["--duration", "3s", "--set", &ca]);
    trusted.assert_code(0);

    let unknown = Run::of(&feature, &target, &["--seed", "2"]);
    assert!(matches!(unknown.code, Some(1 | 2)), "{}", unknown.console);
    assert!(unknown.console.contains("TLS"), "{}", unknown.console);
    assert!(unknown.console.contains("`ca`"), "{}", unknown.console);

    let missing = Run::of(&feature, &target, &["--set", "ca=no/such.pem"]);
    missing.assert_code(2);
    assert!(
        missing.console.contains("no/such.pem"),
        "{}",
        missing.console
    );
}

#[track_caller]
fn assert_caught_compressed(encoding: &'static str) {
    let desk = Service::defective(Some(Defect::PageLeak));
    let compressed = Arc::new(AtomicU64::new(0));
    let proxy = Service::compressing(desk.address, encoding, Arc::clone(&compressed));
    let feature = scenario("account_page.feature", "The page is");
    let run = Run::of(&feature, &proxy.url(), &["--duration", "3s"]);
    run.assert_code(4);
    let spot = Some(Spot::Html("html > body > h1 > span#name".to_owned()));
    assert!(
        run.findings
            .iter()
            .all(|found| found.rule == Rule::ForeignData)
    );
    assert!(run.findings.iter().all(|found| found.witness.spot == spot));
    assert!(compressed.load(Ordering::Relaxed) > 20, "{encoding}");
}

#[test]
fn facts_are_found_in_gzip() {
    assert_caught_compressed("gzip");
}

#[test]
fn facts_are_found_in_brotli() {
    assert_caught_compressed("br");
}
