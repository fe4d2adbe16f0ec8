//! Fields that together are one value: first and last name, area code and
//! number.
//!
//! Fields are put together by their names alone, and only when these say that
//! they are parts of the same thing. Neighbours are not enough: a patient's
//! first name stands beside a doctor's last name.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::model::{Spot, words};

use super::layers::{Looker, Spotted};

/// Longer texts are no names and no numbers.
pub(super) const LONGEST: usize = 64;

/// What the fields of one person are together, at most: three times ten of them
/// could be put together in a thousand ways.
const MOST_TOGETHER: usize = 64;

/// What a field holds of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    First,
    Middle,
    Last,
    /// `name`: whatever the other field is not.
    Name,
    Country,
    Area,
    Number,
}

/// What the name of a field says that it holds.
#[derive(Clone, Debug)]
pub(super) struct Called {
    part: Part,
    /// Of whom.
    of: String,
    name: String,
}

impl Called {
    /// `None` when `name` does not say that the field is a part of something.
    pub(super) fn field(name: &str) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        let (part, of) = part(name)?;
        Some(Self {
            part,
            of,
            name: name.to_owned(),
        })
    }

    /// Whether it holds a first name.
    pub(super) fn is_first(&self) -> bool {
        self.part == Part::First
    }

    /// Whether it holds a last name.
    pub(super) fn is_last(&self) -> bool {
        self.part == Part::Last
    }

    /// Whether it holds whatever part of a name another one does not.
    pub(super) fn is_name(&self) -> bool {
        self.part == Part::Name
    }

    /// Whether both say of the same person or thing what they hold.
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.of == other.of
    }

    /// The same of a class or an id, which can be of style alone: `first` and
    /// `last` are places in a list unless it is a name that is first or last.
    pub(super) fn style(name: &str) -> Option<Self> {
        let called = Self::field(name)?;
        let words = words(name);
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        let is_told = match called.part {
            Part::First | Part::Middle | Part::Last => has(&["name", "names"]),
            Part::Name => true,
            Part::Country | Part::Area | Part::Number => has(&["code", "number", "phone"]),
        };
        let is_plain = words
            .iter()
            .any(|word| meaning(word).is_some() && !OF_STYLE.contains(&word.as_str()));
        (is_told || is_plain).then_some(called)
    }
}

/// Words that, in a class, say where something stands or how it looks.
const OF_STYLE: [&str; 14] = [
    "area", "cell", "country", "first", "last", "line", "local", "middle", "mobile", "name",
    "names", "number", "phone", "prefix",
];

/// Fields of one object, row, element or form.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Each with its text.
    found: Vec<(Called, String)>,
}

impl Fields {
    /// Takes note of a field, if its name says that it is a part of something.
    pub(super) fn push(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if self.takes(text)
            && let Some(called) = Called::field(name)
        {
            self.found.push((called, text.to_owned()));
        }
    }

    /// Takes note of a field that follows others which need not be of the same
    /// thing: one of a kind that is there already begins another. Gives those
    /// before it then.
    pub(super) fn follow(&mut self, called: &Called, text: &str) -> Option<Self> {
        let text = text.trim();
        if !self.takes(text) {
            return None;
        }
        let mut same = self
            .found
            .iter()
            .filter(|(own, _)| own.part == called.part && own.of == called.of);
        let known = same.next().map(|(_, own)| own == text);
        if known == Some(true) {
            return None;
        }
        let before = known.map(|_| std::mem::take(self));
        self.found.push((called.clone(), text.to_owned()));
        before
    }

    /// The fields of one person each, names that follow each other together:
    /// `given` twice is both given names, and in `Mary`, `Anna`, `Lee` nobody is
    /// called Anna Lee. A name that comes back behind others is somebody else's.
    fn people(&self) -> Vec<Vec<Named<'_>>> {
        let mut people: Vec<Vec<Named<'_>>> = vec![Vec::new()];
        for (called, text) in &self.found {
            let Some(person) = people.last_mut() else {
                break;
            };
            let is_same = |own: &Called| {
                is_of_names(own.part)
                    && (own.part, &own.of, &own.name) == (called.part, &called.of, &called.name)
            };
            let last = person.iter().rposition(|(own, _)| is_of_names(own.part));
            match person.iter().position(|(own, _)| is_same(own)) {
                Some(at) if Some(at) == last => {
                    let names = &mut person[at].1;
                    *names = Cow::Owned(format!("{names} {text}"));
                }
                Some(_) => people.push(vec![(called, Cow::Borrowed(text))]),
                None => person.push((called, Cow::Borrowed(text))),
            }
        }
        people
    }

    fn takes(&self, text: &str) -> bool {
        !text.is_empty() && text.len() <= LONGEST && self.found.len() <= 64
    }

    /// Looks at what the fields are together.
    pub(super) fn look(&self, looker: &mut Looker<'_>, spot: &dyn Fn(&str) -> Spot) {
        if self.found.len() < 2 {
            return;
        }
        for person in self.people() {
            look_at(&person, looker, spot);
        }
    }
}

