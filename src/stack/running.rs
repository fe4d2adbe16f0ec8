//! A stack that is up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use crate::config::StackPart;
use crate::scaling::{
    Autoscaled, Capabilities, Capability, InstanceState, Removal, ScaleTarget, Snapshot,
};

use super::control;
use super::error::StackError;
use super::fleet::{Fleet, INTERVAL};
use super::folder::{self, Folder};
use super::options::StackOptions;
use super::parts::{self, Ground, Parts};
use super::ports::Ports;
use super::programs::Programs;
use super::roster;
use super::status::StackStatus;
use super::target::{self, StackTarget};

/// So many instances in a row that end before they serve are no coincidence.
const FAILURES: u32 = 4;

/// How often it is looked whether the folder is still there.
const WATCH: Duration = Duration::from_secs(1);

/// A stack that is up. It ends with all that belongs to it when this is
/// dropped, and its folder is removed.
#[derive(Debug)]
pub struct Stack {
    url: String,
    address: SocketAddr,
    folder: PathBuf,
    /// Its processes, without the policy.
    processes: Arc<StackTarget>,
    target: Arc<dyn ScaleTarget>,
    /// Whether the folder is to be kept.
    end: Option<oneshot::Sender<bool>>,
    told_to_end: watch::Receiver<Option<bool>>,
    /// Its children end with this thread.
    thread: Option<JoinHandle<()>>,
}

impl Stack {
    /// What messages call it.
    pub const NAME: &str = target::NAME;

    /// What one can do that has these stores, and a policy of its own or none.
    pub fn abilities(stores: &[StackPart], autoscaled: bool) -> Capabilities {
        let mut capabilities = target::abilities(parts::names(stores));
        if autoscaled {
            capabilities.can.insert(Capability::Policy);
        }
        capabilities
    }

    /// The zones of the first so many instances.
    pub fn zones(instances: u32) -> Vec<String> {
        roster::zones(instances)
    }

    /// Starts a stack, and returns when all its instances serve.
    ///
    /// # Errors
    ///
    /// When a program is missing, the folder is taken, or a part or an
    /// instance does not start; nothing is left running then.
    pub async fn start(options: StackOptions) -> Result<Self, StackError> {
        let (tell, told) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        // The system ends children with the thread that started them: this
        // one does nothing else, and lasts as long as the stack.
        let thread = std::thread::Builder::new()
            .name("stack".to_owned())
            .spawn(move || live(&options, tell, ended))
            .map_err(StackError::system("cannot start a thread"))?;
        let gone = |_| StackError::part("the stack", "its thread ended");
        let up = told.await.map_err(gone)??;
        Ok(Self {
            url: up.url,
            address: up.address,
            folder: up.folder,
            processes: up.stack,
            target: up.target,
            end: Some(end),
            told_to_end: up.told_to_end,
            thread: Some(thread),
        })
    }

    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder in which a stack is looked for when none is named, seen from
    /// where the program was started.
    pub fn usual_folder() -> PathBuf {
        folder::usual()
    }

    /// It as something to scale.
    pub fn target(&self) -> Arc<dyn ScaleTarget> {
        Arc::clone(&self.target)
    }

    /// What is there.
    pub async fn status(&self) -> StackStatus {
        self.processes.status().await
    }

    /// Waits until somebody asks it, through its folder, to end, or removes the
    /// folder; gives whether the folder is to be kept.
    pub async fn told_to_end(&self) -> bool {
        let mut told = self.told_to_end.clone();
        let told = async {
            match told.wait_for(Option::is_some).await {
                Ok(keep) => keep.unwrap_or_default(),
                Err(_) => false,
            }
        };
        // Nobody could find it any more.
        let lost = async {
            while self.folder.exists() {
                sleep(WATCH).await;
            }
            false
        };
        tokio::select! {
            keep = told => keep,
            keep = lost => keep,
        }
    }

    /// Ends it, and keeps its folder.
    pub fn end_and_keep(mut self) {
        self.finish(true);
    }

