//! The engine, reached over its socket.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::ContainerSummary;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, ListContainersOptionsBuilder, StopContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures::future::join_all;

use super::super::ScaleError;

/// Where an engine usually listens.
const USUAL: &str = "unix:///var/run/docker.sock";

/// How long the engine may take to answer, besides the time that it is asked
/// to wait for containers.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connected engine.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    docker: Docker,
    name: String,
}

impl Engine {
    /// Connects to the engine at `host`, in the newest version of its interface
    /// that both sides know.
    pub(super) async fn connect(host: Option<&str>, drain: Duration) -> Result<Self, ScaleError> {
        let environment = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let secured = host.is_none() && environment("DOCKER_TLS_VERIFY").is_some();
        let host = match host {
            Some(host) => host.to_owned(),
            None => environment("DOCKER_HOST").unwrap_or_else(|| USUAL.to_owned()),
        };
        let name = format!("the Docker engine at {host}");
        let refuse = |reason: String| ScaleError::new(&name, reason);
        let patience = (PATIENCE + drain).as_secs();
        let docker = match Address::of(&host, secured).map_err(refuse)? {
            Address::Socket(path) => {
                Docker::connect_with_socket(path, patience, API_DEFAULT_VERSION)
            }
            Address::Plain(host) => Docker::connect_with_http(host, patience, API_DEFAULT_VERSION),
        };
        let docker = match docker {
            Ok(docker) => docker.negotiate_version().await,
            Err(error) => Err(error),
        };
        let docker = docker.map_err(|error| {
            refuse(format!(
                "{}; is it running, may you use its socket, and is `scaling.docker.host` right?",
                reason(&error)
            ))
        })?;
        Ok(Self { docker, name })
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The interface itself.
    pub(super) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The engine did not do as asked.
    pub(super) fn refused(&self, error: &Error) -> ScaleError {
        ScaleError::new(&self.name, reason(error))
    }

    /// All containers with these labels, those that do not run included.
    pub(super) async fn containers(
        &self,
        labels: &[String],
    ) -> Result<Vec<ContainerSummary>, ScaleError> {
        let filters = HashMap::from([("label", labels.to_vec())]);
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        self.docker
            .list_containers(Some(options))
            .await
            .map_err(|error| self.refused(&error))
    }

    /// Ends containers at once. One that ended by itself meanwhile is fine.
    pub(super) async fn kill(&self, ids: &[&str]) -> Result<(), ScaleError> {
        let kill = ids.iter().map(async |id| {
            let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
            match self.docker.kill_container(id, Some(options)).await {
                Err(Error::DockerResponseServerError {
                    status_code: 404 | 409,
                    ..
                }) => Ok(()),
                done => done,
            }
        });
        self.all(kill).await
    }

    /// Stops containers where they are.
    pub(super) async fn pause(&self, ids: &[&str]) -> Result<(), ScaleError> {
        self.all(ids.iter().map(|id| self.docker.pause_container(id)))
            .await
    }

    /// Lets containers go on.
    pub(super) async fn unpause(&self, ids: &[&str]) -> Result<(), ScaleError> {
        self.all(ids.iter().map(|id| self.docker.unpause_container(id)))
            .await
    }

    /// Starts containers that do not run.
    pub(super) async fn start(&self, ids: &[&str]) -> Result<(), ScaleError> {
        self.all(ids.iter().map(|id| self.docker.start_container(id, None)))
            .await
    }

    /// Ends a container when it has finished what it has begun, or after
    /// `drain`; then it has ended.
    pub(super) async fn stop(&self, id: &str, drain: Duration) -> Result<(), ScaleError> {
        let seconds = i32::try_from(drain.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        self.docker
            .stop_container(id, Some(options))
            .await
            .map_err(|error| self.refused(&error))
    }

    /// Does all of it, even when some of it fails.
    async fn all(
        &self,
        work: impl Iterator<Item = impl Future<Output = Result<(), Error>>>,
    ) -> Result<(), ScaleError> {
        let done: Result<(), Error> = join_all(work).await.into_iter().collect();
        done.map_err(|error| self.refused(&error))
    }
}

/// The engine's own words where it has any.
fn reason(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        error => {
            // The outermost error often says no more than that there is one.
            let mut told = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(error) = source {
                let own = error.to_string();
                if !told.contains(&own) {
                    told = format!("{told}: {own}");
                }
                source = error.source();
            }
            told
        }
    }
}

/// Where an engine listens.
#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    Socket(&'a str),
    Plain(&'a str),
}

impl<'a> Address<'a> {
    /// Reads `host` as Docker itself does.
    fn of(host: &'a str, secured: bool) -> Result<Self, String> {
        const TUNNEL: &str = "reach it through a tunnel, such as `ssh -L ./docker.sock:\
                              /var/run/docker.sock machine`, and set `scaling.docker.host` to \
                              \"unix://./docker.sock\"";
        match host.split_once("://") {
            Some(("unix" | "npipe", _)) => Ok(Self::Socket(host)),
            None if host.starts_with(['/', '.']) => Ok(Self::Socket(host)),
            Some(("tcp" | "http", _)) if !secured => Ok(Self::Plain(host)),
            Some(("tcp" | "http" | "https", _)) => {
                Err(format!("engines behind TLS are not supported; {TUNNEL}"))
            }
            Some(("ssh", _)) => Err(format!("engines behind ssh are not supported; {TUNNEL}")),
            _ => Err(
                "its address is expected to be such as \"unix:///var/run/docker.sock\" or \
                 \"tcp://127.0.0.1:2375\""
                    .to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_docker() {
        for (host, secured, address) in [
            (
                "unix:///run/d.sock",
                false,
                Ok(Address::Socket("unix:///run/d.sock")),
            ),
            ("/run/d.sock", true, Ok(Address::Socket("/run/d.sock"))),
            (
                "tcp://127.0.0.1:2375",
                false,
                Ok(Address::Plain("tcp://127.0.0.1:2375")),
            ),
            ("tcp://127.0.0.1:2376", true, Err("behind TLS")),
            ("https://127.0.0.1", false, Err("behind TLS")),
            ("ssh://machine", false, Err("behind ssh")),
            ("machine", false, Err("is expected to be such as")),
        ] {
            match (Address::of(host, secured), address) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{host}: {found:?} instead of {expected:?}"),
            }
        }
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_told_with_what_to_look_at() {
        let error = Engine::connect(Some("unix:///nowhere/docker.sock"), Duration::ZERO)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("the Docker engine at unix:///nowhere/docker.sock"));
        assert!(error.contains("is `scaling.docker.host` right?"), "{error}");
    }
}
