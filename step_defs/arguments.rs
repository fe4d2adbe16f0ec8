//! Doc strings and tables: what stands below a step.

use super::params::Span;
use crate::prelude::*;

/// The doc string below `step`.
///
/// What stands behind the opening quotes is the media type, as in Gherkin, and
/// not part of the text.
pub(super) fn text(step: &Step) -> Result<String, StepFailure> {
    let raw = step.docstring().ok_or_else(|| {
        StepFailure::new("the step needs a text below it, between two lines of three quotes")
    })?;
    let media_type = |line: &str| {
        line.chars()
            .all(|c| c.is_alphanumeric() || " /+.-".contains(c))
    };
    let text = match raw.split_once('\n') {
        Some((first, rest)) if media_type(first.trim()) => rest,
        _ => raw,
    };
    Ok(text.strip_suffix('\n').unwrap_or(text).to_owned())
}

/// The rows below `step`, each a name and a value. A header row
/// `| name | value |` may stand above them.
pub(super) fn pairs(step: &Step) -> Result<Vec<(String, String)>, StepFailure> {
    two_columns(step, ["name", "value"])
}

/// The rows below `step`, each a journey and its weight.
pub(super) fn weights(step: &Step) -> Result<Vec<(String, u32)>, StepFailure> {
    let weighted = |(journey, weight): (String, String)| match weight.parse() {
        Ok(weight) => Ok((journey, weight)),
        Err(_) => Err(StepFailure::new(format!(
            "the weight `{weight}` of the journey \"{journey}\" is no whole number"
        ))),
    };
    two_columns(step, ["journey", "weight"])?
        .into_iter()
        .map(weighted)
        .collect()
}

/// The rows below `step`, each a stage of the traffic: its rate, such as `50` or
/// `10 to 50`, and how long it lasts.
pub(super) fn stages(step: &Step) -> Result<Vec<(u32, u32, Duration)>, StepFailure> {
    let stage = |(rates, lasting): (String, String)| {
        let wrong = || {
            StepFailure::new(format!(
                "`| {rates} | {lasting} |` is no stage; a stage is a row such as `| 50 | 1 min |` or \
                 `| 10 to 50 | 20 s |`, in transactions per second and for a year at most"
            ))
        };
        let Span(lasting) = lasting.parse().map_err(|_no_span| wrong())?;
        let rates = rates.trim_end_matches("TPS").trim();
        let (from, to) = rates.split_once(" to ").unwrap_or((rates, rates));
        let rate = |text: &str| {
            let text = text.trim().trim_end_matches("TPS").trim();
            text.parse().map_err(|_no_rate| wrong())
        };
        Ok((rate(from)?, rate(to)?, lasting))
    };
    two_columns(step, ["TPS", "for"])?
        .into_iter()
        .map(stage)
        .collect()
}

/// The fields of a multipart form below `step`, with the header row
/// `| name | value | file | type |`.
pub(super) fn fields(step: &Step) -> Result<Vec<Field>, StepFailure> {
    let rows = rows(step, "| name | value | file | type |")?;
    let Some((header, rows)) = rows.split_first() else {
        return Err(StepFailure::new("the table below the step is empty"));
    };
    for name in header {
        if !["name", "value", "file", "type"].contains(&name.as_str()) {
            return Err(StepFailure::new(format!(
                "the table has a column `{name}`; known are name, value, file and type"
            )));
        }
    }
    rows.iter().map(|row| field(header, row)).collect()
}

fn field(header: &[String], row: &[String]) -> Result<Field, StepFailure> {
    let cell = |column: &str| {
        let at = header.iter().position(|name| name == column)?;
        row.get(at)
            .map(String::as_str)
            .filter(|cell| !cell.is_empty())
    };
    let name = cell("name").ok_or_else(|| StepFailure::new("a row of the table has no name"))?;
    match (cell("value"), cell("file")) {
        (_, None) => Ok(Field::text(name, cell("value").unwrap_or_default())),
        (None, Some(file)) => {
            let media_type = cell("type").unwrap_or("application/octet-stream");
            Field::file(name, file, media_type)
        }
        (Some(_), Some(_)) => Err(StepFailure::new(format!(
            "the field `{name}` has both a value and a file"
        ))),
    }
}

fn two_columns(step: &Step, header: [&str; 2]) -> Result<Vec<(String, String)>, StepFailure> {
    let shape = format!("| {} | {} |", header[0], header[1]);
    let mut pairs = Vec::new();
    for row in rows(step, &shape)? {
        let [left, right] = row.as_slice() else {
            return Err(StepFailure::new(format!(
                "the table below the step needs two columns: {shape}"
            )));
        };
        pairs.push((left.clone(), right.clone()));
    }
    if pairs
        .first()
        .is_some_and(|(left, right)| [left, right] == header)
    {
        pairs.remove(0);
    }
    Ok(pairs)
}

fn rows<'a>(step: &'a Step, shape: &str) -> Result<&'a [Vec<String>], StepFailure> {
    match step.table() {
        Some(table) => Ok(&table.rows),
        None => Err(StepFailure::new(format!(
            "the step needs a table below it: {shape}"
        ))),
    }
}
