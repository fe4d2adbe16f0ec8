//! Shards: users on threads. A step's future cannot move between threads, so
//! every user stays on one, with its own runtime.

use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use super::bound::Journey;
use super::context::CampaignContext;
use super::life::{Alive, live};
use super::user::VirtualUser;

/// Users at work.
#[derive(Debug)]
pub(super) struct Shards {
    done: Vec<oneshot::Receiver<Result<(), String>>>,
    cut: watch::Sender<bool>,
}

impl Shards {
    /// Puts `users` on `count` threads and lets them live.
    pub(super) fn start(
        users: Vec<VirtualUser>,
        count: usize,
        journey: &Arc<Journey>,
        alive: &Arc<Alive>,
        context: &Arc<CampaignContext>,
    ) -> std::io::Result<Self> {
        let cut = watch::Sender::new(false);
        let count = count.clamp(1, users.len().max(1));
        let mut parts: Vec<Vec<VirtualUser>> = (0..count).map(|_| Vec::new()).collect();
        for (at, user) in users.into_iter().enumerate() {
            parts[at % count].push(user);
        }
        let mut done = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            let (tell, told) = oneshot::channel();
            done.push(told);
            let (journey, alive) = (Arc::clone(journey), Arc::clone(alive));
            let (context, cut) = (Arc::clone(context), cut.subscribe());
            std::thread::Builder::new()
                .name(format!("shard-{number}"))
                .spawn(move || {
                    // Nobody may be left to hear it.
                    let _ = tell.send(shard(part, &journey, &alive, &context, cut));
                })?;
        }
        Ok(Self { done, cut })
    }

    /// Waits until all users are done.
    pub(super) async fn done(&mut self) -> Result<(), String> {
        while let Some(shard) = self.done.last_mut() {
            shard
                .await
                .map_err(|_gone| "a shard ended in a panic".to_owned())??;
            self.done.pop();
        }
        Ok(())
    }

    /// Cuts users off who have not ended in time.
    pub(super) fn cut_off(&self) {
        self.cut.send_replace(true);
    }
}

fn shard(
    users: Vec<VirtualUser>,
    journey: &Arc<Journey>,
    alive: &Arc<Alive>,
    context: &Arc<CampaignContext>,
    mut cut: watch::Receiver<bool>,
) -> Result<(), String> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        // Made here, because a client belongs to the runtime that it is used in.
        let client = context
            .wire
            .shared_client()
            .map_err(|error| error.to_string())?;
        let tasks: Vec<_> = users
            .into_iter()
            .map(|mut user| {
                user.share_client(client.clone());
                let (journey, alive) = (Arc::clone(journey), Arc::clone(alive));
                tokio::task::spawn_local(async move { live(&mut user, &journey, &alive).await })
            })
            .collect();
        let all = async {
            for task in tasks {
                task.await.map_err(|error| error.to_string())?;
            }
            Ok(())
        };
        tokio::select! {
            ended = all => ended,
            _ = cut.wait_for(|cut| *cut) => Ok(()),
        }
    })
}
