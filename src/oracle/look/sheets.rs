//! Tables of office programs: cells with the heads of their columns. Most texts
//! stand in a list of their own, and the cells say which.

use roxmltree::Node;

use crate::model::{Spot, is_plain_name, text_of};

use super::fields::Fields;
use super::layers::{Base, Looker};
use super::xml::read;

/// Columns that are told apart.
const MOST_COLUMNS: usize = 2_000;

/// Longer texts are looked at in the first cell that refers to them: all cells of
/// a table can refer to the same one.
const LONG: usize = 256;

/// The texts that cells refer to.
#[derive(Debug, Default)]
pub(super) struct Shared(Vec<String>);

impl Shared {
    pub(super) fn read(bytes: &[u8], looker: &mut Looker<'_>) -> Self {
        let text = text_of(Some("application/xml"), bytes);
        let Some(document) = read(&text, looker) else {
            return Self::default();
        };
        let items = document.root_element().children();
        Self(items.filter(Node::is_element).map(text_in).collect())
    }

    /// The text with this number; a long one only once.
    fn take(&mut self, number: usize) -> Option<String> {
        let text = self.0.get_mut(number)?;
        Some(if text.len() > LONG {
            std::mem::take(text)
        } else {
            text.clone()
        })
    }
}

/// Looks at the cells of a sheet, row by row.
pub(super) fn look(bytes: &[u8], texts: &mut Shared, base: Base<'_>, looker: &mut Looker<'_>) {
    let text = text_of(Some("application/xml"), bytes);
    let Some(document) = read(&text, looker) else {
        return;
    };
    let mut end = 0;
    let rows = document.descendants().filter(|node| {
        // What a cell holds is its own text, and no row again.
        let range = node.range();
        let is_row = is_called(node, "row") && range.start >= end;
        if is_row {
            end = range.end;
        }
        is_row
    });
    let mut heads: Vec<String> = Vec::new();
    for (number, row) in rows.enumerate() {
        let cells = row.children().filter(|node| is_called(node, "c"));
        let mut fields = Fields::default();
        let mut first = Vec::new();
        for (place, cell) in cells.enumerate() {
            let column = cell.attribute("r").and_then(column).unwrap_or(place);
            let value = value(cell, texts);
            let head = heads.get(column).map_or("", String::as_str);
            let name = Some(head).filter(|head| is_plain_name(head));
            let spot = || {
                base.at(Spot::Csv {
                    row: number,
                    column: name.map_or_else(|| (column + 1).to_string(), str::to_owned),
                })
            };
            looker.text(&value, head, &spot);
            fields.push(head, &value);
            if number == 0 && column < MOST_COLUMNS {
                first.resize(first.len().max(column + 1), String::new());
                first[column] = value;
            }
        }
        fields.look(looker, &|head| {
            let column = heads.iter().position(|own| own == head).unwrap_or_default();
            base.at(Spot::Csv {
                row: number,
                column: (column + 1).to_string(),
            })
        });
        if number == 0 {
            heads = first;
        }
    }
}

/// What a cell shows.
fn value(cell: Node<'_, '_>, texts: &mut Shared) -> String {
    let own = text_in(cell);
    if cell.attribute("t") != Some("s") {
        return own;
    }
    let number: Option<usize> = own.trim().parse().ok();
    number
        .and_then(|number| texts.take(number))
        .unwrap_or_default()
}

fn text_in(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(|inner| {
            inner.is_text()
                && inner
                    .parent()
                    .is_none_or(|own| own.tag_name().name() != "f")
        })
        .filter_map(|inner| inner.text())
        .collect()
}

/// The column of a cell such as `AB12`, counted from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_uppercase).take(3);
    let number = letters.fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1);
    number.checked_sub(1)
}

