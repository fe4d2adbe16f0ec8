//! Looking into messages made of segments: HL7 version 2, X12 and EDIFACT. The
//! parts of a person's name are set apart there by delimiters that the message
//! itself names.

use crate::model::Spot;

use super::fields::LONGEST;
use super::layers::{Looker, Spotted};

/// Segments of one message that are looked at.
const MOST_SEGMENTS: usize = 100_000;

/// Whether `text` may begin like such a message.
pub(super) fn is_message(text: &str) -> bool {
    let message = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    ["MSH", "FHS", "BHS", "ISA", "UNA", "UNB"]
        .iter()
        .any(|own| message.starts_with(own))
}

/// Looks at the names in `text`, if it is such a message or nothing but a name
/// with carets, as in DICOM.
pub(super) fn look(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let message = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    match message.as_bytes() {
        [b'M', b'S', b'H', field, component, repetition, ..]
        | [b'F' | b'B', b'H', b'S', field, component, repetition, ..]
            if [field, component, repetition]
                .iter()
                .all(|own| own.is_ascii_punctuation()) =>
        {
            let marks = [*field, *component, *repetition].map(char::from);
            hl7(message, marks, spot, looker);
        }
        // The header alone is longer than a name can be.
        [b'I', b'S', b'A', element, ..]
            if element.is_ascii_punctuation() && message.len() > LONGEST =>
        {
            x12(message, char::from(*element), spot, looker);
        }
        // What separates the rest may be no letter to be seen, too.
        [b'U', b'N', b'A' | b'B', mark, ..] if !mark.is_ascii_alphanumeric() => {
            edifact(message, spot, looker);
        }
        _ if text.len() <= LONGEST => {
            // Alphabetic, ideographic and phonetic.
            for name in text.split('=') {
                let parts: Vec<&str> = name.split('^').collect();
                tell(&parts, spot, looker);
            }
        }
        _ => {}
    }
}

/// Segments are lines; the fields of a name are `family^given^middle`, behind
/// an id where the person has one.
fn hl7(text: &str, marks: [char; 3], spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let [field, component, repetition] = marks;
    for segment in text.split(['\r', '\n']).take(MOST_SEGMENTS) {
        let mut fields = segment.split(field);
        let name = fields.next().unwrap_or_default();
        for (number, value) in (1..).zip(fields) {
            if !value.contains(component) {
                continue;
            }
            let spot = || spot().with(named(name, number));
            for value in value.split(repetition) {
                let parts: Vec<&str> = value.split(component).collect();
                tell(&parts, &spot, looker);
                if let Some((id, person)) = parts.split_first()
                    && !is_name(id)
                {
                    tell(person, &spot, looker);
                }
            }
        }
    }
}

/// `NM1*IL*1*family*given*middle`, where `1` says that it is a person.
fn x12(text: &str, element: char, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    // The header has sixteen elements, of which the last is a single character.
    let last = text.match_indices(element).nth(15);
    let end = last.and_then(|(at, _)| text[at + 1..].chars().nth(1));
    let Some(end) = end.filter(|end| !end.is_alphanumeric()) else {
        return;
    };
    for segment in text.split(end).take(MOST_SEGMENTS) {
        let elements: Vec<&str> = segment.trim().split(element).collect();
        if let ["NM1", _, "1", parts @ ..] = elements.as_slice() {
            let spot = || spot().with(named("NM1", 3));
            tell(parts, &spot, looker);
        }
    }
}

/// `NAD+FL+++family:given`, with a question mark before what is no delimiter.
fn edifact(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let marks = text.strip_prefix("UNA").map(|own| own.chars().take(6));
    let marks: Vec<char> = marks.map_or_else(|| ":+.? '".chars().collect(), Iterator::collect);
    let [component, element, _, release, _, end] = marks.as_slice() else {
        return;
    };
    let release = Some(*release).filter(|own| *own != ' ');
    for segment in pieces(text, *end, release).into_iter().take(MOST_SEGMENTS) {
        let segment = segment.trim();
        if !segment.starts_with("NAD") {
            continue;
        }
        for (number, value) in (0..).zip(pieces(segment, *element, release)) {
            let parts: Vec<String> = pieces(value, *component, release)
                .into_iter()
                .map(|part| unreleased(part, release))
                .collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let spot = || spot().with(named("NAD", number));
            tell(&parts, &spot, looker);
        }
    }
}

