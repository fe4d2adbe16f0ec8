//! `weak-session-cookie`: a session cookie without what browsers offer to
//! protect it (RFC 6265 and its successor, section 4.1.2).

use crate::model::{HazardKind, SeenHazard, Spot, UNTOLD, is_plain_name};

use super::Scene;

/// One hazard for each session cookie that the response gave to the user.
/// Cookies that it deletes are given to nobody.
pub(super) fn look(scene: Scene<'_>) -> Vec<SeenHazard> {
    let url = url::Url::parse(&scene.exchange.request.url).ok();
    let https = url.as_ref().is_some_and(|url| url.scheme() == "https");
    let host = url
        .as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or_default();
    scene
        .response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .filter_map(|(_, value)| Cookie::of(value))
        .filter(|cookie| {
            scene
                .exchange
                .intent
                .issued
                .iter()
                .any(|own| own.name == cookie.name && own.value == cookie.value)
        })
        .filter_map(|cookie| {
            let lacks = cookie.lacks(https, host);
            if lacks.is_empty() {
                return None;
            }
            let name = Some(cookie.name).filter(|name| is_plain_name(name));
            let name = name.unwrap_or(UNTOLD).to_owned();
            let message = format!("the session cookie `{name}` {}", lacks.join(", "));
            let seen = SeenHazard::new(HazardKind::WeakSessionCookie, message);
            Some(seen.at(Spot::Cookie(name)))
        })
        .collect()
}

/// A `Set-Cookie` header.
struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    attributes: Vec<(String, &'a str)>,
}

impl<'a> Cookie<'a> {
    fn of(header: &'a str) -> Option<Self> {
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes = parts
            .map(|part| match part.split_once('=') {
                Some((name, value)) => (name.trim().to_ascii_lowercase(), value.trim()),
                None => (part.trim().to_ascii_lowercase(), ""),
            })
            .collect();
        Some(Self {
            name: name.trim(),
            value: value.trim(),
            attributes,
        })
    }

    /// The last one of its name counts.
    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes
            .iter()
            .rev()
            .find(|(own, _)| own == name)
            .map(|(_, value)| *value)
    }

    fn lacks(&self, https: bool, host: &str) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        let secure = self.attribute("secure").is_some();
        let domain = self
            .attribute("domain")
            .map(|domain| domain.trim_start_matches('.').to_ascii_lowercase())
            .filter(|domain| !domain.is_empty());
        if self.attribute("httponly").is_none() {
            lacks.push("lacks `HttpOnly`");
        }
        if https && !secure {
            lacks.push("lacks `Secure`");
        }
        match self.attribute("samesite").map(str::to_ascii_lowercase) {
            None => lacks.push("lacks `SameSite`"),
            Some(value) if value == "none" && !secure => {
                lacks.push("has `SameSite=None` without `Secure`");
            }
            Some(_) => {}
        }
        if domain.is_some_and(|domain| {
            let host = host.to_ascii_lowercase();
            host != domain && host.ends_with(&format!(".{domain}"))
        }) {
            lacks.push("goes to all hosts of a parent `Domain`");
        }
        // Names count without regard to case in the successor of RFC 6265.
        let name = self.name.to_ascii_lowercase();
        let host_only = self.attribute("domain").is_none() && self.attribute("path") == Some("/");
        if (name.starts_with("__secure-") && !secure)
            || (name.starts_with("__host-") && !(secure && host_only))
        {
            lacks.push("does not keep the promise of its prefix");
        }
        lacks
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{exchange, messages};
    use super::*;
    use crate::model::Credential;

    fn said(url: &str, header: &str) -> Vec<String> {
        let mut exchange = exchange(url, &[], 200, &[("set-cookie", header)], "");
        let (name, rest) = header.split_once('=').unwrap();
        exchange.intent.issued = vec![Credential {
            name: name.to_owned(),
            value: rest.split(';').next().unwrap().to_owned(),
            guessed: false,
        }];
        let said = messages(look, &exchange, &[]);
        let lead = format!("the session cookie `{name}` ");
        said.iter().map(|own| own.replace(&lead, "")).collect()
    }

    #[test]
    fn what_is_missing_is_told() {
        let http = "http://app.h.test/session";
        let https = "https://app.h.test/session";
        for (url, header, lacks) in [
            (http, "sid=1; HttpOnly; SameSite=Lax", ""),
            (http, "sid=1; httponly; samesite=strict; Path=/", ""),
            (http, "sid=1", "lacks `HttpOnly`, lacks `SameSite`"),
            (https, "sid=1; HttpOnly; SameSite=Lax", "lacks `Secure`"),
            (https, "sid=1; HttpOnly; SameSite=Lax; Secure", ""),
            (https, "sid=1; HttpOnly; SameSite=None; Secure", ""),
            (
                http,
                "sid=1; HttpOnly; SameSite=None",
                "has `SameSite=None` without `Secure`",
            ),
            (http, "sid=1; HttpOnly; SameSite=Lax; Domain=app.h.test", ""),
            // A browser does not take it.
            (http, "sid=1; HttpOnly; SameSite=Lax; Domain=other.test", ""),
            (
                http,
                "sid=1; HttpOnly; SameSite=Lax; Domain=.h.test",
                "goes to all hosts of a parent `Domain`",
            ),
            (
                https,
                "__Host-sid=1; HttpOnly; SameSite=Lax; Secure; Path=/",
                "",
            ),
            (
                https,
                "__Host-sid=1; HttpOnly; SameSite=Lax; Secure; Path=/a",
                "does not keep the promise of its prefix",
            ),
            (
                http,
                "__Secure-sid=1; HttpOnly; SameSite=Lax",
                "does not keep the promise of its prefix",
            ),
        ] {
            let expected: &[&str] = if lacks.is_empty() { &[] } else { &[lacks] };
            assert_eq!(said(url, header), expected, "{url} {header}");
        }
    }

    /// The one at the old path is deleted, and one that nobody was given bears the
    /// same value.
    #[test]
    fn only_the_very_cookie_that_was_given_is_looked_at() {
        let headers = [
            ("set-cookie", "sid=; Path=/old; Max-Age=0"),
            ("set-cookie", "trace=0123456789abcdef"),
            (
                "set-cookie",
                "sid=0123456789abcdef; HttpOnly; SameSite=Lax; Path=/",
            ),
        ];
        let mut exchange = exchange("http://h.test/", &[], 200, &headers, "");
        exchange.intent.issued = vec![Credential {
            name: "sid".into(),
            value: "0123456789abcdef".into(),
            guessed: false,
        }];
        assert_eq!(messages(look, &exchange, &[]), [""; 0]);
    }

    #[test]
    fn deleted_and_other_cookies_are_no_hazard() {
        for header in ["sid=; Max-Age=0", "lang=en"] {
            let headers = [("set-cookie", header)];
            let exchange = exchange("http://h.test/", &[], 200, &headers, "");
            assert_eq!(messages(look, &exchange, &[]), [""; 0], "{header}");
        }
    }
}
