//! What is not told: known private values in messages, and in the names by which
//! places are told. A key, an id or a column can be somebody's value, as in
//! `{"annalee": {"email": ...}}`.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{FactName, SeenHazard, Spot, UNTOLD, Visibility};

use super::look::GlimpseKind;
use super::{Eyes, IndexedFact};

impl Eyes {
    /// `text` with every known private value replaced by its name, for
    /// messages that may quote what a service wrote.
    pub fn redact(&self, text: &str) -> String {
        self.short_numbers.redact(self.redact_anywhere(text))
    }

    /// Whether `text` holds a value that tells whose data it is wherever it
    /// stands.
    pub fn finds(&self, text: &str) -> bool {
        self.redact_anywhere(text) != text
    }

    fn redact_anywhere(&self, text: &str) -> String {
        let by_name = |fact: &FactName| format!("‹{fact}›");
        self.replaced(text, |_| true, by_name)
    }

    /// `spot` as it can be told: whatever in its names is somebody's value is
    /// not. Only looked for where something is told, because it takes as long as
    /// looking at a text.
    pub fn told(&self, spot: Spot) -> Spot {
        match spot {
            Spot::Header(name) => Spot::Header(self.told_name(&name)),
            Spot::Cookie(name) => Spot::Cookie(self.told_name(&name)),
            Spot::Json(path) => Spot::Json(bracketed(&self.told_name(&path))),
            Spot::Html(path) => Spot::Html(self.told_name(&path)),
            Spot::Xml(path) => Spot::Xml(self.told_name(&path)),
            Spot::Csv { row, column } => Spot::Csv {
                row,
                column: self.told_name(&column),
            },
            Spot::Trailer(name) => Spot::Trailer(self.told_name(&name)),
            Spot::Event(name) => Spot::Event(self.told_name(&name)),
            Spot::Part(name) => Spot::Part(self.told_name(&name)),
            Spot::Field(name) => Spot::Field(self.told_name(&name)),
            Spot::Way(way) => Spot::Way(way.into_iter().map(|own| self.told(own)).collect()),
            Spot::StatusLine | Spot::Text(_) | Spot::Line(_) | Spot::Layer(_) => spot,
        }
    }

    /// `hazard` with the names of cookies and headers in it as they can be told.
    pub(super) fn told_hazard(&self, hazard: SeenHazard) -> SeenHazard {
        SeenHazard {
            kind: hazard.kind,
            message: self.told_name(&hazard.message),
            spot: hazard.spot.map(|spot| self.told(spot)),
        }
    }

    /// `name` without what in it is somebody's. What was issued to several
    /// users, such as a status, is a name like any other.
    pub(super) fn told_name(&self, name: &str) -> String {
        let somebodys = |fact: &IndexedFact| !self.memory.contested(None, fact);
        self.replaced(name, somebodys, |_| UNTOLD.to_owned())
    }

    /// `text` with the private values in it that are `wanted` replaced.
    fn replaced(
        &self,
        text: &str,
        wanted: impl Fn(&IndexedFact) -> bool,
        by: impl Fn(&FactName) -> String,
    ) -> String {
        // Of several values at one place the longest goes first.
        let mut names = BTreeSet::new();
        let found = self.find(text, "", GlimpseKind::Whole);
        if found.more {
            // Some were left out, and would be told.
            return "‹too much to be told›".to_owned();
        }
        for own in found.matches {
            if own.fact.visibility != Visibility::Public && wanted(&own.fact) {
                let (start, end) = (own.range.start, own.range.end);
                let name = Arc::clone(&own.fact.name);
                names.insert((start, Reverse(end), own.certainty, name));
            }
        }
        let mut replaced = String::new();
        let mut at = 0;
        for (start, Reverse(end), _, name) in names {
            if start < at {
                continue;
            }
            replaced.push_str(&text[at..start]);
            replaced.push_str(&by(&name));
            at = end;
        }
        replaced.push_str(&text[at..]);
        replaced
    }
}

/// A path in which names that are not told stand in brackets, as all such names
/// of JSON do.
fn bracketed(path: &str) -> String {
    let mut parts = path.split('.');
    let mut bracketed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.strip_prefix(UNTOLD) {
            Some(rest) if rest.is_empty() || rest.starts_with('[') => {
                bracketed.push_str(&format!("[{UNTOLD}]{rest}"));
            }
            _ => bracketed.push_str(&format!(".{part}")),
        }
    }
    bracketed
}
