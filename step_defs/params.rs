//! The values that steps capture, each by the name it has in expressions.

use std::str::FromStr;

use cucumber::Parameter;

use crate::prelude::*;

/// `{text}`: a text in double or single quotes. Quotes of its own kind are
/// escaped in it; every other backslash stays, as regular expressions want it.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(name = "text", regex = r#""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"#)]
pub(super) struct Text(pub(super) String);

impl FromStr for Text {
    type Err = String;

    fn from_str(quoted: &str) -> Result<Self, Self::Err> {
        let unquote = |quote: char| {
            let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
            Some(inner.replace(&format!("\\{quote}"), &quote.to_string()))
        };
        unquote('"')
            .or_else(|| unquote('\''))
            .map(Self)
            .ok_or_else(|| format!("`{quoted}` is not in quotes"))
    }
}

/// `{span}`: a duration such as `60 s`, `500ms`, `2 minutes` or `1 h 30 min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "span",
    regex = r"\d+(?:\.\d+)? ?(?:milliseconds?|ms|seconds?|sec|s|minutes?|min|m|hours?|h)(?: \d+(?:\.\d+)? ?(?:milliseconds?|ms|seconds?|sec|s|minutes?|min|m|hours?|h))*"
)]
pub(super) struct Span(pub(super) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no duration");
        let mut seconds = 0.0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let unit_at = rest
                .find(|c: char| c != '.' && !c.is_ascii_digit())
                .ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(unit_at);
            let tail = tail.trim_start();
            let end = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let number: f64 = number.parse().map_err(|_not_a_number| wrong())?;
            seconds += number * seconds_in(unit).ok_or_else(wrong)?;
            rest = tail.trim_start();
        }
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|span| *span <= LONGEST_SPAN)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is too long, a year is the most"))
    }
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        _ => return None,
    })
}

/// `{percentage}`: a share such as `0.5 %` or `10%`.
#[derive(Clone, Copy, Debug, PartialEq, Parameter)]
#[param(name = "percentage", regex = r"\d+(?:\.\d+)? ?%")]
pub(super) struct Percentage(pub(super) f64);

impl FromStr for Percentage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_suffix('%')
            .and_then(|number| number.trim_end().parse().ok())
            .filter(|percent| (0.0..=100.0).contains(percent))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no share from 0 % to 100 %"))
    }
}

/// `{percentile}`: a percentile such as `90th`, `99.9th` or `1st`.
#[derive(Clone, Copy, Debug, PartialEq, Parameter)]
#[param(name = "percentile", regex = r"\d+(?:\.\d+)?(?:st|nd|rd|th)")]
pub(super) struct Percentile(pub(super) f64);

impl FromStr for Percentile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .parse()
            .ok()
            .filter(|percent| *percent > 0.0 && *percent <= 100.0)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no percentile above 0 and up to 100"))
    }
}

/// `{rate}`: transactions per second, such as `50 TPS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "rate", regex = r"\d+ ?TPS")]
pub(super) struct TransactionRate(pub(super) Rate);

impl FromStr for TransactionRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim_end_matches("TPS").parse().map(Self)
    }
}

/// `{trigger}`: when an event begins, such as `after 5 s`, `after 500 responses`,
/// `when the traffic reaches 20 TPS` or `when 10 "appointment" are saved`.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "trigger",
    regex = r#"after \d+ responses|after \d+(?:\.\d+)? ?(?:milliseconds?|ms|seconds?|sec|s|minutes?|min|m|hours?|h)(?: \d+(?:\.\d+)? ?(?:milliseconds?|ms|seconds?|sec|s|minutes?|min|m|hours?|h))*|when the traffic reaches \d+ ?TPS|when \d+ "[^"]+" are saved"#
)]
pub(super) struct When(pub(super) Trigger);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Durations are written in more ways here than in profiles.
        match text.strip_prefix("after ").map(str::parse) {
            Some(Ok(Span(after))) => Ok(Self(Trigger::After(after))),
            _ => text.parse().map(Self),
        }
    }
}

/// `{method}`: the method of a request.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(name = "method", regex = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS")]
pub(super) struct HttpMethod(pub(super) Method);

impl FromStr for HttpMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|_no_token| format!("`{text}` is no method"))
    }
}

/// `{hazard}`: the name of a hazard in quotes. Any other name is no step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "hazard",
    regex = r#""(?:cacheable-private-response|missing-vary|private-fact-in-url|weak-session-cookie|guessable-session-credential|session-fixation|credential-in-plain-http|open-cross-origin|existence-leak)""#
)]
pub(super) struct Hazard(pub(super) HazardKind);

impl FromStr for Hazard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim_matches('"').parse().map(Self)
    }
}

/// `{count}`: a whole number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "count", regex = r"\d+")]
pub(super) struct Count(pub(super) u32);

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|_too_big| format!("`{text}` is no count"))
    }
}

/// `{times}`: a whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "times", regex = r"[1-9]\d*")]
pub(super) struct Times(pub(super) NonZeroU32);

impl FromStr for Times {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|_out_of_range| format!("`{text}` is no count from 1"))
    }
}

/// `{status}`: a status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "status", regex = r"[1-5]\d\d")]
pub(super) struct Status(pub(super) u16);

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .ok()
            .filter(|code| (100..600).contains(code))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no status"))
    }
}

