//! A user's side of a session.

use cookie_store::CookieStore;
use url::Url;

use crate::model::Credential;

use super::credential::SessionCookies;

/// Cookies, authorization and connections of one session of one user. Never
/// shared: a shared cookie jar would make the very leak this tool looks for.
#[derive(Clone, Debug, Default)]
pub struct Session {
    jar: CookieStore,
    /// Headers that authorize every request, as (name in lower case, value).
    authorization: Vec<(String, String)>,
    /// Other headers of every request, likewise.
    headers: Vec<(String, String)>,
    client: Option<reqwest::Client>,
}

impl Session {
    /// Sends `value` as the header `name` with every request from now on.
    pub fn authorize(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        self.authorization.retain(|(own, _)| *own != name);
        self.authorization.push((name, value));
    }

    /// Sends `value` as the header `name` with every request from now on; it is
    /// nothing to recognize anybody by.
    pub fn set_header(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(own, _)| *own != name);
        self.headers.push((name, value));
    }

    /// Forgets everything but the connections.
    pub fn clear(&mut self) {
        self.jar.clear();
        self.authorization.clear();
        self.headers.clear();
    }

    /// Lets go of the connections, which belong to the runtime they were
    /// opened in.
    pub fn disconnect(&mut self) {
        self.client = None;
    }

    /// The session's own client, made by `make` when it has none yet.
    pub(super) fn client<E>(
        &mut self,
        make: impl FnOnce() -> Result<reqwest::Client, E>,
    ) -> Result<reqwest::Client, E> {
        match &self.client {
            Some(client) => Ok(client.clone()),
            None => Ok(self.client.insert(make()?).clone()),
        }
    }

    /// The headers of every request, the authorizing ones last.
    pub(super) fn headers(&self) -> impl Iterator<Item = &(String, String)> {
        self.headers.iter().chain(&self.authorization)
    }

    /// The `Cookie` header for a request to `url`, if there are cookies for it.
    pub(super) fn cookie_header(&self, url: &Url) -> Option<String> {
        let pairs: Vec<String> = self
            .jar
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes in a `Set-Cookie` header of a response from `url`.
    pub(super) fn take_cookie(&mut self, header: &str, url: &Url) {
        // A cookie that breaks the rules is dropped, as a browser drops it.
        drop(self.jar.parse(header, url));
    }

    /// The value of the cookie `name` that a request to `url` would send.
    pub fn cookie(&self, name: &str, url: &Url) -> Option<String> {
        self.jar
            .get_request_values(url)
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.to_owned())
    }

    /// What makes the service take a request to `url` for this user.
    pub fn credentials(&self, url: &Url, cookies: &SessionCookies) -> Vec<Credential> {
        let guessed = cookies.are_guessed();
        let named = |name: &str, value: &str, guessed| Credential {
            name: name.to_owned(),
            value: value.to_owned(),
            guessed,
        };
        let from_jar = self
            .jar
            .get_request_values(url)
            .filter(|(name, value)| cookies.recognize(name, value))
            .map(|(name, value)| named(name, value, guessed));
        let from_headers = self
            .authorization
            .iter()
            .map(|(name, value)| named(name, value, false));
        from_jar.chain(from_headers).collect()
    }

    /// Every credential of the session, wherever it would be sent to.
    pub(super) fn all_credentials(&self, cookies: &SessionCookies) -> Vec<Credential> {
        self.jar
            .iter_unexpired()
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .filter(|(name, value)| cookies.recognize(name, value))
            .map(|(name, value)| (name, value, cookies.are_guessed()))
            .chain(
                self.authorization
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone(), false)),
            )
            .map(|(name, value, guessed)| Credential {
                name,
                value,
                guessed,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_where_they_belong() {
        let mut session = Session::default();
        let home = Url::parse("http://127.0.0.1:8080/app/sign-in").unwrap();
        session.take_cookie("sid=0123456789abcdef; Path=/app; HttpOnly", &home);
        session.take_cookie("lang=en; Path=/", &home);
        session.take_cookie("broken", &home);
        let inside = Url::parse("http://127.0.0.1:8080/app/me").unwrap();
        let outside = Url::parse("http://127.0.0.1:8080/other").unwrap();
        assert_eq!(
            session.cookie("sid", &inside).as_deref(),
            Some("0123456789abcdef")
        );
        assert_eq!(session.cookie_header(&outside).as_deref(), Some("lang=en"));
        let credentials = session.credentials(&inside, &SessionCookies::default());
        assert_eq!(credentials.len(), 1);
        assert_eq!(credentials[0].name, "sid");
        session.clear();
        assert_eq!(session.cookie_header(&inside), None);
    }

    #[test]
    fn authorizing_twice_replaces() {
        let mut session = Session::default();
        session.authorize("Authorization", "Bearer one".to_owned());
        session.authorize("authorization", "Bearer two".to_owned());
        assert_eq!(
            session.authorization,
            [("authorization".to_owned(), "Bearer two".to_owned())]
        );
    }
}
