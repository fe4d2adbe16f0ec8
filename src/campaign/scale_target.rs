//! The scale target that the profile names.

use std::sync::Arc;

use crate::config::{Profile, ScaledBy, Target};
use crate::http::Clients;
use crate::model::Place;
use crate::scaling::contract::{Terms, Transport};
use crate::scaling::{Command, Contract, ScaleError, ScaleTarget, Webhook};
use crate::stack::RemoteStack;

use super::scale_control::beyond;
use super::settings::CampaignSettings;

/// The target that scales the service from outside; `None` when only the service
/// itself can. Whoever speaks the contract is asked what they can do.
///
/// # Errors
///
/// When nobody answers, or not as expected.
pub async fn connect(profile: &Profile) -> Result<Option<Arc<dyn ScaleTarget>>, ScaleError> {
    match profile.scaling.by {
        ScaledBy::Itself => Ok(None),
        ScaledBy::Command => command(profile).await.map(Some),
        ScaledBy::Webhook => webhook(profile).await.map(Some),
        ScaledBy::Docker => containers(profile).await.map(Some),
        ScaledBy::Kubernetes => pods(profile).await.map(Some),
    }
}

/// What the target that the profile names, or a stack that is up already, cannot
/// do of what scenarios ask of it, with the steps that ask. It is asked once,
/// and only when something is to be done; whoever cannot be asked shows when the
/// first scenario begins.
pub(crate) async fn unable(
    profile: &Profile,
    scenarios: &[&CampaignSettings],
) -> Vec<(Option<Place>, String)> {
    let events = |own: &&CampaignSettings| own.events.clone();
    let asked: Vec<_> = scenarios.iter().map(events).collect();
    if asked.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    let Some(target) = named(profile).await else {
        return Vec::new();
    };
    let wrong = asked.iter().map(|own| beyond(target.as_ref(), own));
    wrong.flatten().collect()
}

async fn named(profile: &Profile) -> Option<Arc<dyn ScaleTarget>> {
    if let Some(target) = connect(profile).await.ok()? {
        return Some(target);
    }
    let folder = match &profile.target {
        Target::Stack => profile.stack.data.as_ref()?,
        Target::Bundled | Target::Url(_) => return None,
    };
    let stack = RemoteStack::find(folder).await.ok()?;
    Some(Arc::new(stack))
}

async fn command(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    let command = &profile.scaling.command;
    let terms = Terms {
        group: command.group.clone(),
        timeout: command.timeout,
        interval: command.interval,
        drain: profile.scaling.drain,
    };
    let transport = Command::new(&command.run, &command.environment, command.timeout);
    speak(Box::new(transport), terms).await
}

async fn webhook(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    let webhook = &profile.scaling.webhook;
    let refused = |why: String| ScaleError::new("the webhook", why);
    let Some(url) = webhook.url.clone() else {
        return Err(refused(
            "it has no address; name it in `scaling.webhook.url`".to_owned(),
        ));
    };
    let terms = Terms {
        group: webhook.group.clone(),
        timeout: webhook.timeout,
        interval: webhook.interval,
        drain: profile.scaling.drain,
    };
    // Trusts what the load trusts, and follows redirects as little.
    let clients = Clients::new(Arc::new(profile.http.clone()));
    let client = clients
        .and_then(|clients| clients.client())
        .map_err(|error| refused(error.to_string()))?;
    let transport =
        Webhook::new(client, url, &webhook.headers, webhook.timeout).map_err(refused)?;
    speak(Box::new(transport), terms).await
}

async fn speak(
    transport: Box<dyn Transport>,
    terms: Terms,
) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    Ok(Arc::new(Contract::connect(transport, terms).await?))
}

#[cfg(feature = "docker")]
async fn containers(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    crate::scaling::docker::connect(&profile.scaling.docker, profile.scaling.drain).await
}

#[cfg(not(feature = "docker"))]
#[expect(clippy::unused_async, reason = "as where it is built in")]
async fn containers(_: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    not_built_in("docker")
}

#[cfg(feature = "kubernetes")]
async fn pods(profile: &Profile) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    crate::scaling::kubernetes::connect(&profile.scaling.kubernetes).await
}

#[cfg(not(feature = "kubernetes"))]
#[expect(clippy::unused_async, reason = "as where it is built in")]
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
