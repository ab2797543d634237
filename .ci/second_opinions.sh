#!/usr/bin/env bash
# Second opinions: edxaws builds, checks and removes a whole stack on moto and ministack, whose
# authors never saw it. Where they differ from AWS is listed in localstack/differences.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
venvs=target/second-opinions

# The pinned version; the newest one if that is gone from the index.
install() { # name, pinned, unpinned, more packages
  local name=$1 pinned=$2 unpinned=$3
  shift 3
  [ -f "$venvs/$name/.$pinned" ] && return
  rm -rf "${venvs:?}/$name"
  python3 -m venv "$venvs/$name"
  local pip="$venvs/$name/bin/pip --disable-pip-version-check -q"
  $pip install "$pinned" "$@" || { echo "no $pinned: the newest one instead"; $pip install "$unpinned" "$@"; }
  touch "$venvs/$name/.$pinned"
}
mkdir -p "$venvs"
install moto 'moto[server]==5.2.5' 'moto[server]' boto3
# ministack speaks CBOR, as CloudWatch does, only when it finds cbor2.
install ministack 'ministack==1.5.33' ministack cbor2

cargo build -q
exec "$venvs/moto/bin/python" .ci/second_opinions.py "$@"
