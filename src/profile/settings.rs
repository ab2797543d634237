//! What a profile says, once it is merged and checked: the desired platform in the user's words.
//!
//! The doc comments here are the text of the JSON Schema and of `docs/profiles.md`.

mod openedx;
mod services;
mod usage;

use std::collections::BTreeMap;

pub use openedx::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use services::{ServiceSettings, ServiceSize};
pub use usage::*;

/// One profile is one stack: a network, a cluster, databases, and one or more Open edX sites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters.
    #[schemars(length(min = 2, max = 20), regex(pattern = r"^[a-z](-?[a-z0-9])*$"))]
    pub stack: String,
    /// AWS region, for example `eu-west-1`.
    #[schemars(regex(pattern = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$"))]
    pub region: String,
    /// AWS account id this profile may touch; any account when left out.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    pub account: Option<String>,
    /// `aws`, or `sandbox` for the local AWS that costs nothing and runs no container.
    pub target: Target,
    /// Tags on everything that is made, beside edxaws's own.
    #[schemars(extend("maxProperties" = 40))]
    pub tags: BTreeMap<String, String>,
    pub network: NetworkSettings,
    pub cluster: ClusterSettings,
    pub mysql: MysqlSettings,
    pub cache: CacheSettings,
    pub mongodb: MongodbSettings,
    pub storage: StorageSettings,
    pub edge: EdgeSettings,
    pub mail: MailSettings,
    pub alerts: AlertSettings,
    pub backup: BackupSettings,
    pub registry: RegistrySettings,
    pub budget: BudgetSettings,
    pub usage: UsageSettings,
    pub openedx: OpenedxSettings,
    /// The Open edX sites, by name; they share network, cluster and databases.
    #[schemars(extend("minProperties" = 1))]
    pub platforms: BTreeMap<String, PlatformSettings>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    Aws,
    Sandbox,
}

/// The VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkSettings {
    /// IPv4 range of the VPC, `/16` to `/24`.
    pub cidr: String,
    /// Number of availability zones to spread over (EKS and RDS need two).
    #[schemars(range(min = 2, max = 6))]
    pub zones: u8,
    /// Prefix length of each public subnet (balancer, NAT); a balancer needs `/27`.
    #[schemars(range(min = 16, max = 27))]
    pub public_prefix: u8,
    /// Prefix length of each private subnet (nodes and pods).
    #[schemars(range(min = 16, max = 28))]
    pub private_prefix: u8,
    /// Prefix length of each data subnet (databases).
    #[schemars(range(min = 16, max = 28))]
    pub data_prefix: u8,
    /// NAT gateways: one per zone, a single one, or none (nodes then stand in public subnets).
    pub nat: Nat,
    /// Free gateway endpoint that keeps S3 traffic away from the NAT gateways.
    pub s3_endpoint: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    PerZone,
    Single,
    None,
}

/// The EKS cluster and its nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterSettings {
    /// Kubernetes minor version; the newest in standard support when left out.
    #[schemars(regex(pattern = r"^1\.[0-9]{2}$"))]
    pub version: Option<String>,
    /// IPv4 ranges that may reach the API endpoint from outside the VPC; an empty list makes it
    /// private.
    pub public_access_cidrs: Vec<String>,
    /// Control plane logs to keep: `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`.
    pub logs: Vec<ClusterLog>,
    /// Days to keep control plane logs; AWS takes 1, 3, 5, 7, 14, 30, 60, 90 and some more.
    #[schemars(range(min = 1, max = 3653))]
    pub log_retention_days: u32,
    /// AWS refuses to delete the cluster until this is lifted.
    pub deletion_protection: bool,
    /// ARNs of IAM users or roles that administer the cluster, beside the caller.
    pub admins: Vec<String>,
    /// Installs the Cluster Autoscaler's role and pod identity.
    pub autoscaler: bool,
    /// Installs the metrics-server add-on (needed by HPAs).
    pub metrics_server: bool,
    /// Node groups by name.
    #[schemars(extend("minProperties" = 1))]
    pub node_groups: BTreeMap<String, NodeGroupSettings>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClusterLog {
    Api,
    Audit,
    Authenticator,
    ControllerManager,
    Scheduler,
}

/// One managed node group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeGroupSettings {
    /// `on-demand`, or `spot`: much cheaper, and taken back at two minutes' notice.
    pub capacity: Capacity,
    /// EC2 instance types of one architecture; several make spot capacity likelier.
    #[schemars(length(min = 1))]
    pub instance_types: Vec<String>,
    /// Fewest nodes.
    #[schemars(range(min = 0, max = 1000))]
    pub min: u32,
    /// Nodes at creation; afterwards the autoscaler's business and never a difference.
    #[schemars(range(min = 0, max = 1000))]
    pub desired: u32,
    /// Most nodes.
    #[schemars(range(min = 1, max = 1000))]
    pub max: u32,
    /// Root volume (gp3) in GiB.
    #[schemars(range(min = 20, max = 16384))]
    pub disk_gib: u32,
    /// Kubernetes labels on the nodes.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Kubernetes taints on the nodes.
    #[serde(default)]
    pub taints: Vec<TaintSettings>,
}

/// A taint on every node of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaintSettings {
    /// Name of the taint.
    #[schemars(length(min = 1, max = 63))]
    pub key: String,
    /// Value of the taint.
    #[schemars(length(max = 63))]
    pub value: Option<String>,
    /// What happens to pods that do not tolerate it.
    pub effect: TaintEffect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    OnDemand,
    Spot,
}