    fn finish(&mut self, keep: bool) {
        if let Some(end) = self.end.take() {
            // It may have ended already.
            let _ = end.send(keep);
        }
        if let Some(thread) = self.thread.take() {
            // A panic in it was told where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.finish(false);
    }
}

/// What the thread of a stack tells once it is up.
struct Up {
    url: String,
    address: SocketAddr,
    folder: PathBuf,
    stack: Arc<StackTarget>,
    target: Arc<dyn ScaleTarget>,
    told_to_end: watch::Receiver<Option<bool>>,
}

fn live(
    options: &StackOptions,
    tell: oneshot::Sender<Result<Up, StackError>>,
    ended: oneshot::Receiver<bool>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StackError::system("cannot start a runtime"));
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            // Nobody may be left to hear it.
            let _ = tell.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        match begin(options).await {
            Ok((fleet, up)) => {
                let _ = tell.send(Ok(up));
                // An error means that whoever holds the stack is gone.
                let keep = ended.await.unwrap_or_default();
                fleet.end().await;
                let folder = &fleet.parts.ground.folder;
                if keep {
                    folder.keep();
                } else {
                    folder.remove();
                }
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        }
    });
}

async fn begin(options: &StackOptions) -> Result<(Arc<Fleet>, Up), StackError> {
    let programs = Programs::find(&options.stack.parts)?;
    let folder = match &options.folder {
        Some(folder) => Folder::claim(folder).await?,
        None => Folder::temporary().await?,
    };
    let ground = Arc::new(Ground {
        programs,
        folder,
        ports: Ports::default(),
        limit: options.stack.start_limit,
    });
    let begun = begin_in(Arc::clone(&ground), options).await;
    if begun.is_err() {
        // Children end with this thread; what they said is in the error.
        ground.folder.remove();
    }
    begun
}

async fn begin_in(
    ground: Arc<Ground>,
    options: &StackOptions,
) -> Result<(Arc<Fleet>, Up), StackError> {
    let parts = Parts::start(Arc::clone(&ground), options, Fleet::slots_for(options)).await?;
    if let Some(url) = parts.postgres_url().filter(|_| options.is_bundled()) {
        let done = appointment_center::migrate(&url).await;
        done.map_err(|error| StackError::part("the database", error))?;
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, parts.port()));
    let url = format!("http://{address}/");
    let fleet = Arc::new(Fleet::new(parts, options));
    fleet
        .set_desired(options.instances, Removal::Graceful)
        .await?;
    if let Err(error) = await_instances(&fleet, options).await {
        fleet.end().await;
        return Err(error);
    }
    let home = Handle::current();
    let stack = Arc::new(StackTarget::new(Arc::clone(&fleet), home.clone()));
    let target: Arc<dyn ScaleTarget> = if options.autoscaled {
        let (inner, requests) = (Arc::clone(&stack), Arc::clone(&stack));
        let mut config = options.stack.autoscale.clone();
        config.max = config.max.min(fleet.max);
        let scaled = Autoscaled::start(inner, requests, config, &home);
        // One that has a folder stays up for the next run.
        Arc::new(match options.folder {
            Some(_) => scaled.that_goes_on(&home),
            None => scaled,
        })
    } else {
        Arc::clone(&stack) as Arc<dyn ScaleTarget>
    };
    let (ask_to_end, told_to_end) = watch::channel(None);
    if options.folder.is_some() {
        let socket = ground.folder.files.control();
        control::serve(&socket, Arc::clone(&stack), Arc::clone(&target), ask_to_end)
            .map_err(StackError::at("listen at", &socket))?;
    }
    ground.folder.up(&url);
    let up = Up {
        url,
        address,
        folder: ground.folder.files.folder.clone(),
        stack,
        target,
        told_to_end,
    };
    Ok((fleet, up))
}

/// Waits until all instances serve, or it is clear that they will not.
async fn await_instances(fleet: &Fleet, options: &StackOptions) -> Result<(), StackError> {
    let arrival = async {
        let there = |now: &Snapshot| now.count(InstanceState::Ready) >= options.instances;
        while !fleet.observe().await.is_ok_and(|now| there(&now)) {
            if fleet.roster().failures >= FAILURES {
                return false;
            }
            sleep(INTERVAL).await;
        }
        true
    };
    // Instances look at the limit each for themselves; this is for all.
    if timeout(options.stack.start_limit, arrival).await == Ok(true) {
        return Ok(());
    }
    let trouble = fleet.roster().trouble.clone();
    let why = trouble.unwrap_or_else(|| "it took longer than `stack.start-limit`".to_owned());
    Err(StackError::part("the service", why))
}
