//! `fpt-actuator-aws`: scales an ECS service or an EC2 Auto Scaling group, asked
//! by the contract for commands: one request on standard input, one answer on
//! standard output.
//!
//! It keeps nothing between two requests. What has to be put back in the end
//! travels in `raw` of the first observation and comes back with `restore`.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test stops at the first thing that is not as expected"
    )
)]

mod application_auto_scaling;
mod arguments;
mod asg;
mod connection;
mod ecs;
mod fleet;
mod selection;
mod trouble;

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use fpt::scaling::contract::{Operation, Request, VERSION};
use serde_json::{Value, json};

use arguments::Arguments;
use fleet::Fleet;
use trouble::Trouble;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = !error.use_stderr();
            // Whoever closed the pipe does not want the help any more.
            let _ = error.print();
            return ExitCode::from(if help { 0 } else { 2 });
        }
    };
    let (answer, code) = match work(&arguments) {
        Ok(answer) => (answer, ExitCode::SUCCESS),
        Err(trouble) => (json!({"error": trouble.to_string()}), ExitCode::FAILURE),
    };
    // Who does not read the answer will not miss it.
    let _ = writeln!(std::io::stdout(), "{answer}");
    code
}

fn work(arguments: &Arguments) -> Result<Value, Trouble> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Trouble::new(format!("the request cannot be read: {error}")))?;
    let request: Request = serde_json::from_str(&text)
        .map_err(|error| Trouble::new(format!("the request is not as expected: {error}")))?;
    if request.v != VERSION {
        return Err(Trouble::new(format!(
            "the request is of version {}, and this program speaks version {VERSION}",
            request.v
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new(error.to_string()))?;
    runtime.block_on(async {
        let connection = connection::open(arguments, request.deadline_ms).await;
        let fleet: Box<dyn Fleet> = match arguments.fleet()? {
            arguments::Kind::Ecs { cluster, service } => Box::new(ecs::EcsService::new(
                &connection,
                cluster,
                service,
                arguments.hold,
            )),
            arguments::Kind::Asg { name } => Box::new(asg::AutoScalingGroup::new(
                &connection,
                name,
                arguments.hold,
            )),
        };
        answer(fleet.as_ref(), &request).await
    })
}

/// Does what `request` asks for.
async fn answer(fleet: &dyn Fleet, request: &Request) -> Result<Value, Trouble> {
    let desired = || {
        request
            .desired
            .ok_or_else(|| Trouble::new("the request lacks `desired`"))
    };
    let answer = match request.op {
        Operation::Capabilities => serde_json::to_value(fleet.capabilities()),
        Operation::Observe => serde_json::to_value(fleet.observe().await?),
        Operation::SetDesired | Operation::StartAll => {
            serde_json::to_value(fleet.set_desired(desired()?).await?)
        }
        Operation::StopAll => serde_json::to_value(fleet.set_desired(0).await?),
        Operation::Kill => {
            let select = request.select.clone().unwrap_or_default();
            serde_json::to_value(fleet.kill(&select).await?)
        }
        Operation::Replace => serde_json::to_value(fleet.replace().await?),
        Operation::Policy => serde_json::to_value(fleet.policy().await?),
        Operation::Restore => {
            let raw = request.base.as_ref().and_then(|base| base.raw.as_ref());
            let before = fleet::Before::read(raw, desired()?)?;
            serde_json::to_value(fleet.restore(before).await?)
        }
        Operation::Hang | Operation::Resume | Operation::Restart => {
            return Err(Trouble::new(format!(
                "AWS has nothing for `{}`",
                request.op
            )));
        }
    };
    answer.map_err(|error| Trouble::new(error.to_string()))
}