/// A field, and the text of it or of several.
type Named<'a> = (&'a Called, Cow<'a, str>);

/// Looks at what the fields of one person are together, as long as that is
/// little; what is left then is counted.
fn look_at(found: &[Named<'_>], looker: &mut Looker<'_>, spot: &dyn Fn(&str) -> Spot) {
    let mut all = found.iter().flat_map(|own| {
        let (called, _) = own;
        together(own, found).map(|text| (&called.name, text))
    });
    for (name, text) in all.by_ref().take(MOST_TOGETHER) {
        looker.joined(&text, &|| spot(name));
    }
    if all.next().is_some() {
        looker.skip();
    }
}

/// What a field is together with others, one by one.
fn together<'a>(
    (Called { part, of, .. }, text): &'a Named<'_>,
    found: &'a [Named<'_>],
) -> Box<dyn Iterator<Item = String> + 'a> {
    let of_part = move |wanted: Part| {
        let own = found
            .iter()
            .filter(move |(own, _)| own.part == wanted && own.of == *of);
        own.map(|(_, text)| text.as_ref())
    };
    match part {
        Part::First => {
            // Whoever has a middle name is called by it, too.
            let mut middles: Vec<String> = of_part(Part::Middle)
                .map(|middle| format!("{text} {middle}"))
                .collect();
            if middles.is_empty() {
                middles.push(text.to_string());
            }
            let lasts = of_part(Part::Last).chain(of_part(Part::Name));
            Box::new(lasts.flat_map(move |last| {
                let whole = |first: &String| format!("{first} {last}");
                middles.iter().map(whole).collect::<Vec<_>>()
            }))
        }
        Part::Last => Box::new(of_part(Part::Name).map(move |first| format!("{first} {text}"))),
        Part::Number => {
            let countries = move || {
                of_part(Part::Country).map(|country| country.trim_start_matches(['+', '0']))
            };
            let of_areas = of_part(Part::Area).flat_map(move |area| {
                let national = std::iter::once(format!("{area} {text}"));
                let area = area.trim_start_matches('0');
                national.chain(countries().map(move |own| format!("+{own} {area} {text}")))
            });
            let without = countries().map(move |own| {
                let text = text.trim_start_matches('0');
                format!("+{own} {text}")
            });
            Box::new(of_areas.chain(without))
        }
        Part::Middle | Part::Name | Part::Country | Part::Area => Box::new(std::iter::empty()),
    }
}

/// Whether a value can be in several fields of one name.
fn is_of_names(part: Part) -> bool {
    matches!(part, Part::First | Part::Middle | Part::Last)
}

/// What the field `name` is a part of, and whose by the rest of its name:
/// `patientFirstName` is a first name of a patient.
fn part(name: &str) -> Option<(Part, String)> {
    // Parts of names in messages of HL7 in XML.
    match name {
        "XPN.1" | "XCN.2" => return Some((Part::Last, String::new())),
        "XPN.2" | "XCN.3" => return Some((Part::First, String::new())),
        "XPN.3" | "XCN.4" => return Some((Part::Middle, String::new())),
        _ => {}
    }
    let words = words(name);
    let mut part = None;
    let mut of = Vec::new();
    for word in &words {
        let own = match meaning(word) {
            Some(own) => own,
            None if word == "code" => continue,
            None => {
                of.push(word.as_str());
                continue;
            }
        };
        part = Some(match (part, own) {
            // `first name`, `phone country code`.
            (Some(more), Part::Name | Part::Number) => more,
            _ => own,
        });
    }
    Some((part?, of.concat()))
}

