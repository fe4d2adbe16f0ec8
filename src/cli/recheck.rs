//! `fpt recheck`: judge a recorded run again.

use crate::report;

use super::args::Recheck;
use super::console::{complain, say};
use super::exit::Exit;

pub(super) fn recheck(again: &Recheck) -> Exit {
    match report::recheck(&again.folder) {
        Ok(checked) => {
            for cut in &checked.cut {
                say(format!("note: {cut}"));
            }
            say(format!(
                "{} observations of {} campaigns judged again: {} findings, {} were written",
                checked.observations,
                checked.campaigns,
                checked.findings.len(),
                checked.written
            ));
            say(checked.difference.as_ref().map_or_else(
                || "the findings are the same, byte by byte".to_owned(),
                |difference| format!("the findings differ: {difference}"),
            ));
            match checked.same_hazards {
                Some(true) => say(format!(
                    "the {} hazards are the same",
                    checked.hazards.len()
                )),
                Some(false) => say("the hazards differ from those in hazards.jsonl"),
                None => say(format!(
                    "{} hazards; the run was ended before it wrote its own",
                    checked.hazards.len()
                )),
            }
            for own in &checked.incidents {
                let place = own.places.first().map(ToString::to_string);
                let pattern = own.patterns.first().map(|found| found.pattern.name());
                say(format!(
                    "incident {}: {}, {} findings on {}: {}",
                    own.number,
                    own.rule,
                    own.findings,
                    place.unwrap_or_default(),
                    pattern.unwrap_or("no pattern recognised")
                ));
            }
            if let Some(difference) = &checked.incident_difference {
                say(format!("the incidents differ: {difference}"));
            }
            if checked.identical() {
                Exit::Pass
            } else {
                Exit::Fail
            }
        }
        Err(error) => {
            complain(error.to_string());
            Exit::Usage
        }
    }
}
