//! What holds the vocabulary together: values parse, every sentence of
//! `docs/steps.md` means one thing, and every step has a sentence there.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use cucumber::codegen::{Regex, WorldInventory};
use cucumber::gherkin::{LineCol, Span as Range, StepType, Table};
use cucumber::step::Location;
use cucumber::{Parameter, World};

use super::arguments;
use super::params::{
    Count, Expected, Hazard, HeaderLine, HttpMethod, JsonType, Percentage, Percentile, Place, Span,
    Status, StatusClass, Statuses, Text, Times, TransactionRate, When,
};
use crate::prelude::*;

const GUIDE: &str = include_str!("../docs/steps.md");

/// A step that no function has: the plan puts the other journey's steps there.
const BY_THE_PLAN: &str = "the user runs the journey ";

/// What `text` is parsed to, if all of it is captured at all.
fn captured<T>(text: &str) -> Option<T>
where
    T: Parameter + FromStr<Err = String>,
{
    let whole = Regex::new(&format!("^(?:{})$", T::REGEX)).unwrap();
    whole.is_match(text).then(|| text.parse().ok()).flatten()
}

#[track_caller]
fn check<T>(cases: &[(&str, Option<T>)])
where
    T: Parameter + FromStr<Err = String> + PartialEq + Debug,
{
    for (text, expected) in cases {
        assert_eq!(captured::<T>(text).as_ref(), expected.as_ref(), "{text}");
    }
}

