//! `private-fact-in-url`: the service wrote a private fact or a session
//! credential into a URL.
//!
//! URLs are kept in logs, histories and bookmarks, and travel in `Referer`.
//! What the author of a step wrote into a URL is not the service's doing, and
//! ids of things and people are what URLs are made of.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::model::{HazardKind, Origin, SeenHazard, Spot};
use crate::oracle::{IndexedFact, fold};

use super::Scene;

/// Headers whose value is a URL, or holds one.
const URL_HEADERS: [&str; 4] = ["location", "content-location", "refresh", "link"];

/// Shorter credentials could stand in a URL by chance.
const SHORTEST_CREDENTIAL: usize = 16;

/// Attributes that a browser makes requests of.
static LINKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)\s(?:href|src|action|formaction|poster|data-url|data-href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#,
    )
    .ok()
});

/// What such URLs tell about the user who asked.
pub(super) fn look(scene: Scene<'_>) -> Vec<SeenHazard> {
    let told: Vec<&IndexedFact> = scene
        .own
        .iter()
        .map(|fact| &**fact)
        .filter(|fact| tells_about_a_person(fact))
        .collect();
    let secrets = secrets(scene);
    let mut seen = Vec::new();
    if told.is_empty() && secrets.is_empty() {
        return seen;
    }
    let asked = asked(scene);
    let mut check = |url: &str, spot: &Spot| {
        let plain = plain(url);
        let folded = fold(&plain);
        for fact in &told {
            if folded.contains(fact.folded()) && !asked.contains(fact.folded()) {
                seen.push(
                    SeenHazard::new(
                        HazardKind::PrivateFactInUrl,
                        format!("the service wrote the user's {} into a URL", fact.name),
                    )
                    .at(spot.clone()),
                );
            }
        }
        for (name, secret) in &secrets {
            if plain.contains(secret.as_str()) && !asked.contains(&fold(secret)) {
                seen.push(
                    SeenHazard::new(
                        HazardKind::PrivateFactInUrl,
                        format!("the service wrote the session credential `{name}` into a URL"),
                    )
                    .at(spot.clone()),
                );
            }
        }
    };
    for (name, value) in &scene.response.headers {
        if URL_HEADERS.contains(&name.as_str()) {
            check(value, &Spot::Header(name.clone()));
        }
    }
    let is_page = scene
        .response
        .media_type()
        .is_some_and(|kind| kind == "text/html" || kind == "application/xhtml+xml");
    if let (true, Some(links)) = (is_page, LINKS.as_ref()) {
        let page = scene.response.text();
        for found in links.captures_iter(&page) {
            let url = (1..=3).find_map(|group| found.get(group));
            if let Some(url) = url.filter(|url| is_requested(url.as_str())) {
                check(url.as_str(), &Spot::Html("link".to_owned()));
            }
        }
    }
    seen.sort();
    seen.dedup();
    seen
}

/// Every URL that the step itself asked for, folded: what stands there is the
/// author's.
fn asked(scene: Scene<'_>) -> String {
    let first = scene.exchange.intent.first.as_deref();
    // The URL of a later hop is the service's own.
    let url = match (scene.exchange.hop, first) {
        (0, _) => &scene.exchange.request.url,
        (_, Some(first)) => &first.url,
        (_, None) => return String::new(),
    };
    fold(&plain(url))
}

/// A URL without entities and percent-encoding: with every `+` as it stands, as in
/// paths, and once more with a space for it, as in queries.
fn plain(url: &str) -> String {
    let url = url
        .replace("&amp;", "&")
        .replace("&#64;", "@")
        .replace("&#x40;", "@");
    let spaced = url.replace('+', " ");
    let decoded = |url: &str| percent_decode_str(url).decode_utf8_lossy().into_owned();
    // Nothing is read across the seam.
    format!("{} | {}", decoded(&url), decoded(&spaced))
}

