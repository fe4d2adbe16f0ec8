//! What `Then` steps ask of a response.
//!
//! Reasons name what was expected and what was found without quoting anybody's
//! data: a found value is told only when it looks like a word of a vocabulary.

use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use crate::http::{Reading, Selector};
use crate::model::IdentityClaim;
use crate::oracle::{is_same, shows};

use super::failure::{StepFailure, StepResult};
use super::template::Escape;
use super::user::VirtualUser;

impl VirtualUser {
    /// The status is `expected`. Expecting 401 means that being treated as
    /// anonymous is right.
    ///
    /// # Errors
    ///
    /// When it is another.
    pub fn check_status(&mut self, expected: &[u16]) -> StepResult {
        if expected.contains(&401) {
            self.expect_anonymous();
        }
        let status = self.response()?.status;
        if expected.contains(&status) {
            return Ok(());
        }
        let list: Vec<String> = expected.iter().map(u16::to_string).collect();
        Err(StepFailure::new(format!(
            "status is {status}, expected {}",
            list.join(" or ")
        )))
    }

    /// The status is in the class `class`, such as 2 for 2xx.
    ///
    /// # Errors
    ///
    /// When it is in another.
    pub fn check_status_class(&mut self, class: u16) -> StepResult {
        let status = self.response()?.status;
        if status / 100 == class {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "status is {status}, expected {class}xx"
        )))
    }

    /// Of several responses to requests sent at once, `count` have `status`.
    ///
    /// # Errors
    ///
    /// When more or fewer have.
    pub fn check_statuses(&mut self, count: usize, status: u16) -> StepResult {
        let found = self
            .responses()
            .iter()
            .filter(|response| response.status == status)
            .count();
        if found == count {
            return Ok(());
        }
        let total = self.responses().len();
        Err(StepFailure::new(format!(
            "{found} of {total} responses have status {status}, expected {count}"
        )))
    }

    /// The reason phrase that goes with the status.
    ///
    /// # Errors
    ///
    /// When it is another.
    pub fn check_status_message(&mut self, expected: &str) -> StepResult {
        let status = self.response()?.status;
        let message = http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        if message.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "status message is \"{message}\", expected \"{expected}\""
        )))
    }

    /// The value at `selector` contains `text`, or does not.
    ///
    /// # Errors
    ///
    /// When it is the other way, or nothing is there.
    pub fn check_contains(
        &mut self,
        selector: &Selector,
        text: &str,
        contained: bool,
    ) -> StepResult {
        let expected = self.render(text, Escape::None)?;
        if self.read(selector)?.text.contains(&expected) == contained {
            return Ok(());
        }
        let not = if contained {
            "does not contain"
        } else {
            "contains"
        };
        Err(StepFailure::new(format!("{selector} {not} \"{text}\"")))
    }

    /// The value at `selector` is `expected`.
    ///
    /// # Errors
    ///
    /// When it is another, or nothing is there.
    pub fn check_value(&mut self, selector: &Selector, expected: &str) -> StepResult {
        let rendered = self.render(expected, Escape::None)?;
        let reading = self.read(selector)?;
        let same_json = || match (&reading.json, serde_json::from_str::<Value>(&rendered)) {
            (Some(found), Ok(wanted)) => *found == wanted,
            _ => false,
        };
        if reading.text == rendered || same_json() {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "{selector} is {}, expected {expected}",
            told(&reading)
        )))
    }

    /// The value at `selector` is the JSON scalar `expected`: 5 is not "5".
    /// Values of other kinds than JSON are compared as text.
    ///
    /// # Errors
    ///
    /// When it is another, or nothing is there.
    pub fn check_scalar(&mut self, selector: &Selector, expected: &str) -> StepResult {
        let wanted: Value = serde_json::from_str(expected)
            .map_err(|error| StepFailure::new(format!("`{expected}` is no value: {error}")))?;
        let reading = self.read(selector)?;
        let same = match &reading.json {
            Some(found) => *found == wanted || same_number(found, &wanted),
            None => reading.text == expected,
        };
        if same {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "{selector} is {}, expected {expected}",
            told(&reading)
        )))
    }

    /// The value at `selector` matches `pattern`.
    ///
    /// # Errors
    ///
    /// When it does not, or nothing is there.
    pub fn check_match(&mut self, selector: &Selector, pattern: &str) -> StepResult {
        let regex = Regex::new(pattern)
            .map_err(|error| StepFailure::new(format!("`{pattern}` is no pattern: {error}")))?;
        let reading = self.read(selector)?;
        if regex.is_match(&reading.text) {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "{selector} is {}, which does not match `{pattern}`",
            told(&reading)
        )))
    }

    /// The JSON value at `selector` has the type `expected`: string, number,
    /// integer, boolean, array, object or null.
    ///
    /// # Errors
    ///
    /// When it has another, or nothing is there.
    pub fn check_type(&mut self, selector: &Selector, expected: &str) -> StepResult {
        let reading = self.read(selector)?;
        let found = match &reading.json {
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => "integer",
            Some(Value::Number(_)) => "number",
            Some(Value::Array(_)) => "array",
            Some(Value::Object(_)) => "object",
            Some(Value::String(_)) | None => "string",
        };
        if found == expected || (expected == "number" && found == "integer") {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "{selector} is of type {found}, expected {expected}"
        )))
    }

    /// The JSON array at `selector` has `count` elements.
    ///
    /// # Errors
    ///
    /// When it has more or fewer, or is no array.
    pub fn check_count(&mut self, selector: &Selector, count: usize) -> StepResult {
        let reading = self.read(selector)?;
        match &reading.json {
            Some(Value::Array(items)) if items.len() == count => Ok(()),
            Some(Value::Array(items)) => Err(StepFailure::new(format!(
                "{selector} has {} elements, expected {count}",
                items.len()
            ))),
            _ => Err(StepFailure::new(format!("{selector} is no array"))),
        }
    }

    /// Something is at `selector`, or nothing is.
    ///
    /// # Errors
    ///
    /// When it is the other way.
    pub fn check_exists(&mut self, selector: &Selector, exists: bool) -> StepResult {
        self.response()?;
        match (self.read(selector), exists) {
            (Ok(_), true) | (Err(_), false) => Ok(()),
            (Ok(_), false) => Err(StepFailure::new(format!("{selector} exists"))),
            (Err(error), true) => Err(error),
        }
    }

    /// The body matches the JSON schema in the file `path`.
    ///
    /// # Errors
    ///
    /// When it does not; the reason names the places, not the values.
    pub fn check_schema(&mut self, path: &str) -> StepResult {
        let validator = self.context().schemas.get(path).map_err(StepFailure::new)?;
        let body: Value = serde_json::from_str(&self.response()?.text())
            .map_err(|_quotes_the_body| StepFailure::new("the body is no JSON"))?;
        let wrong: Vec<String> = validator
            .iter_errors(&body)
            .take(3)
            // The place in the body could be made of somebody's data.
            .map(|error| error.schema_path().to_string())
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "the body does not match {path}: {}",
            wrong.join(", ")
        )))
    }

    /// The response shows the user's own `fact`, anywhere and in whatever form.
    ///
    /// # Errors
    ///
    /// When it does not, or the user has no such fact.
    pub fn check_own_fact(&mut self, fact: &str) -> StepResult {
        let value = self
            .fact(fact)
            .ok_or_else(|| StepFailure::new(format!("the user has no fact `{fact}`")))?;
        if shows(self.response()?, fact, value) {
            return Ok(());
        }
        Err(StepFailure::new(format!(
            "the response does not show the user's own {fact}"
        )))
    }

    /// The value at `selector` is the user's own `fact`. Anybody else's value
    /// there is a finding.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn check_identity(&mut self, selector: &Selector, fact: &str) -> StepResult {
        self.check_unjudged()?;
        let Reading { text, spot, .. } = self.read(selector)?;
        let own = self.fact(fact).is_some_and(|own| is_same(fact, own, &text));
        if !own {
            self.fail_softly(format!("{selector} is not the user's own {fact}"));
        }
        self.claim_identity(IdentityClaim {
            fact: fact.into(),
            spot,
            value: text,
        });
        Ok(())
    }

    /// The service denies the last request: with one of the statuses that the
    /// profile names, or by sending the user to a sign-in page.
    ///
    /// # Errors
    ///
    /// When the service neither denies nor grants it.
    pub fn check_denied(&mut self) -> StepResult {
        self.check_unjudged()?;
        self.expect_denial();
        self.response()?;
        if self.was_denied() {
            return Ok(());
        }
        let statuses: Vec<u16> = self.responses().iter().map(|own| own.status).collect();
        let granted = statuses
            .iter()
            .copied()
            .find(|status| (200..300).contains(status));
        let status = granted.unwrap_or(statuses[0]);
        let reason = format!("status is {status}, expected a denial");
        if granted.is_some() {
            // The oracle reports it, and the iteration goes on.
            self.fail_softly(reason);
            return Ok(());
        }
        Err(StepFailure::new(reason))
    }

    /// The last response came within `limit`, redirects included.
    ///
    /// # Errors
    ///
    /// When it took longer.
    pub fn check_within(&mut self, limit: Duration) -> StepResult {
        self.check_unjudged()?;
        match self.response_time() {
            Some(time) if time > limit => Err(StepFailure::new(format!(
                "the response took longer than {}",
                humantime::format_duration(limit)
            ))),
            _ => Ok(()),
        }
    }

    /// The user is signed in, and the last request was answered so.
    ///
    /// # Errors
    ///
    /// When the user never signed in, signed out, or was treated as anonymous.
    pub fn check_signed_in(&mut self) -> StepResult {
        if !self.is_signed_in() {
            return Err(StepFailure::new("the user is not signed in"));
        }
        if self.was_anonymous() {
            return Err(StepFailure::new("the user was treated as anonymous"));
        }
        Ok(())
    }

    /// The last request was answered as to somebody not signed in: with a
    /// status that says so, or by sending the user to a sign-in page.
    ///
    /// # Errors
    ///
    /// When it was not.
    pub fn check_anonymous(&mut self) -> StepResult {
        self.check_unjudged()?;
        self.expect_anonymous();
        if self.was_anonymous() {
            return Ok(());
        }
        let status = self.response()?.status;
        Err(StepFailure::new(format!(
            "status is {status}, expected to be treated as anonymous"
        )))
    }

    /// The last response has not been handed to the oracle yet, so that what a
    /// step says about it can still be heard.
    pub(in crate::campaign) fn check_unjudged(&self) -> StepResult {
        self.response()?;
        if self.response_time().is_some() {
            return Ok(());
        }
        Err(StepFailure::new(
            "the response was judged before this step: put the step right after the request",
        ))
    }
}

