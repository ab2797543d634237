//! Which IAM action a call needs, where its name is not simply the call's.

/// Service of the SDK and prefix of its IAM actions.
const PREFIXES: &[(&str, &str)] = &[
    ("cloudwatchlogs", "logs"),
    ("docdb", "rds"),
    ("elasticloadbalancingv2", "elasticloadbalancing"),
    ("sesv2", "ses"),
    ("servicequotas", "servicequotas"),
    ("resourcegroupstagging", "tag"),
];

/// Calls whose action has another name.
const OTHERS: &[(&str, &str)] = &[
    ("budgets:CreateBudget", "budgets:ModifyBudget"),
    ("budgets:DeleteBudget", "budgets:ModifyBudget"),
    ("budgets:UpdateBudget", "budgets:ModifyBudget"),
    ("budgets:CreateSubscriber", "budgets:ModifyBudget"),
    ("budgets:DeleteSubscriber", "budgets:ModifyBudget"),
    ("budgets:CreateNotification", "budgets:ModifyBudget"),
    ("budgets:DeleteNotification", "budgets:ModifyBudget"),
    ("budgets:UpdateNotification", "budgets:ModifyBudget"),
    ("budgets:DescribeNotificationsForBudget", "budgets:ViewBudget"),
    ("budgets:DescribeSubscribersForNotification", "budgets:ViewBudget"),
    ("cloudfront:CreateDistributionWithTags", "cloudfront:CreateDistribution"),
    ("budgets:DescribeBudget", "budgets:ViewBudget"),
    ("budgets:DescribeBudgets", "budgets:ViewBudget"),
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:ListObjectVersions", "s3:ListBucketVersions"),
    ("s3:DeleteObjects", "s3:DeleteObject"),
    ("s3:GetBucketCors", "s3:GetBucketCORS"),
    ("s3:PutBucketCors", "s3:PutBucketCORS"),
    ("s3:DeleteBucketCors", "s3:PutBucketCORS"),
    ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:CreateMultipartUpload", "s3:PutObject"),
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
];

pub fn action(service: &str, call: &str) -> String {
    let prefix = PREFIXES.iter().find(|(name, _)| *name == service).map_or(service, |(_, to)| to);
    let plain = format!("{prefix}:{call}");
    OTHERS.iter().find(|(name, _)| *name == plain).map_or(plain, |(_, to)| (*to).to_owned())
}
