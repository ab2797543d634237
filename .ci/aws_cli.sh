#!/usr/bin/env bash
# A second client: the AWS CLI reads what edxaws made in `sandbox serve`, deletes a subnet behind its
# back, and edxaws sees and repairs that.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v aws >/dev/null; then
  python3 -m venv target/aws-cli && target/aws-cli/bin/pip install -q awscli
  PATH=$PWD/target/aws-cli/bin:$PATH
fi
cargo build -q
edxaws=$PWD/target/debug/edxaws
[ -n "${CARGO_TARGET_DIR:-}" ] && edxaws=$CARGO_TARGET_DIR/debug/edxaws
folder=$(mktemp -d)
export EDXAWS_STATE=$folder EDXAWS_SANDBOX_SCALE=150 EDXAWS_PROFILE=staging
"$edxaws" sandbox serve --port 0 >"$folder/endpoint" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$folder"' EXIT
for _ in $(seq 100); do [ -s "$folder/endpoint" ] && break; sleep 0.1; done
export AWS_ENDPOINT_URL=$(cat "$folder/endpoint") AWS_ACCESS_KEY_ID=sandbox \
  AWS_SECRET_ACCESS_KEY=sandbox AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
region=$("$edxaws" profile show | sed -n 's/^region = "\([^"]*\)".*/\1/p')
export AWS_DEFAULT_REGION=$region

# Said on each call: the CLI's own rules for RDS pass over the environment variable.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

checks=0
expect() { # what, wanted, got
  if [ "$2" != "$3" ]; then echo "FAILED $1: wanted '$2', got '$3'"; exit 1; fi
  checks=$((checks + 1)); echo "ok $1: $3"
}
ours='Name=tag:edxaws:stack,Values=staging'

"$edxaws" up --yes
expect vpcs 1 "$(aws ec2 describe-vpcs --filters $ours --query 'length(Vpcs)')"
expect subnets 6 "$(aws ec2 describe-subnets --filters $ours --query 'length(Subnets)')"
expect nat available "$(aws ec2 describe-nat-gateways --filter $ours --query 'NatGateways[0].State' --output text)"
expect cluster ACTIVE "$(aws eks describe-cluster --name edxaws-staging-main --query cluster.status --output text)"
expect nodegroups "system workers" "$(aws eks list-nodegroups --cluster-name edxaws-staging-main --query "join(' ', sort(nodegroups))" --output text | sed 's/edxaws-staging-//g')"
expect addons true "$(aws eks list-addons --cluster-name edxaws-staging-main --query 'contains(addons, `vpc-cni`)')"
expect mysql available "$(aws rds describe-db-instances --query 'DBInstances[0].DBInstanceStatus' --output text)"
expect cache available "$(aws elasticache describe-replication-groups --query 'ReplicationGroups[0].Status' --output text)"
expect balancer active "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[0].State.Code' --output text)"
expect targets 1 "$(aws elbv2 describe-target-groups --query 'length(TargetGroups)')"
expect listeners "80 443" "$(aws elbv2 describe-listeners --load-balancer-arn "$(aws elbv2 describe-load-balancers --query 'LoadBalancers[0].LoadBalancerArn' --output text)" --query "join(' ', sort_by(Listeners, &Port)[].to_string(Port))" --output text)"
expect certificate ISSUED "$(aws acm describe-certificate --certificate-arn "$(aws acm list-certificates --query 'CertificateSummaryList[0].CertificateArn' --output text)" --query Certificate.Status --output text)"
expect roles true "$(aws iam list-roles --path-prefix /edxaws/$region/staging/ --query 'length(Roles) >= `4`')"
expect zone 1 "$(aws route53 list-hosted-zones --query 'length(HostedZones)')"
expect buckets true "$(aws s3api list-buckets --query 'length(Buckets) >= `2`')"
expect secrets true "$(aws secretsmanager list-secrets --query 'length(SecretList) >= `1`')"

subnet=$(aws ec2 describe-subnets --filters 'Name=tag:edxaws:address,Values=subnet.data-*' --query 'Subnets[].SubnetId' --output text)
for one in $subnet; do aws ec2 delete-subnet --subnet-id "$one" 2>/dev/null && gone=$one && break; done
echo "deleted ${gone:?no data subnet could be deleted} behind its back"
"$edxaws" status | tee "$folder/status" | grep 'deleted outside edxaws'
set +e; "$edxaws" status --detailed-exitcode >/dev/null; code=$?; set -e
expect drift-exit-code 3 $code
"$edxaws" up --yes
expect repaired 6 "$(aws ec2 describe-subnets --filters $ours --query 'length(Subnets)')"
expect plan-empty 0 "$("$edxaws" plan --detailed-exitcode >/dev/null; echo $?)"
"$edxaws" destroy --yes --delete-data --lift-protection
expect vpcs-after 0 "$(aws ec2 describe-vpcs --filters $ours --query 'length(Vpcs)')"
expect clusters-after 0 "$(aws eks list-clusters --query 'length(clusters)')"
expect databases-after 0 "$(aws rds describe-db-instances --query 'length(DBInstances)')"
echo "$checks checks passed"
