#!/usr/bin/env bash
# Mutation testing of what must not be wrong: engine, state, graph, verdicts, pacing. `cargo mutants`
# names the mutants, .ci/mutants/ weaves all of them into one build, .ci/mutants.py tries each against
# the tests that reach it. Hours long, so for a night:
#
#   .ci/mutants.sh                          all of them
#   .ci/mutants.sh --until 06:00            as many as there is time for, from all over the tree
#   .ci/mutants.sh --missed                 only what was missed the last time
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/target/tools/bin:$PATH
work=target/mutants
command -v cargo-mutants >/dev/null || {
  CARGO_TARGET_DIR=target/tools/build \
    cargo install --quiet --locked --profile dev --root target/tools cargo-mutants
}
mkdir -p "$work"
cargo mutants --list --json --package edxaws \
  --file 'src/engine/**' --file 'src/state/**' --file src/state.rs --file src/graph.rs \
  --file src/aws/verdict.rs --file src/aws/pace.rs --file 'src/aws/pace/**' >"$work/list.json"
CARGO_TARGET_DIR=target/tools/weave cargo build --quiet --manifest-path .ci/mutants/Cargo.toml
.ci/borrow.sh "$work/build"
# Ten times as fast as a debug build.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
python3 .ci/mutants.py --list "$work/list.json" --weave target/tools/weave/debug/weave \
  --work "$work" "$@" \
  lib properties disk stop run bad_luck contract manners main_job leftovers verbs interface kind_net \
  kind_eks report speed sim