/// What stands between the marks, but for those behind a `release`.
fn pieces(text: &str, mark: char, release: Option<char>) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut released) = (0, false);
    for (at, c) in text.char_indices() {
        if c == mark && !released {
            found.push(&text[begin..at]);
            begin = at + c.len_utf8();
        }
        released = Some(c) == release && !released;
    }
    found.push(&text[begin..]);
    found
}

/// `text` without the marks that only release what follows them.
fn unreleased(text: &str, release: Option<char>) -> String {
    let mut released = false;
    let stands = |c: &char| {
        released = Some(*c) == release && !released;
        !released
    };
    text.chars().filter(stands).collect()
}

/// The name whose first parts are the family name and the given names. What
/// has a middle name is called by it, too.
fn tell(parts: &[&str], spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let [family, given, rest @ ..] = parts else {
        return;
    };
    // A family name can be given once more with its prefix apart.
    let family = family.split('&').next().unwrap_or_default();
    if !is_name(family) || !is_name(given) {
        return;
    }
    let middle = rest.first().copied().unwrap_or_default().trim();
    let name = if middle.is_empty() {
        format!("{} {}", given.trim(), family.trim())
    } else {
        format!("{} {middle} {}", given.trim(), family.trim())
    };
    looker.joined(&name, spot);
}

/// Whether this can be a part of a name: letters, and what stands in names.
fn is_name(text: &str) -> bool {
    text.len() <= LONGEST
        && text.contains(char::is_alphabetic)
        && text.chars().all(|c| !c.is_numeric() && !c.is_control())
}

