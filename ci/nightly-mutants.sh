#!/usr/bin/env bash
# Do the tests notice when the oracle is wrong? Breaks it in every way that
# cargo-mutants knows, one at a time, and runs the oracle's tests on each. A
# mutant that no test notices has to be explained in ci/mutants-explained.txt,
# or this fails. Takes about a minute for each of 1 200 mutants; meant for the
# night, in parts.
#
#   ci/nightly-mutants.sh                       all of src/oracle
#   ci/nightly-mutants.sh src/oracle/index.rs   these files only
#   MUTANTS_SHARD=2/8 ci/nightly-mutants.sh     one eighth of it
#
# Installs cargo-mutants into target/tools when it is not there. The report
# stays in target/mutants/mutants.out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VERSION=27.1.0
readonly EXPLAINED=ci/mutants-explained.txt
readonly OUT=target/mutants
export PATH=$PWD/target/tools/bin:$PATH
# Enough cases to notice what can be noticed; the same for every mutant.
export PROPTEST_CASES=${PROPTEST_CASES:-64}

if ! cargo mutants --version >/dev/null 2>&1; then
    cargo install cargo-mutants --version "$VERSION" --locked --root target/tools
fi

files=()
for file in "${@:-src/oracle/**/*.rs}"; do
    files+=(--file "$file")
done

# Exit code 2 says that mutants were missed, 3 that tests ran out of time:
# whether that is so is decided below. Everything else is no result.
mkdir -p "$OUT"
code=0
cargo mutants "${files[@]}" --output "$OUT" --timeout 120 --build-timeout 900 \
    --no-shuffle --exclude '**/tests.rs' --exclude '**/tests/**' \
    --exclude '**/simulation.rs' \
    ${MUTANTS_SHARD:+--shard "$MUTANTS_SHARD"} \
    -- --lib oracle:: || code=$?
if [[ $code -ne 0 && $code -ne 2 && $code -ne 3 ]]; then
    echo "cargo mutants ended with exit code $code" >&2
    exit 1
fi

# Lines and columns move with every change: a mutant is named by file and by
# what it does.
names() {
    sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' | sort -u
}

explained() {
    grep -vE '^(#|[[:space:]]*$)' "$EXPLAINED" | sed -E 's/ +#.*$//' | sort -u
}

missed=$(names <"$OUT/mutants.out/missed.txt" | comm -23 - <(explained))
caught=$(wc -l <"$OUT/mutants.out/caught.txt")
out_of_time=$(wc -l <"$OUT/mutants.out/timeout.txt")
echo "$caught mutants were caught by a test, $out_of_time by the time they took"
if [[ -n $missed ]]; then
    echo "no test notices these; add one, or say in $EXPLAINED why none can:" >&2
    echo "$missed" >&2
    exit 1
fi
echo "every mutant that was missed is explained"