/// `{statuses}`: several status codes, such as `201, 409` or `200, 201 or 409`.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "statuses",
    regex = r"[1-5]\d\d(?:, ?[1-5]\d\d)*(?: or [1-5]\d\d)?"
)]
pub(super) struct Statuses(pub(super) Vec<u16>);

impl FromStr for Statuses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.replace(" or ", ",")
            .split(',')
            .map(|code| code.trim().parse().map(|Status(code)| code))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// `{class}`: a class of status codes, such as `2xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "class", regex = "[1-5]xx")]
pub(super) struct StatusClass(pub(super) u16);

impl FromStr for StatusClass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_suffix("xx")
            .and_then(|digit| digit.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no class of statuses"))
    }
}

/// `{type}`: a type of JSON values.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "type",
    regex = "string|number|integer|boolean|array|object|null"
)]
pub(super) struct JsonType(pub(super) String);

impl FromStr for JsonType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// `{header}`: a header line in quotes, such as `"Accept: text/csv"`.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(name = "header", regex = r#""[^":\\]+:(?:[^"\\]|\\.)*""#)]
pub(super) struct HeaderLine {
    pub(super) name: String,
    pub(super) value: String,
}

impl FromStr for HeaderLine {
    type Err = String;

    fn from_str(quoted: &str) -> Result<Self, Self::Err> {
        let Text(line) = quoted.parse()?;
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| format!("`{line}` is no header: a colon is missing"))?;
        Ok(Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    }
}

/// `{value}`: what a value is compared with: a text in quotes, which may hold
/// templates, or a number, `true`, `false` or `null` without quotes.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "value",
    regex = r#""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|true|false|null"#
)]
pub(super) enum Expected {
    /// In quotes.
    Text(String),
    /// Without.
    Scalar(String),
}

impl FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(['"', '\'']) {
            text.parse().map(|Text(text)| Self::Text(text))
        } else {
            Ok(Self::Scalar(text.to_owned()))
        }
    }
}

impl Expected {
    /// Whether this is at `selector`.
    pub(super) fn check(&self, user: &mut VirtualUser, selector: &Selector) -> StepResult {
        match self {
            Self::Text(text) => user.check_value(selector, text),
            Self::Scalar(scalar) => user.check_scalar(selector, scalar),
        }
    }
}

/// `{place}`: where in a response a value stands.
///
/// `JSON "$.id"` (or `JSON at "$.id"`), `the header "Location"`,
/// `the cookie "lang"`, `CSS selector "h1"`, `XPath "//total"`,
/// `regex "No\. (\d+)"`, `CSV column "no" of row 1`, `the body`.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(
    name = "place",
    regex = r#"(?:JSON(?: at)?|the header|the cookie|CSS selector|XPath|regex) (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|CSV column (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*') of row [1-9]\d*|the body"#
)]
pub(super) struct Place {
    kind: Kind,
    text: String,
}

/// How a place is pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Header,
    Cookie,
    Css,
    XPath,
    Regex,
    Csv { row: usize },
    Body,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(place: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{place}` is no place in a response");
        let quote = place.find(['"', '\'']).unwrap_or(place.len());
        let (kind, quoted) = place.split_at(quote);
        let (kind, quoted) = match kind.trim_end() {
            "JSON" | "JSON at" => (Kind::Json, quoted),
            "the header" => (Kind::Header, quoted),
            "the cookie" => (Kind::Cookie, quoted),
            "CSS selector" => (Kind::Css, quoted),
            "XPath" => (Kind::XPath, quoted),
            "regex" => (Kind::Regex, quoted),
            "CSV column" => {
                let (column, row) = quoted.rsplit_once(" of row ").ok_or_else(wrong)?;
                let row = row.parse().map_err(|_too_big| wrong())?;
                (Kind::Csv { row }, column)
            }
            "the body" => (Kind::Body, "\"\""),
            _ => return Err(wrong()),
        };
        let Text(text) = quoted.parse()?;
        Ok(Self { kind, text })
    }
}

impl Place {
    /// The selector, with the templates in it rendered for `user`. What they
    /// become is not told.
    pub(super) fn select(&self, user: &mut VirtualUser) -> Result<Selector, StepFailure> {
        let text = user.render(&self.text, Escape::None)?;
        if text == self.text {
            return self.select_plainly();
        }
        match self.select_at(text) {
            Ok(selector) => Ok(selector.told_as(&self.text)),
            Err(error) => Err(StepFailure::new(error.told_as(&self.text).to_string())),
        }
    }

    /// The selector, for nobody in particular.
    pub(super) fn select_plainly(&self) -> Result<Selector, StepFailure> {
        self.select_at(self.text.clone())
            .map_err(|error| StepFailure::new(error.to_string()))
    }

    fn select_at(&self, text: String) -> Result<Selector, CaptureError> {
        match self.kind {
            Kind::Json => Selector::json(&text),
            Kind::Header => Ok(Selector::Header(text.into())),
            Kind::Cookie => Ok(Selector::Cookie(text.into())),
            Kind::Css => Selector::css(&text),
            Kind::XPath => Selector::xpath(&text),
            Kind::Regex => Selector::regex(&text),
            Kind::Csv { row } => Ok(Selector::Csv {
                column: text.into(),
                row,
            }),
            Kind::Body => Ok(Selector::Body),
        }
    }
}
