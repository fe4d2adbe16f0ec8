//! What is done on purpose to make mix-ups likelier.

use super::element::{Count, Element, Shape, unexpected};
use super::nearest::one_of;
use super::reader::Reader;
use crate::model::Departure;

/// What is done on purpose to make mix-ups likelier. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProvokeConfig {
    /// How many of a hundred requests are abandoned.
    pub abandoned: f64,
    /// At which moments, drawn for each.
    pub abandon_at: Vec<Departure>,
    /// So many users at a time send the same request; 1 for each when ready.
    pub same_request: u32,
    /// So many users at a time sign in; 1 for each when ready.
    pub sign_ins_together: u32,
    /// How many of a hundred writes are sent twice at once.
    pub double_submit: f64,
    /// Which, as `METHOD /path` of the step; those with an idempotency key are
    /// always among them.
    pub double_submit_routes: Vec<String>,
    /// During how many of a hundred sign-outs a request is under way.
    pub sign_out_in_flight: f64,
}

impl ProvokeConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let moments = [Moment(Departure::AfterSend)];
        Self {
            abandoned: reader.value("provoke.abandoned", Share(0.0)).0,
            abandon_at: reader
                .list("provoke.abandon-at", moments.into())
                .into_iter()
                .map(|Moment(moment)| moment)
                .collect(),
            same_request: reader.value("provoke.same-request", Count(1)).0,
            sign_ins_together: reader.value("provoke.sign-ins-together", Count(1)).0,
            double_submit: reader.value("provoke.double-submit", Share(0.0)).0,
            double_submit_routes: reader
                .list("provoke.double-submit-routes", Vec::new())
                .into_iter()
                .map(|Route(route)| route)
                .collect(),
            sign_out_in_flight: reader.value("provoke.sign-out-in-flight", Share(0.0)).0,
        }
    }
}

/// A share in percent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Share(pub(super) f64);

impl Element for Share {
    const EXPECTED: &'static str = "a share such as \"20 %\", from 0 to 100";
    const SHAPE: Shape = Shape::TextOrInteger;

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.trim().trim_end_matches('%').trim_end();
        match number.parse() {
            Ok(share) if (0.0..=100.0).contains(&share) => Ok(Self(share)),
            _ => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        format!("{} %", self.0)
    }
}

/// A moment at which a request is abandoned.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment(Departure);

const MOMENTS: [(&str, Moment); 3] = [
    ("after-send", Moment(Departure::AfterSend)),
    ("before-body", Moment(Departure::BeforeBody)),
    ("mid-body", Moment(Departure::MidBody)),
];

impl Element for Moment {
    const EXPECTED: &'static str = "\"after-send\", \"before-body\" or \"mid-body\"";

    fn parse(text: &str) -> Result<Self, String> {
        one_of(text, &MOMENTS)
    }

    fn show(&self) -> String {
        let own = MOMENTS.iter().find(|(_, moment)| moment == self);
        own.map_or_else(String::new, |(name, _)| (*name).to_owned())
    }
}

/// Method and path of a request, as its step writes them.
#[derive(Clone, Debug)]
struct Route(String);

impl Element for Route {
    const EXPECTED: &'static str =
        "method and path as the step writes them, such as \"POST /orders\"";

    fn parse(text: &str) -> Result<Self, String> {
        let fits = |(method, path): (&str, &str)| {
            ["POST", "PUT", "PATCH", "DELETE"].contains(&method) && !path.is_empty()
        };
        if text.split_once(' ').is_some_and(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(unexpected::<Self>(text))
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn nothing_is_provoked_by_default() {
        let provoke = profile("").provoke;
        assert_eq!((provoke.abandoned, provoke.double_submit), (0.0, 0.0));
        assert_eq!((provoke.same_request, provoke.sign_ins_together), (1, 1));
        assert_eq!(provoke.abandon_at, [Departure::AfterSend]);
    }

    #[test]
    fn provocations_can_be_written() {
        let provoke = profile(
            "[profiles.a.provoke]\nabandoned = '20 %'\nabandon-at = ['mid-body', 'after-send']\n\
             same-request = 4\nsign-ins-together = 10\ndouble-submit = 5\n\
             double-submit-routes = ['POST /orders']\nsign-out-in-flight = '2.5%'",
        )
        .provoke;
        assert_eq!(
            provoke.abandon_at,
            [Departure::MidBody, Departure::AfterSend]
        );
        assert_eq!((provoke.same_request, provoke.sign_ins_together), (4, 10));
        assert_eq!(
            (
                provoke.abandoned,
                provoke.double_submit,
                provoke.sign_out_in_flight
            ),
            (20.0, 5.0, 2.5)
        );
        assert_eq!(provoke.double_submit_routes, ["POST /orders"]);
    }

    #[test]
    fn wrong_ones_are_told() {
        let told = problems(
            "[profiles.a.provoke]\nabandoned = '120 %'\nabandon-at = ['mid-boddy']\n\
             same-request = 0\ndouble-submit-routes = ['GET /x']",
        );
        let places: Vec<_> = told.iter().map(|line| &line[..11]).collect();
        assert_eq!(
            places,
            ["fpt.toml:3:", "fpt.toml:4:", "fpt.toml:5:", "fpt.toml:6:"]
        );
        assert!(told[1].ends_with("Did you mean `mid-body`?"), "{}", told[1]);
    }
}
