//! How fast AWS lets an account call it: one table, read from top to bottom.
//!
//! Sources: EC2 "Request throttling for the Amazon EC2 API" (one bucket per action, account and
//! region; sizes by category, some actions have their own), ELB "Request throttling for the ELB
//! API" (reads 40, refilled by 10 a second, for all actions together), Route 53 "Quotas" (five
//! requests a second and account), CloudWatch "Service quotas" (DescribeAlarms 9 a second,
//! PutMetricAlarm and DeleteAlarms 3), CloudWatch Logs "Quotas", ACM "API rate quotas", SES
//! "Quotas" (one call a second and action, sending apart), Secrets Manager "Quotas". Where AWS
//! publishes nothing (IAM, EKS, RDS, ElastiCache, S3's settings …) the row is a cautious guess
//! that a single `up` never feels; AWS's own "too fast" corrects it.

/// A bucket: how many calls at once, how many more each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub size: f64,
    pub refill: f64,
}

/// Whose calls empty a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    ByAction,
    ByService,
}

/// An empty `service` and `*` match any; `Describe*` any such action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub service: &'static str,
    pub action: &'static str,
    pub rate: Rate,
    pub shared: Shared,
}

const fn each(service: &'static str, action: &'static str, size: f64, refill: f64) -> Row {
    Row { service, action, rate: Rate { size, refill }, shared: Shared::ByAction }
}

const fn all(service: &'static str, action: &'static str, size: f64, refill: f64) -> Row {
    Row { service, action, rate: Rate { size, refill }, shared: Shared::ByService }
}

const ROWS: &[Row] = &[
    // EC2: actions with buckets of their own
    each("ec2", "CreateVpcEndpoint", 4.0, 0.3),
    each("ec2", "ModifyVpcEndpoint", 4.0, 0.3),
    each("ec2", "DeleteVpcEndpoints", 4.0, 0.3),
    each("ec2", "CreateNatGateway", 10.0, 1.0),
    each("ec2", "DeleteNatGateway", 10.0, 1.0),
    each("ec2", "CreateTags", 100.0, 10.0),
    each("ec2", "DeleteTags", 100.0, 10.0),
    each("ec2", "CreateLaunchTemplateVersion", 100.0, 5.0),
    each("ec2", "DeleteNetworkInterface", 100.0, 5.0),
    // EC2: non-mutating (all of ours are filtered or paginated), then mutating and resource-intensive
    each("ec2", "Describe*", 100.0, 20.0),
    each("ec2", "Get*", 100.0, 20.0),
    each("ec2", "*", 50.0, 5.0),
    all("route53", "*", 5.0, 5.0),
    each("elasticloadbalancingv2", "Describe*", 40.0, 10.0),
    each("elasticloadbalancingv2", "*", 10.0, 2.0),
    each("cloudwatch", "DescribeAlarms", 9.0, 9.0),
    each("cloudwatch", "ListTagsForResource", 10.0, 10.0),
    each("cloudwatch", "*", 3.0, 3.0),
    each("cloudwatchlogs", "*", 5.0, 5.0),
    each("acm", "RequestCertificate", 5.0, 5.0),
    each("acm", "Describe*", 10.0, 10.0),
    each("acm", "List*", 8.0, 8.0),
    each("acm", "*", 5.0, 5.0),
    each("sesv2", "*", 1.0, 1.0),
    each("sns", "*", 10.0, 10.0),
    each("secretsmanager", "*", 40.0, 40.0),
    each("sts", "*", 50.0, 50.0),
    each("s3", "*", 50.0, 50.0),
    each("resourcegroupstaggingapi", "*", 5.0, 5.0),
    // Where AWS publishes nothing.
    each("", "Describe*", 20.0, 10.0),
    each("", "Get*", 20.0, 10.0),
    each("", "List*", 20.0, 10.0),
    each("", "*", 20.0, 5.0),
];

const LAST: Row = each("", "*", 20.0, 5.0);

pub(super) fn of(service: &str, action: &str) -> &'static Row {
    let fits = |row: &&Row| {
        let action = match row.action.strip_suffix('*') {
            Some(start) => action.starts_with(start),
            None => action == row.action,
        };
        action && (row.service.is_empty() || row.service == service)
    };
    ROWS.iter().find(fits).unwrap_or(&LAST)
}
