#!/usr/bin/env bash
# Every gate of this project, in the order in which they are cheapest to fail.
# CI runs this script and nothing else, so what passes here passes there.
#
#   ci/check.sh              all gates
#   ci/check.sh fmt clippy   these only
#   ci/check.sh aws          the tests of the actuator for AWS, which are in no other gate
#
# Needs the Rust toolchain (rustup, with rustfmt and clippy) and a C compiler. As
# root on Debian it installs the real components that tests start (see
# COMPONENTS); elsewhere the tests that need a missing one are skipped by name.
# The run directories stay in target/fpt, the logs of the gates in target/check.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly GATES=(fmt clippy doc build test features main-job planted-defect recheck live fuzz alone package)

# What runs under load waits most of the time. These gates run beside `test`, one
# after the other, and tell what they printed when they are done. More at once
# would starve each other on two cores.
readonly BESIDE_TEST=(main-job planted-defect recheck live features)

# Debian packages with the real components of the tests.
readonly COMPONENTS=(haproxy redis-server postgresql docker.io)

# One build for all gates, with every feature but `aws`: its SDKs take minutes to
# build, and nobody else needs them. That it compiles is in the gate `alone`; its
# tests, the gate `aws`, have to be asked for by name.
# What each feature brings by itself is the gate `alone`. Always with `--workspace`:
# without it the features of dependencies differ, and all is built anew.
readonly ALL=(--workspace --features "fpt/docker,fpt/kubernetes" --locked)

# The program, as the gate `build` leaves it.
readonly FPT=target/debug/fpt

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

