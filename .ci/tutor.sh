#!/usr/bin/env bash
# The real Tutor: the tests that need Python 3.10, the network and kubectl, then everything that was
# rendered, and everything that would be applied, through the published schemas of three Kubernetes
# versions.
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0

check() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); echo "ok $name"; else failed=$((failed + 1)); echo "FAILED $name"; fi
}

tmp=${CARGO_TARGET_DIR:-target}/tmp
rm -rf "$tmp/rendered" "$tmp/manifests"
count() { sed -n "s/^test result: .* \([0-9]*\) $1.*/\1/p" "$tmp/tutor.log" | tail -1; }
for suite in tutor overlay; do
  # The overlay's laws hold for what both renderers make.
  [ $suite = tutor ] && which=--ignored || which=--include-ignored
  cargo test -q --test $suite -- $which 2>&1 | tee "$tmp/tutor.log"
  # Without a result there was no test: that is a failure, too.
  good=$(count passed) bad=$(count failed)
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
done

venv=target/kubernetes-validate
if [ ! -x $venv/bin/kubernetes-validate ]; then
  python3 -m venv $venv && $venv/bin/pip install -q kubernetes-validate==1.37.0
fi
for file in "$tmp"/rendered/*.yml "$tmp"/manifests/*-applied.yml; do
  for version in 1.33 1.34 1.35; do
    check "$(basename "$file" .yml) $version" \
      $venv/bin/kubernetes-validate --quiet --strict -k $version "$file"
  done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
