//! Containers as a scale target: a service of a swarm, whose number of tasks
//! the swarm keeps up, or a group of containers of one engine, which nobody
//! keeps up.

mod engine;
mod group;
mod state;
mod swarm;
mod under_way;

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Containers, DockerConfig};

use super::{ScaleError, ScaleTarget};
use engine::Engine;
use group::Group;
use swarm::Swarm;

/// Connects to the engine of `config`. Containers that are stopped may take
/// `drain` to finish what they have begun; tasks of a swarm may take what their
/// service says.
///
/// # Errors
///
/// When the engine cannot be reached, or knows no such containers.
pub async fn connect(
    config: &DockerConfig,
    drain: Duration,
) -> Result<Arc<dyn ScaleTarget>, ScaleError> {
    let engine = Engine::connect(config.host.as_deref(), drain).await?;
    match &config.containers {
        None => Err(ScaleError::new(
            "docker",
            "no containers are named; set `scaling.docker.service` or `scaling.docker.label`",
        )),
        Some(Containers::Swarm { service }) => {
            Ok(Arc::new(Swarm::find(engine, service, config).await?))
        }
        Some(containers @ (Containers::Compose { .. } | Containers::Label(_))) => Ok(Arc::new(
            Group::find(engine, containers, config, drain).await?,
        )),
    }
}
