//! Accounts as CSV.

use csv::{ReaderBuilder, StringRecord};

use crate::population::Spec;

use super::head::is_header;
use super::lines::Lines;
use super::problem::Problems;
use super::table::{Row, Table, is_usable_name};

/// Reads what rows there are and adds what is wrong with the others.
pub(super) fn read(text: &str, spec: &Spec, problems: &mut Problems) -> Table {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(text.as_bytes());
    let mut table = Table::default();
    let mut record = StringRecord::new();
    let mut header = true;
    loop {
        let begin = reader.position().byte();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                problems.add(
                    lines.line_of_text_at(position(begin)),
                    format!("not CSV: {error}"),
                );
                break;
            }
        }
        let line = lines.line_of_text_at(position(begin));
        if header {
            header = false;
            table.columns = columns(&record, line, spec, problems);
            continue;
        }
        if table.is_full(line, problems) {
            break;
        }
        if record.len() == table.columns.len() {
            let cells = record.iter().map(|cell| Some(cell.to_owned()));
            table.rows.push(Row {
                line,
                cells: cells.collect(),
            });
        } else {
            table.spoilt += 1;
            let end = lines.line_at(position(reader.position().byte()).saturating_sub(1));
            problems.add(line, ragged(record.len(), table.columns.len(), line, end));
        }
    }
    table
}

fn position(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}

fn ragged(cells: usize, columns: usize, line: usize, end: usize) -> String {
    let advice = if end > line {
        format!("the row goes on to line {end}, is a closing quote missing?")
    } else {
        "write a comma for an empty cell, and quotes around a value with a comma".to_owned()
    };
    format!("{cells} cells, but the header has {columns} columns; {advice}")
}

/// The names of the columns. Never shown when unusable: they may well be the
/// first account.
fn columns(
    header: &StringRecord,
    line: usize,
    spec: &Spec,
    problems: &mut Problems,
) -> Vec<String> {
    let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if let [only] = names.as_slice()
        && let Some(separator) = [';', '\t', '|']
            .into_iter()
            .find(|sign| only.contains(*sign))
    {
        let message = format!(
            "the columns are separated by {separator:?}; save the file with commas between them"
        );
        problems.add(line, message);
        return names;
    }
    let odd: Vec<String> = (1..)
        .zip(&names)
        .filter(|(_, name)| !is_usable_name(name))
        .map(|(number, _)| number.to_string())
        .collect();
    if !odd.is_empty() {
        let message = format!(
            "no name of a fact in column {}; the first row has to be the header row, with names \
             of letters, digits and underscores such as `member_id`",
            odd.join(", ")
        );
        problems.add(line, message);
    } else if !is_header(&names, spec) {
        problems.add(
            line,
            "no column has a name such as `email`, `login`, `customer_no` or `password`, so this may \
             be the first account; the first row has to be the header row. If it is, rename a \
             column, or say in the profile what one of them holds: `facts.NAME.visibility`",
        );
    }
    for (place, name) in names.iter().enumerate() {
        if let Some(first) = names[..place].iter().position(|other| other == name)
            && is_usable_name(name)
        {
            let message = format!(
                "columns {} and {} have the same name; rename or remove one",
                first + 1,
                place + 1
            );
            problems.add(line, message);
        }
    }
    names
}
