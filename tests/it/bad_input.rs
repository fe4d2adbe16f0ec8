//! What is wrong with what the user wrote is told before the first request,
//! with its place and with what was probably meant.

use std::path::Path;

use crate::support::hostile::Service;
use crate::support::run::{Fpt, Ran};

/// Refused before anything was sent, with all of these parts told.
#[track_caller]
fn refused(fpt: Fpt, parts: &[&str]) -> Ran {
    let ran = fpt.done().exits(2);
    for part in parts {
        assert!(ran.stderr.contains(part), "`{part}` is missing: {ran}");
    }
    assert!(!ran.left_evidence(), "it ran: {ran}");
    ran
}

fn scenario(steps: &str) -> Fpt {
    Fpt::feature(&format!("Feature: Own\n  Scenario: Own\n{steps}"))
}

#[test]
fn a_missing_folder() {
    refused(
        Fpt::run(&["no/such/folder"]),
        &["no such file or folder: no/such/folder", "fpt run features"],
    );
}

#[test]
fn an_undefined_step() {
    let fpt = scenario("    When the user send GET \"/me\"\n");
    refused(
        fpt,
        &[
            "own.feature:3: ",
            "the user send GET",
            "did you mean `When the user sends {method} {string}`",
        ],
    );
}

#[test]
fn all_undefined_steps_at_once() {
    let fpt = scenario("    When the user flies\n    Then nobody notices\n");
    refused(fpt, &["own.feature:3: ", "own.feature:4: "]);
}

#[test]
fn tags() {
    for (tag, part) in [
        ("@user(5)", "did you mean @users"),
        ("@users(many)", "a number of users"),
        ("@for(soon)", "a duration"),
        ("@retry(3)", "@retry is not supported"),
    ] {
        let fpt = Fpt::feature(&format!(
            "Feature: Own\n  {tag}\n  Scenario: Own\n    When the user sends GET \"/me\"\n"
        ));
        refused(fpt, &["own.feature:3: ", part]);
    }
}

#[test]
fn an_empty_selection() {
    let fpt = Fpt::run(&["tests/features"]).args(&["--tags", "@nobody-has-this"]);
    refused(
        fpt,
        &["no scenario to run in tests/features with tags `@nobody-has-this`"],
    );
    let fpt = Fpt::run(&["tests/features"]).args(&["--name", "No such name"]);
    refused(fpt, &["no scenario to run", "`No such name`"]);
}

#[test]
fn a_tag_expression_that_is_none() {
    let fpt = Fpt::run(&["tests/features"]).args(&["--tags", "@a and and"]);
    refused(fpt, &["--tags: `@a and and` is no tag expression"]);
}

#[test]
fn gherkin_that_is_none() {
    refused(
        Fpt::feature(
            "Feature: Own\n  Scenario: Own\n    Wenn the user sends GET \"/me\"\n    When x\n",
        ),
        &["own.feature:"],
    );
    refused(Fpt::feature("Nothing of the kind\n"), &["own.feature:1: "]);
}

#[test]
fn an_unknown_name_in_a_template() {
    let fpt = scenario("    When the user sends GET \"/{{ user.emial }}\"\n");
    refused(fpt, &["own.feature:3: ", "emial", "email"]);
    let fpt = scenario("    When the user sends GET \"/{{ user.kept.slot }}\"\n");
    refused(fpt, &["own.feature:3: ", "slot"]);
}

#[test]
fn an_unknown_fact() {
    let fpt = scenario(
        "    When the user sends GET \"/me\"\n    Then the response shows the user's own emial\n",
    );
    refused(fpt, &["own.feature:4: ", "emial", "email"]);
}

#[test]
fn several_problems_of_a_profile_at_once() {
    let fpt = Fpt::run(&["features"]);
    let file = fpt.file(
        "bad.toml",
        "[profiles.virtualized]\nusers = 0\ntps = \"fast\"\ntsp = 5\nduration = \"5 lightyears\"\n",
    );
    let config = file.to_str().unwrap().to_owned();
    refused(
        fpt.args(&["--config", &config]),
        &[
            "bad.toml:2: `users`",
            "bad.toml:3: `tps`",
            "bad.toml:4: `tsp`",
            "Did you mean `tps`?",
            "bad.toml:5: `duration`",
        ],
    );
}

#[test]
fn a_profile_that_is_no_toml() {
    let fpt = Fpt::run(&["features"]);
    let file = fpt.file("bad.toml", "[profiles.virtualized\nusers = 1\n");
    let config = file.to_str().unwrap().to_owned();
    refused(fpt.args(&["--config", &config]), &["bad.toml:1"]);
}

