#!/usr/bin/env bash
# etcd, kube-apiserver, kube-controller-manager and kube-scheduler 1.20.2 from Debian's packages:
#   build.sh FOLDER
# Needs Debian 12 or a relative with deb822 sources and `make`, its archive, and eight to ten minutes on
# two cores; no root, no container. What FOLDER holds already is not built again. Exits with 77 where
# it cannot be tried.
set -euo pipefail
mkdir -p "$1"
folder=$(readlink -f "$1")
programs="kube-apiserver kube-controller-manager kube-scheduler"

whole() {
  for name in etcd $programs; do [ -x "$folder/$name" ] || return 1; done
}
if whole; then exit 0; fi
without() {
  echo "Kubernetes cannot be built here: $1"
  exit 77
}
sources=/etc/apt/sources.list.d/debian.sources
[ -f $sources ] || without "there is no $sources"
command -v make >/dev/null || without "there is no make"
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# An apt of our own, with the archive's sources switched on and nothing of the machine's changed.
mkdir -p "$work"/apt/lists/partial "$work"/apt/archives/partial "$work"/apt/sources "$work"/debs
sed 's/^Types:.*/Types: deb deb-src/' $sources >"$work/apt/sources/debian.sources"
cat >"$work/apt/apt.conf" <<APT
Dir::State "$work/apt";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$work/apt";
Dir::Etc::SourceList "-";
Dir::Etc::SourceParts "$work/apt/sources";
Dir::Etc::Preferences "-";
Dir::Etc::PreferencesParts "-";
Acquire::Languages "none";
APT::Sandbox::User "$(id -un)";
APT
export APT_CONFIG=$work/apt/apt.conf
apt-get update -qq -o APT::Update::Error-Mode=any || without "Debian's archive cannot be reached"
cd "$work/debs"
apt-get download -qq golang-1.19-go golang-1.19-src etcd-server rsync libpopt0 libxxhash0
apt-get source -qq --download-only kubernetes
for package in *.deb; do dpkg -x "$package" "$work/root"; done
mkdir -p "$work/kubernetes"
tar -xzf kubernetes_*.orig.tar.gz -C "$work/kubernetes" --strip-components=1

# `go build` alone lacks the generated OpenAPI package; make makes it, by way of rsync.
cd "$work/kubernetes"
mkdir -p .go/src/k8s.io
ln -sfn ../../.. .go/src/k8s.io/kubernetes
what=
for name in $programs; do what="$what cmd/$name"; done
env -i HOME="$work" GOPATH="$work/kubernetes/.go" CGO_ENABLED=0 TERM=dumb \
  KUBE_GIT_VERSION=v1.20.2 LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu" \
  PATH="$work/root/usr/bin:$work/root/usr/lib/go-1.19/bin:/usr/bin:/bin" make WHAT="${what# }"
for name in $programs; do cp "_output/local/go/bin/$name" "$folder/"; done
cp "$work/root/usr/bin/etcd" "$folder/"
whole
