//! Looking into CSV: every cell, with its row and the name of its column.

use csv::ReaderBuilder;

use crate::model::{Spot, is_plain_name, separated};

use super::fields::Fields;
use super::layers::{Base, Looker};

/// `false` when the text is no CSV.
pub(super) fn look(text: &str, base: Base<'_>, looker: &mut Looker<'_>) -> bool {
    let (delimiter, text) = separated(text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut columns: Vec<String> = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let Ok(record) = record else { return false };
        let mut fields = Fields::default();
        let spot = |index: usize| {
            base.at(Spot::Csv {
                row,
                column: name(&columns, index),
            })
        };
        for (index, cell) in record.iter().enumerate() {
            let head = columns.get(index).map_or("", String::as_str);
            looker.text(cell, head, &|| spot(index));
            fields.push(head, cell);
        }
        fields.look(looker, &|head| {
            let index = columns.iter().position(|own| own == head);
            spot(index.unwrap_or_default())
        });
        if row == 0 {
            columns = record.iter().map(str::to_owned).collect();
        }
    }
    true
}

/// The column's name where it looks like one: without a header row, the first
/// row holds somebody's values.
fn name(columns: &[String], index: usize) -> String {
    columns
        .get(index)
        .filter(|name| is_plain_name(name))
        .cloned()
        .unwrap_or_else(|| (index + 1).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn cells_with_row_and_column() {
        let (seen, _) = seen("text/csv", "no,to\nP1,\"Ann \"\"A\"\" Lee\"\n");
        assert!(
            seen.contains(&("Ann \"A\" Lee".into(), "CSV row 1 column to".into())),
            "{seen:?}"
        );
    }

    #[test]
    fn columns_without_a_name_are_told_by_their_number() {
        let (seen, _) = seen("text/csv", "ann@x.test,5 Main St\nbob@x.test,6 Main St\n");
        for place in [
            ("ann@x.test", "CSV row 0 column 1"),
            ("6 Main St", "CSV row 1 column 2"),
        ] {
            let place = (place.0.to_owned(), place.1.to_owned());
            assert!(seen.contains(&place), "{seen:?}");
        }
    }

    #[test]
    fn a_name_in_two_cells_is_told_by_the_column_of_its_first() {
        let (seen, _) = seen("text/csv", "id,last_name,first_name\n7,Lee,Ann\n");
        let place = (
            "Ann Lee".to_owned(),
            "CSV row 1 column first_name".to_owned(),
        );
        assert!(seen.contains(&place), "{seen:?}");
    }

    #[test]
    fn cells_between_semicolons_as_spreadsheets_write_them() {
        for start in ["", "\u{feff}", "sep=;\r\n"] {
            let text = format!("{start}no;\"paid, EUR\";to\r\n7;1,50;Ann Lee\r\n");
            let (seen, _) = seen("text/csv", &text);
            assert!(
                seen.contains(&("Ann Lee".into(), "CSV row 1 column to".into())),
                "{seen:?}"
            );
        }
    }
}