/// What a single word says.
fn meaning(word: &str) -> Option<Part> {
    Some(match word {
        "first" | "given" | "fore" | "firstname" | "givenname" | "forename" | "fname"
        | "vorname" | "prenom" | "prénom" | "nombre" | "nome" | "voornaam" => Part::First,
        "middle" | "middlename" => Part::Middle,
        "last" | "family" | "sur" | "lastname" | "familyname" | "surname" | "lname"
        | "nachname" | "familienname" | "nom" | "apellido" | "apellidos" | "cognome"
        | "achternaam" | "sobrenome" => Part::Last,
        "name" | "names" => Part::Name,
        "country" | "countrycode" | "dial" | "dialcode" | "dialing" | "landesvorwahl" => {
            Part::Country
        }
        "area" | "areacode" | "prefix" | "vorwahl" | "npa" | "ndc" => Part::Area,
        "number" | "local" | "subscriber" | "phone" | "telephone" | "tel" | "mobile" | "cell"
        | "fax" | "rufnummer" | "telefon" | "phonenumber" | "localnumber" | "line" => Part::Number,
        _ => return None,
    })
}

/// The fields of a form or a query: `first=Ann&last=Lee`.
pub(super) fn look_at_form(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let is_form = query.split('&').take(4).all(|pair| {
        pair.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "<>\"{;".contains(c))
        })
    });
    if !is_form {
        return;
    }
    let mut fields = Fields::default();
    for pair in query.split(['&', '#']) {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let spaced = value.replace('+', " ");
        let value = percent_decode_str(&spaced).decode_utf8_lossy();
        if spaced.contains(' ') {
            looker.plain(&value, name, spot);
        }
        fields.push(name, &value);
    }
    fields.look(looker, &|_| spot());
}

#[cfg(test)]
mod tests {
    use super::super::Glimpse;
    use super::super::budget::Budget;
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn parts_are_told_by_their_names() {
        for (name, wanted) in [
            ("firstName", Some((Part::First, ""))),
            ("patient_last_name", Some((Part::Last, "patient"))),
            ("doctorLastName", Some((Part::Last, "doctor"))),
            ("name", Some((Part::Name, ""))),
            ("areaCode", Some((Part::Area, ""))),
            ("phoneNumber", Some((Part::Number, ""))),
            ("phoneCountryCode", Some((Part::Country, ""))),
            ("colour", None),
        ] {
            let wanted = wanted.map(|(part, of): (Part, &str)| (part, of.to_owned()));
            assert_eq!(part(name), wanted, "{name}");
        }
    }

    /// What fields of these names are together.
    fn together(fields: &[(&str, &str)]) -> Vec<String> {
        let mut own = Fields::default();
        for (name, text) in fields {
            own.push(name, text);
        }
        let mut seen = Vec::new();
        let mut see = |glimpse: Glimpse<'_>| seen.push(glimpse.text.to_owned());
        let mut looker = Looker::new(&mut see, Budget::for_body(0));
        own.look(&mut looker, &|_| Spot::StatusLine);
        seen
    }

    #[test]
    fn parts_of_one_thing_are_put_together() {
        for (fields, whole) in [
            (
                &[("firstName", "Ann"), ("lastName", " Lee ")][..],
                &["Ann Lee"][..],
            ),
            (&[("name", "Ann"), ("surname", "Lee")], &["Ann Lee"]),
            (&[("vorname", "Ann"), ("name", "Lee")], &["Ann Lee"]),
            (
                &[("XPN.1", "Lee"), ("XPN.2", "Ann"), ("XPN.3", "Mary")],
                &["Ann Mary Lee"],
            ),
            (
                &[("XCN.2", "Lee"), ("XCN.3", "Ann"), ("XCN.4", "Mary")],
                &["Ann Mary Lee"],
            ),
            // What stands between two given names is none of them.
            (
                &[
                    ("given", "Ann"),
                    ("phone", "5"),
                    ("given", "Mary"),
                    ("family", "Lee"),
                ],
                &["Ann Mary Lee"],
            ),
            (&[("areaCode", "030"), ("phone", "111")], &["030 111"]),
            // A person has several numbers, and each is one.
            (
                &[("area", "30"), ("phone", "111"), ("phone", "222")],
                &["30 111", "30 222"],
            ),
            (
                &[
                    ("countryCode", "+49"),
                    ("areaCode", "030"),
                    ("number", "111"),
                ],
                &["030 111", "+49 30 111", "+49 111"],
            ),
            (
                &[("dialCode", "0049"), ("mobile", "0151 111")],
                &["+49 151 111"],
            ),
            // Not what is nobody's, somebody else's or nothing.
            (&[("firstName", "Ann"), ("lastName", " ")], &[]),
            (&[("firstName", ""), ("lastName", "Lee")], &[]),
            (&[("firstName", "Ann")], &[]),
            (&[("firstName", "Ann"), ("doctorLastName", "Lee")], &[]),
            (&[("firstName", "Ann"), ("city", "Lee")], &[]),
        ] {
            assert_eq!(together(fields), whole, "{fields:?}");
        }
    }

