//! `[usage]`: what the estimate assumes of use, in the user's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `edxaws cost` assumes of use, for a month. Behind each number stand the three that `size`
/// means; nothing here changes what is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageSettings {
    /// `small` (100 active learners), `medium` (1,000) or `large` (10,000).
    pub size: UsageSize,
    /// GB through the NAT gateways, S3 apart: 30, 100, 600.
    pub nat_gb: Option<u32>,
    /// GB between nodes and S3; they cost only without `network.s3_endpoint`: 20, 200, 2000.
    pub s3_node_gb: Option<u32>,
    /// GB from the load balancer to the internet: 20, 200, 2000.
    pub internet_gb: Option<u32>,
    /// GB between zones; AWS bills both directions: 20, 200, 2000.
    pub zone_gb: Option<u32>,
    /// Hours of load balancer capacity units: 75, 365, 2920.
    pub lcu_hours: Option<u32>,
    /// GB in all buckets together: 20, 100, 1000.
    pub s3_gb: Option<u32>,
    /// PUT, COPY, POST and LIST requests to all buckets: 20000, 100000, 1000000.
    pub s3_writes: Option<u32>,
    /// All other requests to all buckets: 200000, 1000000, 10000000.
    pub s3_reads: Option<u32>,
    /// GB of control plane logs: 2, 10, 50.
    pub log_gb: Option<u32>,
    /// GB from CloudFront to viewers: 50, 500, 5000.
    pub cdn_gb: Option<u32>,
    /// HTTPS requests to CloudFront: 500000, 5000000, 50000000.
    pub cdn_requests: Option<u32>,
    /// Mails sent through SES: 2000, 20000, 200000.
    pub mails: Option<u32>,
    /// DNS queries: 500000, 2000000, 20000000.
    pub dns_queries: Option<u32>,
    /// GB of MySQL backups of every kind; as much as the database's storage is free: 20, 150, 600.
    pub mysql_backup_gb: Option<u32>,
    /// GB of recovery points of volumes in AWS Backup: 10, 100, 300.
    pub volume_backup_gb: Option<u32>,
    /// GB of data in DocumentDB: 10, 50, 300.
    pub docdb_gb: Option<u32>,
    /// Reads and writes of DocumentDB's storage: 5000000, 50000000, 500000000.
    pub docdb_requests: Option<u32>,
    /// GB of DocumentDB backups beyond the free size: 10, 60, 400.
    pub docdb_backup_gb: Option<u32>,
    /// GB of cache snapshots beyond the free one: 1, 4, 20.
    pub cache_backup_gb: Option<u32>,
    /// GB of images in the registry: 5, 20, 40.
    pub image_gb: Option<u32>,
    /// Requests to Secrets Manager: 10000, 20000, 50000.
    pub secret_requests: Option<u32>,
}

/// How large the school is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UsageSize {
    #[default]
    Small,
    Medium,
    Large,
}
