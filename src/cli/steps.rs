//! `fpt steps`: the vocabulary.

use crate::gherkin::{Catalogue, Subject};

use super::args::Steps;
use super::console::say;
use super::exit::Exit;

pub(super) fn steps(list: &Steps) -> Exit {
    let catalogue = Catalogue::new();
    let mut subject = None;
    let mut count = 0;
    for own in catalogue.definitions() {
        let wanted = list
            .filter
            .as_ref()
            .is_none_or(|filter| own.wording.contains(filter.as_str()));
        if !wanted {
            continue;
        }
        if subject != Some(own.subject) {
            subject = Some(own.subject);
            say(match own.subject {
                Subject::User => "About the user (run for every virtual user):",
                Subject::Campaign => "About the campaign (run once):",
            });
        }
        say(format!(
            "  {:5} {:74} {}",
            own.keyword, own.wording, own.location
        ));
        count += 1;
    }
    say(format!("{count} steps"));
    if count == 0 { Exit::Usage } else { Exit::Pass }
}
