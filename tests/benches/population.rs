//! How long it takes to make people.
#![expect(clippy::unwrap_used, reason = "a benchmark may unwrap")]

use std::fmt::Write as _;

use divan::Bencher;
use fpt::population::{AccountsFormat, Population, Spec};

fn main() {
    divan::main();
}

/// The promise is 100 000 users in 2 s.
#[divan::bench(args = [1_000, 100_000], sample_count = 10)]
fn generate(bencher: Bencher<'_, '_>, count: u32) {
    let spec = Spec::default();
    bencher.bench(|| Population::generate(&spec, count).unwrap());
}

#[divan::bench(sample_count = 10)]
fn read_100_000_accounts(bencher: Bencher<'_, '_>) {
    let spec = Spec::default();
    let mut text = String::from("email,full_name,member_id,password\n");
    for person in &Population::generate(&spec, 100_000).unwrap() {
        let value = |name| person.value(name).unwrap();
        let (email, name, id) = (value("email"), value("full_name"), value("member_id"));
        let password = person.secret("password").unwrap();
        writeln!(text, "{email},{name},{id},{password}").unwrap();
    }
    let read = || Population::from_accounts(text.as_bytes(), AccountsFormat::Csv, "a.csv", &spec);
    bencher.bench(|| read().unwrap());
}
