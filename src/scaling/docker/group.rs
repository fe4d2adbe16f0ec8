//! A group of containers that nobody keeps up.

use std::time::Duration;

use async_trait::async_trait;
use bollard::models::ContainerSummary;
use tokio::time::{sleep, timeout};

use crate::config::{Containers, DockerConfig, Pattern};
use crate::model::InstanceId;

use super::super::choice::choose;
use super::super::naming::Naming;
use super::super::{
    Capabilities, Capability, InstanceState, Observed, Receipt, Removal, ScaleError, ScaleTarget,
    Select, Snapshot,
};
use super::engine::Engine;
use super::state;
use super::under_way::UnderWay;

/// How often a container is looked at that was restarted.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long a restarted container may take to be ready.
const START_UP: Duration = Duration::from_mins(1);

/// Containers of one engine. Their number is the number of those that run:
/// containers are started and stopped, never made or removed.
#[derive(Clone, Debug)]
pub(super) struct Group {
    engine: Engine,
    name: String,
    labels: Vec<String>,
    naming: Naming,
    /// Whether the incarnation of a container that is restarted changes.
    tells_lives_apart: bool,
    drain: Duration,
    under_way: UnderWay,
}

/// A container, as far as it matters here.
#[derive(Clone, Debug)]
struct Member {
    id: String,
    name: String,
    number: Option<u32>,
    state: InstanceState,
    paused: bool,
}

impl Group {
    /// The group that `containers` describes.
    pub(super) async fn find(
        engine: Engine,
        containers: &Containers,
        config: &DockerConfig,
        drain: Duration,
    ) -> Result<Self, ScaleError> {
        let (labels, name) = match containers {
            Containers::Compose { project, service } => (
                vec![
                    format!("com.docker.compose.project={project}"),
                    format!("com.docker.compose.service={service}"),
                ],
                format!("service `{service}` of Compose project `{project}`"),
            ),
            Containers::Label(label) => (
                vec![label.clone()],
                format!("the group of containers with label `{label}`"),
            ),
            Containers::Swarm { service } => (
                vec![format!("com.docker.swarm.service.name={service}")],
                format!("the containers of swarm service `{service}`"),
            ),
        };
        let group = Self {
            naming: Naming::new(
                (config.instance.as_ref(), "{container}"),
                (config.incarnation.as_ref(), ""),
            ),
            tells_lives_apart: config
                .incarnation
                .as_ref()
                .is_some_and(|pattern: &Pattern| pattern.uses("started")),
            engine,
            name,
            labels,
            drain,
            under_way: UnderWay::default(),
        };
        if group.members().await?.is_empty() {
            return Err(ScaleError::new(
                &group.name,
                format!("{} has no such container", group.engine.name()),
            ));
        }
        Ok(group)
    }

    /// The containers in the order in which they are started, and stopped
    /// from the end.
    async fn members(&self) -> Result<Vec<Member>, ScaleError> {
        let containers = self.engine.containers(&self.labels).await?;
        Ok(in_order(containers.iter().filter_map(Member::of)))
    }

    async fn observed(&self) -> Result<Vec<(Observed, Member)>, ScaleError> {
        let mut observed = Vec::new();
        for member in self.members().await? {
            let state = match member.state {
                InstanceState::Ready | InstanceState::Starting
                    if self.under_way.is_leaving(&member.id) =>
                {
                    InstanceState::Draining
                }
                state => state,
            };
            observed.push((Observed::new(self.identity(&member).await?, state), member));
        }
        Ok(observed)
    }

    async fn identity(&self, member: &Member) -> Result<InstanceId, ScaleError> {
        let started = if self.tells_lives_apart {
            let docker = self.engine.docker();
            let inspected = docker.inspect_container(&member.id, None).await;
            let inspected = inspected.map_err(|error| self.engine.refused(&error))?;
            inspected.state.and_then(|state| state.started_at)
        } else {
            None
        };
        Ok(self.naming.identity(&[
            ("container", short(&member.id)),
            ("name", &member.name),
            ("slot", &member.number.unwrap_or_default().to_string()),
            ("started", &started.unwrap_or_default()),
        ]))
    }

    /// Stops `member` when it has finished what it has begun.
    async fn stop(&self, member: &Member) -> Result<(), ScaleError> {
        self.under_way.leaves(&member.id);
        let stopped = self.engine.stop(&member.id, self.drain).await;
        self.under_way.left(&member.id);
        stopped
    }

