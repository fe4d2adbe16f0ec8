//! What a shared cache may do with a response, by RFC 9111.
//!
//! Only what the standard allows any cache without further configuration is
//! said to be allowed. Where it is unclear, the answer is no: a weakness is
//! not claimed.

use crate::model::Exchange;

/// Status codes that a cache may keep without explicit freshness (RFC 9110,
/// section 15.1). 206 is left out: caches that do not know ranges must not
/// store it.
const CACHEABLE_BY_DEFAULT: [u16; 11] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];

/// Why a shared cache may give a response to others, in words; `None` when it
/// may not.
pub(in crate::oracle) fn may_be_shared(exchange: &Exchange) -> Option<&'static str> {
    let response = exchange.response.as_ref()?;
    // Section 3: a method that caches understand. Responses to POST can only
    // be reused with `Content-Location`, which no cache in use does. A body
    // that did not arrive as a whole is not stored for others (section 3.3).
    if exchange.request.method != "GET" || exchange.error.is_some() || response.status < 200 {
        return None;
    }
    // A 304 only freshens what is stored; 206 is above.
    if matches!(response.status, 206 | 304) {
        return None;
    }
    // Section 5.2.1.5: the request itself can ask not to be stored.
    let asked = Directives::of(values(&exchange.request.headers, "cache-control"));
    if asked.has("no-store") {
        return None;
    }
    if !differs_only_by_url(exchange) {
        return None;
    }
    let general = Directives::of(values(&response.headers, "cache-control"));
    let usual = general.reuse(exchange);
    if usual.is_some() {
        return usual;
    }
    // RFC 9213: a content delivery network goes by its own field where there
    // is one, and leaves the general one aside.
    let targeted = Directives::of(values(&response.headers, "cdn-cache-control"));
    if targeted.list.is_empty() {
        return None;
    }
    targeted
        .reuse(exchange)
        .map(|_| "`CDN-Cache-Control` lets content delivery networks keep it")
}

/// Whether the response says itself that any cache may keep it for everybody.
/// Proxies go by that also where the standard would have them ask again.
pub(in crate::oracle) fn is_kept_for_all(exchange: &Exchange) -> bool {
    let Some(response) = &exchange.response else {
        return false;
    };
    let own = Directives::of(values(&response.headers, "cache-control"));
    let lasts = |name: &str| own.seconds(name).is_some_and(|seconds| seconds > 0);
    matches!(exchange.request.method.as_str(), "GET" | "HEAD")
        && (own.has("public") || lasts("s-maxage") || lasts("max-age"))
        && !own.has("private")
        && !own.has("no-store")
        && differs_only_by_url(exchange)
}

/// Whether a request of somebody else to the same URL would match (section
/// 4.1): not with `Vary: *`, and not when `Vary` names a field of the request
/// that tells users apart.
fn differs_only_by_url(exchange: &Exchange) -> bool {
    let Some(response) = &exchange.response else {
        return false;
    };
    let request = &exchange.request;
    let personal = |name: &str| {
        let sent = request.headers.iter().any(|(own, _)| own == name);
        let credential = request.credentials.iter().any(|own| own.name == name);
        sent && (credential || matches!(name, "cookie" | "authorization" | "proxy-authorization"))
    };
    !values(&response.headers, "vary")
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .any(|name| name == "*" || personal(&name))
}

/// The values of all fields called `name`.
fn values<'a>(
    headers: &'a [(String, String)],
    name: &'static str,
) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(own, _)| own == name)
        .map(|(_, value)| value.as_str())
}

/// The directives of `Cache-Control`, names in lower case.
#[derive(Debug, Default)]
struct Directives {
    list: Vec<(String, Option<String>)>,
}

