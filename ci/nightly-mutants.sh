#!/usr/bin/env bash
# Do the tests notice when the oracle is wrong? Breaks it in every way that
# cargo-mutants knows, one at a time, and runs the oracle's tests on each. A
# mutant that no test notices has to be explained in ci/mutants-explained.txt,
# or this fails.
#
#   ci/nightly-mutants.sh                          all of src/oracle
#   ci/nightly-mutants.sh 'src/oracle/rules/*.rs'  these files only
#
# The oracle needs nothing but the model (tests/architecture.rs holds to that), so
# both become a crate of their own, and the nearly 6 000 mutants one program (see
# ci/mutants/src/main.rs): twenty minutes on two cores, where a build for each would
# take a night and half a day.
#
# Installs cargo-mutants into target/tools when it is not there; it says what to
# change. What became of each mutant stays in target/mutants.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VERSION=27.1.0
readonly EXPLAINED=$PWD/ci/mutants-explained.txt
readonly OUT=$PWD/target/mutants
readonly ALONE=$OUT/oracle
export PATH=$PWD/target/tools/bin:$PATH
# Enough cases to notice what can be noticed; the same for every mutant.
export PROPTEST_CASES=${PROPTEST_CASES:-64}

if ! cargo mutants --version >/dev/null 2>&1; then
    cargo install cargo-mutants --version "$VERSION" --locked --root target/tools
fi

# The dependencies in this table of Cargo.toml that the oracle or the model name.
dependencies_of() {
    local name line
    sed -n "/^\[$1\]/,/^\[/p" Cargo.toml | grep -E '^[a-z][a-z0-9_-]*(\.workspace)? =' |
        while read -r line; do
            name=${line%%[ .]*}
            # As Rust writes it; `md-5` has the name `md5` there.
            if grep -rqE "\b(${name//-/_}|${name//-/})::" "$ALONE/src"; then
                echo "$line"
            fi
        done
}

# The crate: both modules as they are now, and its part of Cargo.toml.
mkdir -p "$ALONE/src"
rm -rf "$ALONE/src/model" "$ALONE/src/oracle"
cp -r src/model src/oracle "$ALONE/src"
cp Cargo.lock "$ALONE"
cat >"$ALONE/src/lib.rs" <<'RUST'
//! The oracle and what it needs, for ci/nightly-mutants.sh.
pub mod model;
pub mod oracle;
RUST
{
    printf '[package]\nname = "oracle"\nversion = "0.0.0"\nedition = "2024"\n\n'
    printf '[workspace]\n\n'
    sed -n '/^\[workspace.dependencies\]/,/^$/p' Cargo.toml
    printf '[dependencies]\n'
    dependencies_of dependencies
    printf '\n[dev-dependencies]\n'
    dependencies_of dev-dependencies
    # Tests that simulate much are worth an optimised build.
    printf '\n[profile.dev]\nopt-level = 1\ndebug = false\n'
} >"$ALONE/Cargo.toml"

files=()
for file in "${@:-src/oracle/**/*.rs}"; do
    files+=(--file "$file")
done

cargo mutants --dir "$ALONE" "${files[@]}" --list --json \
    --exclude '**/tests.rs' --exclude '**/*_tests.rs' \
    --exclude '**/tests/**' --exclude '**/simulat*.rs' >"$OUT/list.json"
cargo run --quiet --package mutants --locked -- "$ALONE" "$OUT/list.json" "$OUT"

# Lines and columns move with every change: a mutant is named by file and by
# what it does.
names() {
    sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' | sort -u
}

explained() {
    grep -vE '^(#|[[:space:]]*$)' "$EXPLAINED" | sed -E 's/ +#.*$//' | sort -u
}

missed=$(names <"$OUT/missed.txt" | comm -23 - <(explained))
caught=$(wc -l <"$OUT/caught.txt")
out_of_time=$(wc -l <"$OUT/timeout.txt")
echo "$caught mutants were caught by a test, $out_of_time by the time they took"
if [[ -n $missed ]]; then
    echo "no test notices these; add one, or say in $EXPLAINED why none can:" >&2
    echo "$missed" >&2
    exit 1
fi
echo "every mutant that was missed is explained"

# Only a whole run can tell which explanations nobody needs any more.
if [[ $# -eq 0 ]]; then
    names <"$OUT/missed.txt" | comm -13 - <(explained) | sed 's/^/explained, and not missed now: /'
fi
