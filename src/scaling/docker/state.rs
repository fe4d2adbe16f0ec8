//! Where in its life a container or a task is.

use bollard::models::{
    ContainerSummary, ContainerSummaryHealthStatusEnum as Health,
    ContainerSummaryStateEnum as Running, Task, TaskState,
};

use super::super::InstanceState;

/// How `container` is. Without a health check, what runs is ready: the engine
/// knows no better. What is paused does not serve.
pub(super) fn of_container(container: &ContainerSummary) -> InstanceState {
    match container.state {
        Some(Running::RUNNING) if is_healthy(container) => InstanceState::Ready,
        Some(Running::RUNNING | Running::PAUSED | Running::RESTARTING) => InstanceState::Starting,
        Some(Running::REMOVING | Running::STOPPING) => InstanceState::Draining,
        Some(Running::CREATED | Running::EXITED | Running::DEAD | Running::EMPTY) | None => {
            InstanceState::Gone
        }
    }
}

/// Older engines tell health in the text for people alone.
fn is_healthy(container: &ContainerSummary) -> bool {
    let told = container.health.as_ref().and_then(|health| health.status);
    match told {
        Some(Health::STARTING | Health::UNHEALTHY) => false,
        Some(Health::HEALTHY | Health::NONE) => true,
        Some(Health::EMPTY) | None => {
            let text = container.status.as_deref().unwrap_or_default();
            !text.contains("(health: starting)") && !text.contains("(unhealthy)")
        }
    }
}

/// How `task` is. The swarm says what it wants next to what is, and a task is
/// done for as soon as it is no longer wanted. A task with a health check is
/// called running when it is healthy.
pub(super) fn of_task(task: &Task, paused: bool) -> InstanceState {
    let state = task.status.as_ref().and_then(|status| status.state);
    let wanted = matches!(
        task.desired_state,
        None | Some(
            TaskState::NEW
                | TaskState::ALLOCATED
                | TaskState::PENDING
                | TaskState::ASSIGNED
                | TaskState::ACCEPTED
                | TaskState::PREPARING
                | TaskState::READY
                | TaskState::STARTING
                | TaskState::RUNNING
        )
    );
    match state {
        Some(TaskState::RUNNING) if wanted && !paused => InstanceState::Ready,
        Some(TaskState::RUNNING | TaskState::STARTING) if !wanted => InstanceState::Draining,
        Some(
            TaskState::COMPLETE
            | TaskState::SHUTDOWN
            | TaskState::FAILED
            | TaskState::REJECTED
            | TaskState::REMOVE
            | TaskState::ORPHANED,
        ) => InstanceState::Gone,
        // Never started, and never will be.
        _ if !wanted => InstanceState::Gone,
        _ => InstanceState::Starting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_serve_when_they_run_and_are_healthy() {
        for (json, state) in [
            (
                r#"{"State":"running","Status":"Up 2 seconds"}"#,
                InstanceState::Ready,
            ),
            (
                r#"{"State":"running","Status":"Up 1 second (health: starting)"}"#,
                InstanceState::Starting,
            ),
            (
                r#"{"State":"running","Status":"Up 1 minute (unhealthy)"}"#,
                InstanceState::Starting,
            ),
            (
                r#"{"State":"running","Status":"Up 1 minute (healthy)"}"#,
                InstanceState::Ready,
            ),
            (
                r#"{"State":"running","Status":"Up","Health":{"Status":"starting"}}"#,
                InstanceState::Starting,
            ),
            (
                r#"{"State":"paused","Status":"Up 4 seconds (Paused)"}"#,
                InstanceState::Starting,
            ),
            (
                r#"{"State":"created","Status":"Created"}"#,
                InstanceState::Gone,
            ),
            (
                r#"{"State":"exited","Status":"Exited (137) 2 seconds ago"}"#,
                InstanceState::Gone,
            ),
            (
                r#"{"State":"removing","Status":""}"#,
                InstanceState::Draining,
            ),
        ] {
            let container = serde_json::from_str(json).unwrap();
            assert_eq!(of_container(&container), state, "{json}");
        }
    }

    #[test]
    fn tasks_are_done_for_when_nobody_wants_them() {
        for (wanted, is, paused, state) in [
            ("running", "running", false, InstanceState::Ready),
            ("running", "running", true, InstanceState::Starting),
            ("running", "preparing", false, InstanceState::Starting),
            ("running", "starting", false, InstanceState::Starting),
            ("ready", "ready", false, InstanceState::Starting),
            ("shutdown", "running", false, InstanceState::Draining),
            ("remove", "running", false, InstanceState::Draining),
            ("shutdown", "failed", false, InstanceState::Gone),
            ("running", "failed", false, InstanceState::Gone),
            ("shutdown", "shutdown", false, InstanceState::Gone),
            ("shutdown", "pending", false, InstanceState::Gone),
        ] {
            let json = format!(r#"{{"DesiredState":"{wanted}","Status":{{"State":"{is}"}}}}"#);
            let task = serde_json::from_str(&json).unwrap();
            assert_eq!(of_task(&task, paused), state, "{json}");
        }
    }
}
