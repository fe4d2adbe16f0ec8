//! Scaling containers.

use super::super::reader::Reader;

/// Containers of a Docker engine.
#[derive(Clone, Debug, Default)]
pub struct DockerConfig {
    /// The service of the swarm.
    pub service: Option<String>,
}

impl DockerConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            service: reader.optional("scaling.docker.service"),
        }
    }
}