#[test]
fn texts_lose_their_quotes_and_nothing_else() {
    let text = |text: &str| Some(Text(text.to_owned()));
    check(&[
        (r#""/slots""#, text("/slots")),
        (r"'/slots'", text("/slots")),
        (r#""""#, text("")),
        (
            r#""$.items[?@.id == 'a b']""#,
            text("$.items[?@.id == 'a b']"),
        ),
        (r#""{{ user.email }}""#, text("{{ user.email }}")),
        (r#"'say "yes"'"#, text(r#"say "yes""#)),
        (r#""say \"yes\"""#, text(r#"say "yes""#)),
        (r#""^\d+\.\d\\$""#, text(r"^\d+\.\d\\$")),
        (r#""one" and "two""#, None),
        ("plain", None),
        ("\"open", None),
    ]);
}

#[test]
fn events_begin_after_something_or_when_something_is() {
    let when = |trigger| Some(When(trigger));
    let after = |millis| when(Trigger::After(Duration::from_millis(millis)));
    let saved = Trigger::Saved {
        kind: "order".to_owned(),
        count: 10,
    };
    check(&[
        ("after 5 s", after(5_000)),
        ("after 1 min 30 s", after(90_000)),
        ("after 0.5 s", after(500)),
        ("after 500 responses", when(Trigger::AfterResponses(500))),
        (
            "when the traffic reaches 20 TPS",
            when(Trigger::AtRate(Rate::per_second(20).unwrap())),
        ),
        ("when the traffic reaches 0 TPS", None),
        ("when 10 \"order\" are saved", when(saved)),
        ("when 10 order are saved", None),
        ("after a while", None),
        ("at noon", None),
    ]);
}

#[test]
fn spans_have_units() {
    let span = |millis| Some(Span(Duration::from_millis(millis)));
    check(&[
        ("60 s", span(60_000)),
        ("500ms", span(500)),
        ("0.5 s", span(500)),
        ("2 minutes", span(120_000)),
        ("1 minute", span(60_000)),
        ("1h", span(3_600_000)),
        ("1 h 30 min", span(5_400_000)),
        ("3 seconds", span(3_000)),
        ("20 milliseconds", span(20)),
        ("0 s", span(0)),
        ("60", None),
        ("s", None),
        ("-1 s", None),
        ("2 days", None),
        ("99999999999999999999999 h", None),
        ("8784 h", span(366 * 24 * 3_600_000)),
        ("8785 h", None),
        ("10000000000000000000 s", None),
    ]);
    let why = "8785 h".parse::<Span>().unwrap_err();
    assert_eq!(why, "`8785 h` is too long, a year is the most");
    let why = "after 8785 h".parse::<When>().unwrap_err();
    assert!(why.ends_with("a year is the most"), "{why}");
}

#[test]
fn shares_and_percentiles_are_within_a_hundred() {
    check(&[
        ("0.5 %", Some(Percentage(0.5))),
        ("10%", Some(Percentage(10.0))),
        ("0 %", Some(Percentage(0.0))),
        ("100 %", Some(Percentage(100.0))),
        ("100.1 %", None),
        ("10", None),
    ]);
    check(&[
        ("1st", Some(Percentile(1.0))),
        ("50th", Some(Percentile(50.0))),
        ("99.9th", Some(Percentile(99.9))),
        ("0th", None),
        ("101st", None),
        ("90", None),
    ]);
}

#[test]
fn numbers_are_whole() {
    let rate = |tps| Rate::per_second(tps).map(TransactionRate);
    check(&[
        ("50 TPS", rate(50)),
        ("5TPS", rate(5)),
        ("0 TPS", None),
        ("1.5 TPS", None),
        ("50", None),
    ]);
    check(&[
        ("0", Some(Count(0))),
        ("42", Some(Count(42))),
        ("-1", None),
        ("4294967296", None),
    ]);
    check(&[
        ("3", NonZeroU32::new(3).map(Times)),
        ("0", None),
        ("4294967296", None),
    ]);
}

#[test]
fn statuses_are_three_digits() {
    check(&[
        ("201", Some(Status(201))),
        ("099", None),
        ("600", None),
        ("20", None),
    ]);
    check(&[
        ("201", Some(Statuses(vec![201]))),
        ("201, 409", Some(Statuses(vec![201, 409]))),
        ("200,201 or 409", Some(Statuses(vec![200, 201, 409]))),
        ("201 409", None),
    ]);
    check(&[("2xx", Some(StatusClass(2))), ("6xx", None), ("20x", None)]);
}

#[test]
fn methods_types_and_headers_are_known_by_name() {
    check(&[
        ("PATCH", Some(HttpMethod(Method::PATCH))),
        ("get", None),
        ("BREW", None),
    ]);
    check(&[
        ("array", Some(JsonType("array".to_owned()))),
        ("list", None),
    ]);
    let header = |name: &str, value: &str| {
        Some(HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    };
    check(&[
        (r#""Accept: text/csv""#, header("Accept", "text/csv")),
        (r#""If-Match:\"v1\"""#, header("If-Match", "\"v1\"")),
        (r#""X-Time: 10:30""#, header("X-Time", "10:30")),
        (r#""X-Empty:""#, header("X-Empty", "")),
        (r#""Accept""#, None),
    ]);
}

#[test]
fn expected_values_are_texts_or_scalars() {
    let text = |text: &str| Some(Expected::Text(text.to_owned()));
    let scalar = |text: &str| Some(Expected::Scalar(text.to_owned()));
    check(&[
        ("\"5\"", text("5")),
        ("'null'", text("null")),
        ("5", scalar("5")),
        ("-1.5", scalar("-1.5")),
        ("true", scalar("true")),
        ("null", scalar("null")),
        ("yes", None),
    ]);
}

#[test]
fn places_are_named_by_their_kind() {
    for (place, equal) in [
        ("JSON \"$.id\"", Some("JSON at '$.id'")),
        ("the header \"Location\"", Some("the header 'Location'")),
        ("the cookie \"lang\"", Some("the cookie 'lang'")),
        (
            "CSS selector \"a[rel='x']@href\"",
            Some("CSS selector \"a[rel='x']@href\""),
        ),
        ("XPath \"//a\"", Some("XPath '//a'")),
        ("regex \"(\\d+)\"", Some("regex '(\\d+)'")),
        (
            "CSV column \"a of row 2\" of row 1",
            Some("CSV column 'a of row 2' of row 1"),
        ),
        ("the body", Some("the body")),
        ("CSV column \"a\" of row 0", None),
        ("JSON $.id", None),
        ("the body \"x\"", None),
        ("the title", None),
    ] {
        let found = captured::<Place>(place);
        assert_eq!(found.is_some(), equal.is_some(), "{place}");
        assert_eq!(found, equal.and_then(captured), "{place}");
    }
}

// ---- what stands below a step ----

fn step(ty: StepType, value: &str) -> Step {
    Step {
        keyword: format!("{ty:?} "),
        ty,
        value: value.to_owned(),
        docstring: None,
        table: None,
        span: Range { start: 0, end: 0 },
        position: LineCol { line: 1, col: 1 },
    }
}

fn with_doc(doc: &str) -> Step {
    Step {
        docstring: Some(doc.to_owned()),
        ..step(StepType::When, "the user sends it")
    }
}

fn with_table(rows: &[&[&str]]) -> Step {
    let rows = rows
        .iter()
        .map(|row| row.iter().map(|&cell| cell.to_owned()).collect())
        .collect();
    Step {
        table: Some(Table {
            rows,
            span: Range { start: 0, end: 0 },
            position: LineCol { line: 2, col: 1 },
        }),
        ..step(StepType::When, "the user sends it")
    }
}

#[test]
fn a_doc_string_is_the_text_between_its_quotes() {
    for (doc, expected) in [
        ("\n{\"a\": 1}\n", "{\"a\": 1}"),
        ("json\n{\"a\": 1}\n", "{\"a\": 1}"),
        ("{\n\"a\": 1}\n", "{\n\"a\": 1}"),
        ("one line", "one line"),
        ("\n\n  two\nlines\n\n", "\n  two\nlines\n"),
        ("", ""),
    ] {
        assert_eq!(arguments::text(&with_doc(doc)).unwrap(), expected, "{doc}");
    }
}

#[test]
fn what_is_missing_below_a_step_is_said() {
    let bare = step(StepType::When, "the user sends it");
    let text = arguments::text(&bare).unwrap_err().to_string();
    assert!(text.contains("needs a text below it"), "{text}");
    for error in [
        arguments::pairs(&bare).unwrap_err(),
        arguments::weights(&bare).unwrap_err(),
        arguments::fields(&bare).unwrap_err(),
    ] {
        assert!(error.to_string().contains("needs a table below it: |"));
    }
}

#[test]
fn a_header_row_is_optional() {
    let expected = [("Accept".to_owned(), "text/csv".to_owned())];
    let row: &[&str] = &["Accept", "text/csv"];
    for table in [with_table(&[row]), with_table(&[&["name", "value"], row])] {
        assert_eq!(arguments::pairs(&table).unwrap(), expected);
    }
    // Only the first row can be one.
    let form = with_table(&[&["name", "value"], &["name", "value"]]);
    assert_eq!(arguments::pairs(&form).unwrap().len(), 1);
    assert!(arguments::pairs(&with_table(&[&["Accept"]])).is_err());
    let journeys = with_table(&[&["journey", "weight"], &["Book", "3"]]);
    assert_eq!(
        arguments::weights(&journeys).unwrap(),
        [("Book".to_owned(), 3)]
    );
    assert!(arguments::weights(&with_table(&[&["Book", "often"]])).is_err());
}

#[test]
fn stages_are_rates_or_ways_between_them() {
    let table = with_table(&[
        &["TPS", "for"],
        &["10", "20 s"],
        &["10 to 50", "1 min"],
        &["50 TPS to 5 TPS", "500ms"],
        &["0", "1 s"],
    ]);
    let millis = Duration::from_millis;
    assert_eq!(
        arguments::stages(&table).unwrap(),
        [
            (10, 10, millis(20_000)),
            (10, 50, millis(60_000)),
            (50, 5, millis(500)),
            (0, 0, millis(1_000)),
        ]
    );
    for row in [
        ["fast", "5 s"],
        ["5", "soon"],
        ["5 to", "5 s"],
        ["-5", "5 s"],
    ] {
        let why = arguments::stages(&with_table(&[&row])).unwrap_err();
        assert!(why.to_string().contains("is no stage"), "{why}");
    }
}

#[test]
fn fields_of_a_multipart_form_are_values_or_files() {
    let header: &[&str] = &["name", "file", "type", "value"];
    let table = with_table(&[
        header,
        &["note", "", "", "{{ unique }}"],
        &["scan", "Cargo.toml", "text/plain", ""],
    ]);
    let fields = arguments::fields(&table).unwrap();
    assert_eq!(fields[0], Field::text("note", "{{ unique }}"));
    let FieldValue::File {
        name, media_type, ..
    } = &fields[1].value
    else {
        panic!("a file was expected: {fields:?}");
    };
    assert_eq!(
        (name.as_str(), media_type.as_str()),
        ("Cargo.toml", "text/plain")
    );
    for wrong in [
        with_table(&[]),
        with_table(&[&["name", "colour"], &["a", "red"]]),
        with_table(&[header, &["", "", "", "x"]]),
        with_table(&[header, &["a", "Cargo.toml", "", "x"]]),
        with_table(&[header, &["a", "no-such-file", "", ""]]),
    ] {
        assert!(arguments::fields(&wrong).is_err(), "{wrong:?}");
    }
}

// ---- the vocabulary as a whole ----

/// Every place in the guide where a step is shown.
fn sentences() -> Vec<Step> {
    let mut found = Vec::new();
    let mut last = None;
    let mut shown = false;
    let mut quoted = false;
    for line in GUIDE.lines().map(str::trim) {
        if line.starts_with("```") {
            shown = line == "```gherkin";
            last = None;
        } else if line.starts_with("\"\"\"") {
            quoted = !quoted;
        } else if shown && !quoted {
            let Some((keyword, value)) = line.split_once(' ') else {
                continue;
            };
            let ty = match keyword {
                "Given" => Some(StepType::Given),
                "When" => Some(StepType::When),
                "Then" => Some(StepType::Then),
                "And" | "But" => last,
                _ => continue,
            };
            last = ty;
            found.push(step(ty.unwrap(), value));
        }
    }
    found
}

/// The steps registered for a world, by where they are written.
fn registered<W>() -> Vec<(StepType, Location, Regex)>
where
    W: WorldInventory,
{
    use cucumber::codegen::{StepConstructor as _, inventory};
    let given = inventory::iter::<W::Given>.into_iter().map(|step| {
        let (place, regex, _) = step.inner();
        (StepType::Given, place, regex())
    });
    let when = inventory::iter::<W::When>.into_iter().map(|step| {
        let (place, regex, _) = step.inner();
        (StepType::When, place, regex())
    });
    let then = inventory::iter::<W::Then>.into_iter().map(|step| {
        let (place, regex, _) = step.inner();
        (StepType::Then, place, regex())
    });
    given.chain(when).chain(then).collect()
}

#[test]
fn every_sentence_of_the_guide_means_one_thing() {
    let users = VirtualUser::collection();
    let campaigns = Campaign::collection();
    let sentences = sentences();
    assert!(sentences.len() > 80, "{} sentences", sentences.len());
    for sentence in &sentences {
        let user = users.find(sentence).map(|found| found.is_some());
        let campaign = campaigns.find(sentence).map(|found| found.is_some());
        let meanings = match (user, campaign) {
            (Ok(user), Ok(campaign)) => u8::from(user) + u8::from(campaign),
            (user, campaign) => panic!("{sentence} is ambiguous: {user:?}, {campaign:?}"),
        };
        let expected = u8::from(!sentence.value.starts_with(BY_THE_PLAN));
        assert_eq!(meanings, expected, "{sentence}");
    }
}

#[test]
fn every_step_has_a_sentence_in_the_guide() {
    let sentences = sentences();
    // One function can be registered for several keywords; once is enough.
    let mut shown: BTreeMap<String, bool> = BTreeMap::new();
    let mut steps = registered::<VirtualUser>();
    steps.extend(registered::<Campaign>());
    for (_, _, regex) in steps {
        let found = sentences.iter().any(|step| regex.is_match(&step.value));
        *shown.entry(regex.as_str().to_owned()).or_default() |= found;
    }
    assert!(shown.len() > 60, "{} steps", shown.len());
    let missing: Vec<&String> = shown
        .iter()
        .filter(|(_, found)| !**found)
        .map(|(regex, _)| regex)
        .collect();
    assert!(missing.is_empty(), "not in docs/steps.md: {missing:#?}");
}

#[test]
fn what_configures_can_be_given_or_done() {
    let mut by_regex: BTreeMap<String, Vec<StepType>> = BTreeMap::new();
    for (ty, _, regex) in registered::<Campaign>() {
        by_regex
            .entry(regex.as_str().to_owned())
            .or_default()
            .push(ty);
    }
    for (regex, types) in by_regex {
        assert!(
            types == [StepType::Given, StepType::When] || types == [StepType::Then],
            "{regex}: {types:?}"
        );
    }
}

#[test]
fn every_hazard_can_be_named() {
    for kind in HazardKind::ALL {
        let quoted = format!("\"{kind}\"");
        assert_eq!(captured(&quoted), Some(Hazard(kind)), "{quoted}");
    }
    assert_eq!(captured::<Hazard>("\"missing-very\""), None);
}
