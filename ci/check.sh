#!/usr/bin/env bash
# Every gate of this project, in the order in which they are cheapest to fail.
# CI runs this script and nothing else, so what passes here passes there.
#
#   ci/check.sh              all gates
#   ci/check.sh fmt clippy   these only
#
# Needs the Rust toolchain (rustup, with rustfmt and clippy) and a C compiler.
# The run directories stay in target/fpt, the logs of the gates in target/check.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly GATES=(fmt clippy doc test fuzz main-job planted-defect recheck package containers)
readonly LOGS=target/check

# Nobody's own settings may change what is checked.
unset "${!FPT_@}"
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

# The only thing that a bare Debian with rustup may lack is a linker.
need_compiler() {
    if command -v cc >/dev/null; then
        return
    fi
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "no C compiler: installing gcc and libc6-dev"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev
    else
        echo "no C compiler: install gcc and libc6-dev" >&2
        exit 1
    fi
}

need_cargo() {
    if ! command -v cargo >/dev/null && [[ -r $HOME/.cargo/env ]]; then
        # shellcheck source=/dev/null
        . "$HOME/.cargo/env"
    fi
    if ! command -v cargo >/dev/null; then
        echo "no cargo: install the Rust toolchain, see https://rustup.rs" >&2
        exit 1
    fi
    cargo --version
    # A minimal toolchain comes without them.
    if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        rustup component add rustfmt clippy
    fi
}

gate_fmt() {
    cargo fmt --all --check
}

gate_clippy() {
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

gate_doc() {
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
}

# Unit, integration and doc tests, and the features as `cargo test` runs them.
gate_test() {
    cargo test --workspace --locked
}

# What reads what came over the wire, on inputs that nobody wrote: two seconds
# of chance for each of its targets. A failure tells the seed that repeats it.
gate_fuzz() {
    BOLERO_RANDOM_TEST_TIME_MS=${BOLERO_RANDOM_TEST_TIME_MS:-2000} \
        timeout 600 cargo test --locked --test fuzz
}

# The main job as the README tells it: build and run on the bundled service.
gate_main-job() {
    cargo build --release --locked
    cargo run --release --locked -- run
}

# A service that shows members each other's profiles has to be caught, and by
# this exit code and no other: a harness that always passes would pass above.
gate_planted-defect() {
    local code=0
    cargo run --release --locked -- run features/session --defect shared-buffer \
        --out "$LOGS/planted" || code=$?
    if [[ $code -ne 4 ]]; then
        echo "the planted defect shared-buffer ended with exit code $code, expected 4" >&2
        return 1
    fi
    echo "exit code 4, as it has to be"
}

# Findings follow from the recorded observations alone, in both runs.
gate_recheck() {
    cargo run --release --locked -- recheck target/fpt/latest
    cargo run --release --locked -- recheck "$LOGS/planted/latest"
}

# Everything that the package needs is in it.
gate_package() {
    local files file
    files=$(cargo package --list --allow-dirty --locked)
    for file in Cargo.toml README.md LICENSE-MIT LICENSE-APACHE src/lib.rs \
        step_defs/mod.rs fixtures/fpt.toml docs/steps.md; do
        if ! grep -qxF "$file" <<<"$files"; then
            echo "$file is missing in the package" >&2
            return 1
        fi
    done
    echo "$(wc -l <<<"$files") files"
}

# What the features for containers bring, each of them by itself. The tests on a
# real engine say so where they cannot run: they need root and `dockerd`.
gate_containers() {
    local feature
    for feature in docker kubernetes; do
        cargo clippy --no-default-features --features "$feature" --lib --bin fpt \
            --test "$feature" --locked -- -D warnings
        cargo test --features "$feature" --lib --locked scaling::
        cargo test --features "$feature" --test "$feature" --locked -- --nocapture
    done
}

# Runs one gate in a subshell, so that `set -e` holds in it.
run_gate() {
    local gate=$1 began=$SECONDS code=0
    echo "== $gate"
    set +e
    (set -e; "gate_$gate") 2>&1 | tee "$LOGS/$gate.log"
    code=${PIPESTATUS[0]}
    set -e
    local took=$((SECONDS - began))
    if [[ $code -ne 0 ]]; then
        echo "== $gate FAILED after ${took} s (exit code $code); its log is $LOGS/$gate.log"
        echo "ci/check.sh: FAILED at $gate"
        exit 1
    fi
    echo "== $gate passed in ${took} s"
    TOOK+=("$gate ${took} s")
}

main() {
    local gates=("$@") gate
    if [[ ${#gates[@]} -eq 0 ]]; then
        gates=("${GATES[@]}")
    fi
    for gate in "${gates[@]}"; do
        if ! declare -F "gate_$gate" >/dev/null; then
            echo "unknown gate $gate; there are ${GATES[*]}" >&2
            exit 2
        fi
    done
    need_cargo
    need_compiler
    mkdir -p "$LOGS"
    for gate in "${gates[@]}"; do
        run_gate "$gate"
    done
    printf '%s\n' "${TOOK[@]}"
    echo "ci/check.sh: all ${#gates[@]} gates passed in ${SECONDS} s"
}

TOOK=()
main "$@"
