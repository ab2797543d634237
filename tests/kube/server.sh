#!/usr/bin/env bash
# A real Kubernetes API server on 127.0.0.1, to be asked what the local one is asked:
#   server.sh up FOLDER      starts etcd, kube-apiserver and, where they are, controllers and scheduler
#   server.sh down FOLDER    ends what it started
#   server.sh crash FOLDER   kills the API server alone
#   server.sh again FOLDER   starts it again, on the same data
# KUBEBUILDER_ASSETS names the folder of their binaries (those of envtest, of any version). The
# token is `edxaws`, the port KUBE_PORT or 26643, and the four after it. KUBE_AUTHENTICATOR may be
# the address of a webhook that knows other tokens, as EKS's does.
set -eu
verb=$1 folder=$2 port=${KUBE_PORT:-26643}
bin=${KUBEBUILDER_ASSETS:-/nowhere} store=http://127.0.0.1:$((port + 1))

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
  "$@" >>"$folder/$name.log" 2>&1 &
  echo $! >"$folder/$name.pid"
}

ready() {
  curl --silent --insecure --header 'Authorization: Bearer edxaws' \
    "https://127.0.0.1:$port/readyz" 2>/dev/null | grep -q '^ok'
}

crash() {
  kill -KILL "$(cat "$folder/apiserver.pid")"
}

again() {
  local authenticator=()
  if [ -f "$folder/authenticator" ]; then
    authenticator=(--authentication-token-webhook-config-file "$folder/authenticator"
      --authentication-token-webhook-version v1 --authentication-token-webhook-cache-ttl 1s)
  fi
  start apiserver "$bin/kube-apiserver" --etcd-servers "$store" \
    --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$port" \
    --cert-dir "$folder/certificates" --service-cluster-ip-range 10.96.0.0/16 \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-signing-key-file "$folder/accounts.key" \
    --service-account-key-file "$folder/accounts.key" \
    --token-auth-file "$folder/tokens.csv" --authorization-mode RBAC "${authenticator[@]}"
  for _ in $(seq 300); do ready && break; sleep 0.2; done
  ready || { tail -n 5 "$folder/apiserver.log" >&2; down; exit 1; }
}

# Who stands at $2 for the API server and for those who ask it.
config() {
  cat >"$folder/$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "$2"$3}}]
users: [{name: edxaws, user: {$4}}]
contexts: [{name: real, context: {cluster: real, user: edxaws}}]
current-context: real
YAML
}

up() {
  [ -x "$bin/kube-apiserver" ] || { echo "KUBEBUILDER_ASSETS names no API server" >&2; exit 1; }
  rm -rf "$folder"
  mkdir -p "$folder"
  openssl genrsa -out "$folder/accounts.key" 2048 2>/dev/null
  echo 'edxaws,edxaws,1,"system:masters"' >"$folder/tokens.csv"
  config kubeconfig "https://127.0.0.1:$port" ', insecure-skip-tls-verify: true' 'token: edxaws'
  [ -z "${KUBE_AUTHENTICATOR:-}" ] || config authenticator "$KUBE_AUTHENTICATOR" '' ''
  start etcd "$bin/etcd" --data-dir "$folder/etcd" --unsafe-no-fsync --log-level error \
    --listen-client-urls "$store" --advertise-client-urls "$store" \
    --listen-peer-urls "http://127.0.0.1:$((port + 2))"
  again
  if [ -x "$bin/kube-controller-manager" ]; then
    start controllers "$bin/kube-controller-manager" --kubeconfig "$folder/kubeconfig" \
      --bind-address 127.0.0.1 --secure-port $((port + 3)) --leader-elect=false \
      --service-account-private-key-file "$folder/accounts.key" \
      --horizontal-pod-autoscaler-sync-period 2s --kube-api-qps 200 --kube-api-burst 400
  fi
  if [ -x "$bin/kube-scheduler" ]; then
    start scheduler "$bin/kube-scheduler" --kubeconfig "$folder/kubeconfig" \
      --bind-address 127.0.0.1 --secure-port $((port + 4)) --leader-elect=false
  fi
  echo "https://127.0.0.1:$port"
}

"$verb"
