//! Looking into cards and calendars: vCard, iCalendar, and the cards that are
//! painted as QR codes. Long lines are folded there, and the parts of a name
//! are set apart by semicolons.

use crate::model::{Spot, is_plain_name, short_text_of};

use super::escapes;
use super::layers::{Looker, Spotted};

/// How far into a text one is looked for: it comes first, or behind the head
/// of a data URL.
const HEAD: usize = 64;

/// Where a card or a calendar begins in `text`.
pub(super) fn beginning(text: &str) -> Option<usize> {
    text[..text.floor_char_boundary(HEAD)].find("BEGIN:V")
}

/// Whether all of `text` is in lines that are folded: what begins one of them
/// can be the end of something longer.
pub(super) fn is_card(text: &str) -> bool {
    text.trim_start().starts_with("BEGIN:V")
}

/// `text` with each line whole again.
pub(super) fn unfolded(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\n') {
        let line = rest[..at].strip_suffix('\r').unwrap_or(&rest[..at]);
        let next = &rest[at + 1..];
        if let Some(next) = next.strip_prefix([' ', '\t']) {
            whole.push_str(line);
            rest = next;
        } else {
            whole.push_str(&rest[..=at]);
            rest = next;
        }
    }
    whole.push_str(rest);
    whole
}

/// Looks at what the lines of `text`, which are whole, say in parts.
pub(super) fn look(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((head, value)) = line.split_once(':') else {
            continue;
        };
        let name = head.split(';').next().unwrap_or_default();
        // Behind the name of a group.
        let name = name.rsplit('.').next().unwrap_or_default();
        let is_coded = head.to_ascii_uppercase().contains("QUOTED-PRINTABLE");
        let is_name = name.eq_ignore_ascii_case("N");
        if !is_name && !is_coded && !name.eq_ignore_ascii_case("ADR") {
            continue;
        }
        let mut value = value.to_owned();
        while is_coded
            && value.ends_with('=')
            && let Some(next) = lines.next()
        {
            value.pop();
            value.push_str(next);
        }
        if is_coded && let Some(bytes) = escapes::quoted_printable_bytes(value.as_bytes()) {
            value = short_text_of(&bytes);
        }
        let told = if is_plain_name(name) { name } else { "?" };
        let spot = || spot().with(Spot::Field(told.to_owned()));
        let parts = parts(&value);
        if is_name {
            look_at_name(&parts, &spot, looker);
        } else {
            let filled = parts.iter().filter(|part| !part.is_empty());
            let together: Vec<&str> = filled.map(String::as_str).collect();
            looker.plain(&together.join(", "), "", &spot);
        }
    }
}

/// `MECARD:N:Lee,Ann;TEL:...;;`.
pub(super) fn look_at_mecard(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let Some(fields) = text.strip_prefix("MECARD:") else {
        return;
    };
    for field in parts(fields) {
        if let Some(name) = field.strip_prefix("N:")
            && let Some((family, given)) = name.split_once(',')
        {
            let spot = || spot().with(Spot::Field("N".to_owned()));
            looker.joined(&format!("{} {}", given.trim(), family.trim()), &spot);
        }
    }
}

/// `family;given;additional;prefix;suffix`.
fn look_at_name(parts: &[String], spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let part = |at: usize| parts.get(at).map_or("", |own| own.trim());
    let (family, given, additional) = (part(0), part(1), part(2));
    if family.is_empty() || given.is_empty() {
        return;
    }
    let name = if additional.is_empty() {
        format!("{given} {family}")
    } else {
        format!("{given} {additional} {family}")
    };
    looker.joined(&name, spot);
}