    /// Restarts `members`, each when the one before is ready again.
    async fn restart_in_turn(&self, members: Vec<Member>) -> Result<(), ScaleError> {
        for member in members {
            self.stop(&member).await?;
            self.engine.start(&[&member.id]).await?;
            let ready = timeout(START_UP, self.until_ready(&member.id)).await;
            ready.map_err(|_elapsed| {
                let reason = format!(
                    "container {} was restarted, but is not ready after {}",
                    member.name,
                    humantime::format_duration(START_UP)
                );
                ScaleError::new(&self.name, reason)
            })??;
        }
        Ok(())
    }

    async fn until_ready(&self, id: &str) -> Result<(), ScaleError> {
        loop {
            let members = self.members().await?;
            let found = members.iter().find(|member| member.id == id);
            if found.is_some_and(|member| member.state == InstanceState::Ready) {
                return Ok(());
            }
            sleep(INTERVAL).await;
        }
    }

    /// Waits for what is under way, and gives the members afterwards. What went
    /// wrong with it is told, so that nobody counts on it.
    async fn at_rest(&self) -> Result<Vec<(Observed, Member)>, ScaleError> {
        self.under_way.done().await;
        self.under_way.trouble()?;
        self.observed().await
    }
}

#[async_trait]
impl ScaleTarget for Group {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = vec![
            Capability::SetDesired,
            Capability::RemoveAbruptly,
            Capability::Kill,
            Capability::StopAll,
            Capability::Hang,
        ];
        // A container that is restarted is the same one; that it was replaced
        // could not be proven otherwise.
        if self.tells_lives_apart {
            can.push(Capability::Replace);
        }
        Capabilities::of(can)
    }

    async fn observe(&self) -> Result<Snapshot, ScaleError> {
        self.under_way.trouble()?;
        let observed = self.observed().await?;
        Ok(Snapshot {
            desired: None,
            instances: observed.into_iter().map(|(observed, _)| observed).collect(),
        })
    }

    async fn set_desired(&self, desired: u32, removal: Removal) -> Result<Receipt, ScaleError> {
        let members = self.at_rest().await?;
        let desired = desired as usize;
        if desired > members.len() {
            let reason = format!(
                "{desired} are asked for, but there are {} containers, and fpt makes no new ones; \
                 make more beforehand, such as by `docker compose up --no-start --scale`",
                members.len()
            );
            return Err(ScaleError::new(&self.name, reason));
        }
        let (up, down): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(own, _)| own.state != InstanceState::Gone);
        if up.len() <= desired {
            let start = &down[..desired - up.len()];
            self.engine.start(&ids(start)).await?;
            return Ok(receipt(start));
        }
        let leave = &up[desired..];
        match removal {
            Removal::Abrupt => self.engine.kill(&ids(leave)).await?,
            Removal::Graceful => {
                for (_, member) in leave {
                    self.under_way.leaves(&member.id);
                    let (group, member) = (self.clone(), member.clone());
                    self.under_way
                        .begin(async move { group.stop(&member).await });
                }
            }
        }
        Ok(receipt(leave))
    }

    async fn kill(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let members = self.observed().await?;
        let chosen = chosen(&self.name, select, &members)?;
        self.engine.kill(&ids(&chosen)).await?;
        Ok(receipt(&chosen))
    }

    async fn replace(&self) -> Result<Receipt, ScaleError> {
        if !self.tells_lives_apart {
            return Err(ScaleError::unable(&self.name, Capability::Replace));
        }
        let members = self.at_rest().await?;
        let chosen = chosen(&self.name, &Select::All, &members)?;
        let group = self.clone();
        let turn = chosen.iter().map(|(_, member)| member.clone()).collect();
        self.under_way
            .begin(async move { group.restart_in_turn(turn).await });
        Ok(receipt(&chosen))
    }

    async fn hang(&self, select: &Select) -> Result<Receipt, ScaleError> {
        let members = self.observed().await?;
        let chosen = chosen(&self.name, select, &members)?;
        self.engine.pause(&ids(&chosen)).await?;
        Ok(receipt(&chosen))
    }

    async fn resume(&self) -> Result<Receipt, ScaleError> {
        let members = self.observed().await?;
        let paused: Vec<_> = members
            .into_iter()
            .filter(|(_, member)| member.paused)
            .collect();
        self.engine.unpause(&ids(&paused)).await?;
        Ok(receipt(&paused))
    }

    async fn stop_all(&self) -> Result<Receipt, ScaleError> {
        self.kill(&Select::All).await
    }

    async fn restore(&self, base: &Snapshot) -> Result<(), ScaleError> {
        self.under_way.done().await;
        // What went wrong before is seen by what is there.
        let _ = self.under_way.trouble();
        let resumed = self.resume().await.map(|_| ());
        let mut done = vec![resumed];
        let ran = |name: &str| {
            base.instances
                .iter()
                .any(|own| own.id.name == name && own.state != InstanceState::Gone)
        };
        let mut start = Vec::new();
        for (observed, member) in self.observed().await? {
            match (ran(&observed.id.name), observed.state) {
                (true, InstanceState::Gone) => start.push((observed, member)),
                (false, InstanceState::Ready | InstanceState::Starting) => {
                    done.push(self.stop(&member).await);
                }
                _ => {}
            }
        }
        done.push(self.engine.start(&ids(&start)).await);
        ScaleError::together(&self.name, done)
    }
}

