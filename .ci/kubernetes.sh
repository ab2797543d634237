#!/usr/bin/env bash
# A real Kubernetes API server in the place of the local one: the requests of
# tests/kube/conformance.json, and the suite of tests/cluster with controllers and scheduler.
# KUBEBUILDER_ASSETS names the folder of their binaries; without it they are built from Debian's
# packages, once, unless EDXAWS_KUBE_BUILD=0 forbids that.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x "${KUBEBUILDER_ASSETS:-/nowhere}/kube-apiserver" ]; then
  if [ "${EDXAWS_KUBE_BUILD:-1}" = 0 ]; then
    echo "LEFT OUT: KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd"
    exit 77
  fi
  tests/kube/build.sh target/kubernetes
  export KUBEBUILDER_ASSETS=$PWD/target/kubernetes
fi

requests() {
  local folder url minor old=()
  folder=$(mktemp -d)
  trap 'tests/kube/server.sh down "$folder"' RETURN
  url=$(tests/kube/server.sh up "$folder" | tail -n 1)
  minor=$("$KUBEBUILDER_ASSETS/kube-apiserver" --version | sed 's/.*v1\.\([0-9]*\).*/\1/')
  [ "$minor" -lt 23 ] && old=(--old)
  tests/kube/compare.py "$url" edxaws "${old[@]}"
}
requests

for name in kube-controller-manager kube-scheduler; do
  if [ ! -x "$KUBEBUILDER_ASSETS/$name" ]; then
    echo "the suite of tests/cluster is LEFT OUT: $KUBEBUILDER_ASSETS holds no $name"
    exit 77
  fi
done
# One server at a time: each has controllers and a scheduler of its own.
cargo test --test cluster -- --ignored --test-threads=1
