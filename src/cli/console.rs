//! The console. A closed pipe is nobody's fault and ends nothing.

use std::io::{self, IsTerminal as _, Write};

use super::args::Color;

/// Standard output that swallows errors: whoever closed the pipe has read
/// enough, and evidence is in the run directory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Console;

impl Write for Console {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let _ = io::stdout().write_all(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stdout().flush();
        Ok(())
    }
}

/// Prints a line.
pub(super) fn say(text: impl AsRef<str>) {
    let _ = writeln!(Console, "{}", text.as_ref());
}

/// Prints what is wrong.
pub(super) fn complain(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr(), "fpt: {}", text.as_ref());
}

/// Whether to use colours.
pub(super) fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    }
}
