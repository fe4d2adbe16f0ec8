//! The service under test: started for the campaign, or reached where it is.

use std::sync::Arc;

use url::Url;

use crate::config::{Profile, ScaledBy, Target};
use crate::scaling::{Capability, ScaleTarget};
use crate::stack::{RemoteStack, StackOptions};

use super::bundled::{self, Bundled};
use super::error::CampaignError;
use super::plan::ScenarioPlan;
use super::scale_control::refused_by;
use super::scale_target;
use super::settings::CampaignSettings;

/// The service under test.
#[derive(Debug)]
pub(super) struct Service {
    /// Where requests go.
    pub(super) target: Url,
    /// What was started for it, and ends with the campaign.
    pub(super) bundled: Option<Bundled>,
    /// What can be scaled, if anything.
    pub(super) scale_target: Option<Arc<dyn ScaleTarget>>,
}

impl Service {
    /// Starts the service of `profile`, or looks whether it is there.
    pub(super) async fn find(
        profile: &Profile,
        plan: &ScenarioPlan,
    ) -> Result<Self, CampaignError> {
        let settings = &plan.settings;
        // What can scale the service without anybody else.
        let mut own: Option<Arc<dyn ScaleTarget>> = None;
        let (target, bundled) = match &profile.target {
            Target::Bundled => {
                let bundled = bundled::start(
                    &profile.bundled,
                    settings.instances,
                    settings.policy.is_some(),
                )
                .await
                .map_err(CampaignError::Bundled)?;
                (at(&bundled)?, Some(bundled))
            }
            Target::Url(target) => {
                if let (Some(event), ScaledBy::Itself) =
                    (settings.events.first(), profile.scaling.by)
                {
                    return Err(CampaignError::NotScalable {
                        place: event.place.clone().unwrap_or_else(|| plan.place.clone()),
                        target: target.to_string(),
                    });
                }
                reach(target, profile).await?;
                (target.clone(), None)
            }
            Target::Stack => {
                if let Some(folder) = &profile.stack.data {
                    let stack = RemoteStack::find(folder).await?;
                    // Somebody counts on a number, by a step or for events.
                    let counts = settings.instances != profile.bundled.instances;
                    if counts || !settings.events.is_empty() {
                        stack.bring_to(settings.instances).await?;
                    }
                    let target = Url::parse(stack.url())
                        .map_err(|error| CampaignError::Broken(error.to_string()))?;
                    own = Some(Arc::new(stack));
                    (target, None)
                } else {
                    let mut options = StackOptions::of(profile, settings.instances);
                    options.autoscaled = settings.policy.is_some();
                    let stack = bundled::start_stack(options).await?;
                    (at(&stack)?, Some(stack))
                }
            }
        };
        if let Some(bundled) = &bundled {
            own = Some(Arc::clone(&bundled.target));
        }
        let scale_target = scale_target::connect(profile).await?.or(own);
        has_policy(settings, scale_target.as_deref(), &target)?;
        if let Some(scaled) = &scale_target
            && let Some((step, reason)) =
                refused_by(scaled.as_ref(), &settings.events, settings.policy.is_some()).await
        {
            return Err(CampaignError::Impossible {
                place: step.unwrap_or_else(|| plan.place.clone()),
                reason,
            });
        }
        Ok(Self {
            target,
            bundled,
            scale_target,
        })
    }
}

/// Refuses a scenario that relies on a policy where there is none.
fn has_policy(
    settings: &CampaignSettings,
    scale_target: Option<&dyn ScaleTarget>,
    target: &Url,
) -> Result<(), CampaignError> {
    let able = |own: &dyn ScaleTarget| own.capabilities().has(Capability::Policy);
    match &settings.policy {
        Some(place) if !scale_target.is_some_and(able) => Err(CampaignError::NoPolicy {
            place: place.clone(),
            target: scale_target.map_or_else(|| target.to_string(), |own| own.name().to_owned()),
        }),
        _ => Ok(()),
    }
}

/// Where requests go to what was started.
fn at(bundled: &Bundled) -> Result<Url, CampaignError> {
    Url::parse(&format!("http://{}/", bundled.address))
        .map_err(|error| CampaignError::Broken(error.to_string()))
}

/// Whether anybody listens at `target`. No request is sent.
async fn reach(target: &Url, profile: &Profile) -> Result<(), CampaignError> {
    let unreachable = |reason: String| CampaignError::Unreachable {
        target: target.to_string(),
        reason,
        profile: profile.name.clone(),
    };
    let host = target
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']']);
    let port = target.port_or_known_default().unwrap_or(80);
    let connect = tokio::net::TcpStream::connect((host, port));
    match tokio::time::timeout(profile.http.connect_timeout, connect).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_elapsed) => Err(unreachable(format!(
            "no connection within {}",
            humantime::format_duration(profile.http.connect_timeout)
        ))),
    }
}
