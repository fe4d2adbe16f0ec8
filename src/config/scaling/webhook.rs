//! Scaling by an address.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::super::duration::Span;
use super::super::element::Element;
use super::super::header::{Name, Value};
use super::super::reader::Reader;
use super::super::target::authority;

/// An address that scales the service.
#[derive(Clone)]
pub struct WebhookConfig {
    /// Where requests of the contract are sent. May be a secret, but for its
    /// host.
    pub url: Option<Url>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// The shortest time between two looks at the instances.
    pub interval: Duration,
    /// What is scaled, in the receiver's own words, if it knows several things.
    pub group: Option<String>,
    /// Sent along with every request, names in lower case. Values may be
    /// secrets.
    pub headers: Vec<(String, String)>,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            url: None,
            timeout: Duration::from_secs(30),
            interval: Duration::from_millis(250),
            group: None,
            headers: Vec::new(),
        }
    }
}

impl WebhookConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let usual = Self::default();
        let url: Option<Address> = reader.optional("scaling.webhook.url");
        Self {
            url: url.map(|address| address.0),
            timeout: reader
                .value("scaling.webhook.timeout", Span(usual.timeout))
                .0,
            interval: reader.value("scaling.webhook.interval", usual.interval),
            group: reader.optional("scaling.webhook.group"),
            headers: headers(reader),
        }
    }

    /// The host, as `host` or `host:port`: what may be shown of the address.
    pub fn host(&self) -> Option<String> {
        authority(self.url.as_ref()?)
    }
}

fn headers(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut headers = BTreeMap::new();
    for name in reader.below("scaling.webhook.headers") {
        let key = format!("scaling.webhook.headers.{name}");
        let Some(Value(value)) = reader.optional(&key) else {
            continue;
        };
        let name = Name::parse(&name).and_then(|name| match name.0.as_str() {
            "content-type" | "content-length" | "host" | "transfer-encoding" => Err(format!(
                "The header `{}` is decided by fpt. Remove it.",
                name.0
            )),
            _ => Ok(name),
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

/// Shows the host and the names of the headers only.
impl fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("WebhookConfig")
            .field("host", &self.host())
            .field("timeout", &self.timeout)
            .field("interval", &self.interval)
            .field("group", &self.group)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// Where requests are sent. Never quoted: webhooks often have their secret in
/// the path or the query.
struct Address(Url);

impl Element for Address {
    const EXPECTED: &'static str = "a URL such as \"https://scaler.example.test/fpt\"";
    const INTERPOLATED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let refused = |why: &str| Err(format!("{why}, expected {}.", Self::EXPECTED));
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(&format!("This is no URL ({error})")),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("Found a URL of another scheme than http and https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "Found credentials in the URL. Remove them: write them into \
                        `scaling.webhook.headers`, where `${NAME}` stands for a variable."
                    .into(),
            );
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        let host = authority(&self.0).unwrap_or_default();
        format!("{}://{host}/ (path not shown)", self.0.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{load, problems};

    #[test]
    fn only_the_host_is_shown() {
        let text = "[profiles.a.scaling]\nby = 'webhook'\nwebhook.url = 'https://s.test:81/${KEY}'\n\
                    webhook.headers.X-Token = '${KEY}'";
        let profile = load(text, None, &[("KEY", "hush")], &[]).unwrap();
        let webhook = &profile.scaling.webhook;
        assert_eq!(webhook.host().as_deref(), Some("s.test:81"));
        assert_eq!(webhook.url.as_ref().unwrap().path(), "/hush");
        assert_eq!(webhook.headers, [("x-token".to_owned(), "hush".to_owned())]);
        let shown = format!("{profile:?} {:?}", profile.describe());
        assert!(shown.contains("s.test:81") && !shown.contains("hush"));
    }

    #[test]
    fn addresses_are_checked_and_not_quoted() {
        for (line, why) in [
            (
                "scaling.by = 'webhook'",
                "Name the address: `scaling.webhook.url",
            ),
            ("scaling.webhook.url = 'hush'", "This is no URL"),
            ("scaling.webhook.url = 'ftp://hush.test'", "another scheme"),
            (
                "scaling.webhook.url = 'http://hush:hush@a.test'",
                "Found credentials",
            ),
            ("scaling.webhook.headers.host = 'hush'", "is decided by fpt"),
        ] {
            let told = problems(line);
            assert!(told.len() == 1 && told[0].contains(why), "{line}: {told:?}");
            assert!(!told[0].contains("hush"), "{told:?}");
        }
    }
}
