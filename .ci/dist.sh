#!/usr/bin/env bash
# The binary that one installs: the profile `dist`, without tables for unwinding (a panic ends the
# process). Forty minutes on two cores, so not a part of `.ci/run`.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
# The linker leaves the tables out: the optimiser behind `lto` makes them whatever rustc was told.
leave_out=(-C "link-arg=-Wl,-T,$PWD/.ci/no_tables.ld" -C link-arg=-Wl,--no-eh-frame-hdr)
# With --target the flags are for the program alone, not for build scripts and macros.
RUSTFLAGS="-C force-unwind-tables=no" \
  cargo rustc --profile dist --target "$host" --bin edxaws -- "${leave_out[@]}"
ls -l "${CARGO_TARGET_DIR:-target}/$host/dist/edxaws"
