//! The features, as `cargo test --test fpt` runs them: under the profile that
//! `FPT_PROFILE` names, `virtualized` without it.

fn main() -> std::process::ExitCode {
    fpt::test_main("features")
}
