//! The contract spoken by an address.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, StatusCode};
use url::Url;

use super::contract::{Exchanged, Transport};
use super::secrets::Secrets;
use super::shorten;

/// More than this is no answer, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// An address that requests of the contract are posted to. No other address is
/// ever contacted: redirects are refused.
#[derive(Clone, Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    headers: http::HeaderMap,
    secrets: Secrets,
    timeout: Duration,
    name: String,
}

impl Webhook {
    /// Posts to `url` by `client`, which must not follow redirects, with these
    /// headers, and `timeout` for each answer.
    ///
    /// # Errors
    ///
    /// A sentence for the user when a header is none.
    pub fn new(
        client: Client,
        url: Url,
        headers: &[(String, String)],
        timeout: Duration,
    ) -> Result<Self, String> {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            let refused = || format!("the header `{name}` cannot be sent");
            let key = http::HeaderName::try_from(name.as_str());
            let key = key.map_err(|_invalid| refused())?;
            let value = http::HeaderValue::try_from(value.as_str());
            // The error would quote the value.
            let mut value = value.map_err(|_invalid| refused())?;
            value.set_sensitive(true);
            map.insert(key, value);
        }
        let path = url.path().trim_matches('/');
        let hidden = headers.iter().map(|(_, value)| value.as_str());
        let secrets = Secrets::of(hidden.chain([path, url.query().unwrap_or_default()]));
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        Ok(Self {
            client,
            headers: map,
            secrets,
            timeout,
            name: format!("the webhook at {host}"),
            url,
        })
    }

    async fn post(&self, request: &str) -> Result<(StatusCode, String), String> {
        let sent = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(request.to_owned())
            .send();
        let mut response = sent.await.map_err(|error| self.told(error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.told(error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                return Err(format!("it answered with more than {LONGEST_ANSWER} bytes"));
            }
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok((response.status(), text))
    }

    /// An error with its causes, and without the address.
    fn told(&self, error: reqwest::Error) -> String {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(own) = cause {
            text = format!("{text}: {own}");
            cause = own.source();
        }
        shorten(&self.secrets.hide(&text))
    }
}

#[async_trait]
impl Transport for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    async fn exchange(&self, request: &str) -> Result<Exchanged, String> {
        let answered = tokio::time::timeout(self.timeout, self.post(request)).await;
        let Ok(answered) = answered else {
            let timeout = humantime::format_duration(self.timeout);
            return Err(format!("it did not answer within {timeout}"));
        };
        let (status, text) = answered?;
        let failure = if status.is_redirection() {
            Some(format!(
                "it answered {status}; redirects are refused, name the address itself"
            ))
        } else if status.is_success() {
            None
        } else {
            let words = shorten(&self.secrets.hide(&text));
            Some(
                format!("it answered {status} {words}")
                    .trim_end()
                    .to_owned(),
            )
        };
        Ok(Exchanged { text, failure })
    }

    fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Request;
    use axum::response::{IntoResponse, Redirect, Response};

    use super::*;

    async fn answer(request: Request) -> Response {
        let token = request.headers().get("x-token").cloned();
        let path = request.uri().path().to_owned();
        match path.as_str() {
            "/echo-path" => {
                let body = axum::body::to_bytes(request.into_body(), 4096)
                    .await
                    .unwrap();
                body.into_response()
            }
            "/refused" => {
                let token = token.unwrap().to_str().unwrap().to_owned();
                (StatusCode::FORBIDDEN, format!("not with {token}")).into_response()
            }
            "/elsewhere" => Redirect::temporary("/echo-path").into_response(),
            "/endless" => vec![b' '; LONGEST_ANSWER + 1].into_response(),
            _ => std::future::pending().await,
        }
    }

    async fn ask(path: &str) -> Result<Exchanged, String> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_preconfigured(no_tls())
            .no_proxy()
            .build()
            .unwrap();
        let url = Url::parse(&format!("http://{address}{path}")).unwrap();
        let headers = [("x-token".to_owned(), "Bearer hush-hush".to_owned())];
        let webhook = Webhook::new(client, url, &headers, Duration::from_secs(2)).unwrap();
        assert!(!format!("{webhook:?}").contains("hush"));
        webhook.exchange("{\"op\":\"observe\"}").await
    }

    fn no_tls() -> rustls::ClientConfig {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    }

    #[tokio::test]
    async fn requests_are_posted() {
        let exchanged = ask("/echo-path").await.unwrap();
        assert_eq!(exchanged.text, "{\"op\":\"observe\"}");
        assert_eq!(exchanged.failure, None);
    }

    #[tokio::test]
    async fn failures_are_told_without_secrets() {
        let failure = ask("/refused").await.unwrap().failure.unwrap();
        assert_eq!(failure, "it answered 403 Forbidden not with (hidden)");
        let failure = ask("/elsewhere").await.unwrap().failure.unwrap();
        assert!(failure.contains("redirects are refused"), "{failure}");
        let why = ask("/endless").await.unwrap_err();
        assert!(why.contains("more than 1048576 bytes"), "{why}");
        let why = ask("/silent-for-ever").await.unwrap_err();
        assert_eq!(why, "it did not answer within 2s");
    }
}
