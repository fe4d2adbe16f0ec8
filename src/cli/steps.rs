//! `fpt steps`: the vocabulary.

use crate::gherkin::{Catalogue, Subject};

use super::args::Steps;
use super::console::say;
use super::exit::Exit;

/// What the parameters of wordings stand for.
const PARAMETERS: [(&str, &str); 7] = [
    (
        "{string}",
        "a text in quotes, in which templates such as {{ user.email }} are filled in",
    ),
    (
        "{place}",
        "JSON \"$.path\", the header \"Name\", the cookie \"name\", CSS selector \"a@href\", XPath \"//a\", regex \"no. (\\d+)\", CSV column \"name\" of row 1, the body",
    ),
    ("{duration}", "500 ms, 5 s, 2 min, 1 h 30 min"),
    (
        "{trigger}",
        "after 5 s, after 500 responses, when the traffic reaches 40 TPS, when 10 \"order\" are saved",
    ),
    ("{rate}", "50 TPS"),
    ("{percentage}", "0.5 %"),
    ("{method}", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"),
];

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
    if count > 0 {
        say("");
        for (name, what) in PARAMETERS {
            say(format!("  {name:12} {what}"));
        }
    }
    if count == 0 { Exit::Usage } else { Exit::Pass }
}
