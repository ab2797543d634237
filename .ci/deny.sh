#!/usr/bin/env bash
# `cargo deny check` on what is named, by deny.toml. Exit code 77: it cannot be checked here, and the
# last line says why.
set -u
cd "$(dirname "$0")/.."
tools=$PWD/target/tools
PATH=$tools/bin:$PATH

if ! command -v cargo-deny >/dev/null; then
  CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --profile dev --root "$tools" cargo-deny ||
    { echo "cargo-deny is not here and cannot be installed"; exit 77; }
fi
# The database of advisories is a git repository; everything else is in Cargo.lock.
if [ "$1" = advisories ] && ! cargo deny fetch db; then
  echo "the database of advisories cannot be reached, so NO ADVISORY WAS CHECKED"
  exit 77
fi
cargo deny check "$@"
