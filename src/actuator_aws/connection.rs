//! The way to the API.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::arguments::Arguments;

/// How long a call may take when the request does not say.
const USUAL: Duration = Duration::from_secs(30);

/// Region and credentials from where the AWS CLI has them, unless the arguments
/// say otherwise; every call within the deadline of the request.
pub(super) async fn open(arguments: &Arguments, deadline_ms: Option<u64>) -> SdkConfig {
    let client = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let limit = deadline_ms.map_or(USUAL, Duration::from_millis);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .timeout_config(TimeoutConfig::builder().operation_timeout(limit).build());
    if let Some(region) = &arguments.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &arguments.aws_profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &arguments.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}