/// What stands between semicolons, its escapes undone.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            ';' => {
                parts.push(String::new());
                continue;
            }
            '\\' => match chars.next() {
                Some('n' | 'N') => ' ',
                Some(escaped) => escaped,
                None => break,
            },
            c => c,
        };
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn names_and_folded_lines_are_whole() {
        for (body, text) in [
            ("BEGIN:VCARD\r\nN:Lee;Ann;;Mrs;\r\nEND:VCARD\r\n", "Ann Lee"),
            (
                "BEGIN:VCARD\r\nitem1.N;CHARSET=UTF-8:Lee;Ann\r\nEND:VCARD\r\n",
                "Ann Lee",
            ),
            (
                "BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;=41=\r\nnn;;;\r\nEND:VCARD\r\n",
                "Ann Müller",
            ),
            (
                "BEGIN:VCARD\nADR;HOME:;;5 Main St;Town;;12345;\nEND:VCARD\n",
                "5 Main St, Town, 12345",
            ),
            ("MECARD:N:Lee,Ann;TEL:555;;", "Ann Lee"),
            // What stands before a card is no part of it, and seen.
            (
                "for ann@x.test: BEGIN:VCARD\r\nN:Lee;Ann\r\nEND:VCARD\r\n",
                "for ann@x.test: BEGIN:VCARD\r\nN:Lee;Ann\r\nEND:VCARD\r\n",
            ),
        ] {
            for (media_type, body) in [
                ("text/vcard", body.to_owned()),
                (
                    "application/json",
                    serde_json::json!({ "card": body }).to_string(),
                ),
            ] {
                let (seen, _) = seen(media_type, &body);
                assert!(seen.iter().any(|(own, _)| own == text), "{body}: {seen:?}");
            }
        }
        let calendar =
            "BEGIN:VCALENDAR\r\nATTENDEE;CN=Ann:mailto:ann\r\n @x.test\r\nEND:VCALENDAR\r\n";
        for (media_type, body) in [
            ("text/calendar", calendar.to_owned()),
            (
                "application/json",
                serde_json::json!([calendar]).to_string(),
            ),
        ] {
            let (seen, _) = seen(media_type, &body);
            assert!(
                seen.iter()
                    .any(|(own, _)| own.contains("mailto:ann@x.test")),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn cards_are_found_at_the_beginning_of_a_text() {
        for (before, found) in [
            (String::new(), Some(0)),
            ("data:text/vcard,".to_owned(), Some(16)),
            ("a".repeat(57), Some(57)),
            ("a".repeat(58), None),
            ("ü".repeat(40), None),
            // A letter that stands across the bound.
            ("a".repeat(55) + "üüüüüüüü", None),
        ] {
            assert_eq!(
                beginning(&format!("{before}BEGIN:VCARD")),
                found,
                "{before}"
            );
        }
    }

    #[test]
    fn what_is_coded_in_a_card_is_told_by_its_field() {
        let body =
            "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:for M=C3=BCl=\r\nler\r\nEND:VCARD\r\n";
        let (seen, _) = seen("text/vcard", body);
        let place = (
            "for Müller".to_owned(),
            "body at byte 0 > field NOTE".to_owned(),
        );
        assert!(seen.contains(&place), "{seen:?}");
    }

    #[test]
    fn half_a_name_is_none() {
        for name in ["Lee;;;;", ";Ann;;;", "Lee"] {
            let (seen, _) = seen("text/vcard", &format!("BEGIN:VCARD\nN:{name}\nEND:VCARD\n"));
            let told = seen.iter().any(|(_, spot)| spot.contains("field N"));
            assert!(!told, "{name}: {seen:?}");
        }
    }

    #[test]
    fn names_of_others_and_ends_of_longer_ones_are_none() {
        let calendar = "BEGIN:VCALENDAR\r\nATTENDEE:mailto:jo\r\n ann@x.test\r\nEND:VCALENDAR\r\n";
        for body in [
            "BEGIN:VCARD\r\nN:Lee;Mary;Ann;;\r\nNOTE:Lee;Ann\r\nEND:VCARD\r\n".to_owned(),
            "BEGIN:VCARD\nN:Lee;Bo\nEND:VCARD\nBEGIN:VCARD\nN:Fox;Ann\nEND:VCARD\n".to_owned(),
            calendar.to_owned(),
            serde_json::json!([calendar]).to_string(),
        ] {
            let (seen, _) = seen(
                if body.starts_with('[') {
                    "application/json"
                } else {
                    "text/calendar"
                },
                &body,
            );
            let found = seen.iter().any(|(own, _)| {
                own == "Ann Lee"
                    || own
                        .split([':', ' ', '\n'])
                        .any(|word| word.trim() == "ann@x.test")
            });
            assert!(!found, "{body}: {seen:?}");
        }
    }
}
