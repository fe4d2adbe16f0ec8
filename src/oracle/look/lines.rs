//! Fields in a text without markup: `First name: Ann` line by line, as in
//! letters, settings and what programs print of their objects, and tables with
//! a head, such as Markdown and CSV under another name.

use super::fields::{Called, Fields};
use super::layers::{Looker, Spotted};

/// Shorter texts hold no two fields of which a value comes that could accuse.
const SHORTEST: usize = 15;

/// Longer texts are read so far.
const LONGEST: usize = 1 << 20;

/// Fields of one text.
const MOST_FIELDS: usize = 4_000;

/// Lines among which the head of a table is looked for.
const MOST_HEADS: usize = 200;

/// A longer line is none of a table.
const LONGEST_LINE: usize = 2_000;

/// Looks at what the fields in `text` are together.
pub(super) fn look_at_fields(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let text = beginning(text);
    let marks = text.bytes().filter(|byte| matches!(byte, b':' | b'='));
    if text.len() >= SHORTEST && marks.take(2).count() == 2 {
        pairs(text, spot, looker);
    }
}

/// Looks at what the cells of tables in `text` are together.
pub(super) fn look_at_tables(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    if text.len() >= SHORTEST {
        tables(beginning(text), spot, looker);
    }
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Names and values, in lines or between commas. What is between brackets, and
/// what is behind a name alone, is something else.
fn pairs(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let mut fields = Fields::default();
    let mut left = MOST_FIELDS;
    let mut tell = |fields: &mut Fields| std::mem::take(fields).look(looker, &|_| spot());
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['-', '*', '#']) {
            tell(&mut fields);
        }
        let mut rest = line;
        while !rest.is_empty() {
            let at = rest.find(['{', '}', '(', ')', '[', ']', '<', '>', ',', ';', '&']);
            let (piece, mark) = match at {
                Some(at) => (&rest[..at], rest[at..].chars().next()),
                None => (rest, None),
            };
            match pair(piece) {
                Some((_, "")) => tell(&mut fields),
                Some((called, value)) => {
                    left = left.saturating_sub(1);
                    if let Some(mut before) = fields.follow(&called, value) {
                        tell(&mut before);
                    }
                }
                None => {}
            }
            if left == 0 {
                tell(&mut fields);
                return;
            }
            if mark.is_some_and(|mark| !matches!(mark, ',' | ';' | '&')) {
                tell(&mut fields);
            }
            rest = at.map_or("", |at| &rest[at + 1..]);
        }
    }
    tell(&mut fields);
}

/// `First name: Ann`, `firstName='Ann'`, `"first_name" => "Ann"`.
fn pair(piece: &str) -> Option<(Called, &str)> {
    let at = piece.find([':', '='])?;
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let name = piece[..at].trim_matches(|c: char| quotes(c) || matches!(c, '-' | '*' | '|' | '+'));
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') || name.len() > 40 {
        return None;
    }
    let value = piece[at + 1..]
        .trim_start_matches(['>', '='])
        .trim_matches(quotes);
    // A name that only holds others is none of a field.
    if value.is_empty() {
        return Some((Called::field("name")?, ""));
    }
    Some((Called::field(name)?, value))
}

/// Rows below a head that names two parts of a name.
fn tables(text: &str, spot: Spotted<'_>, looker: &mut Looker<'_>) {
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if number > MOST_HEADS {
            return;
        }
        let Some((mark, heads)) = heads(line) else {
            continue;
        };
        for (_, row) in lines.by_ref() {
            if row.trim().is_empty() {
                break;
            }
            let cells = cells(row, mark);
            if cells.len() != heads.len() {
                continue;
            }
            let mut fields = Fields::default();
            for (head, cell) in heads.iter().zip(cells) {
                fields.push(head, cell);
            }
            fields.look(looker, &|_| spot());
        }
    }
}

/// What stands between the cells of a head, and its cells.
fn heads(line: &str) -> Option<(char, Vec<&str>)> {
    if line.len() > LONGEST_LINE {
        return None;
    }
    ['|', '\t', ';', ','].into_iter().find_map(|mark| {
        if !line.contains(mark) {
            return None;
        }
        let heads = cells(line, mark);
        let called: Vec<Called> = heads
            .iter()
            .filter_map(|head| Called::field(head))
            .collect();
        let both = called.iter().any(Called::is_first) && called.iter().any(Called::is_last);
        // `Vorname`, `Name`: what is not said of one is said by the other, unless it
        // is of something else.
        let part_of = |name: &Called| {
            let is_part = |other: &&Called| other.is_first() || other.is_last();
            let mut parts = called.iter().filter(is_part);
            parts.any(|other| other.is_of_same(name))
        };
        let one = || called.iter().filter(|own| own.is_name()).any(part_of);
        (both || one()).then_some((mark, heads))
    })
}