    #[test]
    fn texts_and_names_too_long_for_a_part_are_none() {
        for (length, found) in [(LONGEST, 1), (LONGEST + 1, 0)] {
            let text = "x".repeat(length);
            let whole = together(&[("firstName", &text), ("lastName", "Lee")]);
            assert_eq!(whole.len(), found, "{length}");
            let of = "x".repeat(length - "_firstName".len());
            let (first, last) = (format!("{of}_firstName"), format!("{of}_surname"));
            let whole = together(&[(&first, "Ann"), (&last, "Lee")]);
            assert_eq!(whole.len(), found, "{length}");
        }
    }

    #[test]
    fn so_many_fields_are_taken_of_one_thing() {
        for (others, found) in [(63, 1), (64, 0)] {
            let mut fields = vec![("phone", "111"); others];
            fields.extend([("firstName", "Ann"), ("lastName", "Lee")]);
            assert_eq!(together(&fields).len(), found, "{others}");
        }
    }

    #[test]
    fn fields_that_could_be_put_together_endlessly_are_bounded_and_counted() {
        let joined = |parts: &[(&str, usize)]| {
            let mut own = Fields::default();
            for (name, count) in parts {
                // Names that differ, of words that do not.
                for number in 0..*count {
                    own.push(&format!("{}{name}", "-".repeat(number)), "Ann");
                }
            }
            let mut count = 0;
            let mut see = |_: Glimpse<'_>| count += 1;
            let mut looker = Looker::new(&mut see, Budget::for_body(0));
            own.look(&mut looker, &|_| Spot::StatusLine);
            let skipped = looker.skipped();
            (count, skipped)
        };
        for (parts, found) in [
            ([("first", 4), ("middle", 4), ("last", 4)], (64, 0)),
            ([("first", 13), ("middle", 1), ("last", 5)], (64, 1)),
            ([("first", 21), ("middle", 21), ("last", 21)], (64, 1)),
            ([("country", 3), ("area", 4), ("number", 3)], (57, 0)),
            ([("country", 21), ("area", 21), ("number", 21)], (64, 1)),
        ] {
            assert_eq!(joined(&parts), found, "{parts:?}");
        }
    }

    #[test]
    fn queries_and_forms_are_read_as_such() {
        for (text, whole) in [
            ("/search?q=Ann+Lee", "Ann Lee"),
            ("first=Mary+Ann&last=Lee", "Mary Ann Lee"),
            (
                "/me?first=J%C3%BCrgen+Bo&last=M%C3%BCller#top",
                "Jürgen Bo Müller",
            ),
            ("a=1&b=2&c=3&d=4&to=Ann+Lee", "Ann Lee"),
        ] {
            let (seen, _) = seen("text/plain", text);
            assert!(seen.iter().any(|(own, _)| own == whole), "{text}: {seen:?}");
        }
        for text in ["x = a+b", "{x=a+b}", "if (<x=a+b)", "=SUM(a+b)", "a;b=c+d"] {
            let (seen, _) = seen("text/plain", text);
            assert_eq!(seen.len(), 1, "{seen:?}");
        }
    }

    #[test]
    fn classes_tell_parts_in_more_than_a_word() {
        for (class, told) in [
            ("first-name", true),
            ("firstName", true),
            ("patient_last_name", true),
            ("vorname", true),
            ("surname", true),
            ("area-code", true),
            ("phone-number", true),
            ("first", false),
            ("last", false),
            ("item-first", false),
            ("last-line", false),
            ("grid-area", false),
            ("line", false),
            ("mobile", false),
        ] {
            assert_eq!(Called::style(class).is_some(), told, "{class}");
        }
    }
}
