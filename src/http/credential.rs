//! Which cookies are session credentials.

/// Tells session cookies from others.
///
/// A profile names them; without names, cookies are recognized by what such
/// cookies are usually called and by a value long enough to be a secret. A
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

/// Names that look like it and are something else.
const UNUSUAL: [&str; 3] = ["csrf", "xsrf", "affinity"];

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
        if !self.named.is_empty() {
            return self.named.iter().any(|own| own == name);
        }
        let name = name.to_ascii_lowercase();
        value.len() >= SHORTEST
            && USUAL.iter().any(|part| name.contains(part))
            && !UNUSUAL.iter().any(|part| name.contains(part))
    }
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
            ("__Host-auth", true),
            ("csrftoken", false),
            ("XSRF-TOKEN", false),
            ("AWSALB", false),
            ("route", false),
            ("lang", false),
        ] {
            assert_eq!(usual.recognize(name, secret), session, "{name}");
        }
        assert!(!usual.recognize("sid", "short1"));
        assert!(!usual.recognize("auth_state", "unauthenticated"));
    }

    #[test]
    fn named_cookies_are_taken_at_their_word() {
        let named = SessionCookies::new(&["badge".to_owned()]);
        assert!(named.recognize("badge", "1"));
        assert!(!named.recognize("badge", ""));
        assert!(!named.recognize("badge", "anonymous"));
        assert!(!named.recognize("sid", "0123456789abcdef"));
    }
}
