//! `fpt instance`: one instance of the bundled service, as a stack starts it.

use appointment_center::{InstanceArguments, run_instance, told_to_end};

use super::console::complain;
use super::exit::Exit;

pub(super) fn instance(arguments: InstanceArguments) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime.and_then(|own| own.block_on(run_instance(arguments.into(), told_to_end())));
    match done {
        Ok(()) => Exit::Pass,
        Err(error) => {
            complain(format!("this instance cannot serve: {error}"));
            Exit::Usage
        }
    }
}
