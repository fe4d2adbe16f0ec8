//! Looking into CSV: every cell, with its row and the name of its column.

use csv::ReaderBuilder;

use crate::model::{Spot, is_plain_name};

use super::see_decoded;

/// `false` when the text is no CSV.
pub(super) fn look(text: &str, see: &mut dyn FnMut(&str, &dyn Fn() -> Spot)) -> bool {
    let delimiter = match text.lines().next() {
        Some(head) if head.contains('\t') => b'\t',
        Some(head) if head.contains(';') && !head.contains(',') => b';',
        _ => b',',
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut columns = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let Ok(record) = record else { return false };
        for (index, cell) in record.iter().enumerate() {
            see_decoded(cell, see, &|| Spot::Csv {
                row,
                column: name(&columns, index),
            });
        }
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
}
