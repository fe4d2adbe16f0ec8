//! Looking into event streams: the data of each event like a body of its own.

use crate::model::{Spot, UNTOLD, is_plain_name};

use super::bytes::Body;
use super::layers::{Base, Looker};

/// Always `true`: what is no event is ignored by browsers, and looked at here.
pub(super) fn look(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let mut event = Event::default();
    for line in text.lines() {
        if line.is_empty() {
            std::mem::take(&mut event).look(base, looker);
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if !event.data.is_empty() {
                    event.data.push('\n');
                }
                event.data.push_str(value);
            }
            "event" => value.clone_into(&mut event.name),
            // Comments, and what nobody needs.
            "" | "id" | "retry" => event.other.push(value.to_owned()),
            // What is no event: an error page under this name, say.
            _ => event.other.push(line.to_owned()),
        }
    }
    event.look(base, looker);
    true
}

#[derive(Debug, Default)]
struct Event {
    name: String,
    data: String,
    other: Vec<String>,
}

impl Event {
    fn look(self, base: Base<'_>, looker: &mut Looker<'_>) {
        let told = match self.name.as_str() {
            "" => "message",
            name if is_plain_name(name) => name,
            _ => UNTOLD,
        };
        let spot = || base.at(Spot::Event(told.to_owned()));
        for text in self.other.iter().chain([&self.name]) {
            if !text.is_empty() {
                looker.text(text, "", &spot);
            }
        }
        if self.data.is_empty() {
            return;
        }
        looker.deeper(self.data.len(), |looker| {
            let body = Body {
                content_type: None,
                bytes: self.data.as_bytes(),
            };
            body.look(Base(Some(&spot)), looker);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn everything_in_a_stream_is_seen_and_names_that_are_none_are_not_told() {
        let body = ": for cy@x.test\nid: di@x.test\nevent: ann@x.test\ndata: Ann\ndata: Lee\n\n\
                    retry: 5\nevent: booked\ndata: bob@x.test";
        let (seen, _) = seen("text/event-stream", body);
        for place in [
            ("for cy@x.test", "event ?"),
            ("di@x.test", "event ?"),
            ("ann@x.test", "event ?"),
            ("Ann\nLee", "event ?"),
            ("bob@x.test", "event booked"),
        ] {
            let place = (place.0.to_owned(), place.1.to_owned());
            assert!(seen.contains(&place), "{seen:?}");
        }
    }
}
