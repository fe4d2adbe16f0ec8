//! What is tested, and which hosts may be contacted.

use std::fmt;

use url::Url;

use super::element::{Element, unexpected};

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The bundled service, started for the run.
    Bundled,
    /// The bundled service as processes of its own, behind a balancer and with
    /// real stores; started for the run.
    Stack,
    /// A service at an `http` or `https` URL. A path in it is the base of
    /// every request.
    Url(Url),
}

impl Target {
    /// The host as [`Profile::hosts`](super::Profile::hosts) writes it; the
    /// bundled service has none before it was started.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Bundled | Self::Stack => None,
            Self::Url(url) => Some(authority(url)?.to_lowercase()),
        }
    }
}

/// `host`, or `host:port` when the port is not the scheme's own.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled => f.write_str("bundled"),
            Self::Stack => f.write_str("stack"),
            Self::Url(url) => write!(f, "{url}"),
        }
    }
}

/// Never quotes the text: it may hold what came from a secret.
impl Element for Target {
    const EXPECTED: &'static str =
        "\"bundled\", \"stack\" or a URL such as \"https://service.example.test/api\"";
    const INTERPOLATED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        if text == "bundled" {
            return Ok(Self::Bundled);
        }
        if text == "stack" {
            return Ok(Self::Stack);
        }
        let refused = |why: &str| Err(format!("{why}, expected {}.", Self::EXPECTED));
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(&format!("This is no URL ({error})")),
        };
        if !matches!(url.scheme(), "http" | "https") {
            // `localhost:8080` is read as a URL of the scheme `localhost`.
            let bare =
                url.cannot_be_a_base() && url.path().starts_with(|c: char| c.is_ascii_digit());
            return refused(if bare {
                "Write `http://` or `https://` in front of the host"
            } else {
                "Found a URL of another scheme than http and https"
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "Found credentials in the URL. Remove them: users sign in by steps, and \
                 gateways take `headers`, where `${NAME}` stands for a variable."
                    .into(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("Found a URL with a query or a fragment");
        }
        Ok(Self::Url(url))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A further host that may be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host(pub(super) String);

impl Element for Host {
    const EXPECTED: &'static str =
        "a host such as \"login.example.test\" or \"localhost:8080\", without scheme and path";

    fn parse(text: &str) -> Result<Self, String> {
        let bare = !text.contains(['/', '@', '?', '#', '\\']) && text.trim() == text;
        let url = Url::parse(&format!("http://{text}"));
        match url {
            // The URL forgets port 80, so only the host is taken from it.
            Ok(url) if bare && url.host_str().is_some_and(|host| !host.contains('*')) => {
                Ok(Self(text.to_lowercase()))
            }
            _ if text.contains('@') => Err(format!("Expected {}.", Self::EXPECTED)),
            _ => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_bundled_or_urls() {
        assert_eq!(Target::parse("bundled"), Ok(Target::Bundled));
        for (text, host) in [
            ("http://localhost:8080", "localhost:8080"),
            (
                "https://Service.example.test/api/v1",
                "service.example.test",
            ),
            ("http://[::1]:81", "[::1]:81"),
            ("http://a.test:80", "a.test"),
        ] {
            assert_eq!(Target::parse(text).unwrap().host().as_deref(), Some(host));
        }
    }

    #[test]
    fn refusals_never_quote_the_url() {
        for (text, why) in [
            (
                "Bundled",
                "This is no URL (relative URL without a base), expected \"bundled\", \"stack\"",
            ),
            ("ftp://hush.test", "Found a URL of another scheme"),
            ("hush:8080/api", "Write `http://` or `https://` in front"),
            ("https://hush:hush@a.test", "Found credentials in the URL."),
            ("https://hush@a.test", "Found credentials in the URL."),
            ("https://a.test/?hush=1", "Found a URL with a query"),
            ("https://a.test/#hush", "Found a URL with a query"),
            ("", "This is no URL"),
        ] {
            let message = Target::parse(text).unwrap_err();
            assert!(message.starts_with(why), "{message}");
            assert!(!message.contains("hush"), "{message}");
        }
    }

    #[test]
    fn hosts_are_bare() {
        assert_eq!(Host::parse("A.test:8080"), Ok(Host("a.test:8080".into())));
        for text in [
            "http://a.test",
            "a.test/x",
            "u:p@a.test",
            "*.a.test",
            "",
            "a b",
            "a:99999",
        ] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
        assert!(!Host::parse("u:hush@a.test").unwrap_err().contains("hush"));
    }
}