fn cells(line: &str, mark: char) -> Vec<&str> {
    let line = line.trim_matches(['\r', '\n', ' ']);
    // In Markdown they also stand at both ends.
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split(mark)
        .map(|cell| cell.trim().trim_matches('"'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    fn is_ann_lee(body: &str) -> bool {
        let (seen, _) = seen("text/plain", body);
        seen.iter().any(|(text, _)| text == "Ann Lee")
    }

    #[test]
    fn fields_in_plain_texts_are_one_value() {
        for body in [
            "First name: Ann\nLast name: Lee\n",
            "members:\n  - first_name: Ann\n    last_name: Lee\n    plan: gold\n",
            "[[member]]\nfirst_name = \"Ann\"\nid = 7\nlast_name = \"Lee\"\n",
            "[a]\r\nFirstName=Ann\r\nLastName=Lee\r\n",
            "var me = {firstName: 'Ann', lastName: 'Lee', age: 7};",
            "no member Member(id=7, firstName=Ann, lastName=Lee)",
            "# Members\n\n| Last name | First name |\n|---|---|\n| Lee | Ann |\n",
            "id,first_name,last_name\n1,\"Ann\",\"Lee\"\n",
            "id;Vorname;Nachname\n1;Ann;Lee\n",
            "id;Vorname;Name\n1;Ann;Lee\n",
            "Name | Surname\nAnn | Lee\n",
            "sur=Lee,fore=Ann",
            "_sur=Lee\n_fore=Ann",
            "First name: Ann\nFirst name: Ann\nLast name: Lee\n",
            "Patient first name: Ann\nDoctor first name: Bo\nDoctor last name: Fox\nPatient last name: Lee\n",
            // What is no head is none, whatever column it names.
            "Members by last name, name of plan\nfirst name,last name\nAnn,Lee\n",
            "Please check your name, your first name and the rest\nfirst name,last name\nAnn,Lee\n",
            "Patient name,Patient first name\nLee,Ann\n",
            "Sorted by, first name\nfirst name,last name\nAnn,Lee\n",
            "Sorted by, last name\nfirst name,last name\nAnn,Lee\n",
            "Sorted by, name\nfirst name,last name\nAnn,Lee\n",
            "data:text/csv;base64,Zmlyc3RfbmFtZSxsYXN0X25hbWUKQW5uLExlZQo=",
        ] {
            assert!(is_ann_lee(body), "{body}");
        }
    }

    #[test]
    fn fields_and_heads_are_looked_for_so_far() {
        let lines = |number: usize| "x\n".repeat(number);
        let name = |length: usize| "x".repeat(length - "_first".len());
        let head = "first name,last name";
        let wide = |length: usize| head.to_owned() + &",".repeat(length - head.len());
        let row = |length: usize| "Ann,Lee".to_owned() + &",".repeat(length - head.len());
        for (body, found) in [
            // A value of six letters can accuse, and a shorter one cannot.
            ("sur:Lee,nome:An".to_owned(), Some("An Lee")),
            ("sur:Le,nome:An".to_owned(), None),
            (
                format!("{0}_first: Ann\n{0}_last: Lee", name(40)),
                Some("Ann Lee"),
            ),
            (format!("{0}_first: Ann\n{0}_last: Lee", name(41)), None),
            (lines(200) + head + "\nAnn,Lee\n", Some("Ann Lee")),
            (lines(201) + head + "\nAnn,Lee\n", None),
            (
                format!("{}\n{}\n", wide(2_000), row(2_000)),
                Some("Ann Lee"),
            ),
            (format!("{}\n{}\n", wide(2_001), row(2_001)), None),
            (lines(LONGEST / 2) + "first name: Ann, last name: Lee", None),
        ] {
            let (seen, _) = seen("text/plain", &body);
            let mut names = seen.iter().map(|(text, _)| text.as_str());
            let name = names.find(|text| ["Ann Lee", "An Lee", "An Le"].contains(text));
            assert_eq!(name, found, "{body:.60}");
        }
    }

    #[test]
    fn names_of_fields_are_words() {
        for (piece, value) in [
            ("First name: Ann", Some("Ann")),
            ("- \"first_name\" => \"Ann\"", Some("Ann")),
            ("**First name** = `Ann`", Some("Ann")),
            ("_first: Ann", Some("Ann")),
            ("first name:", Some("")),
            ("1. first name: Ann", None),
            ("(first name: Ann", None),
            ("first name Ann", None),
        ] {
            assert_eq!(pair(piece).map(|(_, value)| value), value, "{piece}");
        }
    }

    #[test]
    fn fields_of_others_are_not() {
        for body in [
            "- first_name: Ann\n  last_name: Fox\n- first_name: Bo\n  last_name: Lee\n",
            "patient:\n  first_name: Ann\ndoctor:\n  last_name: Lee\n",
            "first_name: Ann\nlast_name:\n\nfirst_name: Bo\nlast_name: Lee\n",
            "first_name: Ann\nlast_name:\nfirst_name: Bo\nlast_name: Lee\n",
            "[a]\nfirst_name = Ann\n[b]\nlast_name = Lee\n",
            "{patient: {firstName: 'Ann'}, doctor: {lastName: 'Lee'}}",
            "Patient first name: Ann\nDoctor last name: Lee\n",
            "| First name | Last name |\n|---|---|\n| Ann | Fox |\n| Bo | Lee |\n",
            "first_name,last_name\nAnn,Fox\nBo,Lee\n",
            "first_name,last_name\n\nAnn,Lee\n",
            "Ann: Lee\nName: Lee\n",
            "first_name: Ann\n\nlast_name: Lee\n",
            "- first_name: Ann\n- last_name: Lee\n",
            "* first name: Ann\n* last name: Lee\n",
            "# first name: Ann\n# last name: Lee\n",
        ] {
            assert!(!is_ann_lee(body), "{body}");
        }
    }
}
