//! A user's cookies, no more and no longer ones than browsers keep.

use std::collections::{HashMap, VecDeque};

use cookie_store::{Cookie, CookieStore, StoreAction};
use url::Url;

/// Cookies of one domain. RFC 6265 (section 6.1) asks for 50 at least; Chrome and
/// Firefox keep so many. A new one too many takes the place of the oldest.
const MOST: usize = 180;

/// Bytes of the name and the value of a cookie, as in all browsers. A longer one is
/// not kept.
const LONGEST: usize = 4_096;

/// Bytes of a cookie's path, likewise.
const LONGEST_PATH: usize = 1_024;

/// The cookies of one session.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar {
    store: CookieStore,
    /// Path and name of each, by domain, the oldest first.
    order: HashMap<String, VecDeque<(String, String)>>,
}

impl Jar {
    /// Takes in a `Set-Cookie` header of a response from `url`. A cookie that
    /// breaks the rules is dropped, as a browser drops it.
    pub(super) fn take(&mut self, header: &str, url: &Url) {
        let Ok(cookie) = Cookie::parse(header, url) else {
            return;
        };
        let length = cookie.name().len() + cookie.value().len();
        if length > LONGEST || cookie.path.len() > LONGEST_PATH {
            return;
        }
        let domain = String::from(&cookie.domain);
        let new = (String::from(&cookie.path), cookie.name().to_owned());
        // One that is known already keeps its place.
        if matches!(
            self.store.insert(cookie.into_owned(), url),
            Ok(StoreAction::Inserted)
        ) {
            self.make_room(&domain);
            self.order.entry(domain).or_default().push_back(new);
        }
    }

    /// Forgets a cookie of `domain` when there is no room for one more: one that
    /// has expired, or else the oldest.
    fn make_room(&mut self, domain: &str) {
        let Some(own) = self.order.get_mut(domain).filter(|own| own.len() >= MOST) else {
            return;
        };
        let expired = |(path, name): &(String, String)| !self.store.contains(domain, path, name);
        let goes = own.iter().position(expired).unwrap_or(0);
        if let Some((path, name)) = own.remove(goes) {
            self.store.remove(domain, &path, &name);
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.store.clear();
        self.order.clear();
    }

    /// Name and value of those that a request to `url` sends.
    pub(super) fn sent_to(&self, url: &Url) -> impl Iterator<Item = (&str, &str)> + use<'_> {
        self.store.get_request_values(url)
    }

    /// Name and value of all, wherever they would be sent to.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.store
            .iter_unexpired()
            .map(|cookie| cookie.name_value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Url {
        Url::parse("http://h.test/app/sign-in").unwrap()
    }

    fn value(jar: &Jar, name: &str) -> Option<String> {
        let mut sent = jar.sent_to(&home());
        let found = sent.find(|(own, _)| *own == name);
        found.map(|(_, value)| value.to_owned())
    }

    /// A service that set new cookies with each answer made each request longer.
    #[test]
    fn the_oldest_cookies_of_a_domain_go() {
        let mut jar = Jar::default();
        jar.take("other=1", &Url::parse("http://other.test/").unwrap());
        jar.take("sid=1", &home());
        for at in 0..MOST - 1 {
            jar.take(&format!("c{at}=1; Path=/"), &home());
        }
        // Known ones take no room.
        jar.take("sid=2", &home());
        assert_eq!(
            (jar.all().count(), value(&jar, "sid")),
            (MOST + 1, Some("2".into()))
        );
        jar.take("new=1", &home());
        assert_eq!(
            (value(&jar, "sid"), value(&jar, "new")),
            (None, Some("1".into()))
        );
        for at in 0..100_000 {
            jar.take(&format!("n{at}=1"), &home());
        }
        assert_eq!(jar.all().count(), MOST + 1);
        assert_eq!(jar.sent_to(&home()).count(), MOST);
        let kept = |at: usize| value(&jar, &format!("n{at}")).is_some();
        assert!(kept(99_999) && kept(100_000 - MOST) && !kept(99_999 - MOST));
        assert!(jar.order.values().all(|own| own.len() <= MOST));
    }

    #[test]
    fn expired_cookies_go_first() {
        let mut jar = Jar::default();
        jar.take("sid=1", &home());
        for at in 1..MOST {
            jar.take(&format!("c{at}=1"), &home());
        }
        jar.take("c7=; Max-Age=0", &home());
        jar.take("new=1", &home());
        assert_eq!(value(&jar, "sid").as_deref(), Some("1"));
        assert_eq!(jar.all().count(), MOST);
        jar.take("newer=1", &home());
        assert_eq!(value(&jar, "sid"), None);
    }

    #[test]
    fn cookies_that_are_too_long_are_not_kept() {
        let mut jar = Jar::default();
        for (name, length, path, kept) in [
            ("a", LONGEST - 1, 1, true),
            ("b", LONGEST, 1, false),
            ("c", 1, LONGEST_PATH, true),
            ("d", 1, LONGEST_PATH + 1, false),
        ] {
            let (value, path) = ("x".repeat(length), "p".repeat(path - 1));
            jar.take(&format!("{name}={value}; Path=/{path}"), &home());
            assert_eq!(jar.all().any(|(own, _)| own == name), kept, "{name}");
        }
        jar.clear();
        assert_eq!(jar.all().count(), 0);
    }
}
