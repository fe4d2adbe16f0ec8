//! Existence: whether a denial tells that there is something to be denied.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{Received, UNTOLD, is_plain_header};

/// Headers that differ between any two answers.
const VOLATILE: [&str; 8] = [
    "date",
    "content-length",
    "age",
    "set-cookie",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "server-timing",
];

/// Statuses that say nothing about what was asked for: the service is busy, or
/// does not like the form of a made-up id.
const INDIFFERENT: [u16; 5] = [400, 408, 422, 425, 429];

/// In what `denied`, the denial of something that exists, differs from `absent`,
/// the answer to something that never did; each in words without any value.
/// `ids` are the two ids of each place of the request, the existing one first.
///
/// Values that change by themselves (all with digits in them) are not compared.
/// Times are compared by [`DenialTimes`](super::denial_times::DenialTimes): one
/// pair of answers tells too little about them.
pub(super) fn differences(
    denied: &Received,
    absent: &Received,
    ids: &[(String, String)],
) -> Vec<String> {
    if !is_denial(denied) || !is_denial(absent) {
        return Vec::new();
    }
    let mut differences = Vec::new();
    if denied.status != absent.status {
        differences.push(format!(
            "status {} in place of {}",
            denied.status, absent.status
        ));
    }
    let (one, other) = (header_names(denied), header_names(absent));
    if let Some(name) = one.symmetric_difference(&other).next() {
        let told = Some(*name).filter(|name| is_plain_header(name));
        let told = told.unwrap_or(UNTOLD);
        differences.push(format!("header {told}"));
    }
    if denied.media_type() != absent.media_type() {
        differences.push("media type".to_owned());
    } else if body(denied, ids.iter().map(|(own, _)| own.as_str()))
        != body(absent, ids.iter().map(|(_, own)| own.as_str()))
    {
        differences.push("body".to_owned());
    }
    differences
}

/// Whether `answer` says no to what was asked for.
pub(super) fn is_denial(answer: &Received) -> bool {
    let denies = (300..500).contains(&answer.status) && !INDIFFERENT.contains(&answer.status);
    denies || answer.graphql_refusal().is_some()
}

fn header_names(answer: &Received) -> BTreeSet<&str> {
    answer
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !VOLATILE.contains(name))
        .collect()
}

/// The body without the ids that were asked for and what changes by itself.
fn body<'a>(answer: &Received, ids: impl Iterator<Item = &'a str>) -> String {
    let mut text = answer.text();
    for id in ids {
        text = text.replace(id, "");
    }
    match serde_json::from_str::<Value>(&text) {
        Ok(mut json) => {
            steady(&mut json);
            json.to_string()
        }
        Err(_no_json) => text
            .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '='))
            .filter(|word| !changes(word))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn steady(value: &mut Value) {
    match value {
        Value::Number(_) => *value = Value::Null,
        Value::String(text) if changes(text) => *value = Value::Null,
        Value::Array(items) => items.iter_mut().for_each(steady),
        Value::Object(fields) => fields.values_mut().for_each(steady),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Whether a text is likely to be another one in every answer: a time, a trace
/// id.
fn changes(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Received {
        Received {
            status,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("date".into(), body.len().to_string()),
            ],
            body: body.to_owned().into(),
            cut: false,
        }
    }

    #[test]
    fn denials_alike_tell_nothing_and_others_tell_that_there_is_something() {
        let ids = [("AP-1".to_owned(), "AP-9".to_owned())];
        let of = |one: &Received, other: &Received| differences(one, other, &ids);
        let plain = r#"{"error":"not-found","message":"no appointment AP-9","trace":"77"}"#;
        let absent = answer(404, plain);
        let alike = answer(404, &plain.replace("AP-9", "AP-1").replace("77", "78"));
        assert!(of(&alike, &absent).is_empty());
        let mut forbidden = alike.clone();
        forbidden.status = 403;
        assert_eq!(of(&forbidden, &absent), ["status 403 in place of 404"]);
        let other = answer(404, r#"{"error":"not-yours","message":"no","trace":"77"}"#);
        assert_eq!(of(&other, &absent), ["body"]);
        let mut header = alike.clone();
        header.headers.push(("x-owner".into(), "1".into()));
        assert_eq!(of(&header, &absent), ["header x-owner"]);
        for indifferent in [200, 400, 429, 503] {
            assert!(of(&answer(indifferent, "{}"), &absent).is_empty());
            assert!(of(&alike, &answer(indifferent, "{}")).is_empty());
        }
    }
}
