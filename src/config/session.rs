//! What a session of the service looks like.

use std::time::Duration;

use super::duration::Span;
use super::element::{Element, unexpected};
use super::reader::Reader;

/// How sessions of the service are recognized.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Cookies that are session credentials; without any they are recognized
    /// by their names.
    pub cookies: Vec<String>,
    /// Where sign-in pages are: a redirect to a path that begins so means
    /// that the service takes the user for nobody.
    pub sign_in: Vec<String>,
    /// How long the service keeps a session; losing one later is no finding.
    pub expires: Option<Duration>,
}

impl SessionConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let cookies: Vec<CookieName> = reader.list("session.cookies", Vec::new());
        let sign_in = ["/login", "/signin", "/sign-in"].map(|path| PathPrefix(path.into()));
        let sign_in = reader.list("session.sign-in", sign_in.into());
        Self {
            cookies: cookies.into_iter().map(|name| name.0).collect(),
            sign_in: sign_in.into_iter().map(|path| path.0).collect(),
            expires: reader.optional("session.expires").map(|Span(span)| span),
        }
    }
}

/// The name of a cookie.
#[derive(Clone, Debug)]
struct CookieName(String);

impl Element for CookieName {
    const EXPECTED: &'static str = "the name of a cookie, without its value";

    fn parse(text: &str) -> Result<Self, String> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "=;,".contains(c);
        // What follows `=` would be a secret, so nothing is quoted.
        if text.is_empty() || text.contains(odd) {
            return Err(format!("Expected {}.", Self::EXPECTED));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The beginning of a path.
#[derive(Clone, Debug)]
struct PathPrefix(String);

impl Element for PathPrefix {
    const EXPECTED: &'static str = "the beginning of a path, such as \"/login\"";

    fn parse(text: &str) -> Result<Self, String> {
        // "/" alone would take every redirect for a lost session.
        if text.len() < 2 || !text.starts_with('/') {
            return Err(unexpected::<Self>(text));
        }
        Ok(Self(text.to_owned()))
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
    fn sessions_have_defaults() {
        let session = profile("").session;
        assert!(session.cookies.is_empty());
        assert_eq!(session.sign_in, ["/login", "/signin", "/sign-in"]);
        assert_eq!(session.expires, None);
    }

    #[test]
    fn sessions_can_be_written() {
        let session = profile(
            "[profiles.a.session]\ncookies = ['sid']\nsign-in = ['/auth']\nexpires = '15m'",
        )
        .session;
        assert_eq!(
            (session.cookies, session.sign_in),
            (vec!["sid".into()], vec!["/auth".into()])
        );
        assert_eq!(session.expires, Some(Duration::from_mins(15)));
    }

    #[test]
    fn every_item_of_a_list_has_its_line() {
        let told = problems(
            "[profiles.a.session]\ncookies = [\n  'sid=hush',\n  3,\n]\nsign-in = ['login', '/']\n\
             expires = '0s'",
        );
        let places: Vec<_> = told.iter().map(|line| &line[..11]).collect();
        assert_eq!(
            places,
            [
                "fpt.toml:4:",
                "fpt.toml:5:",
                "fpt.toml:7:",
                "fpt.toml:7:",
                "fpt.toml:8:"
            ]
        );
        assert!(!told.join("").contains("hush"));
    }
}
