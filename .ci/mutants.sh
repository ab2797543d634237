#!/usr/bin/env bash
# Mutation testing of what must not be wrong: engine, state, graph, verdicts, pacing. Hours long, so
# for a night and in shards:
#
#   .ci/mutants.sh 0/8        the first of eight shards
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/target/tools/bin:$PATH
command -v cargo-mutants >/dev/null || {
  CARGO_TARGET_DIR=target/tools/build \
    cargo install --quiet --locked --profile dev --root target/tools cargo-mutants
}
cargo mutants --package edxaws --shard "${1:-0/1}" --output target/mutants --timeout 600 \
  --file 'src/engine/**' --file 'src/state/**' --file src/graph.rs --file src/aws/verdict.rs \
  --file 'src/aws/pace/**' \
  -- --lib --test contract --test disk --test bad_luck --test stop --test manners --test properties
