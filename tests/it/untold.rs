//! Nobody's values are told: not on the console, and in no file of a run.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use fpt::model::Rule;

use crate::support::hostile::{Service, ok, parameter};
use crate::support::run::{Fpt, Ran};

/// Logins that look like any name of a field.
const LOGINS: [&str; 3] = ["annalee", "bobfoxglove", "carldrake"];

/// Requests that are answered as they should be.
const GOOD: usize = 8;

fn mail(login: &str) -> String {
    format!("{login}@mail.example")
}

/// No fact of anybody's, so that only its place keeps it from being told.
fn note(login: &str) -> String {
    format!("it's nothing of {login}")
}

/// Answers to `me` after a while with what is the next one's, in the names of keys,
/// of elements and of columns as well.
fn service() -> Service {
    let asked = AtomicUsize::new(0);
    Service::start(move |path, stream| {
        let good = asked.fetch_add(1, Ordering::SeqCst) < GOOD;
        let me = parameter(path, "me");
        let at = LOGINS.iter().position(|own| *own == me).unwrap();
        let shown = LOGINS[(at + usize::from(!good)) % LOGINS.len()];
        let (own, other) = (mail(&me), mail(shown));
        let (kind, body) = match path.split('?').next().unwrap_or_default() {
            "/map" => (
                "application/json",
                format!(r#"{{"{shown}":{{"email":"{other}"}}}}"#),
            ),
            "/table" => ("text/csv", format!("1,{shown}\n2,{other}\n")),
            // A place of the user's own, with the name of nobody in it.
            "/page" => {
                let name = if good { own.as_str() } else { "x@mail.example" };
                (
                    "text/html",
                    format!("<p data-user='{own}'><b>{name}</b></p>"),
                )
            }
            _ => {
                let balance = if good { 7 } else { 8 };
                let accounts = serde_json::json!([{"owner": own, "balance": balance}]);
                let body = serde_json::json!({"note": note(&me), "accounts": accounts});
                ("application/json", body.to_string())
            }
        };
        ok(stream, kind, body.as_bytes())
    })
}

fn run(steps: &str) -> Ran {
    let steps = steps.replace("WHO", "?me={{ user.login }}");
    let feature = format!("Feature: f\n  Scenario: s\n{steps}");
    let fpt = Fpt::feature(&feature);
    let rows = LOGINS.map(|own| format!("{own},{},hunter2-{own}\n", mail(own)));
    let accounts = format!("login,email,password\n{}", rows.concat());
    let accounts = fpt.file("accounts.csv", &accounts);
    fpt.load(3, 20, 2)
        .set(&format!("target={}", service().url()))
        .set(&format!("population.accounts={}", accounts.display()))
        .done()
}

/// Looks through everything that was printed and written.
#[track_caller]
fn tells_nothing(ran: &Ran) {
    let told = |place: &Path, text: &str| {
        for login in LOGINS {
            assert!(!text.contains(login), "{login} in {}", place.display());
        }
    };
    told(Path::new("the console"), &ran.printed());
    let mut folders = vec![ran.folder()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            told(
                &path,
                &String::from_utf8_lossy(&std::fs::read(&path).unwrap()),
            );
            files += 1;
        }
    }
    assert!(files > 5, "{files} files: {ran}");
}

#[test]
fn names_of_places_that_are_somebodys_are_not_told() {
    let ran = run(r#"    When the user sends GET "/mapWHO"
    And the user sends GET "/tableWHO"
"#)
    .exits(4);
    let findings = ran.findings();
    let places: Vec<String> = findings
        .iter()
        .filter_map(|own| own.witness.spot.as_ref().map(ToString::to_string))
        .collect();
    for place in ["JSON $[?]", "CSV row 0 column 2"] {
        assert!(places.iter().any(|own| own == place), "{places:?}: {ran}");
    }
    let history = ran.text("history.jsonl");
    for place in ["$[?].email", r#""row":1,"column":"?""#] {
        assert!(history.contains(place), "{place}: {history}");
    }
    tells_nothing(&ran);
    judging_again_gives_the_same(&ran);
}

#[test]
fn what_templates_became_in_a_place_is_not_told() {
    let ran = run(r#"    When the user sends GET "/pageWHO"
    Then the response identifies the user by CSS selector "[data-user='{{ user.email }}'] b" as email
    When the user sends GET "/accountsWHO"
    Then JSON "$.accounts[?@.owner=='{{ user.email }}'].balance" always adds up to the same
"#);
    let told = |rule: Rule, place: &str| {
        let findings = ran.findings();
        let own: Vec<_> = findings.iter().filter(|own| own.rule == rule).collect();
        assert!(!own.is_empty(), "{rule}: {ran}");
        for finding in own {
            assert!(finding.message.contains(place), "{}", finding.message);
        }
    };
    told(
        Rule::UnknownIdentity,
        "in HTML [data-user='{{ user.email }}'] b",
    );
    told(
        Rule::StaleRead,
        "JSON $.accounts[?@.owner=='{{ user.email }}'].balance",
    );
    tells_nothing(&ran);
    judging_again_gives_the_same(&ran);
}

#[test]
fn a_step_that_finds_nothing_tells_its_place_as_it_is_written() {
    for (place, told) in [
        (
            r#"XPath "//*[@of=\"{{ user.kept.note }}\"]""#,
            r#"`//*[@of="{{ user.kept.note }}"]` cannot read it"#,
        ),
        (
            r#"CSS selector "[of=\"{{ user.kept.note }}\"]""#,
            r#"nothing at CSS selector `[of="{{ user.kept.note }}"]`"#,
        ),
        (
            r#"the header "{{ user.kept.note }}""#,
            "header `{{ user.kept.note }}`",
        ),
        // An apostrophe ends the text in it.
        (
            r#"JSON "$[?@.of=='{{ user.kept.note }}']""#,
            "what its templates became makes it wrong",
        ),
    ] {
        let steps = format!(
            r#"    When the user sends GET "/accountsWHO"
    And the user keeps JSON "$.note" as "note"
    Then {place} exists
"#
        );
        let ran = run(&steps);
        assert_ne!(ran.code, 0, "{ran}");
        ran.says(told);
        tells_nothing(&ran);
    }
}

fn judging_again_gives_the_same(ran: &Ran) {
    let folder = ran.folder();
    let again = Fpt::with(&["recheck", folder.to_str().unwrap()]).done();
    again
        .exits(0)
        .says("the findings are the same, byte by byte");
}
