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
        [b'I', b'S', b'A', element, ..] if element.is_ascii_punctuation() => {
            x12(message, char::from(*element), spot, looker);
        }
        [b'U', b'N', b'A' | b'B', ..] => edifact(message, spot, looker),
        _ if text.len() <= LONGEST && text.contains('^') => {
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
    for segment in pieces(text, *end, *release).into_iter().take(MOST_SEGMENTS) {
        let segment = segment.trim();
        if !segment.starts_with("NAD") {
            continue;
        }
        for (number, value) in (0..).zip(pieces(segment, *element, *release)) {
            let parts: Vec<&str> = value.split(*component).collect();
            let spot = || spot().with(named("NAD", number));
            tell(&parts, &spot, looker);
        }
    }
}

/// What stands between the marks, but for those behind a `release`.
fn pieces(text: &str, mark: char, release: char) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut released) = (0, false);
    for (at, c) in text.char_indices() {
        if c == mark && !released {
            found.push(&text[begin..at]);
            begin = at + c.len_utf8();
        }
        released = c == release && !released;
    }
    found.push(&text[begin..]);
    found
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
    fn names_of_others_are_not_put_together() {
        for body in [
            "MSH|^~\\&|A|B\rPID|1||M1^^^H||LEE^MARY^ANN\rNK1|1|FOX^ANN|LEE^BO".to_owned(),
            "MSH|^~\\&|A|B\rPID|1||M1^^^H||LEE^MARY~FOX^ANN\rOBX|1|TX|LEE^ANN REGIMEN^L".to_owned(),
            "LEE^ANN".to_owned() + &" and much more".repeat(9),
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
}
