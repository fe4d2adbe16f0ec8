//! What is not an instance: the balancer, and the stores behind the instances.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use crate::config::StackPart;
use crate::scaling::Lives;

use super::account::Account;
use super::balancer::Balancer;
use super::error::StackError;
use super::folder::Folder;
use super::haproxy::Balancing;
use super::options::StackOptions;
use super::ports::Ports;
use super::process::{Launch, Process};
use super::programs::Programs;
use super::{postgres, redis};

/// How often it is looked whether a part serves.
const INTERVAL: Duration = Duration::from_millis(10);

/// How often another port is tried when somebody was faster.
const ATTEMPTS: usize = 5;

/// How long a part may take to end that was told to.
const END: Duration = Duration::from_secs(5);

/// What all processes of a stack are started with.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) programs: Programs,
    pub(super) folder: Folder,
    pub(super) ports: Ports,
    pub(super) limit: Duration,
}

impl Ground {
    /// Starts a process and writes it down.
    pub(super) fn start(
        &self,
        name: &str,
        program: &Path,
        arguments: Vec<OsString>,
    ) -> Result<Process, StackError> {
        self.launch(name, program, arguments, None, "KILL")
    }

    fn launch(
        &self,
        name: &str,
        program: &Path,
        arguments: Vec<OsString>,
        account: Option<&Account>,
        last_word: &'static str,
    ) -> Result<Process, StackError> {
        let process = Process::start(&Launch {
            name,
            setpriv: &self.programs.setpriv,
            program,
            arguments,
            log: &self.folder.files.log(name),
            account,
            last_word,
        })
        .map_err(StackError::system(format_args!(
            "cannot start {name} ({})",
            program.display()
        )))?;
        self.folder.note(&process);
        Ok(process)
    }
}

/// A part that runs.
#[derive(Debug)]
struct Part {
    name: &'static str,
    port: u16,
    process: Mutex<Arc<Process>>,
}

impl Part {
    fn process(&self) -> Arc<Process> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&process)
    }
}

/// The parts of a stack.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) ground: Arc<Ground>,
    account: Option<Account>,
    redis_persistence: bool,
    sticky: bool,
    health: String,
    slots: u32,
    redis: Option<Part>,
    postgres: Option<Part>,
    haproxy: Option<Part>,
}

/// The names of the parts.
const REDIS: &str = "redis";
const POSTGRES: &str = "postgres";
const HAPROXY: &str = "haproxy";

/// What prepares PostgreSQL, and ends.
const INITDB: &str = "initdb";

/// The names of the parts that a stack with these stores has.
pub(super) fn names(stores: &[StackPart]) -> Vec<String> {
    let stores = [
        (REDIS, stores.contains(&StackPart::Redis)),
        (POSTGRES, stores.contains(&StackPart::Postgres)),
    ];
    let wanted = stores.into_iter().filter(|(_, wanted)| *wanted);
    [HAPROXY]
        .into_iter()
        .chain(wanted.map(|(name, _)| name))
        .map(str::to_owned)
        .collect()
}

impl Parts {
    /// Starts all parts, `slots` servers in the balancer.
    pub(super) async fn start(
        ground: Arc<Ground>,
        options: &StackOptions,
        slots: u32,
    ) -> Result<Self, StackError> {
        let mut parts = Self {
            ground,
            account: Account::for_postgres(),
            redis_persistence: options.stack.redis_persistence,
            sticky: options.sticky(),
            health: options.stack.health.clone(),
            slots,
            redis: None,
            postgres: None,
            haproxy: None,
        };
        parts.prepare_postgres().await?;
        let programs = &parts.ground.programs;
        let (redis, postgres, haproxy) = tokio::try_join!(
            parts.first(REDIS, programs.redis.is_some()),
            parts.first(POSTGRES, programs.postgres.is_some()),
            parts.first(HAPROXY, true),
        )?;
        (parts.redis, parts.postgres, parts.haproxy) = (redis, postgres, haproxy);
        Ok(parts)
    }

