#!/usr/bin/env bash
# Lends what has been built of the dependencies to another folder of builds: linked, not copied.
#
#   .ci/borrow.sh target/planted/build
set -eu
cd "$(dirname "$0")/.."
base=${CARGO_TARGET_DIR:-$PWD/target} to=$1
if [ -d "$to" ]; then exit 0; fi
mkdir -p "$to"
for profile in debug release; do
  [ -d "$base/$profile/deps" ] || continue
  mkdir -p "$to/$profile"
  # The increments are our own crates' alone.
  find "$base/$profile" -mindepth 1 -maxdepth 1 ! -name incremental -exec cp -al -t "$to/$profile" {} +
done
# A lock of its own, or both builds would wait for each other.
find "$to" -name '.cargo*lock' | while read -r lock; do
  cp "$lock" "$lock.own" && mv -f "$lock.own" "$lock"
done