#[test]
fn an_unknown_profile() {
    refused(
        Fpt::run(&["features"]).args(&["--profile", "virtualised"]),
        &["virtualised", "virtualized"],
    );
    refused(
        Fpt::run(&["features"]).env("FPT_PROFILE", "lvie"),
        &["lvie", "live"],
    );
}

#[test]
fn an_unknown_variable() {
    refused(
        Fpt::run(&["features"]).env("FPT_TSP", "3"),
        &["FPT_TSP", "Did you mean `FPT_TPS`?"],
    );
}

#[test]
fn an_unknown_setting() {
    refused(
        Fpt::run(&["features"]).set("tsp=3"),
        &["tsp", "Did you mean `tps`?"],
    );
    refused(Fpt::run(&["features"]).set("tps"), &["Expected KEY=VALUE"]);
}

#[test]
fn an_unknown_argument() {
    refused(
        Fpt::run(&["features"]).args(&["--tpss", "3"]),
        &["--tpss", "--tps"],
    );
}

#[test]
fn an_unknown_defect() {
    refused(
        Fpt::run(&["features"]).args(&["--defect", "shared-bufer"]),
        &["shared-bufer", "Did you mean `shared-buffer`?"],
    );
    refused(
        Fpt::run(&["features"]).args(&["--condition", "slow-instanc"]),
        &["slow-instanc", "Did you mean `slow-instance`?"],
    );
}

#[test]
fn production_without_permission() {
    refused(
        Fpt::run(&["features"]).set("kind=production"),
        &["--allow-production"],
    );
}

/// The check comes when the campaign begins: there is evidence of that.
#[test]
fn more_users_than_accounts() {
    let ran = Fpt::of("tests/features/benign.feature", "Input comes back")
        .set("population.accounts=tests/features/populations/namesakes.csv")
        .load(7, 10, 2)
        .done()
        .exits(2);
    ran.says("7 users asked for")
        .says("has 6 accounts")
        .says("benign.feature:");
}

#[test]
fn an_accounts_file_that_is_not_there() {
    let ran = Fpt::of("tests/features/benign.feature", "Input comes back")
        .set("population.accounts=no/such.csv")
        .done()
        .exits(2);
    ran.says("no/such.csv");
}

#[test]
fn nobody_listens_at_the_target() {
    // A port that was free a moment ago: nothing listens there now.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let ran = Fpt::run(&["tests/features/deutsch.feature"])
        .set(&format!("target=http://127.0.0.1:{port}"))
        .done()
        .exits(2);
    ran.says(&format!("cannot reach http://127.0.0.1:{port}/"))
        .says("is the service up");
}

#[test]
fn a_service_that_cannot_be_scaled() {
    let service = Service::friendly();
    let ran = Fpt::of("tests/features/benign.feature", "Instances come")
        .set(&format!("target={}", service.url()))
        .done()
        .exits(2);
    ran.says("cannot be scaled").says("benign.feature:");
    assert_eq!(service.connections(), 0);
}

#[test]
fn a_folder_that_cannot_be_made() {
    let fpt = Fpt::with(&[
        "run",
        "tests/features/deutsch.feature",
        "--functional",
        "--out",
        "/dev/null/here",
    ]);
    let ran = fpt.done().exits(2);
    ran.says("cannot make /dev/null/here")
        .says("evidence.directory");
}

/// Writing fails in the middle of the run: the run goes on, does not pass, and
/// says why.
#[test]
fn a_disk_that_is_full() {
    // No file may grow beyond a few blocks; writing more is an error.
    let ran = Fpt::of("tests/features/benign.feature", "Input comes back")
        .load(6, 40, 4)
        .inside(&["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .done()
        .exits(3);
    ran.says("cannot write")
        .says("history.jsonl")
        .says("the evidence of this run is incomplete");
}

#[test]
fn no_space_left_on_the_device() {
    let unshare = ["unshare", "--mount", "--map-root-user"];
    let may = std::process::Command::new(unshare[0])
        .args(&unshare[1..])
        .args(["mount", "-t", "tmpfs", "none", "/mnt"])
        .stderr(std::process::Stdio::null())
        .status();
    if !may.is_ok_and(|status| status.success()) || !Path::new("/mnt").exists() {
        println!("not tested: this machine lets nobody mount");
        return;
    }
    let script = "mount -t tmpfs -o size=64k none /mnt && exec \"$0\" \"$@\" --out /mnt/fpt";
    let ran = Fpt::of("tests/features/benign.feature", "Input comes back")
        .load(6, 40, 4)
        .without_out()
        .inside(&[unshare[0], unshare[1], unshare[2], "sh", "-c", script])
        .done()
        .exits(3);
    ran.says("No space left on device")
        .says("free some space")
        .says("the evidence of this run is incomplete");
}
