#!/usr/bin/env bash
# checkov on Tutor's manifests and on what edxaws makes of them (profile prod, images pinned): few
# failed checks are left, and each has its reason in .ci/checkov.toml. Needs Python and, the first
# time, the package index.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/checkov
if [ ! -f $venv/.3.3.30 ]; then
  rm -rf $venv
  python3 -m venv $venv
  # Its hundred dependencies are not locked: it reads files, and nothing it says is applied.
  if ! $venv/bin/pip install -q --disable-pip-version-check checkov==3.3.30; then
    echo "LEFT OUT: the package index gives no checkov 3.3.30"
    exit 77
  fi
  touch $venv/.3.3.30
fi
cargo test -q --test overlay -- --ignored every_image_of_tutors_production_can_be_pinned
exec $venv/bin/python .ci/checkov.py "${CARGO_TARGET_DIR:-target}/tmp/manifests"