/// Links that lead to a request; the others open a mail or hold their content.
fn is_requested(url: &str) -> bool {
    let url = url.trim_start().to_ascii_lowercase();
    !["mailto:", "tel:", "sms:", "data:", "javascript:", "#"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// The session credentials of the exchange that are long enough to be known.
fn secrets(scene: Scene<'_>) -> Vec<(String, String)> {
    let sent = scene.exchange.request.credentials.iter();
    sent.chain(&scene.exchange.intent.issued)
        .map(|own| {
            let secret = own.value.rsplit(' ').next().unwrap_or(&own.value);
            let name = Some(own.name.as_str()).filter(|name| crate::model::is_plain_name(name));
            (name.unwrap_or("?").to_owned(), secret.to_owned())
        })
        .filter(|(_, secret)| secret.len() >= SHORTEST_CREDENTIAL)
        .collect()
}

/// Words of names of facts that are about a person rather than an id.
const PERSONAL: [&str; 15] = [
    "mail",
    "phone",
    "mobile",
    "tel",
    "name",
    "address",
    "street",
    "birth",
    "insurance",
    "ssn",
    "passport",
    "iban",
    "card",
    "password",
    "secret",
];

/// Ids are what URLs are made of; what people are called and where they live
/// is not. An id that the run learned, or that is called one, is none.
fn tells_about_a_person(fact: &IndexedFact) -> bool {
    if fact.folded().contains('@') {
        return true;
    }
    let name = fact.name.to_ascii_lowercase();
    fact.origin != Origin::Learned && PERSONAL.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::{exchange, fact, messages};
    use super::*;
    use crate::model::Credential;

    const EMAIL: &str = "the service wrote the user's email into a URL";

    #[test]
    fn redirects_and_links_tell() {
        let email = [fact("email", "ann@x.test")];
        for (header, page, hazard) in [
            ("/done?for=ann%40x.test", "", true),
            ("/done?for=ANN@x.test", "", true),
            ("/done", "", false),
            ("", "<a class=x href='/of/ann@x.test'>me</a>", true),
            ("", "<form action=\"/of?mail=ann%40x.test&amp;a=b\">", true),
            ("", "<a href=/of/ann%40x.test>me</a>", true),
            ("", "<a href='mailto:ann@x.test'>write</a>", false),
            ("", "<p>/of/ann@x.test</p>", false),
            ("", "<input value='ann@x.test'>", false),
        ] {
            let mut headers = vec![("content-type", "text/html")];
            if !header.is_empty() {
                headers.push(("location", header));
            }
            let exchange = exchange("http://h.test/x", &[], 200, &headers, page);
            let expected: &[&str] = if hazard { &[EMAIL] } else { &[] };
            assert_eq!(
                messages(look, &exchange, &email),
                expected,
                "{header}{page}"
            );
        }
    }

    #[test]
    fn links_are_looked_for_in_pages_alone() {
        let email = [fact("email", "ann@x.test")];
        let page = "<a href='/of/ann@x.test'>me</a>";
        for (media_type, hazard) in [
            ("text/html; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("text/plain", false),
            ("application/json", false),
        ] {
            let headers = [("content-type", media_type)];
            let exchange = exchange("http://h.test/x", &[], 200, &headers, page);
            let said = messages(look, &exchange, &email);
            assert_eq!(!said.is_empty(), hazard, "{media_type}");
        }
    }

    #[test]
    fn what_the_step_wrote_is_not_the_services_doing() {
        let email = [fact("email", "ann@x.test")];
        let headers = [("location", "/of/ann@x.test/")];
        let mut own = exchange("http://h.test/of/ann%40x.test", &[], 301, &headers, "");
        assert_eq!(messages(look, &own, &email), [""; 0]);
        // The next hop asks for what the service wrote.
        own.hop = 1;
        own.intent.first = Some(Arc::new(crate::model::Sent {
            url: "http://h.test/start".into(),
            ..crate::model::Sent::default()
        }));
        assert_eq!(messages(look, &own, &email), [EMAIL]);
    }

    /// A `+` is a space in a query, and itself in a path; many services write it as it
    /// is in both.
    #[test]
    fn a_plus_is_a_plus_or_a_space() {
        let facts = [fact("email", "ann+1@x.test"), fact("full_name", "Ann Lee")];
        let name = "the service wrote the user's full_name into a URL";
        for (asked, written, expected) in [
            ("/start", "/of/ann+1@x.test", vec![EMAIL]),
            ("/start", "/of?mail=ann+1@x.test", vec![EMAIL]),
            ("/start", "/of?mail=ann%2B1%40x.test", vec![EMAIL]),
            ("/start", "/of?name=Ann+Lee", vec![name]),
            ("/start", "/of/Ann%20Lee", vec![name]),
            // The step wrote it, in either way.
            ("/of/ann+1@x.test", "/of/ann%2B1@x.test/", vec![]),
            ("/of/ann%2B1@x.test", "/of/ann+1@x.test/", vec![]),
            ("/of?name=Ann+Lee", "/of?name=Ann%20Lee&page=1", vec![]),
        ] {
            let url = format!("http://h.test{asked}");
            let headers = [("location", written)];
            let exchange = exchange(&url, &[], 302, &headers, "");
            assert_eq!(
                messages(look, &exchange, &facts),
                expected,
                "{asked} {written}"
            );
        }
        let secret = "ab+cd/0123456789==";
        for (asked, written, hazard) in [
            ("/", "/next;sid=ab+cd/0123456789==", true),
            ("/", "/next?sid=ab%2Bcd%2F0123456789%3D%3D", true),
            (
                "/?sid=ab+cd/0123456789==",
                "/next?sid=ab%2Bcd/0123456789==",
                false,
            ),
        ] {
            let url = format!("http://h.test{asked}");
            let headers = [("location", written)];
            let mut exchange = exchange(&url, &[], 302, &headers, "");
            exchange.request.credentials = vec![Credential {
                name: "sid".into(),
                value: secret.into(),
                guessed: false,
            }];
            let said = messages(look, &exchange, &[]);
            assert_eq!(!said.is_empty(), hazard, "{asked} {written}");
        }
    }

    #[test]
    fn ids_belong_into_urls() {
        let headers = [("location", "/members/m-1001abc")];
        let exchange = exchange("http://h.test/members", &[], 201, &headers, "");
        for (name, hazard) in [("member_id", false), ("number", false), ("full_name", true)] {
            let facts = [fact(name, "m-1001abc")];
            let said = messages(look, &exchange, &facts);
            assert_eq!(!said.is_empty(), hazard, "{name}");
        }
    }

    #[test]
    fn credentials_do_not() {
        let secret = "0123456789abcdef0123";
        let page = format!("<a href='/next;jsessionid={secret}?x=1'>on</a>");
        let headers = [("content-type", "text/html")];
        let mut exchange = exchange("http://h.test/", &[], 200, &headers, &page);
        assert_eq!(messages(look, &exchange, &[]), [""; 0]);
        exchange.request.credentials = vec![Credential {
            name: "JSESSIONID".into(),
            value: secret.into(),
            guessed: false,
        }];
        assert_eq!(
            messages(look, &exchange, &[]),
            ["the service wrote the session credential `JSESSIONID` into a URL"]
        );
        // The step itself asked for it so.
        exchange.request.url = format!("http://h.test/;jsessionid={secret}");
        assert_eq!(messages(look, &exchange, &[]), [""; 0]);
        // Other links are as they should be.
        exchange.request.url = "http://h.test/".into();
        let response = exchange.response.as_mut().unwrap();
        response.body = "<a href='/next?x=1'>on</a>".into();
        assert_eq!(messages(look, &exchange, &[]), [""; 0]);
    }
}
