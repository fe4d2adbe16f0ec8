//! Clients: connections, isolated the way people are.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config::{Connections, HttpConfig};

use super::opened::NoteOpened;

/// Why clients cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The certificate file cannot be used.
    #[error("cannot read certificates from {path}: {reason}; expected a PEM file with CA certificates", path = path.display())]
    Authority {
        /// The file named by the profile.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The client cannot be built.
    #[error("cannot build an HTTP client: {0}")]
    Build(#[from] reqwest::Error),
}

/// Makes clients. The TLS configuration is built once and shared, because
/// reading the root certificates for every user would take megabytes.
#[derive(Clone, Debug)]
pub struct Clients {
    http: Arc<HttpConfig>,
    tls: rustls::ClientConfig,
}

impl Clients {
    /// Reads the certificates that the profile trusts.
    ///
    /// # Errors
    ///
    /// When the CA file of the profile cannot be used.
    pub fn new(http: Arc<HttpConfig>) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        // A machine without certificates can still test plain HTTP and
        // services with a CA of their own.
        let native = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(native.certs);
        if let Some(path) = &http.ca {
            let refuse = |reason: String| ClientError::Authority {
                path: path.clone(),
                reason,
            };
            let own: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect)
                .map_err(|error| refuse(error.to_string()))?;
            if own.is_empty() {
                return Err(refuse("it holds no certificate".to_owned()));
            }
            for certificate in own {
                roots
                    .add(certificate)
                    .map_err(|error| refuse(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { http, tls })
    }

    /// Whether each user has connections of their own.
    pub fn per_user(&self) -> bool {
        self.http.connections == Connections::PerUser
    }

    /// A fresh client. It follows no redirect, keeps no cookie, repeats no
    /// request and uses no proxy: all of that is decided elsewhere, or never.
    ///
    /// # Errors
    ///
    /// When the client cannot be built.
    pub fn client(&self) -> Result<reqwest::Client, ClientError> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connector_layer(NoteOpened)
            .connect_timeout(self.http.connect_timeout);
        let builder = if self.per_user() {
            // One person rarely has more than two requests in flight.
            builder.pool_max_idle_per_host(2)
        } else {
            builder
        };
        Ok(builder.build()?)
    }
}
