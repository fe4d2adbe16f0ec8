//! GraphQL answers: refusals that come with the status of a success.

use serde_json::{Map, Value};

use super::Received;

/// What an answer says instead of giving anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphQlRefusal {
    /// Nobody is signed in.
    Unauthenticated,
    /// Anything else: forbidden, not found, a conflict, an error of the service.
    Other,
}

/// Codes that say that nobody is signed in, and nothing else.
const UNAUTHENTICATED: [&str; 2] = ["UNAUTHENTICATED", "AUTH_NOT_AUTHENTICATED"];

impl Received {
    /// Whether this is a GraphQL answer with errors and nothing else: HTTP calls
    /// it a success, and what was asked for is refused all the same. One that
    /// gives a part of what was asked for is none.
    pub fn graphql_refusal(&self) -> Option<GraphQlRefusal> {
        let success = (200..300).contains(&self.status) && !self.cut;
        let key = b"\"errors\"";
        if !success || !self.body.windows(key.len()).any(|part| part == key) {
            return None;
        }
        match serde_json::from_slice(&self.body).ok()? {
            Value::Object(answer) => refusal(&answer),
            // One answer for each of several operations in one request.
            Value::Array(answers) => {
                let mut refusals = answers
                    .iter()
                    .map(|answer| answer.as_object().and_then(refusal));
                let first = refusals.next()??;
                refusals.all(|other| other == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// Whether the service says with success that it did or gave what was asked
    /// for.
    pub fn grants(&self) -> bool {
        (200..300).contains(&self.status) && self.graphql_refusal().is_none()
    }

    /// Whether this has the form of a GraphQL answer.
    pub fn is_graphql(&self) -> bool {
        serde_json::from_slice::<Map<String, Value>>(&self.body)
            .is_ok_and(|answer| answer.contains_key("data") && only_known(&answer))
    }
}

/// Whether the body of a request is one GraphQL operation that only reads. One
/// that names what it runs by its hash alone may do anything.
pub fn is_graphql_query(body: &str) -> bool {
    let Ok(Value::Object(request)) = serde_json::from_str(body) else {
        return false;
    };
    let Some(document) = request.get("query").and_then(Value::as_str) else {
        return false;
    };
    let mut words = document
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let begins = document.trim_start();
    let reads = begins.starts_with('{')
        || (matches!(words.clone().next(), Some("query" | "fragment")) && begins.contains('{'));
    reads && !words.any(|word| matches!(word, "mutation" | "subscription"))
}

/// The specification allows no other entries at the top of an answer.
fn only_known(answer: &Map<String, Value>) -> bool {
    answer
        .keys()
        .all(|key| matches!(key.as_str(), "data" | "errors" | "extensions"))
}

fn refusal(answer: &Map<String, Value>) -> Option<GraphQlRefusal> {
    let nothing = match answer.get("data") {
        None | Some(Value::Null) => true,
        Some(Value::Object(fields)) => fields.values().all(Value::is_null),
        Some(_) => false,
    };
    let errors = answer.get("errors")?.as_array()?;
    let shaped = only_known(answer)
        && !errors.is_empty()
        && errors.iter().all(|error| error["message"].is_string());
    if !nothing || !shaped {
        return None;
    }
    let unauthenticated = errors.iter().any(|error| {
        error["extensions"]["code"]
            .as_str()
            .is_some_and(|code| UNAUTHENTICATED.contains(&code))
    });
    Some(if unauthenticated {
        GraphQlRefusal::Unauthenticated
    } else {
        GraphQlRefusal::Other
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Received {
        Received {
            status,
            headers: Vec::new(),
            body: body.to_owned().into(),
            cut: false,
        }
    }

    #[test]
    fn errors_and_nothing_else_are_a_refusal() {
        use GraphQlRefusal::{Other, Unauthenticated};
        for (body, expected) in [
            (
                r#"{"data":{"node":null},"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#,
                Some(Other),
            ),
            (r#"{"data":null,"errors":[{"message":"no"}]}"#, Some(Other)),
            (
                r#"{"errors":[{"message":"no"}],"extensions":{}}"#,
                Some(Other),
            ),
            (
                r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#,
                Some(Unauthenticated),
            ),
            (
                r#"[{"data":null,"errors":[{"message":"no"}]},{"errors":[{"message":"no"}]}]"#,
                Some(Other),
            ),
            // A part is given.
            (
                r#"[{"data":null,"errors":[{"message":"no"}]},{"data":{"me":{"id":1}}}]"#,
                None,
            ),
            (
                r#"{"data":{"node":{"name":"Ann","ssn":null}},"errors":[{"message":"no"}]}"#,
                None,
            ),
            (
                r#"{"data":{"deleted":true},"errors":[{"message":"late"}]}"#,
                None,
            ),
            // Nothing was found, or a mutation that gives nothing was done.
            (r#"{"data":{"delete":null}}"#, None),
            (r#"{"data":{"delete":null},"errors":[]}"#, None),
            // Not GraphQL.
            (r#"{"errors":[{"message":"no"}],"patient":{"id":1}}"#, None),
            (r#"{"errors":[{"title":"row 7 was left out"}]}"#, None),
            (r#"{"errors":3}"#, None),
            ("[]", None),
            ("\"errors\"", None),
            ("", None),
        ] {
            assert_eq!(answer(200, body).graphql_refusal(), expected, "{body}");
            assert_eq!(answer(200, body).grants(), expected.is_none(), "{body}");
            assert_eq!(answer(400, body).graphql_refusal(), None, "{body}");
        }
        for (body, reads) in [
            (r#"{"query":"{ me { id } }"}"#, true),
            (
                r#"{"query":"query Q($i: ID!) { node(id: $i) { id } }","variables":{"i":"x"}}"#,
                true,
            ),
            (r#"{"query":"mutation { delete(id: 1) }"}"#, false),
            (
                r#"{"query":"query A { me { id } } mutation B { delete }","operationName":"B"}"#,
                false,
            ),
            (r#"{"query":"subscription { news }"}"#, false),
            (r#"{"query":"query letters of Ann"}"#, false),
            (r#"{"query":"Ann Lee"}"#, false),
            (
                r#"{"extensions":{"persistedQuery":{"sha256Hash":"x"}}}"#,
                false,
            ),
            ("no json", false),
        ] {
            assert_eq!(is_graphql_query(body), reads, "{body}");
        }
        let mut cut = answer(200, r#"{"data":null,"errors":[{"message":"no"}]}"#);
        cut.cut = true;
        assert_eq!(cut.graphql_refusal(), None);
    }
}