/// What was found, as far as it may be told.
fn told(reading: &Reading) -> String {
    match &reading.json {
        Some(Value::Null | Value::Bool(_)) => reading.text.clone(),
        Some(Value::Array(items)) => format!("an array of {}", items.len()),
        Some(Value::Object(_)) => "an object".to_owned(),
        Some(Value::Number(_)) if reading.text.len() <= 4 => reading.text.clone(),
        Some(Value::Number(_)) => "another number".to_owned(),
        Some(Value::String(_)) | None => told_text(&reading.text),
    }
}

/// Whether both are the same number, such as 5 and 5.0.
fn same_number(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        _ => false,
    }
}

/// A short lower-case word is taken for one of a vocabulary (`confirmed`,
/// `pending`) and told; anything else could be somebody's.
fn told_text(text: &str) -> String {
    let word = !text.is_empty()
        && text.len() <= 16
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-'));
    if word {
        format!("\"{text}\"")
    } else {
        format!("another text of {} characters", text.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        for (a, b, same) in [
            ("5", "5.0", true),
            ("5", "5", false), // equal as they are
            ("5", "6.0", false),
            ("5", "\"5.0\"", false),
        ] {
            let [a, b] = [a, b].map(|text| serde_json::from_str(text).unwrap());
            assert_eq!(same_number(&a, &b), same, "{a} {b}");
        }
    }

    #[test]
    fn only_words_of_a_vocabulary_are_told() {
        assert_eq!(told_text("confirmed"), "\"confirmed\"");
        assert_eq!(told_text("Anna Schmidt"), "another text of 12 characters");
        assert_eq!(
            told_text("anna@example.test"),
            "another text of 17 characters"
        );
    }
}