impl Directives {
    fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut list = Vec::new();
        for value in values {
            for item in split(value) {
                let (name, argument) = match item.split_once('=') {
                    Some((name, argument)) => {
                        let argument = argument.trim().trim_matches('"').to_owned();
                        (name, Some(argument))
                    }
                    None => (item.as_str(), None),
                };
                let name = name.trim().to_ascii_lowercase();
                if !name.is_empty() {
                    list.push((name, argument));
                }
            }
        }
        Self { list }
    }

    fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(own, _)| own == name)
    }

    /// Without arguments it is about the whole response; with field names only
    /// about these fields (sections 5.2.2.4 and 5.2.2.7).
    fn has_whole(&self, name: &str) -> bool {
        self.list
            .iter()
            .any(|(own, argument)| own == name && argument.as_deref().is_none_or(str::is_empty))
    }

    /// The seconds of `name`. Of several values the shortest counts, and one
    /// that is no number counts as stale (section 4.2.1).
    fn seconds(&self, name: &str) -> Option<u64> {
        self.list
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, argument)| {
                let argument = argument.as_deref().unwrap_or_default();
                let digits = !argument.is_empty() && argument.bytes().all(|b| b.is_ascii_digit());
                // Too many digits mean very long (section 1.2.2).
                if digits {
                    argument.parse().unwrap_or(u64::MAX)
                } else {
                    0
                }
            })
            .min()
    }

    /// Why a shared cache that goes by these directives may store the response
    /// and use it for others, without asking the service again.
    fn reuse(&self, exchange: &Exchange) -> Option<&'static str> {
        let response = exchange.response.as_ref()?;
        // Section 3: what forbids storing, for a shared cache.
        if self.has("no-store") || self.has_whole("private") {
            return None;
        }
        // Section 3.5: requests with `Authorization`.
        let authorized = exchange
            .request
            .headers
            .iter()
            .any(|(name, _)| name == "authorization");
        let lifts = ["must-revalidate", "public", "s-maxage"];
        if authorized && !lifts.iter().any(|name| self.has(name)) {
            return None;
        }
        // Section 5.2.2.4: stored, but never used without asking first.
        if self.has_whole("no-cache") {
            return None;
        }
        // Section 5.2.2.3: only caches that know what the status demands; all
        // listed here are known.
        let strict = self.has("must-revalidate") || self.has("proxy-revalidate");
        let (lifetime, why) = if let Some(seconds) = self.seconds("s-maxage") {
            (seconds, "`s-maxage` says so")
        } else if let Some(seconds) = self.seconds("max-age") {
            (seconds, "`max-age` without `private` says so")
        } else if let Some(expires) = values(&response.headers, "expires").next() {
            let seconds = fresh_until(expires, values(&response.headers, "date").next());
            (seconds, "`Expires` without `private` says so")
        } else if self.has("public") {
            // Section 4.2.2: `public` allows heuristics for any final status.
            return Some("`public` says so, for as long as the cache likes");
        } else if CACHEABLE_BY_DEFAULT.contains(&response.status) {
            return Some("nothing forbids it, and the status is cacheable by default");
        } else {
            return None;
        };
        if lifetime > 0 {
            return Some(why);
        }
        // RFC 5861: stale, and explicitly allowed nevertheless.
        let stale = self.seconds("stale-while-revalidate").unwrap_or(0);
        let strict = strict || self.has("s-maxage");
        (stale > 0 && !strict).then_some("`stale-while-revalidate` without `private` says so")
    }
}

/// The items of a list, commas in quotes kept.
fn split(value: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut quoted = false;
    for letter in value.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = items.last_mut() {
            last.push(letter);
        }
    }
    items
}

