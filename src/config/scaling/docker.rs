//! Scaling containers.

use super::super::reader::Reader;
use super::pattern::Pattern;

/// What an instance can be named after.
const PLACEHOLDERS: &[&str] = &[
    "container",
    "name",
    "node",
    "service",
    "slot",
    "started",
    "task",
];

/// Containers of a Docker engine.
#[derive(Clone, Debug, Default)]
pub struct DockerConfig {
    /// Where the engine listens, such as `unix:///var/run/docker.sock`; `None`
    /// for `DOCKER_HOST` or the usual place.
    pub host: Option<String>,
    /// Which containers are the instances.
    pub containers: Option<Containers>,
    /// The instance's name as its responses tell it; `None` for the usual one
    /// of the kind of containers.
    pub instance: Option<Pattern>,
    /// The instance's incarnation as its responses tell it, empty when they do
    /// not; `None` for the usual one.
    pub incarnation: Option<Pattern>,
}

/// Which containers are the instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Containers {
    /// Those of a service of the engine's swarm.
    Swarm {
        /// The service's name or id.
        service: String,
    },
    /// Those of a service that Compose started.
    Compose {
        /// The project.
        project: String,
        /// The service in it.
        service: String,
    },
    /// Those with a label.
    Label(
        /// `name` or `name=value`.
        String,
    ),
}

impl DockerConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            host: reader.optional("scaling.docker.host"),
            containers: Containers::read(reader),
            instance: Pattern::read(reader, "scaling.docker.instance", PLACEHOLDERS),
            incarnation: Pattern::read(reader, "scaling.docker.incarnation", PLACEHOLDERS),
        }
    }

    /// Tells what is missing for it to scale the service.
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if self.containers.is_none() {
            let message = "Missing: which containers are the instances? Name a service of the \
                           swarm here, or add `scaling.docker.project` for one of Compose, or \
                           set `scaling.docker.label`.";
            let origin = reader.origin("scaling.by");
            reader.problem(origin, "scaling.docker.service", message.to_owned());
        }
    }
}

impl Containers {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let service: Option<String> = reader.optional("scaling.docker.service");
        let project: Option<String> = reader.optional("scaling.docker.project");
        let label: Option<String> = reader.optional("scaling.docker.label");
        match (service, project, label) {
            (None, None, None) => None,
            (Some(service), None, None) => Some(Self::Swarm { service }),
            (Some(service), Some(project), None) => Some(Self::Compose { project, service }),
            (None, None, Some(label)) => Some(Self::Label(label)),
            (None, Some(_), None) => {
                let message = "A project alone is not enough: name one of its services by \
                               `scaling.docker.service`.";
                let origin = reader.origin("scaling.docker.project");
                reader.problem(origin, "scaling.docker.project", message.to_owned());
                None
            }
            (_, _, Some(_)) => {
                let message = "Either a label or a service says which containers are the \
                               instances: remove one of them.";
                let origin = reader.origin("scaling.docker.label");
                reader.problem(origin, "scaling.docker.label", message.to_owned());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{problems, profile};
    use super::*;

    #[test]
    fn containers_are_a_service_or_have_a_label() {
        for (text, containers) in [
            ("", None),
            (
                "scaling.docker.service = 'web'",
                Some(Containers::Swarm {
                    service: "web".to_owned(),
                }),
            ),
            (
                "scaling.docker.service = 'web'\nscaling.docker.project = 'shop'",
                Some(Containers::Compose {
                    project: "shop".to_owned(),
                    service: "web".to_owned(),
                }),
            ),
            (
                "scaling.docker.label = 'role=web'",
                Some(Containers::Label("role=web".to_owned())),
            ),
        ] {
            assert_eq!(profile(text).scaling.docker.containers, containers);
        }
        for (text, problem) in [
            (
                "scaling.docker.project = 'shop'",
                "A project alone is not enough",
            ),
            (
                "scaling.docker.label = 'role=web'\nscaling.docker.service = 'web'",
                "Either a label or a service",
            ),
            (
                "scaling.docker.label = 'a'\nscaling.docker.instance = 'web-{solt}'",
                "Found the placeholder `{solt}`, expected one of `{container}`",
            ),
        ] {
            let problems = problems(text);
            assert!(problems[0].contains(problem), "{problems:?}");
        }
    }

    #[test]
    fn instances_need_not_tell_their_incarnation() {
        let text = "scaling.docker.label = 'a'\nscaling.docker.incarnation = ''";
        let docker = profile(text).scaling.docker;
        assert_eq!(docker.incarnation, Some(Pattern::new("")));
        assert_eq!(docker.instance, None);
    }
}