# Installs what is missing of the real components, without starting any of them.
need_components() {
    local package missing=()
    command -v apt-get >/dev/null || return 0
    for package in "${COMPONENTS[@]}"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    if [[ ${#missing[@]} -eq 0 ]]; then
        return
    fi
    if [[ $(id -u) -ne 0 ]]; then
        echo "not installed, so tests that need them are skipped: ${missing[*]}"
        echo "to have them: sudo apt-get install ${missing[*]}"
        return
    fi
    echo "installing ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d ours= failed=
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        ours=yes
    fi
    apt-get update -qq || failed=yes
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >"$LOGS/components.log" 2>&1 || failed=yes
    # It must not outlive the installation, however that ended.
    if [[ -n $ours ]]; then
        rm "$policy"
    fi
    if [[ -n $failed ]]; then
        tail -20 "$LOGS/components.log"
        return 1
    fi
}

gate_fmt() {
    cargo fmt --all --check
}

gate_clippy() {
    cargo clippy --all-targets "${ALL[@]}" -- -D warnings
}

gate_doc() {
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps "${ALL[@]}"
}

# All that `cargo test` runs, so that no later gate waits for the compiler, nor is
# disturbed by it. Documentation tests are compiled when they are run.
gate_build() {
    cargo test "${ALL[@]}" --no-run
    cargo test "${ALL[@]}" --doc
}

# Unit and integration tests: all of `cargo test` but the targets `fpt` (the
# gate `features`) and `fuzz` (a gate of its own), and `aws`, which has to be
# asked for.
gate_test() {
    local file name targets=()
    for file in {,fixtures/*/}tests/*.rs {,fixtures/*/}tests/*/main.rs; do
        [[ -e $file ]] || continue
        name=$(basename "${file%/main.rs}" .rs)
        if ! is_among "$name" fpt fuzz aws; then
            targets+=(--test "$name")
        fi
    done
    # With the components installed nobody has a reason to skip anything.
    if command -v haproxy >/dev/null && command -v redis-server >/dev/null &&
        compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
        local -x FPT_NEED_STACK=1
    fi
    # Most of them wait for a load that takes its time, at a seventh of a core each.
    # What runs beside them measures, and goes first.
    local -x RUST_TEST_THREADS=${RUST_TEST_THREADS:-3}
    nice -n 5 cargo test "${ALL[@]}" --no-fail-fast --lib --bins "${targets[@]}"
}

# The features as `cargo test` runs them. The gate `main-job` runs them all on the
# bundled service; where there is a real stack, those run on it that depend on
# instances and stores.
gate_features() {
    if command -v haproxy >/dev/null; then
        export FPT_PROFILE=stack FPT_TAGS='@scale or @durability or @exclusivity'
    fi
    once_more_if_starved cargo test "${ALL[@]}" --test fpt
}

# What reads what came over the wire, on inputs that nobody wrote: two seconds
# of chance for each of its targets. A failure tells the seed that repeats it;
# whoever takes minutes will never end.
gate_fuzz() {
    BOLERO_RANDOM_TEST_TIME_MS=${BOLERO_RANDOM_TEST_TIME_MS:-2000} \
        timeout 240 cargo test "${ALL[@]}" --test fuzz
}

# The program with these arguments.
run_fpt() {
    [[ -x $FPT ]] || cargo build "${ALL[@]}"
    "$FPT" "$@"
}

# A run that was starved by what else the machine does is inconclusive (exit code
# 3), which is no answer: it is asked for once more. A failure is an answer.
once_more_if_starved() {
    local code=0
    "$@" || code=$?
    if [[ $code -eq 3 ]]; then
        echo "inconclusive; once more"
        "$@"
    else
        return "$code"
    fi
}

# The main job as the README tells it: build and run on the bundled service.
gate_main-job() {
    once_more_if_starved run_fpt run --out "$LOGS/main"
}

# A service that shows members each other's profiles has to be caught, and by
# this exit code and no other: a harness that always passes would pass above.
gate_planted-defect() {
    local code=0
    run_fpt run features/session --defect shared-buffer \
        --out "$LOGS/planted" || code=$?
    if [[ $code -ne 4 ]]; then
        echo "the planted defect shared-buffer ended with exit code $code, expected 4" >&2
        return 1
    fi
    echo "exit code 4, as it has to be"
}

# Findings follow from the recorded observations alone, in both runs.
gate_recheck() {
    run_fpt recheck "$LOGS/main/latest"
    run_fpt recheck "$LOGS/planted/latest"
}

# Scaling as it is tested on a live service: real components, and 5 TPS.
gate_live() {
    if ! command -v haproxy >/dev/null; then
        echo "no haproxy: the real stack is not tried"
        return
    fi
    once_more_if_starved run_fpt run features/scale/scale_in.feature features/scale/scale_out.feature \
        features/scale/outage.feature features/scale/policy.feature \
        --profile live --out "$LOGS/live"
}

# Each feature by itself, and none.
gate_alone() {
    local feature
    cargo check --no-default-features --lib --bin fpt --locked
    for feature in stack docker kubernetes; do
        cargo check --no-default-features --features "$feature" --lib --bin fpt --locked
    done
    cargo check --no-default-features --features aws --bin fpt-actuator-aws --locked
}

# The actuator for AWS, against a simulation of it.
gate_aws() {
    cargo clippy --locked --features aws --bin fpt-actuator-aws --test aws -- -D warnings
    cargo test --locked --features aws --bin fpt-actuator-aws --test aws
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

# Runs one gate in a subshell, so that `set -e` holds in it. Must not be called
# as a condition: bash would ignore `set -e` in all that it calls.
run_gate() {
    local gate=$1 began=$SECONDS code=0
    echo "== $gate"
    set +e
    (set -e; "gate_$gate") 2>&1 | tee "$LOGS/$gate.log"
    code=${PIPESTATUS[0]}
    local took=$((SECONDS - began))
    if [[ $code -ne 0 ]]; then
        echo "== $gate FAILED after ${took} s (exit code $code); its log is $LOGS/$gate.log"
        echo "$gate" >>"$FAILED"
    else
        echo "== $gate passed in ${took} s"
        echo "$gate ${took} s" >>"$TOOK"
    fi
    set -e
}

# Runs gates one after the other, until one fails.
run_gates() {
    local gate
    for gate in "$@"; do
        run_gate "$gate"
        if is_among "$gate" $(cat "$FAILED"); then
            return
        fi
    done
}

is_among() {
    local wanted=$1 each
    shift
    for each in "$@"; do
        [[ $each != "$wanted" ]] || return 0
    done
    return 1
}

main() {
    local gates=("$@") gate beside=
    if [[ ${#gates[@]} -eq 0 ]]; then
        gates=("${GATES[@]}")
    fi
    for gate in "${gates[@]}"; do
        if ! declare -F "gate_$gate" >/dev/null; then
            echo "unknown gate $gate; there are ${GATES[*]}" >&2
            exit 2
        fi
    done
    mkdir -p "$LOGS"
    : >"$TOOK"
    : >"$FAILED"
    need_cargo
    need_compiler
    need_components
    for gate in "${gates[@]}"; do
        if [[ -n $beside ]] && is_among "$gate" "${BESIDE_TEST[@]}"; then
            continue
        fi
        # A single gate that was asked for has nothing beside it.
        if [[ $gate == test ]] && is_among main-job "${gates[@]}"; then
            run_gates "${BESIDE_TEST[@]}" >"$LOGS/beside.log" 2>&1 &
            beside=$!
        fi
        run_gate "$gate"
        if [[ $gate == test && -n $beside ]]; then
            wait "$beside"
            cat "$LOGS/beside.log"
        fi
        if [[ -s $FAILED ]]; then
            echo "ci/check.sh: FAILED at $(paste -sd ' ' "$FAILED") after ${SECONDS} s"
            exit 1
        fi
    done
    cat "$TOOK"
    echo "ci/check.sh: all ${#gates[@]} gates passed in ${SECONDS} s"
}

readonly TOOK=$LOGS/took FAILED=$LOGS/failed
main "$@"