/// RDS for MySQL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MysqlSettings {
    /// MySQL version; Open edX needs 8.4.
    #[schemars(regex(pattern = r"^8\.[0-9]+$"))]
    pub version: String,
    /// Instance class, for example `db.t4g.medium`.
    #[schemars(regex(pattern = r"^db\.[a-z0-9]+\.[a-z0-9]+$"))]
    pub instance_class: String,
    /// Storage (gp3) in GiB.
    #[schemars(range(min = 20, max = 65536))]
    pub storage_gib: u32,
    /// Storage grows by itself up to this; equal to `storage_gib` switches that off.
    #[schemars(range(min = 20, max = 65536))]
    pub max_storage_gib: u32,
    /// A standby in a second zone.
    pub multi_az: bool,
    /// Days of automatic backups; 0 switches them off.
    #[schemars(range(min = 0, max = 35))]
    pub backup_days: u8,
    /// AWS refuses to delete the database until this is lifted.
    pub deletion_protection: bool,
    /// Takes a last snapshot before the database is deleted.
    pub final_snapshot: bool,
    /// Performance Insights (7 days are free).
    pub performance_insights: bool,
}

/// Valkey or Redis: cache, Celery broker, event bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// `managed` (ElastiCache, always with TLS and an auth token) or `in-cluster`.
    pub mode: CacheMode,
    /// `valkey`, or `redis` (dearer on ElastiCache).
    pub engine: CacheEngine,
    /// Node type, for example `cache.t4g.small`.
    #[schemars(regex(pattern = r"^cache\.[a-z0-9]+\.[a-z0-9]+$"))]
    pub node_type: String,
    /// One primary and `nodes - 1` replicas; two or more fail over by themselves.
    #[schemars(range(min = 1, max = 6))]
    pub nodes: u8,
    /// Days of automatic snapshots; 0 switches them off.
    #[schemars(range(min = 0, max = 35))]
    pub snapshot_days: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheMode {
    Managed,
    InCluster,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheEngine {
    Valkey,
    Redis,
}

/// MongoDB for the course store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MongodbSettings {
    /// `in-cluster` (a StatefulSet), `documentdb`, or `external` (Atlas or your own).
    pub mode: MongodbMode,
    /// DocumentDB instance class, used with `documentdb`.
    #[schemars(regex(pattern = r"^db\.[a-z0-9]+\.[a-z0-9]+$"))]
    pub instance_class: String,
    /// DocumentDB instances, used with `documentdb`.
    #[schemars(range(min = 1, max = 16))]
    pub instances: u8,
    /// Days of automatic backups, used with `documentdb`.
    #[schemars(range(min = 1, max = 35))]
    pub backup_days: u8,
    /// ARN of a Secrets Manager secret holding the connection URI, used with `external`.
    pub external_secret: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MongodbMode {
    InCluster,
    Documentdb,
    External,
}

/// The S3 buckets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageSettings {
    /// Keeps former versions of every object.
    pub versioned: bool,
    /// `edxaws destroy` leaves buckets alone unless `--delete-data` is given.
    pub keep_on_destroy: bool,
    /// A bucket for access logs.
    pub logs: bool,
    /// Days to keep database dumps in the backups bucket.
    #[schemars(range(min = 1, max = 3650))]
    pub backups_days: u32,
}

/// Host names, certificate, load balancer, content delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeSettings {
    /// DNS zone that edxaws makes and fills, for example `edx.example.org`.
    pub zone: String,
    /// Parent zone in this account in which the delegation is made; by hand when left out.
    pub parent_zone: Option<String>,
    /// CloudFront in front of the media buckets.
    pub cdn: bool,
    /// CloudFront price class: `PriceClass_100`, `PriceClass_200` or `PriceClass_All`.
    pub price_class: PriceClass,
    /// AWS refuses to delete the load balancer until this is lifted.
    pub deletion_protection: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(clippy::enum_variant_names, reason = "AWS's own names")]
pub enum PriceClass {
    #[serde(rename = "PriceClass_100")]
    Class100,
    #[serde(rename = "PriceClass_200")]
    Class200,
    #[serde(rename = "PriceClass_All")]
    All,
}

/// Outgoing mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// SES identity for the zone, with DKIM records and an SMTP user.
    pub ses: bool,
}

/// Alarms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertSettings {
    /// `none`, `basic` (balancer and database) or `full`.
    pub level: AlertLevel,
    /// Who is told; AWS asks for a confirmation by mail.
    pub email: Option<String>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AlertLevel {
    None,
    Basic,
    Full,
}

/// AWS Backup of the database and volumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// A vault and a plan with daily (and weekly) recovery points.
    pub enabled: bool,
    /// Days to keep daily recovery points.
    #[schemars(range(min = 1, max = 36500))]
    pub daily_days: u32,
    /// Days to keep weekly recovery points; 0 switches them off.
    #[schemars(range(min = 0, max = 36500))]
    pub weekly_days: u32,
}

/// A container registry for own Open edX images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrySettings {
    /// An ECR repository.
    pub ecr: bool,
}

/// What the stack may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetSettings {
    /// Monthly budget in US dollars; AWS mails `alerts.email` when 80 % are used and when 100 %
    /// are forecast.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub monthly_usd: Option<u32>,
}

/// One Open edX site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformSettings {
    /// Host of the LMS, in `edge.zone`.
    pub lms_host: String,
    /// Host of Studio; `studio.` before the LMS's when left out.
    pub cms_host: Option<String>,
    /// Host of the micro-frontends; `apps.` before the LMS's when left out.
    pub mfe_host: Option<String>,
    /// Name of the media bucket; made from stack, platform and account when left out.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"))]
    pub media_bucket: Option<String>,
    /// What this site has different.
    #[serde(default)]
    pub openedx: PlatformOpenedxSettings,
}
