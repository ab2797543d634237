//! Who may do what in a bucket: nobody without TLS, CloudFront may read, balancers may log.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Bucket;
use super::wire::present;
use crate::aws::Failure;
use crate::openedx::django::PUBLIC_PREFIX;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::cloudfront::Distribution;

/// Desired values of a bucket's policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketPolicy {
    pub bucket: Ref<Bucket>,
    pub grants: Vec<Grant>,
}

/// Something outside the account's own roles that may use the bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// A distribution reads what is public; grades and submissions lie beside it.
    Read(Ref<Distribution>),
    /// The load balancers of this account write their access logs.
    BalancerLogs { account: String },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BucketPolicyLive {
    pub bucket: String,
    pub policy: Value,
}

impl Resource for BucketPolicy {
    const KIND: &'static str = "bucket_policy";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] =
        &["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"];

    type Live = BucketPolicyLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<BucketPolicyLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let recorded = one.live.as_ref().map(|live| live.bucket.clone());
            let upstream = || scope.facts.map(&one.desired.bucket, |bucket| bucket.name);
            let Some(bucket) = recorded.or_else(upstream) else { continue };
            let answer = scope.aws.s3.get_bucket_policy().bucket(&bucket).send().await;
            let Some(answer) = present(answer.map_err(Failure::from))? else { continue };
            let policy = answer.policy.and_then(|text| serde_json::from_str(&text).ok());
            let policy = policy.unwrap_or_default();
            all.push(Found::asked(&one.address, BucketPolicyLive { bucket, policy }));
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<BucketPolicyLive> {
        let bucket = scope.live(&self.bucket)?.name;
        let policy = self.policy(&scope.facts).ok_or_else(|| self.missing(&scope.facts))?;
        let call = scope.aws.s3.put_bucket_policy().bucket(&bucket);
        call.policy(policy.to_string()).send().await?;
        Ok(BucketPolicyLive { bucket, policy })
    }

    async fn update(&self, scope: &Scope, _: &BucketPolicyLive, claim: &Claim) -> Result<()> {
        self.create(scope, claim).await.map(|_| ())
    }

    async fn delete(&self, scope: &Scope, live: &BucketPolicyLive) -> Result<()> {
        scope.aws.s3.delete_bucket_policy().bucket(&live.bucket).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BucketPolicyLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("bucket", facts.map(&self.bucket, |bucket| bucket.name), &live.bucket);
        diff.free_fact("policy", self.policy(facts), &live.policy);
        diff.finish()
    }
}

impl BucketPolicy {
    /// The whole document; `None` while an upstream is not known.
    fn policy(&self, facts: &Facts) -> Option<Value> {
        let arn = facts.map(&self.bucket, |bucket| bucket.arn)?;
        let tls = json!({
            "Sid": "OnlyWithTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        });
        let mut statements = vec![tls];
        for grant in &self.grants {
            statements.push(grant.statement(&arn, facts)?);
        }
        Some(json!({"Version": "2012-10-17", "Statement": statements}))
    }

    fn missing(&self, facts: &Facts) -> Failure {
        let unknown = self.grants.iter().find_map(|grant| match grant {
            Grant::Read(of) if facts.get(of).is_none() => Some(&of.address),
            _ => None,
        });
        Failure::upstream(unknown.unwrap_or(&self.bucket.address))
    }
}

impl Grant {
    fn statement(&self, bucket: &str, facts: &Facts) -> Option<Value> {
        Some(match self {
            Self::Read(distribution) => json!({
                "Sid": "ReadByCloudFront",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": format!("{bucket}/{PUBLIC_PREFIX}/*"),
                "Condition": {"StringEquals": {"AWS:SourceArn": facts.map(distribution, |one| one.arn)?}},
            }),
            Self::BalancerLogs { account } => json!({
                "Sid": "LogsByLoadBalancers",
                "Effect": "Allow",
                "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": format!("{bucket}/AWSLogs/{account}/*"),
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }),
        })
    }
}