    async fn prepare_postgres(&self) -> Result<(), StackError> {
        let Some(programs) = self.ground.programs.postgres.clone() else {
            return Ok(());
        };
        let files = self.ground.folder.files.clone();
        postgres::make_folder(&files, self.account.as_ref())
            .map_err(StackError::at("create", &files.postgres()))?;
        let arguments = postgres::first_arguments(&files);
        let account = self.account.as_ref();
        // Written down as any other, so that nothing is left of it.
        let process = self
            .ground
            .launch(INITDB, &programs.initdb, arguments, account, "KILL")?;
        let in_time = timeout(self.ground.limit, process.ended()).await.is_ok();
        if !in_time {
            // With those that it has started.
            process.signal(Signal::KILL, true);
            process.ended().await;
        }
        self.ground.folder.forget(&process);
        if in_time && process.is_well() {
            return Ok(());
        }
        let why = if in_time {
            ""
        } else {
            "it took longer than `stack.start-limit`: "
        };
        let hint = match self.account {
            Some(_) => "\n(it is run by another user than root, who has to get to the folder)",
            None => "",
        };
        Err(StackError::part(
            INITDB,
            format_args!("{why}{}{hint}", process.last_words()),
        ))
    }

    /// Starts a part on a port of its own, if it is wanted.
    async fn first(&self, name: &'static str, wanted: bool) -> Result<Option<Part>, StackError> {
        if !wanted {
            return Ok(None);
        }
        let mut attempt = 1;
        loop {
            let port = self
                .ground
                .ports
                .free()
                .map_err(StackError::system("cannot look for a free port"))?;
            match self.begin(name, port, &BTreeMap::new()).await {
                Ok(process) => {
                    return Ok(Some(Part {
                        name,
                        port,
                        process: Mutex::new(Arc::new(process)),
                    }));
                }
                // Somebody may have been faster to take the port.
                Err(error @ StackError::Part { .. }) if attempt == ATTEMPTS => return Err(error),
                Err(StackError::Part { .. }) => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts a part and waits until it serves.
    async fn begin(
        &self,
        name: &'static str,
        port: u16,
        placed: &BTreeMap<String, u16>,
    ) -> Result<Process, StackError> {
        let (ground, programs) = (&self.ground, &self.ground.programs);
        let files = &ground.folder.files;
        let process = match (name, &programs.redis, &programs.postgres) {
            (REDIS, Some(program), _) => {
                let arguments = redis::arguments(files, port, self.redis_persistence);
                ground.start(name, program, arguments)?
            }
            (POSTGRES, _, Some(programs)) => {
                let arguments = postgres::arguments(files, port);
                // So told, it ends its own children and gives back its memory.
                let account = self.account.as_ref();
                ground.launch(name, &programs.server, arguments, account, "QUIT")?
            }
            _ => {
                let balancing = Balancing {
                    files,
                    port,
                    slots: self.slots,
                    health: &self.health,
                    sticky: self.sticky,
                };
                fs::write(files.haproxy(), balancing.configuration(placed))
                    .map_err(StackError::at("write", &files.haproxy()))?;
                let arguments = vec!["-db".into(), "-f".into(), files.haproxy().into()];
                ground.start(name, &programs.haproxy, arguments)?
            }
        };
        let serves = async {
            while !self.serves(name, port, &process).await {
                sleep(INTERVAL).await;
            }
        };
        let why = tokio::select! {
            () = process.ended() => "it ended: ",
            up = timeout(ground.limit, serves) => match up {
                Ok(()) => return Ok(process),
                Err(_elapsed) => "it took longer than `stack.start-limit`: ",
            },
        };
        process.signal(Signal::KILL, false);
        Err(StackError::part(
            name,
            format_args!("{why}{}", process.last_words()),
        ))
    }

    async fn serves(&self, name: &str, port: u16, process: &Process) -> bool {
        let Some(pid) = process.trace().map(|trace| trace.pid) else {
            return false;
        };
        let serves = match name {
            REDIS => redis::serves(port).await,
            POSTGRES => postgres::serves(&self.ground.folder.files, pid),
            _ => {
                let told = self.balancer().ask("show info").await.unwrap_or_default();
                told.lines().any(|line| line == format!("Pid: {pid}"))
            }
        };
        serves && !process.has_ended()
    }

    pub(super) fn balancer(&self) -> Balancer {
        Balancer {
            socket: self.ground.folder.files.balancer(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Part> {
        [&self.haproxy, &self.redis, &self.postgres]
            .into_iter()
            .flatten()
    }

    /// The names of the parts.
    pub(super) fn names(&self) -> Vec<String> {
        self.all().map(|part| part.name.to_owned()).collect()
    }

    /// Each part with its port and its process.
    pub(super) fn running(&self) -> Vec<(&'static str, u16, Arc<Process>)> {
        self.all()
            .map(|part| (part.name, part.port, part.process()))
            .collect()
    }

    /// The port at which clients come in.
    pub(super) fn port(&self) -> u16 {
        self.haproxy.as_ref().map_or(0, |part| part.port)
    }

    /// Where sessions are kept.
    pub(super) fn redis_url(&self) -> Option<String> {
        let port = self.redis.as_ref()?.port;
        Some(format!("redis://127.0.0.1:{port}/"))
    }

    /// Where everything else is kept.
    pub(super) fn postgres_url(&self) -> Option<String> {
        let port = self.postgres.as_ref()?.port;
        let user = postgres::USER;
        Some(format!("postgres://{user}@127.0.0.1:{port}/postgres"))
    }

    /// Ends a part as a crash would, and starts it again where it was; the
    /// balancer with the servers of `placed`. Gives the process that ended and
    /// the one that serves now.
    pub(super) async fn restart(
        &self,
        name: &str,
        placed: &BTreeMap<String, u16>,
    ) -> Result<Lives, StackError> {
        let Some(part) = self.all().find(|part| part.name == name) else {
            return Err(StackError::part(
                name,
                format_args!(
                    "there is no such part; there are {}",
                    self.names().join(", ")
                ),
            ));
        };
        let old = part.process();
        end(&old).await;
        let process = self.again(part, placed).await?;
        let life = |own: &Process| own.trace().map(|trace| trace.to_string());
        Ok(Lives {
            was: life(&old).unwrap_or_default(),
            is: life(&process).unwrap_or_default(),
        })
    }

    /// Starts a part that has ended, where it was.
    async fn again(
        &self,
        part: &Part,
        placed: &BTreeMap<String, u16>,
    ) -> Result<Arc<Process>, StackError> {
        self.ground.folder.forget(&part.process());
        let process = Arc::new(self.begin(part.name, part.port, placed).await?);
        *part.process.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&process);
        Ok(process)
    }

    /// Starts all parts that have ended by themselves, or did not come back;
    /// gives whether there were any. All are tried before one is told that
    /// does not start.
    pub(super) async fn revive(&self, placed: &BTreeMap<String, u16>) -> Result<bool, StackError> {
        let mut started = Vec::new();
        for part in self.all().filter(|part| part.process().has_ended()) {
            started.push(self.again(part, placed).await);
        }
        let any = !started.is_empty();
        started.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(any)
    }

    /// Ends all parts.
    pub(super) async fn end(&self) {
        let running: Vec<_> = self.all().map(Part::process).collect();
        futures::future::join_all(running.iter().map(|process| end(process))).await;
    }
}

/// Ends a part as a crash would.
async fn end(process: &Process) {
    let signal = if process.name == POSTGRES {
        // As a crash, but it takes its own children with it.
        Signal::QUIT
    } else {
        Signal::KILL
    };
    process.signal(signal, false);
    if timeout(END, process.ended()).await.is_err() {
        process.signal(Signal::KILL, true);
        process.ended().await;
    }
}
