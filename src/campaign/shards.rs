//! Shards: users on threads. A step's future cannot move between threads, so
//! every user stays on one, with its own runtime.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use futures::future::LocalBoxFuture;

use super::context::CampaignContext;
use super::user::VirtualUser;

/// The stack of a shard. What a service sends is looked through on it: documents
/// within documents, each of which nests as deeply as one is read.
const STACK: usize = 16 << 20;

/// What a user does in a shard. Who comes to its end is given back.
pub(super) type Lead =
    Arc<dyn Fn(VirtualUser) -> LocalBoxFuture<'static, VirtualUser> + Send + Sync>;

/// Users at work.
#[derive(Debug)]
pub(super) struct Shards {
    done: Vec<oneshot::Receiver<Result<Vec<VirtualUser>, String>>>,
    /// Users who have come to their end.
    users: Vec<VirtualUser>,
    cut: watch::Sender<bool>,
}

impl Shards {
    /// Puts `users` on `count` threads and leads each of them.
    pub(super) fn start(
        users: Vec<VirtualUser>,
        count: usize,
        lead: &Lead,
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
            let lead = Lead::clone(lead);
            let (context, cut) = (Arc::clone(context), cut.subscribe());
            std::thread::Builder::new()
                .name(format!("shard-{number}"))
                .stack_size(STACK)
                .spawn(move || {
                    // Nobody may be left to hear it.
                    let _ = tell.send(shard(part, &lead, &context, cut));
                })?;
        }
        Ok(Self {
            done,
            users: Vec::new(),
            cut,
        })
    }

    /// Waits until all users are done.
    pub(super) async fn done(&mut self) -> Result<(), String> {
        while let Some(shard) = self.done.last_mut() {
            let users = shard
                .await
                .map_err(|_gone| "a shard ended in a panic".to_owned())??;
            self.users.extend(users);
            self.done.pop();
        }
        Ok(())
    }

    /// The users who have come to their end, in their order.
    pub(super) fn users(&mut self) -> Vec<VirtualUser> {
        let mut users = std::mem::take(&mut self.users);
        users.sort_by_key(VirtualUser::id);
        users
    }

    /// Cuts users off who have not ended in time.
    pub(super) fn cut_off(&self) {
        self.cut.send_replace(true);
    }
}

fn shard(
    users: Vec<VirtualUser>,
    lead: &Lead,
    context: &Arc<CampaignContext>,
    mut cut: watch::Receiver<bool>,
) -> Result<Vec<VirtualUser>, String> {
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
                tokio::task::spawn_local(lead(user))
            })
            .collect();
        let ended = Mutex::new(Vec::new());
        let all = async {
            for task in tasks {
                let mut user = task.await.map_err(|error| error.to_string())?;
                // Connections belong to the runtime of this shard.
                user.disconnect();
                ended
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(user);
            }
            Ok(())
        };
        let result = tokio::select! {
            result = all => result,
            _ = cut.wait_for(|cut| *cut) => Ok(()),
        };
        let users = std::mem::take(&mut *ended.lock().unwrap_or_else(PoisonError::into_inner));
        result.map(|()| users)
    })
}

#[cfg(test)]
mod tests {
    use crate::model::Received;
    use crate::oracle::look::look;

    use super::STACK;

    /// A text in so many lists within each other.
    fn within_lists(text: &str) -> String {
        let text = serde_json::Value::from(text).to_string();
        format!("{}{text}{}", "[".repeat(127), "]".repeat(127))
    }

    #[test]
    fn the_deepest_of_what_is_read_fits_in_half_of_the_stack() {
        let body = (0..9).fold("ann@x.test".to_owned(), |inner, _| within_lists(&inner));
        let response = Received {
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into(),
            ..Received::default()
        };
        let reading = std::thread::Builder::new().stack_size(STACK / 2);
        let reading = reading.spawn(move || {
            let mut is_seen = false;
            let looked = look(&response, &mut |glimpse| {
                is_seen |= glimpse.text == "ann@x.test";
            });
            (is_seen, looked.unreadable)
        });
        assert_eq!(reading.unwrap().join().unwrap(), (true, false));
    }
}