/// Whether it is an element of this name, whatever its name space.
fn is_called(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;

    /// The texts of the cells, and what cells are together, with their spots.
    fn cells(sheet: &str, texts: &[&str]) -> Vec<String> {
        let mut texts = Shared(texts.iter().map(|text| (*text).to_owned()).collect());
        let mut seen = Vec::new();
        let mut see = |glimpse: super::super::Glimpse<'_>| {
            seen.push(format!("{}: {}", (glimpse.spot)(), glimpse.text));
        };
        let mut looker = Looker::new(&mut see, Budget::for_body(0));
        look(sheet.as_bytes(), &mut texts, Base::default(), &mut looker);
        seen
    }

    #[test]
    fn cells_stand_below_the_head_of_their_column() {
        for (rows, found) in [
            (
                "<row><c><v>no</v></c><c><v>mail</v></c></row>\
                 <row><c><v>7</v></c><c><v>ann@x.test</v></c></row>",
                "CSV row 1 column mail: ann@x.test",
            ),
            // Cells without anything in them are left out.
            (
                "<row><c r='A1'><v>no</v></c><c r='AB1'><v>mail</v></c></row>\
                 <row><c r='AB2'><v>ann@x.test</v></c></row>",
                "CSV row 1 column mail: ann@x.test",
            ),
            (
                "<row><c r='C1'><v>no</v></c></row><row><c r='AB2'><v>ann@x.test</v></c></row>",
                "CSV row 1 column 28: ann@x.test",
            ),
            (
                "<row><c r='B1'><v>mail</v></c></row><row><c r='B2' t='s'><v> 1 </v></c></row>",
                "CSV row 1 column mail: bo@x.test",
            ),
            // A formula is nobody's data; what it came to is.
            (
                "<row><c r='B1'><f>A1&amp;\"@x.test\"</f><v>ann@x.test</v></c></row>",
                "CSV row 0 column 2: ann@x.test",
            ),
            (
                "<row><c t='inlineStr'><is><r><t>ann</t></r><r><t>@x.test</t></r></is></c></row>",
                "CSV row 0 column 1: ann@x.test",
            ),
        ] {
            let sheet = format!("<worksheet xmlns='s'><sheetData>{rows}</sheetData></worksheet>");
            let seen = cells(&sheet, &["al@x.test", "bo@x.test"]);
            assert!(seen.contains(&found.to_owned()), "{rows}: {seen:?}");
        }
    }

    #[test]
    fn names_in_two_columns_are_one_value_wherever_these_stand() {
        let sheet = "<worksheet><row><c r='C1'><v>Last name</v></c><c r='AA1'><v>First name</v></c></row>\
                     <row><c r='C2'><v>Lee</v></c><c r='AA2'><v>Ann</v></c></row></worksheet>";
        let seen = cells(sheet, &[]);
        assert!(
            seen.contains(&"CSV row 1 column 27: Ann Lee".to_owned()),
            "{seen:?}"
        );
    }

    #[test]
    fn a_long_text_is_looked_at_once_and_a_short_one_in_each_cell() {
        let rows = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>".repeat(2_000);
        let sheet = format!("<worksheet>{rows}</worksheet>");
        for (length, times) in [(LONG, 2_000), (LONG + 1, 1), (500_000, 1)] {
            let text = "x ".repeat(length / 2) + &" "[..length % 2];
            let seen = cells(&sheet, &[&text, "ann@x.test"]);
            let long = seen.iter().filter(|own| own.len() > LONG);
            assert_eq!(long.count(), times, "{length}");
            let short = seen.iter().filter(|own| own.ends_with(": ann@x.test"));
            assert_eq!(short.count(), 2_000);
        }
    }

    #[test]
    fn rows_within_cells_are_no_rows_of_their_own() {
        let depth = 250;
        let (begin, end) = ("<row><c>".repeat(depth), "</c></row>".repeat(depth));
        let sheet = format!("<a>{begin}{}{end}</a>", "x ".repeat(200_000));
        assert_eq!(cells(&sheet, &[]).len(), 1);
        let sheet = "<a><row><c><v>1</v></c></row><row><c><v>2</v></c></row></a>";
        assert_eq!(
            cells(sheet, &[]),
            ["CSV row 0 column 1: 1", "CSV row 1 column 1: 2"]
        );
    }

    #[test]
    fn columns_are_counted_in_letters() {
        for (place, found) in [
            ("A1", Some(0)),
            ("Z9", Some(25)),
            ("AA1", Some(26)),
            ("AZ10", Some(51)),
            ("BA1", Some(52)),
            ("XFD1048576", Some(16_383)),
            ("", None),
            ("1", None),
            ("a1", None),
        ] {
            assert_eq!(column(place), found, "{place}");
        }
    }

    #[test]
    fn heads_far_to_the_right_are_not_told_apart() {
        let cell = |place: &str, text: &str| format!("<c r='{place}'><v>{text}</v></c>");
        for (column, number, is_told) in [("BXX", 2_000, true), ("BXY", 2_001, false)] {
            let sheet = format!(
                "<worksheet><row>{}</row><row>{}</row></worksheet>",
                cell(&format!("{column}1"), "mail"),
                cell(&format!("{column}2"), "ann@x.test"),
            );
            let column = if is_told {
                "mail".to_owned()
            } else {
                number.to_string()
            };
            let found = format!("CSV row 1 column {column}: ann@x.test");
            let seen = cells(&sheet, &[]);
            assert!(seen.contains(&found), "{seen:?}");
        }
    }
}
