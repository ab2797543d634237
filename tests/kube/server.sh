#!/usr/bin/env bash
# A real Kubernetes API server on 127.0.0.1, for comparisons with the local one:
#   server.sh up FOLDER     starts etcd, kube-apiserver and, where they are, controllers and scheduler
#   server.sh down FOLDER   ends what it started
# KUBEBUILDER_ASSETS names the folder of their binaries (those of envtest, of any version). The
# token is `edxaws`, the port KUBE_PORT or 26643.
set -eu
verb=$1 folder=$2 port=${KUBE_PORT:-26643}

down() {
  for name in scheduler controllers apiserver etcd; do
    [ -f "$folder/$name.pid" ] && kill "$(cat "$folder/$name.pid")" 2>/dev/null
    rm -f "$folder/$name.pid"
  done
  return 0
}

start() {
  local name=$1
  shift
  "$@" >"$folder/$name.log" 2>&1 &
  echo $! >"$folder/$name.pid"
}

ready() {
  curl --silent --insecure --header 'Authorization: Bearer edxaws' \
    "https://127.0.0.1:$port/readyz" 2>/dev/null | grep -q '^ok'
}

up() {
  local bin=${KUBEBUILDER_ASSETS:?names the folder of etcd and kube-apiserver} client=$((port + 1))
  rm -rf "$folder"
  mkdir -p "$folder"
  openssl genrsa -out "$folder/accounts.key" 2048 2>/dev/null
  echo 'edxaws,edxaws,1,"system:masters"' >"$folder/tokens.csv"
  start etcd "$bin/etcd" --data-dir "$folder/etcd" --unsafe-no-fsync --log-level error \
    --listen-client-urls "http://127.0.0.1:$client" \
    --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$((port + 2))"
  start apiserver "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$client" \
    --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$port" \
    --cert-dir "$folder/certificates" --service-cluster-ip-range 10.96.0.0/16 \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-signing-key-file "$folder/accounts.key" \
    --service-account-key-file "$folder/accounts.key" \
    --token-auth-file "$folder/tokens.csv" --authorization-mode RBAC
  cat >"$folder/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true}}]
users: [{name: edxaws, user: {token: edxaws}}]
contexts: [{name: real, context: {cluster: real, user: edxaws}}]
current-context: real
YAML
  for _ in $(seq 300); do ready && break; sleep 0.2; done
  ready || { tail -n 5 "$folder/apiserver.log" >&2; down; exit 1; }
  if [ -x "$bin/kube-controller-manager" ]; then
    start controllers "$bin/kube-controller-manager" --kubeconfig "$folder/kubeconfig" \
      --bind-address 127.0.0.1 --secure-port $((port + 3)) --leader-elect=false \
      --service-account-private-key-file "$folder/accounts.key"
  fi
  if [ -x "$bin/kube-scheduler" ]; then
    start scheduler "$bin/kube-scheduler" --kubeconfig "$folder/kubeconfig" \
      --bind-address 127.0.0.1 --secure-port $((port + 4)) --leader-elect=false
  fi
  echo "https://127.0.0.1:$port"
}

"$verb"
