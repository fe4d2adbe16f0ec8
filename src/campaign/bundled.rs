//! The bundled service, started for one campaign: in a thread of its own, or as
//! a stack of processes.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use appointment_center::{Cluster, Condition, Defect, Options};
use tokio::sync::oneshot;

use crate::config::BundledConfig;
use crate::scaling::{Autoscaled, Embedded, ScaleTarget};
use crate::stack::{Stack, StackError, StackOptions};

/// The running service. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Bundled {
    pub(super) address: SocketAddr,
    pub(super) target: Arc<dyn ScaleTarget>,
    /// What ends it when it is dropped.
    _end: Box<dyn fmt::Debug + Send + Sync>,
}

/// Starts the service with `instances` instances, on a free port; with `policy`,
/// it scales itself.
pub(super) async fn start(
    config: &BundledConfig,
    instances: u32,
    policy: bool,
) -> io::Result<Bundled> {
    let options = Options {
        instances: instances as usize,
        defects: names::<Defect>(&config.defects)?,
        conditions: names::<Condition>(&config.conditions)?,
        work: config.work,
        ..Options::default()
    };
    let (tell, told) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    // A thread of its own, so that the service and the load do not wait for
    // each other more than they would over a network.
    std::thread::Builder::new()
        .name("bundled-service".to_owned())
        .spawn(move || serve(options, tell, ended))?;
    let (cluster, home) = told
        .await
        .map_err(|_gone| io::Error::other("the bundled service ended before it began"))??;
    let address = cluster.address();
    let embedded = Arc::new(Embedded::new(cluster, home.clone()));
    let target: Arc<dyn ScaleTarget> = if policy {
        let counted = Arc::clone(&embedded);
        let autoscale = config.autoscale.clone();
        Arc::new(Autoscaled::start(embedded, counted, autoscale, &home))
    } else {
        embedded
    };
    Ok(Bundled {
        address,
        target,
        _end: Box::new(end),
    })
}

/// Starts a stack for one campaign, in a folder of its own.
pub(super) async fn start_stack(options: StackOptions) -> Result<Bundled, StackError> {
    let stack = Stack::start(options).await?;
    Ok(Bundled {
        address: stack.address(),
        target: stack.target(),
        _end: Box::new(stack),
    })
}

type Started = io::Result<(Cluster, tokio::runtime::Handle)>;

fn serve(options: Options, tell: oneshot::Sender<Started>, ended: oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            // Nobody may be left to hear it.
            let _ = tell.send(Err(error));
            return;
        }
    };
    let home = runtime.handle().clone();
    runtime.block_on(async {
        let started = Cluster::start(options).await;
        let cluster = started.as_ref().ok().cloned();
        let _ = tell.send(started.map(|cluster| (cluster, home)));
        if let Some(cluster) = cluster {
            // An error means that the sender was dropped: the end as well.
            let _ = ended.await;
            cluster.stop().await;
        }
    });
}

fn names<T: FromStr<Err: fmt::Display> + Ord>(names: &[String]) -> io::Result<BTreeSet<T>> {
    names
        .iter()
        .map(|name| {
            name.parse()
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, format!("{error}")))
        })
        .collect()
}
