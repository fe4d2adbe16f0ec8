//! Which cookies are session credentials.

use crate::model::words;

use super::drawn::could_be_drawn;

/// Tells session cookies from others.
///
/// A profile names them; without names, cookies are recognized by what such
/// cookies are usually called and by a value that could be a drawn secret. A
/// cookie that is not recognized is never taken for a credential, because a
/// load balancer's cookie that two users share accuses nobody.
#[derive(Clone, Debug, Default)]
pub struct SessionCookies {
    named: Vec<String>,
}

/// Parts of names under which frameworks keep sessions and sign-ins.
const USUAL: [&str; 8] = [
    "sess", "sid", "auth", "token", "jwt", "login", "identity", "remember",
];

/// What names of something else hold, also inside of a word.
const UNUSUAL: [&str; 4] = ["csrf", "xsrf", "affinity", "bigip"];

/// Words that no session credential is called by: when it ends, what language
/// is spoken, what sends to the same server again.
const UNUSUAL_WORDS: [&str; 20] = [
    "exp",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "ttl",
    "time",
    "timeout",
    "timestamp",
    "date",
    "lang",
    "language",
    "locale",
    "lb",
    "sticky",
    "author",
    "inside",
    "sidebar",
    "consent",
    "theme",
];

/// Words that say what a thing is when they come last: `session_server` is a
/// server, `server_session` is a session.
const OTHER_THINGS: [&str; 26] = [
    "server",
    "pool",
    "node",
    "route",
    "provider",
    "backend",
    "instance",
    "worker",
    "cluster",
    "region",
    "zone",
    "type",
    "tenant",
    "realm",
    "bucket",
    "variant",
    "experiment",
    "cohort",
    "segment",
    "group",
    "method",
    "mode",
    "version",
    "build",
    "policy",
    "scheme",
];

/// Words behind the one that says what a thing is.
const SUFFIXES: [&str; 3] = ["id", "name", "at"];

/// Shorter values cannot be secrets worth colliding.
const SHORTEST: usize = 12;

impl SessionCookies {
    /// The cookies that the profile names, or none to recognize them.
    pub fn new(named: &[String]) -> Self {
        Self {
            named: named.to_vec(),
        }
    }

    /// Whether the cookie `name` with `value` is a session credential.
    pub fn recognize(&self, name: &str, value: &str) -> bool {
        if !looks_drawn(value) {
            return false;
        }
        if !self.are_guessed() {
            return self.named.iter().any(|own| own == name);
        }
        value.len() >= SHORTEST && is_usual(name) && could_be_drawn(value)
    }

    /// Whether nobody said which cookies are session credentials.
    pub fn are_guessed(&self) -> bool {
        self.named.is_empty()
    }
}

/// Whether session credentials are called so.
fn is_usual(name: &str) -> bool {
    let words = words(name);
    // Without the numbers behind them: `auth2`.
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| !word.is_empty())
        .collect();
    let name = name.to_ascii_lowercase();
    let thing = words.iter().rfind(|word| !SUFFIXES.contains(word));
    USUAL.iter().any(|part| name.contains(part))
        && !UNUSUAL.iter().any(|part| name.contains(part))
        && !words.iter().any(|word| UNUSUAL_WORDS.contains(word))
        && !thing.is_some_and(|thing| OTHER_THINGS.contains(thing))
}

/// Whether a value could be a drawn secret rather than a word, such as
/// `unauthenticated`, that a service gives to everybody.
fn looks_drawn(value: &str) -> bool {
    let any = |kind: fn(&char) -> bool| value.chars().any(|c| kind(&c));
    any(char::is_ascii_digit)
        || (any(char::is_ascii_uppercase)
            && any(char::is_ascii_lowercase)
            && value.len() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_recognized_and_balancer_cookies_are_not() {
        let secret = "0123456789abcdef";
        let usual = SessionCookies::default();
        for (name, session) in [
            ("sid", true),
            ("JSESSIONID", true),
            ("connect.sid", true),
            ("PHPSESSID", true),
            ("ASP.NET_SessionId", true),
            ("laravel_session", true),
            ("expressSession", true),
            ("__Host-auth", true),
            ("__Host-session", true),
            ("auth_token", true),
            ("remember_me", true),
            ("server_session", true),
            ("provider_token", true),
            ("node.sid", true),
            ("sid2", true),
            ("csrftoken", false),
            ("XSRF-TOKEN", false),
            ("AWSALB", false),
            ("AWSALBAuthSessionAffinity", false),
            ("ARRAffinity", false),
            ("BIGipServer~pool-auth", false),
            ("tenant_session", true),
            ("auth_tenant", false),
            ("authTenantId", false),
            ("login_realm", false),
            ("session_bucket", false),
            ("session-experiment-2", false),
            ("token_version", false),
            ("route", false),
            ("route_session_node", false),
            ("session_server_id", false),
            ("auth-provider", false),
            ("session_lb", false),
            ("lang", false),
            ("session_lang", false),
            ("sessionLocale", false),
            ("session_expires", false),
            ("tokenExp", false),
            ("token_expires_at", false),
            ("loginTime", false),
        ] {
            assert_eq!(usual.recognize(name, secret), session, "{name}");
        }
        assert!(!usual.recognize("sid", "short1"));
        assert!(!usual.recognize("auth_state", "unauthenticated"));
        assert!(!usual.recognize("auth", "1677787402.36895.0000"));
        assert!(!usual.recognize("last_login", "2026-03-01T10:00:00Z"));
    }

    #[test]
    fn named_cookies_are_taken_at_their_word() {
        let named = SessionCookies::new(&["badge".to_owned()]);
        assert!(named.recognize("badge", "1"));
        assert!(!named.recognize("badge", ""));
        assert!(!named.recognize("badge", "anonymous"));
        assert!(named.recognize("badge", "1772355600123"));
        assert!(!named.recognize("sid", "0123456789abcdef"));
    }
}
