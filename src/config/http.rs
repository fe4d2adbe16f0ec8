//! How requests are sent.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::byte_size::ByteSize;
use super::connections::Connections;
use super::duration::Span;
use super::element::Element;
use super::header::{Name, Value};
use super::reader::Reader;

/// How requests are sent, and what is accepted as an answer.
#[derive(Clone)]
pub struct HttpConfig {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a whole transaction may take.
    pub timeout: Duration,
    /// Bodies are cut here, in bytes.
    pub max_body: usize,
    /// How many redirects are followed.
    pub max_redirects: u8,
    /// Who shares connections.
    pub connections: Connections,
    /// Certificates to trust besides the system's, in PEM.
    pub ca: Option<PathBuf>,
    /// Sent along with every request, names in lower case. Values may be
    /// secrets.
    pub headers: Vec<(String, String)>,
    /// The header that carries the id of a transaction, in lower case.
    pub request_id_header: String,
}

impl HttpConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            connect_timeout: reader.value("connect-timeout", Span::seconds(2)).0,
            timeout: reader.value("timeout", Span::seconds(10)).0,
            max_body: reader.value("max-body", ByteSize(4 << 20)).0,
            max_redirects: reader.value("max-redirects", 10),
            connections: reader.value("connections", Connections::PerUser),
            ca: reader.path("ca"),
            headers: headers(reader),
            request_id_header: reader
                .value("request-id-header", Name::of("x-request-id"))
                .0,
        }
    }
}

fn headers(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut headers = BTreeMap::new();
    for name in reader.below("headers") {
        let key = format!("headers.{name}");
        let Some(Value(value)) = reader.optional(&key) else {
            continue;
        };
        let name = Name::parse(&name).and_then(|name| match name.why_reserved() {
            Some(why) => Err(why),
            None => Ok(name),
        });
        match name {
            Ok(name) => {
                headers.insert(name.0, value);
            }
            Err(message) => reader.problem(reader.origin(&key), &key, message),
        }
    }
    headers.into_iter().collect()
}

/// Shows the names of the headers only.
impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpConfig")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .field("max_redirects", &self.max_redirects)
            .field("connections", &self.connections)
            .field("ca", &self.ca)
            .field("headers", &names)
            .field("request_id_header", &self.request_id_header)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{load, problems, profile};
    use super::*;

    #[test]
    fn http_has_defaults() {
        let http = profile("").http;
        assert_eq!(http.connect_timeout, Duration::from_secs(2));
        assert_eq!(http.timeout, Duration::from_secs(10));
        assert_eq!((http.max_body, http.max_redirects), (4 << 20, 10));
        assert_eq!((http.connections, http.ca), (Connections::PerUser, None));
        assert_eq!(http.headers, []);
        assert_eq!(http.request_id_header, "x-request-id");
    }

    #[test]
    fn headers_come_from_every_layer_and_are_not_shown() {
        let text = "[profiles.a.headers]\nX-Tenant = 'one'\nAuthorization = 'Bearer ${TOKEN}'";
        let environment = [("TOKEN", "hush"), ("FPT_HEADERS_X_TENANT", "two")];
        let profile = load(text, None, &environment, &[("headers.x-more", "hush")]).unwrap();
        let headers: Vec<_> = profile
            .http
            .headers
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            headers,
            [
                ("authorization", "Bearer hush"),
                ("x-more", "hush"),
                ("x-tenant", "two")
            ]
        );
        assert!(!format!("{profile:?} {:?}", profile.describe()).contains("hush"));
    }

    #[test]
    fn headers_are_checked() {
        let told = problems(
            "[profiles.a.headers]\ncookie = 'a=hush'\n'x y' = 'b'\nz = '${NO_SUCH}'\nn = 3",
        );
        let places: Vec<_> = told.iter().map(|line| &line[..11]).collect();
        assert_eq!(
            places,
            ["fpt.toml:3:", "fpt.toml:4:", "fpt.toml:5:", "fpt.toml:6:"]
        );
        assert!(told[0].ends_with("cannot be the same for everyone. Remove it."));
        assert!(told[2].contains("`NO_SUCH` is not set"));
        assert!(!told.join("").contains("hush"));
    }
}
