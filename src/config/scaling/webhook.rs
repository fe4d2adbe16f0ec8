//! Scaling by an address.

use super::super::reader::Reader;

/// An address that scales the service.
#[derive(Clone, Debug, Default)]
pub struct WebhookConfig {
    /// Where requests of the contract are sent.
    pub url: Option<String>,
}

impl WebhookConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            url: reader.optional("scaling.webhook.url"),
        }
    }
}
