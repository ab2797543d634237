#!/usr/bin/env bash
# The binary that one installs: the profile `dist`, without tables for unwinding (a panic ends the
# process). Forty minutes on two cores, so not a part of `.ci/run`.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
# With --target the flags are for the program alone, not for build scripts and macros.
RUSTFLAGS="-C force-unwind-tables=no" cargo build --profile dist --target "$host"
ls -l "${CARGO_TARGET_DIR:-target}/$host/dist/edxaws"