impl Member {
    /// `None` for a container that Compose made for one command.
    fn of(container: &ContainerSummary) -> Option<Self> {
        let label = |name: &str| container.labels.as_ref()?.get(name);
        if label("com.docker.compose.oneoff").is_some_and(|own| own == "True") {
            return None;
        }
        let name = container.names.as_deref().and_then(<[String]>::first);
        Some(Self {
            id: container.id.clone()?,
            name: name
                .map_or("", |name| name.trim_start_matches('/'))
                .to_owned(),
            number: label("com.docker.compose.container-number")
                .and_then(|number| number.parse().ok()),
            state: state::of_container(container),
            paused: container.state == Some(bollard::models::ContainerSummaryStateEnum::PAUSED),
        })
    }
}

/// By number where Compose gave one, then by name, `web-2` before `web-10`.
fn in_order(members: impl Iterator<Item = Member>) -> Vec<Member> {
    let mut members: Vec<_> = members.collect();
    members.sort_by(|one, other| {
        let rank = |own: &Member| (own.number, own.name.len());
        rank(one)
            .cmp(&rank(other))
            .then_with(|| one.name.cmp(&other.name))
    });
    members
}

/// The part of an id that people see, and that is the name of the machine
/// inside the container.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn chosen(
    target: &str,
    select: &Select,
    members: &[(Observed, Member)],
) -> Result<Vec<(Observed, Member)>, ScaleError> {
    let chosen = choose(target, select, members)?;
    Ok(chosen.into_iter().cloned().collect())
}

fn ids(members: &[(Observed, Member)]) -> Vec<&str> {
    members
        .iter()
        .map(|(_, member)| member.id.as_str())
        .collect()
}

fn receipt(members: &[(Observed, Member)]) -> Receipt {
    Receipt {
        instances: members.iter().map(|(own, _)| own.id.clone()).collect(),
        ..Receipt::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_stand_in_the_order_of_people() {
        let json = r#"[
            {"Id":"c10","Names":["/shop-web-10"],"State":"exited","Labels":{
                "com.docker.compose.container-number":"10"}},
            {"Id":"c2","Names":["/shop-web-2"],"State":"paused","Labels":{
                "com.docker.compose.container-number":"2"}},
            {"Id":"once","Names":["/shop-web-run-1"],"State":"running","Labels":{
                "com.docker.compose.oneoff":"True"}},
            {"Id":"b","Names":["/web-b"],"State":"running"}
        ]"#;
        let containers: Vec<ContainerSummary> = serde_json::from_str(json).unwrap();
        let members = in_order(containers.iter().filter_map(Member::of));
        let told: Vec<_> = members
            .iter()
            .map(|own| (own.id.as_str(), own.name.as_str(), own.state, own.paused))
            .collect();
        assert_eq!(
            told,
            [
                ("b", "web-b", InstanceState::Ready, false),
                ("c2", "shop-web-2", InstanceState::Starting, true),
                ("c10", "shop-web-10", InstanceState::Gone, false),
            ]
        );
    }
}
