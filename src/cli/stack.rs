//! `fpt stack`: a stack that stays up between runs.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use appointment_center::told_to_end;

use crate::stack::{PartStatus, RemoteStack, Stack, StackError, StackOptions, StackStatus};

use super::args::{Choice, StackCommand, StackDown, StackFolder, StackUp};
use super::console::{complain, say};
use super::exit::Exit;
use super::settings;

/// How often it is looked whether the stack is up.
const INTERVAL: Duration = Duration::from_millis(50);

pub(super) fn stack(command: &StackCommand) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(format!("cannot start: {error}"));
            return Exit::Bug;
        }
    };
    runtime.block_on(async {
        let done = match command {
            StackCommand::Up(up) if up.foreground || up.keeper => keep(up).await,
            StackCommand::Up(up) => start(up).await,
            StackCommand::Down(down) => end(down).await,
            StackCommand::Status(folder) => status(folder).await,
        };
        match done {
            Ok(exit) => exit,
            Err(error) => {
                complain(error.to_string());
                Exit::Usage
            }
        }
    })
}

impl StackFolder {
    fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(Stack::usual_folder)
    }
}

/// What the stack is started with; what is wrong with the profile is printed.
fn options(up: &StackUp) -> Result<StackOptions, Exit> {
    let choice = Choice {
        profile: up.profile.clone(),
        config: up.config.clone(),
        set: up.set.clone(),
        defect: up.defect.clone(),
        condition: up.condition.clone(),
        ..Choice::default()
    };
    if let Some(list) = settings::listed(&choice) {
        say(list);
        return Err(Exit::Pass);
    }
    let profile = match settings::resolve(&choice) {
        Ok(resolved) => resolved.profile,
        Err(error) => {
            for problem in error.to_string().lines() {
                complain(problem);
            }
            return Err(Exit::Usage);
        }
    };
    let instances = up.instances.unwrap_or(profile.bundled.instances);
    Ok(StackOptions {
        folder: Some(up.folder.path()),
        autoscaled: up.autoscale,
        ..StackOptions::of(&profile, instances)
    })
}

/// Starts a process that keeps the stack, and waits until it is up.
async fn start(up: &StackUp) -> Result<Exit, StackError> {
    if let Err(exit) = options(up) {
        return Ok(exit);
    }
    let folder = up.folder.path();
    if let Ok(other) = RemoteStack::find(&folder).await {
        return Err(StackError::Occupied {
            keeper: other.keeper(),
            folder,
        });
    }
    let mut keeper = match background() {
        Ok(keeper) => keeper,
        Err(error) => {
            complain(format!("cannot start a process for the stack: {error}"));
            return Ok(Exit::Bug);
        }
    };
    loop {
        if let Ok(stack) = RemoteStack::find(&folder).await
            && stack.keeper() == keeper.id()
        {
            let status = stack.status().await?;
            let folder = stack.folder().display().to_string();
            say(table(&status));
            say(format!(
                "\nRun against it:  fpt run --set target=stack --set stack.data={folder}\n\
                 or in a profile: target = \"stack\"\n                 \
                 stack.data = \"{folder}\"\n\
                 Logs:            {folder}/logs\n\
                 End it:          fpt stack down --data {folder}"
            ));
            return Ok(Exit::Pass);
        }
        if !matches!(keeper.try_wait(), Ok(None)) {
            let mut said = String::new();
            if let Some(mut errors) = keeper.stderr.take() {
                // What cannot be read cannot be told.
                let _ = errors.read_to_string(&mut said);
            }
            for line in said.lines() {
                complain(line.strip_prefix("fpt: ").unwrap_or(line));
            }
            return Ok(Exit::Usage);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// This very command, in the background.
fn background() -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .arg("--keeper")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
}

/// Keeps a stack until somebody ends it.
async fn keep(up: &StackUp) -> Result<Exit, StackError> {
    if up.keeper {
        // So that closing the terminal does not end it. An error means that
        // there is none.
        let _ = rustix::process::setsid();
    }
    let options = match options(up) {
        Ok(options) => options,
        Err(exit) => return Ok(exit),
    };
    let stack = Stack::start(options).await?;
    if up.foreground {
        say(table(&stack.status().await));
        say("\nCtrl-C ends it.");
    }
    let keep = tokio::select! {
        keep = stack.told_to_end() => keep,
        () = told_to_end() => false,
    };
    if keep {
        stack.end_and_keep();
    }
    Ok(Exit::Pass)
}

async fn end(down: &StackDown) -> Result<Exit, StackError> {
    let stack = RemoteStack::find(&down.folder.path()).await?;
    let folder = stack.folder().display().to_string();
    stack.down(down.keep).await?;
    say(if down.keep {
        format!("the stack is down; {folder} is still there")
    } else {
        format!("the stack is down, and {folder} is removed")
    });
    Ok(Exit::Pass)
}

async fn status(folder: &StackFolder) -> Result<Exit, StackError> {
    let stack = RemoteStack::find(&folder.path()).await?;
    say(table(&stack.status().await?));
    Ok(Exit::Pass)
}

/// The status as a table.
fn table(status: &StackStatus) -> String {
    let mut lines = vec![
        format!("The stack is up at {}", status.url),
        String::new(),
        format!(
            "{:<10}{:<10}{:>7}{:>9}{:>10}{:>10}",
            "part", "state", "port", "process", "memory", "requests"
        ),
    ];
    lines.extend(status.parts.iter().chain(&status.instances).map(row));
    lines.push(String::new());
    lines.push(format!("{} instances are to be there", status.desired));
    if let Some(trouble) = &status.trouble {
        lines.push(format!("trouble: {trouble}"));
    }
    lines.join("\n")
}

fn row(part: &PartStatus) -> String {
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let memory = part.memory.map_or_else(
        || "-".to_owned(),
        |bytes| format!("{} MiB", bytes / (1024 * 1024)),
    );
    format!(
        "{:<10}{:<10}{:>7}{:>9}{memory:>10}{:>10}  {}",
        part.name,
        part.state,
        part.port,
        number(part.pid.map(u64::from)),
        number(part.requests),
        part.told
    )
    .trim_end()
    .to_owned()
}
