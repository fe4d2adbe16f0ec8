//! A user's side of a session.

use url::Url;

use crate::model::{Credential, Exchange};

use super::Chain;
use super::credential::SessionCookies;
use super::jar::Jar;

/// Cookies, authorization and connections of one session of one user. Never
/// shared: a shared cookie jar would make the very leak this tool looks for.
#[derive(Clone, Debug, Default)]
pub struct Session {
    jar: Jar,
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

    /// Whether requests are authorized by this `value` of the header `name`.
    pub fn sends(&self, name: &str, value: &str) -> bool {
        let same =
            |(own, known): &(String, String)| own.eq_ignore_ascii_case(name) && known == value;
        self.authorization.iter().any(same)
    }

    /// Sends `value` as the header `name` with every request from now on; it is
    /// nothing to recognize anybody by.
    pub fn set_header(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(own, _)| *own != name);
        self.headers.push((name, value));
    }

    /// The value of the header `name` (lower case) that every request carries.
    pub fn sent_always(&self, name: &str) -> Option<&str> {
        let mut all = self.headers();
        all.find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
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
            .sent_to(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes in a `Set-Cookie` header of a response from `url`.
    pub(super) fn take_cookie(&mut self, header: &str, url: &Url) {
        self.jar.take(header, url);
    }

    /// Takes in what requests brought that were sent at one moment, each with a
    /// view of its own of this session: the cookies of all responses, in the
    /// order in which these were complete, as a browser has one jar for all.
    pub fn rejoin(&mut self, mut views: Vec<Self>, chains: &[Chain]) {
        let mut hops: Vec<&Exchange> = chains.iter().flat_map(|chain| &chain.hops).collect();
        hops.sort_by_key(|hop| hop.done);
        for hop in hops {
            let (Some(response), Ok(url)) = (&hop.response, Url::parse(&hop.request.url)) else {
                continue;
            };
            for (_, value) in response.headers.iter().filter(|(n, _)| n == "set-cookie") {
                self.take_cookie(value, &url);
            }
        }
        if let Some(last) = views.pop() {
            self.client = last.client;
        }
    }

    /// The value of the cookie `name` that a request to `url` would send.
    pub fn cookie(&self, name: &str, url: &Url) -> Option<String> {
        self.jar
            .sent_to(url)
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
            .sent_to(url)
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
            .all()
            .filter(|(name, value)| cookies.recognize(name, value))
            .map(|(name, value)| (name.to_owned(), value.to_owned(), cookies.are_guessed()))
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
    fn requests_at_one_moment_share_one_jar() {
        use crate::model::{
            Intent, Place, Received, RequestId, RunTag, Sent, StepRef, Timestamp, UserId,
        };
        let url = "http://h.test/order";
        let hop = |done: u64, cookies: &[&str]| Exchange {
            id: RequestId::new(RunTag(7), UserId(1), done),
            user: UserId(1),
            session: 0,
            iteration: 1,
            step: std::sync::Arc::new(StepRef {
                scenario: "s".into(),
                text: "When x".into(),
                place: Place::new("a.feature", 3),
            }),
            hop: 0,
            request: Sent {
                url: url.to_owned(),
                ..Sent::default()
            },
            due: Timestamp::default(),
            sent: Timestamp::default(),
            first_byte: None,
            done: Timestamp::after(std::time::Duration::from_millis(done)),
            response: Some(Received {
                headers: cookies
                    .iter()
                    .map(|own| ("set-cookie".to_owned(), (*own).to_owned()))
                    .collect(),
                ..Received::default()
            }),
            error: None,
            instance: None,
            intent: Intent::default(),
        };
        let chain = |hop| Chain {
            hops: vec![hop],
            ..Chain::default()
        };
        let mut session = Session::default();
        let views = vec![session.clone(); 3];
        let chains = [
            chain(hop(3, &["sid=newest"])),
            chain(hop(2, &["sid=newer", "cart=7"])),
            chain(hop(1, &["lang=en", "cart=6"])),
        ];
        session.rejoin(views, &chains);
        let url = Url::parse(url).unwrap();
        for (name, value) in [("sid", "newest"), ("cart", "7"), ("lang", "en")] {
            assert_eq!(session.cookie(name, &url).as_deref(), Some(value), "{name}");
        }
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
