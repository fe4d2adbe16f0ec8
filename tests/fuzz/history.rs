//! Judging a history that somebody damaged.

use std::fs;

use fpt::report::recheck;

use crate::corpus::{Script, seeds};

#[test]
fn damaged_history() {
    let seeds = seeds("history");
    let folder = tempfile::tempdir().unwrap();
    let write = |history: &[u8], findings: &[u8]| {
        fs::write(folder.path().join("history.jsonl"), history).unwrap();
        fs::write(folder.path().join("findings.jsonl"), findings).unwrap();
    };
    for seed in &seeds {
        write(seed, b"");
        let judged = recheck(folder.path()).unwrap();
        assert!(judged.observations > 0, "the seed is an intact history");
    }
    bolero::check!().with_max_len(128).for_each(|bytes: &[u8]| {
        let history = Script::new(bytes).body(&seeds);
        write(&history, bytes);
        let lines = history.split(|byte| *byte == b'\n').count() as u64;
        if let Ok(judged) = recheck(folder.path()) {
            assert!(judged.observations + judged.campaigns <= lines);
            // A rule tells each user and owner once for an observation.
            assert!(judged.findings.len() as u64 <= lines * 64, "{lines} lines");
        }
    });
}
