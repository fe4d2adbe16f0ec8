//! The `fpt` command.

fn main() -> std::process::ExitCode {
    fpt::main()
}
