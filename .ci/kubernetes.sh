#!/usr/bin/env bash
# Asks a real Kubernetes API server the questions that the local one is tested with
# (tests/kube/conformance.json). KUBEBUILDER_ASSETS names the folder of its binaries.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x "${KUBEBUILDER_ASSETS:-/nowhere}/kube-apiserver" ]; then
  echo "KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd"
  exit 77
fi
folder=$(mktemp -d)
trap 'tests/kube/server.sh down "$folder"' EXIT
url=$(tests/kube/server.sh up "$folder" | tail -n 1)
minor=$("$KUBEBUILDER_ASSETS/kube-apiserver" --version | sed 's/.*v1\.\([0-9]*\).*/\1/')
old=()
[ "$minor" -lt 23 ] && old=(--old)
tests/kube/compare.py "$url" edxaws "${old[@]}"
