#!/usr/bin/env bash
# A smoke run of the comparison with Terraform: one bucket, so that the bench and the configuration
# under benches/terraform stay alive. The whole of it is `cargo bench --bench compare`.
set -euo pipefail
cd "$(dirname "$0")/.."
# A provider that this machine has already, wherever its mirror lies.
if [ -z "${EDXAWS_TF_PLUGINS:-}" ]; then
  provider=$(find /opt /usr/share /usr/local/share -path '*/hashicorp/aws/*' \
    -name 'terraform-provider-aws_v5*' -print -quit 2>/dev/null || true)
  [ -z "$provider" ] || export EDXAWS_TF_PLUGINS=${provider%/*/hashicorp/aws/*}
fi
told=$(EDXAWS_COMPARE_SMOKE=1 cargo bench -q --profile dev --bench compare)
echo "$told"
# The reason stands in one line; without Terraform there is nothing to compare.
if left_out=$(grep -m 1 '^left out' <<<"$told"); then echo "$left_out"; exit 77; fi
