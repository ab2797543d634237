#!/usr/bin/env bash
# The binary that one installs: the profile `dist`, without tables for unwinding (a panic ends the
# process) and with relocations packed, which takes a glibc of 2022 or later. Forty minutes on two cores.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
# With --target the flags are for the program alone, not for build scripts and macros.
RUSTFLAGS="-C force-unwind-tables=no -C link-arg=-Wl,-z,pack-relative-relocs" \
  cargo build --profile dist --target "$host"
ls -l "${CARGO_TARGET_DIR:-target}/$host/dist/edxaws"