/// `PID-5`; other names can be anything.
fn named(segment: &str, number: usize) -> Spot {
    let is_plain = segment.len() == 3
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let segment = if is_plain { segment } else { "?" };
    Spot::Field(format!("{segment}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    const X12: &str = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *\
                       260301*0930*^*00501*000000905*1*T*:~GS*HC*S*R~ST*837*1~";

    #[test]
    fn names_in_components_are_whole() {
        let hl7 = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r\
                   PID|1||M1^^^H^MR||LEE^ANN^^^MRS||19800102|F\rPV1|1|I|2^3||||0047^LEE^ANN^B";
        let edifact = "UNA:+.? 'UNB+UNOC:3+A+B'NAD+FL+++LEE:ANN+MAIN ST'UNT+5+1'";
        for (media_type, body, name, spot) in [
            (
                "text/plain",
                hl7.to_owned(),
                "ANN LEE",
                "body at byte 0 > field PID-5",
            ),
            (
                "text/plain",
                hl7.to_owned(),
                "ANN B LEE",
                "body at byte 0 > field PV1-7",
            ),
            (
                "application/hl7-v2+er7",
                format!("\u{b}{hl7}\u{1c}\r"),
                "ANN LEE",
                "body at byte 0 > field PID-5",
            ),
            (
                "application/json",
                serde_json::json!({ "raw": hl7 }).to_string(),
                "ANN LEE",
                "JSON $.raw > field PID-5",
            ),
            (
                "application/edi-x12",
                format!("{X12}NM1*IL*1*LEE*ANN****MI*M1~SE*1*1~"),
                "ANN LEE",
                "body at byte 0 > field NM1-3",
            ),
            (
                "application/edifact",
                edifact.to_owned(),
                "ANN LEE",
                "body at byte 0 > field NAD-4",
            ),
            (
                "application/dicom+json",
                "{\"Value\":[\"Lee^Ann\"]}".to_owned(),
                "Ann Lee",
                "JSON $.Value[0]",
            ),
        ] {
            let (seen, _) = seen(media_type, &body);
            let place = (name.to_owned(), spot.to_owned());
            assert!(seen.contains(&place), "{body}: {seen:?}");
        }
    }

    #[test]
    fn marks_around_a_message_and_in_a_name_are_none_of_it() {
        let message = |marks: &str, name: &str| {
            format!("{marks}UNB+UNOC:3+A+B'NAD+FL+++{name}+MAIN ST'UNT+5+1'")
        };
        let unseen = [(':', "\u{1f}"), ('+', "\u{1d}"), ('\'', "\u{1c}")];
        let with_unseen = unseen
            .iter()
            .fold(message("UNA:+.? '", "LEE:ANN"), |text, (seen, unseen)| {
                text.replace(*seen, unseen)
            });
        for (body, name) in [
            (with_unseen, "ANN LEE"),
            (message("  ", "LEE:ANN"), "ANN LEE"),
            (message("\u{2}", "LEE:ANN") + "\u{3}", "ANN LEE"),
            (message("", "O?'NEIL?:X:ANN??"), "ANN? O'NEIL:X"),
            (message("UNA:+.? '", "O?'NEIL:ANN"), "ANN O'NEIL"),
            // A message in which every character stands for itself.
            (message("UNA:+.  '", "LEE:ANN MARY"), "ANN MARY LEE"),
        ] {
            let (seen, _) = seen("text/plain", &body);
            let place = (name.to_owned(), "body at byte 0 > field NAD-4".to_owned());
            assert!(seen.contains(&place), "{body}: {seen:?}");
        }
    }

    #[test]
    fn people_can_be_called_like_the_beginning_of_a_message() {
        let long = "E".repeat(60);
        for (family, given) in [
            ("ISAKSEN", "ANN"),
            ("UNAL", "ANN"),
            ("MSHANGAMA", "ANN"),
            ("ISA", "ANN"),
            ("ISA", &long),
        ] {
            let (seen, _) = seen("text/plain", &format!("{family}^{given}"));
            let place = (format!("{given} {family}"), "body at byte 0".to_owned());
            assert!(seen.contains(&place), "{seen:?}");
        }
    }

    #[test]
    fn names_of_others_are_not_put_together() {
        for body in [
            "MSH|^~\\&|A|B\rPID|1||M1^^^H||LEE^MARY^ANN\rNK1|1|FOX^ANN|LEE^BO".to_owned(),
            "MSH|^~\\&|A|B\rPID|1||M1^^^H||LEE^MARY~FOX^ANN\rOBX|1|TX|LEE^ANN REGIMEN^L".to_owned(),
            "LEE^ANN".to_owned() + &" and much more".repeat(9),
            "LEE^ANN^^".to_owned() + &" and much more".repeat(9),
            format!("{X12}NM1*IL*1*LEE*MARY*ANN~NM1*82*1*FOX*ANN~NM1*PR*2*LEE*ANN~"),
            "UNB+UNOC:3+A+B'NAD+FL+++FOX:ANN+LEE:BO'".to_owned(),
        ] {
            let (seen, _) = seen("text/plain", &body);
            let joined = seen
                .iter()
                .any(|(text, _)| text.eq_ignore_ascii_case("ann lee"));
            assert!(!joined, "{body}: {seen:?}");
        }
    }

    #[test]
    fn codes_and_numbers_are_no_names() {
        for (text, wanted) in [
            ("Lee", true),
            ("d'Arc-Müller (geb. Ng)", true),
            ("", false),
            (" - ", false),
            ("M4711", false),
            ("Lee\tFox", false),
        ] {
            assert_eq!(is_name(text), wanted, "{text}");
        }
        for (length, wanted) in [(LONGEST, true), (LONGEST + 1, false)] {
            assert_eq!(is_name(&"e".repeat(length)), wanted, "{length}");
        }
        for code in ["GLU^4711", "4711^GLU", "GLU^"] {
            let (seen, _) = seen("text/plain", code);
            assert_eq!(seen.len(), 1, "{seen:?}");
        }
    }

    #[test]
    fn segments_are_told_when_they_are_called_like_some() {
        for (segment, spot) in [
            ("PID", "field PID-5"),
            ("PV1", "field PV1-5"),
            ("pid", "field ?-5"),
            ("A@B", "field ?-5"),
            ("ANNA", "field ?-5"),
        ] {
            assert_eq!(named(segment, 5).to_string(), spot);
        }
    }
}
