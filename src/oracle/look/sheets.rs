//! Tables of office programs: cells with the heads of their columns. Most texts
//! stand in a list of their own, and the cells say which.

use roxmltree::{Document, Node, ParsingOptions};

use crate::model::{Spot, is_plain_name, text_of};

use super::fields::Fields;
use super::layers::{Base, Looker};

/// Columns that are told apart.
const MOST_COLUMNS: usize = 2_000;

/// The texts that cells refer to.
pub(super) fn shared_texts(bytes: &[u8]) -> Vec<String> {
    let text = text_of(Some("application/xml"), bytes);
    let Some(document) = read(&text) else {
        return Vec::new();
    };
    let items = document.root_element().children();
    items.filter(Node::is_element).map(text_in).collect()
}

/// Looks at the cells of a sheet, row by row.
pub(super) fn look(bytes: &[u8], texts: &[String], base: Base<'_>, looker: &mut Looker<'_>) {
    let text = text_of(Some("application/xml"), bytes);
    let Some(document) = read(&text) else { return };
    let rows = document.descendants().filter(|node| is_called(node, "row"));
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

fn read(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions {
        nodes_limit: 1_000_000,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).ok()
}

/// What a cell shows.
fn value(cell: Node<'_, '_>, texts: &[String]) -> String {
    let own = text_in(cell);
    if cell.attribute("t") != Some("s") {
        return own;
    }
    let number: Option<usize> = own.trim().parse().ok();
    number
        .and_then(|number| texts.get(number))
        .cloned()
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
