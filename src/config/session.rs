//! What a session of the service looks like.

use std::time::Duration;

use super::duration::Span;
use super::element::{Element, unexpected};
use super::oracle::Status;
use super::reader::Reader;

/// How sessions of the service are recognized.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Cookies that are session credentials; without any they are recognized
    /// by their names.
    pub cookies: Vec<String>,
    /// Where sign-in pages are: a redirect there means that the service takes
    /// the user for nobody.
    pub sign_in: Vec<SignInPage>,
    /// Statuses by which the service says that it takes the user for nobody.
    pub anonymous_statuses: Vec<u16>,
    /// How long the service keeps a session; losing one later is no finding.
    pub expires: Option<Duration>,
}

impl SessionConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let cookies: Vec<CookieName> = reader.list("session.cookies", Vec::new());
        let sign_in = ["/login", "/signin", "/sign-in"].map(|path| SignInPage(path.into()));
        let sign_in = reader.list("session.sign-in", sign_in.into());
        Self {
            cookies: cookies.into_iter().map(|name| name.0).collect(),
            sign_in,
            anonymous_statuses: reader
                .list("session.anonymous-statuses", vec![Status(401)])
                .into_iter()
                .map(|Status(status)| status)
                .collect(),
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

/// Where a sign-in page is: a path, or all below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInPage(String);

/// What stands for all paths below another one.
const BELOW: &str = "/*";

impl SignInPage {
    /// Whether `path` is there. The kind of file that pages are written in does
    /// not matter, nor what is said of a session behind a semicolon.
    pub fn is(&self, path: &str) -> bool {
        let path = path.split(';').next().unwrap_or(path);
        if let Some(above) = self.0.strip_suffix(BELOW) {
            return path.strip_prefix(above).is_some_and(|r| r.starts_with('/'));
        }
        let same = |path: &str| path == self.0.trim_end_matches('/');
        let path = path.trim_end_matches('/');
        same(path) || path.rsplit_once('.').is_some_and(|(page, _)| same(page))
    }
}

impl Element for SignInPage {
    const EXPECTED: &'static str = "a path such as \"/login\", or all below one as \"/login/*\"";

    fn parse(text: &str) -> Result<Self, String> {
        // "/" alone would take every redirect for a lost session.
        if text.trim_end_matches(BELOW).len() < 2 || !text.starts_with('/') {
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
        let pages: Vec<_> = session.sign_in.iter().map(Element::show).collect();
        assert_eq!(pages, ["/login", "/signin", "/sign-in"]);
        assert_eq!(session.anonymous_statuses, [401]);
        assert_eq!(session.expires, None);
    }

    #[test]
    fn sessions_can_be_written() {
        let session = profile(
            "[profiles.a.session]\ncookies = ['sid']\nsign-in = ['/auth']\n\
             anonymous-statuses = [401, 419]\nexpires = '15m'",
        )
        .session;
        assert_eq!(
            (session.cookies, session.sign_in),
            (vec!["sid".into()], vec![SignInPage("/auth".into())])
        );
        assert_eq!(session.anonymous_statuses, [401, 419]);
        assert_eq!(session.expires, Some(Duration::from_mins(15)));
    }

    #[test]
    fn a_sign_in_page_is_a_whole_path() {
        for (page, path, is) in [
            ("/login", "/login", true),
            ("/login", "/login/", true),
            ("/login/", "/login", true),
            ("/login", "/login.html", true),
            ("/login", "/login;jsessionid=3F9C", true),
            ("/login", "/login/oauth2/code/x", false),
            ("/login", "/logins", false),
            ("/login", "/login-help", false),
            ("/login", "/app/login", false),
            ("/signin", "/signin-oidc", false),
            ("/auth/*", "/auth/realms/x", true),
            ("/auth/*", "/auth", false),
            ("/auth/*", "/authors", false),
        ] {
            assert_eq!(SignInPage(page.into()).is(path), is, "{page}: {path}");
        }
    }

    #[test]
    fn every_item_of_a_list_has_its_line() {
        let told = problems(
            "[profiles.a.session]\ncookies = [\n  'sid=hush',\n  3,\n]\nsign-in = ['login', '/', '/*']\n\
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
                "fpt.toml:7:",
                "fpt.toml:8:"
            ]
        );
        assert!(!told.join("").contains("hush"));
    }
}
