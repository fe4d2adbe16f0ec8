//! Fields: the name under which a response shows a value.
//!
//! A short value, such as the number 17, tells whose data it is only together
//! with the name of its field. Services spell one name in several ways, so
//! names are compared in a plain form: `appointmentId`, `appointment_id`, and
//! `id` inside of `appointment` are one field.

use crate::model::{Spot, UNTOLD};

/// Names that say nothing without what they are inside of.
const GENERIC: [&str; 16] = [
    "id",
    "ids",
    "no",
    "nr",
    "num",
    "number",
    "key",
    "code",
    "ref",
    "reference",
    "value",
    "uuid",
    "guid",
    "pk",
    "index",
    "identifier",
];

/// Names that only hold other things.
const CONTAINERS: [&str; 18] = [
    "data",
    "items",
    "item",
    "results",
    "result",
    "content",
    "list",
    "values",
    "rows",
    "row",
    "records",
    "entries",
    "payload",
    "body",
    "response",
    "page",
    "embedded",
    "attributes",
];

/// The field that `spot` names in the answer to `url`, in its plain form;
/// `None` where nothing names one.
///
/// A generic name such as `id` belongs to what it is inside of; at the top of a
/// response, to the last word of the path (`id` in the answer to
/// `/appointments/17` is the one of an appointment). A name that is not told, or
/// that templates became, names none.
pub(super) fn field_of(spot: &Spot, url: &str) -> Option<String> {
    let names = names_of(spot)?;
    let is_told = |name: &&&str| !name.contains(UNTOLD) && !name.contains("{{");
    names.last().filter(is_told)?;
    named(&names, url)
}

/// The same of a text that a response calls `hint`: in a page the spot names
/// elements, not fields.
pub(super) fn field_seen(hint: &str, spot: &Spot, url: &str) -> Option<String> {
    match inmost(spot) {
        Spot::Html(_) => named(&[hint.strip_prefix("data-").unwrap_or(hint)], url),
        spot => field_of(spot, url),
    }
}

/// The spot inside of all layers.
fn inmost(spot: &Spot) -> &Spot {
    match spot {
        Spot::Way(way) => way.last().map_or(spot, inmost),
        spot => spot,
    }
}

fn named(names: &[&str], url: &str) -> Option<String> {
    let mut inner = names.iter().rev().map(|name| plain(name));
    let last = inner.next().filter(|name| !name.is_empty())?;
    if !GENERIC.contains(&last.as_str()) {
        return Some(last);
    }
    let outer = inner
        .find(|name| {
            !name.is_empty()
                && !GENERIC.contains(&name.as_str())
                && !CONTAINERS.contains(&name.as_str())
        })
        .or_else(|| resource(url))?;
    Some(format!("{}{last}", singular(&outer)))
}

/// The names on the way to `spot`, outermost first; a name that is not told
/// makes all of it unknown when it is the last.
fn names_of(spot: &Spot) -> Option<Vec<&str>> {
    Some(match inmost(spot) {
        Spot::Json(path) => {
            if path.ends_with("[?]") {
                return None;
            }
            path.split(['.', '[', ']', '$'])
                .filter(|part| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit()))
                .collect()
        }
        Spot::Xml(path) => {
            let names: Vec<&str> = path
                .split('/')
                .map(|part| part.trim_start_matches('@'))
                .filter(|part| !part.is_empty())
                .collect();
            if names
                .iter()
                .any(|name| name.contains(['(', '[', ':', '*', '?']))
            {
                return None;
            }
            names
        }
        Spot::Csv { column, .. } if column.bytes().all(|b| b.is_ascii_digit()) => return None,
        Spot::Csv { column, .. } => vec![column],
        Spot::Header(name)
        | Spot::Cookie(name)
        | Spot::Trailer(name)
        | Spot::Field(name)
        | Spot::Part(name) => vec![name],
        Spot::Html(path) => vec![attribute(path)?],
        Spot::StatusLine
        | Spot::Text(_)
        | Spot::Line(_)
        | Spot::Event(_)
        | Spot::Layer(_)
        | Spot::Way(_) => return None,
    })
}

/// The name of the form field that a selector is about.
fn attribute(path: &str) -> Option<&str> {
    let element = path.rsplit(" > ").next()?;
    let (_, name) = element.rsplit_once("[name=")?;
    name.strip_suffix(']')
        .map(|name| name.trim_matches(['"', '\'']))
}

pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) if stem.len() > 1 => format!("{stem}y"),
        _ if name.len() > 3 && !name.ends_with("ss") => {
            name.strip_suffix('s').unwrap_or(name).to_owned()
        }
        _ => name.to_owned(),
    }
}

/// The last word of the path: a segment without digits that is not generic.
fn resource(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let path = path.split_once("://").map_or(path, |(_, rest)| {
        rest.split_once('/').map_or("", |(_, path)| path)
    });
    path.rsplit('/')
        .find(|part| {
            (2..=40).contains(&part.len())
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
        })
        .map(plain)
        .filter(|name| !GENERIC.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_has_one_plain_name() {
        let json = |path: &str| Spot::Json(path.to_owned());
        let html = |path: &str| Spot::Html(path.to_owned());
        let column = |name: &str| Spot::Csv {
            row: 1,
            column: name.to_owned(),
        };
        for (spot, url, field) in [
            (json("$.appointmentId"), "/x", Some("appointmentid")),
            (json("$.a.appointment_id"), "/x", Some("appointmentid")),
            (json("$.appointment.id"), "/x", Some("appointmentid")),
            (json("$.appointments[3].id"), "/x", Some("appointmentid")),
            (
                json("$.appointments.data[3].id"),
                "/x",
                Some("appointmentid"),
            ),
            (
                json("$.id"),
                "http://h.test/api/appointments/17?x=y",
                Some("appointmentid"),
            ),
            (json("$[0].id"), "/appointments", Some("appointmentid")),
            (json("$.data.id"), "/providers/17", Some("providerid")),
            (json("$.id"), "http://h.test/17", None),
            (json("$.id"), "http://h.test", None),
            (json("$[0]"), "/appointments", None),
            (json("$.a[?]"), "/x", None),
            (json("$.categories[0].id"), "/x", Some("categoryid")),
            (json("$.ties[0].id"), "/x", Some("tieid")),
            (json("$.visas[0].id"), "/x", Some("visaid")),
            (json("$.bus.id"), "/x", Some("busid")),
            (json("$.address.id"), "/x", Some("addressid")),
            (
                Spot::Xml("/list/appointment/@id".to_owned()),
                "/x",
                Some("appointmentid"),
            ),
            (Spot::Xml("//total[1]".to_owned()), "/x", None),
            (column("Appointment-ID"), "/x", Some("appointmentid")),
            (column("2"), "/x", None),
            (column("{{ user.login }}"), "/x", None),
            (column("orders-?"), "/x", None),
            (json("$.appointments[?].id"), "/x", Some("appointmentid")),
            (
                html("form > input[name=appointmentId]"),
                "/x",
                Some("appointmentid"),
            ),
            (html("p.n"), "/x", None),
            (
                Spot::Header("x-order-id".to_owned()),
                "/x",
                Some("xorderid"),
            ),
            (Spot::Text(3), "/x", None),
        ] {
            assert_eq!(field_of(&spot, url).as_deref(), field, "{spot} in {url}");
        }
    }
}
