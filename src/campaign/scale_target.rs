//! The scale target that the profile names.

use std::sync::Arc;

use crate::config::{Profile, ScaledBy};
use crate::scaling::{ScaleError, ScaleTarget};

/// The target that scales the service from outside; `None` when only the service
/// itself can.
pub(super) async fn connect(profile: &Profile) -> Result<Option<Arc<dyn ScaleTarget>>, ScaleError> {
    match profile.scaling.by {
        ScaledBy::Itself => Ok(None),
        ScaledBy::Docker => containers(profile).await.map(Some),
        ScaledBy::Kubernetes => pods(profile).await.map(Some),
        by @ (ScaledBy::Command | ScaledBy::Webhook) => Err(ScaleError::new(
            by.to_string(),
            "this fpt cannot do that yet",
        )),
    }
}

#[cfg(feature = "docker")]
async fn containers(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    crate::scaling::docker::connect(&profile.scaling.docker, profile.scaling.drain).await
}

#[cfg(not(feature = "docker"))]
#[expect(clippy::unused_async, reason = "it stands for one that connects")]
async fn containers(_: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    not_built_in("docker")
}

#[cfg(feature = "kubernetes")]
async fn pods(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    crate::scaling::kubernetes::connect(&profile.scaling.kubernetes).await
}

#[cfg(not(feature = "kubernetes"))]
#[expect(clippy::unused_async, reason = "it stands for one that connects")]
async fn pods(_: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    not_built_in("kubernetes")
}

/// Profiles that ask for it are refused before; this is for who makes one in
/// code.
#[cfg(not(all(feature = "docker", feature = "kubernetes")))]
fn not_built_in(feature: &str) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    Err(ScaleError::new(
        feature,
        format!("this fpt was built without it; cargo install fpt --features {feature}"),
    ))
}
