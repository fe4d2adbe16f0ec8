//! Ways in which a user proves who they are, apart from signing in with a
//! request of the service's own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;

use crate::http::Selector;

use super::failure::{StepFailure, StepResult};
use super::request::{Purpose, Request};
use super::template::Escape;
use super::user::VirtualUser;

impl VirtualUser {
    /// Sends name and password with every request (RFC 7617).
    ///
    /// # Errors
    ///
    /// When a template cannot be rendered, or the name holds a colon.
    pub fn authenticate_basic(&mut self, name: &str, password: &str) -> StepResult {
        let name = self.render(name, Escape::None)?;
        let password = self.render(password, Escape::None)?;
        if name.contains(':') {
            return Err(StepFailure::new(
                "a name for basic auth cannot hold a colon",
            ));
        }
        let encoded = BASE64_STANDARD.encode(format!("{name}:{password}"));
        self.authorize("authorization", format!("Basic {encoded}"), &password);
        Ok(())
    }

    /// Sends a bearer token with every request (RFC 6750).
    ///
    /// # Errors
    ///
    /// When the template cannot be rendered.
    pub fn authenticate_bearer(&mut self, token: &str) -> StepResult {
        let token = self.render(token, Escape::None)?;
        self.authorize("authorization", format!("Bearer {token}"), &token);
        Ok(())
    }

    /// Sends a key in a header of the service's own with every request.
    ///
    /// # Errors
    ///
    /// When the template cannot be rendered.
    pub fn authenticate_api_key(&mut self, header: &str, key: &str) -> StepResult {
        let key = self.render(key, Escape::None)?;
        self.authorize(header, key.clone(), &key);
        Ok(())
    }

    /// Gets an OAuth 2 token (RFC 6749) and sends it with every request. It is
    /// kept as `access_token`.
    ///
    /// # Errors
    ///
    /// When the service refuses it, or answers without `access_token`.
    pub async fn oauth2_token(
        &mut self,
        path: &str,
        grant: &str,
        mut fields: Vec<(String, String)>,
    ) -> StepResult {
        fields.insert(0, ("grant_type".to_owned(), grant.to_owned()));
        let request = Request::new(Method::POST, path)
            .form(fields)
            .purpose(Purpose::SignsIn);
        self.send(request).await?;
        let selector = Selector::json("$.access_token")
            .map_err(|error| StepFailure::new(error.to_string()))?;
        self.keep_from(&selector, "access_token")?;
        self.authenticate_bearer("{{ user.kept.access_token }}")
    }

    /// Gets a page and keeps the value of its hidden field `field` as `csrf`.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub async fn csrf_token(&mut self, page: &str, field: &str) -> StepResult {
        self.send(Request::new(Method::GET, page)).await?;
        let selector = Selector::css(&format!("input[name=\"{field}\"]@value"))
            .map_err(|error| StepFailure::new(error.to_string()))?;
        self.keep_from(&selector, "csrf")
    }
}
