//! The scale target that the profile names.

use std::sync::Arc;

use crate::config::{Profile, ScaledBy};
use crate::scaling::{ScaleError, ScaleTarget};

/// The target that scales the service from outside; `None` when only the service
/// itself can.
pub(super) fn connect(profile: &Profile) -> Result<Option<Arc<dyn ScaleTarget>>, ScaleError> {
    match profile.scaling.by {
        ScaledBy::Itself => Ok(None),
        by @ (ScaledBy::Command | ScaledBy::Webhook | ScaledBy::Docker | ScaledBy::Kubernetes) => {
            Err(ScaleError::new(
                by.to_string(),
                "this fpt cannot do that yet",
            ))
        }
    }
}