/// Seconds from `date` to `expires`. An invalid date counts as past (section
/// 5.3); without `Date` there is nothing to count from, and nothing is claimed.
fn fresh_until(expires: &str, date: Option<&str>) -> u64 {
    let moment = |text: &str| httpdate::parse_http_date(text.trim()).ok();
    let (Some(expires), Some(date)) = (moment(expires), date.and_then(moment)) else {
        return 0;
    };
    expires
        .duration_since(date)
        .map_or(0, |lifetime| lifetime.as_secs())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::exchange;
    use super::*;

    const COOKIE: (&str, &str) = ("cookie", "sid=0123456789abcdef");
    const BEARER: (&str, &str) = ("authorization", "Bearer x");
    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    fn shared(request: &[(&str, &str)], status: u16, response: &[(&str, &str)]) -> bool {
        may_be_shared(&exchange(
            "http://h.test/me",
            request,
            status,
            response,
            "x",
        ))
        .is_some()
    }

    #[test]
    fn cache_control_decides() {
        for (value, may) in [
            ("no-store", false),
            ("private", false),
            ("Private, max-age=60", false),
            ("private, no-store", false),
            // About one field only.
            ("private=\"set-cookie, x-b\", max-age=60", true),
            ("private=\"\"", false),
            ("no-cache", false),
            ("no-cache=\"set-cookie\", max-age=60", true),
            ("max-age=60", true),
            ("MAX-AGE=60", true),
            ("max-age=\"60\"", true),
            ("max-age=0", false),
            ("max-age=abc", false),
            ("max-age=-1", false),
            ("max-age=60, max-age=0", false),
            ("max-age=99999999999999999999999", true),
            ("s-maxage=0, max-age=60", false),
            ("s-maxage=60, max-age=0", true),
            ("public", true),
            ("public, max-age=0", false),
            ("public, max-age=0, must-revalidate", false),
            ("max-age=0, stale-while-revalidate=30", true),
            (
                "max-age=0, must-revalidate, stale-while-revalidate=30",
                false,
            ),
            ("s-maxage=0, stale-while-revalidate=30", false),
            ("must-revalidate, max-age=60", true),
            // What stands in quotes is no directive.
            ("max-age=60, note=\"private, no-store, please\"", true),
            ("note=\"for all, public\", private", false),
            ("no-transform", true),
            ("", true),
        ] {
            let headers = [("cache-control", value)];
            assert_eq!(shared(&[COOKIE], 200, &headers), may, "{value}");
        }
        let twice = [
            ("cache-control", "max-age=60"),
            ("cache-control", "private"),
        ];
        assert!(!shared(&[COOKIE], 200, &twice));
    }

    #[test]
    fn without_directives_the_status_and_expires_decide() {
        for (status, may) in [
            (200, true),
            (404, true),
            (410, true),
            (206, false),
            (304, false),
            (201, false),
            (302, false),
            (303, false),
            (401, false),
            (403, false),
            (500, false),
        ] {
            assert_eq!(shared(&[COOKIE], status, &[]), may, "{status}");
        }
        assert!(shared(&[COOKIE], 302, &[("cache-control", "max-age=9")]));
        let later = ("expires", "Sun, 06 Nov 1994 08:59:37 GMT");
        let earlier = ("expires", "Sun, 06 Nov 1994 08:39:37 GMT");
        for (headers, may) in [
            (vec![later, DATE], true),
            (vec![earlier, DATE], false),
            (vec![("expires", "0"), DATE], false),
            (vec![later], false),
            (vec![later, DATE, ("cache-control", "max-age=0")], false),
        ] {
            assert_eq!(shared(&[COOKIE], 200, &headers), may, "{headers:?}");
        }
    }

    #[test]
    fn a_cookie_of_the_response_protects_nothing() {
        assert!(shared(&[COOKIE], 200, &[("set-cookie", "a=b")]));
    }

    #[test]
    fn authorization_protects_unless_it_is_lifted() {
        for (value, may) in [
            ("max-age=60", false),
            ("", false),
            ("public", true),
            ("s-maxage=60", true),
            ("must-revalidate, max-age=60", true),
            ("public, private", false),
            ("public, no-store", false),
        ] {
            let headers = [("cache-control", value)];
            assert_eq!(shared(&[BEARER], 200, &headers), may, "{value}");
        }
    }

    #[test]
    fn vary_tells_users_apart_only_by_what_they_send() {
        for (request, vary, may) in [
            (COOKIE, "*", false),
            (COOKIE, "Cookie", false),
            (COOKIE, "Accept-Encoding, cookie", false),
            (COOKIE, "Accept-Encoding", true),
            (COOKIE, "Authorization", true),
            (COOKIE, "Origin", true),
            (BEARER, "authorization", false),
            (BEARER, "Cookie", true),
        ] {
            let headers = [("cache-control", "public, max-age=60"), ("vary", vary)];
            assert_eq!(shared(&[request], 200, &headers), may, "{request:?} {vary}");
        }
    }

    #[test]
    fn vary_on_a_header_of_ones_own_protects_when_it_tells_who_asks() {
        for (vary, may) in [("X-Api-Key", false), ("Accept-Language", true)] {
            let sent = [("x-api-key", "0123456789abcdef"), ("accept-language", "de")];
            let headers = [("cache-control", "max-age=60"), ("vary", vary)];
            let mut page = exchange("http://h.test/me", &sent, 200, &headers, "x");
            page.request.credentials = vec![crate::model::Credential {
                name: "x-api-key".into(),
                value: "0123456789abcdef".into(),
                guessed: false,
            }];
            assert_eq!(may_be_shared(&page).is_some(), may, "{vary}");
        }
    }

    #[test]
    fn content_delivery_networks_have_a_field_of_their_own() {
        let general = ("cache-control", "private, no-store");
        for (value, may) in [("max-age=60", true), ("no-store", false), ("", false)] {
            let headers = [general, ("cdn-cache-control", value)];
            assert_eq!(shared(&[COOKIE], 200, &headers), may, "{value}");
        }
    }

    #[test]
    fn what_caches_do_not_store() {
        let mut post = exchange("http://h.test/me", &[COOKIE], 200, &[], "x");
        post.request.method = "POST".into();
        assert!(may_be_shared(&post).is_none());
        let asked = [COOKIE, ("cache-control", "no-store")];
        assert!(!shared(&asked, 200, &[("cache-control", "max-age=60")]));
        let mut cut = exchange("http://h.test/me", &[COOKIE], 200, &[], "x");
        cut.error = Some(crate::model::ErrorClass::Abandoned);
        assert!(may_be_shared(&cut).is_none());
    }
}
