//! What AWS sells, in the words of the price book: every item that an estimate may name, so that no
//! other file spells one.

use super::book::Item;
use super::vocabulary::word;

/// Something with a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    pub item: Item,
    pub unit: Unit,
}

/// What is counted, in the book's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit(pub &'static str);

impl Unit {
    /// The unit as people write it behind a number.
    pub fn people(self) -> &'static str {
        match self.0 {
            "hour" => "hours",
            "gb" | "gb-month" => "GB",
            "iops-month" => "IOPS",
            "mibps-month" => "MiB/s",
            "vcpu-hour" => "vCPU-hours",
            "lcu-hour" => "LCU-hours",
            "alarm-month" => "alarms",
            "metric-month" => "metrics",
            "key-month" => "keys",
            "secret-month" => "secrets",
            "zone-month" => "zones",
            "month" => "months",
            "path" => "paths",
            "1k-requests" => "1k requests",
            "1k-objects" => "1k objects",
            "1k-emails" => "1k mails",
            "10k-requests" => "10k requests",
            "million-queries" => "1M queries",
            "million-requests" => "1M requests",
            other => other,
        }
    }
}

fn good(service: &str, usage: &str, key: &str) -> Good {
    let unit = word(service, usage).map_or("units", |word| word.unit);
    Good { item: Item::new(service, usage, key), unit: Unit(unit) }
}

pub fn on_demand(instance_type: &str) -> Good {
    good("ec2", "on-demand", instance_type)
}

/// Credits that a burstable instance takes beyond those it earns: `t3`, `t2` …
pub fn cpu_credits(family: &str) -> Good {
    good("ec2", "cpu-credits", family)
}

/// `gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1`, `standard`.
pub fn volume(kind: &str) -> Good {
    good("ebs", "storage", kind)
}

pub fn volume_iops(kind: &str) -> Good {
    good("ebs", "iops", kind)
}

pub fn volume_throughput(kind: &str) -> Good {
    good("ebs", "throughput", kind)
}

pub fn snapshot() -> Good {
    good("ebs", "snapshot", "standard")
}

pub fn control_plane() -> Good {
    good("eks", "cluster", "standard")
}

pub fn extended_support() -> Good {
    good("eks", "cluster", "extended-support")
}

pub fn nat_hours() -> Good {
    good("nat", "hours", "gateway")
}

pub fn nat_data() -> Good {
    good("nat", "data", "gateway")
}

/// `in-use` or `idle`.
pub fn public_ipv4(state: &str) -> Good {
    good("vpc", "public-ipv4", state)
}

pub fn interface_endpoint() -> Good {
    good("vpc", "interface-endpoint-hours", "az")
}

pub fn interface_endpoint_data() -> Good {
    good("vpc", "interface-endpoint-data", "endpoint")
}

pub fn gateway_endpoint() -> Good {
    good("vpc", "gateway-endpoint", "hours")
}

/// `alb`, `nlb`, `classic`.
pub fn balancer_hours(kind: &str) -> Good {
    good("elb", "hours", kind)
}

pub fn balancer_units(kind: &str) -> Good {
    good("elb", "lcu", kind)
}

/// `usage` is the engine, with `-multi-az` behind it for a standby.
pub fn database(usage: &str, class: &str) -> Good {
    good("rds", usage, class)
}

/// `usage` is `storage` or `storage-multi-az`.
pub fn database_storage(usage: &str, kind: &str) -> Good {
    good("rds", usage, kind)
}

/// `usage` is `iops` or `iops-multi-az`.
pub fn database_iops(usage: &str, kind: &str) -> Good {
    good("rds", usage, kind)
}

pub fn database_backup() -> Good {
    good("rds", "backup", "charged")
}

/// `release` is engine and version: `mysql-5.7`.
pub fn database_extended_support(release: &str) -> Good {
    good("rds", "extended-support", release)
}

/// `redis`, `valkey`, `memcached`.
pub fn cache_node(engine: &str, node_type: &str) -> Good {
    good("elasticache", engine, node_type)
}

pub fn cache_backup() -> Good {
    good("elasticache", "backup", "charged")
}

pub fn docdb_instance(class: &str) -> Good {
    good("docdb", "instance", class)
}

pub fn docdb_storage() -> Good {
    good("docdb", "storage", "standard")
}

pub fn docdb_io() -> Good {
    good("docdb", "io", "requests")
}

pub fn docdb_backup() -> Good {
    good("docdb", "backup", "charged")
}

pub fn docdb_cpu_credits(family: &str) -> Good {
    good("docdb", "cpu-credits", family)
}

pub fn search_instance(instance_type: &str) -> Good {
    good("opensearch", "instance", instance_type)
}

pub fn search_storage(kind: &str) -> Good {
    good("opensearch", "storage", kind)
}

pub fn search_iops(kind: &str) -> Good {
    good("opensearch", "iops", kind)
}

pub fn search_throughput(kind: &str) -> Good {
    good("opensearch", "throughput", kind)
}

/// `standard`, `standard-ia`, `one-zone-ia`, `glacier-flexible`, `glacier-deep-archive`.
pub fn bucket_storage(class: &str) -> Good {
    good("s3", "storage", class)
}

/// `write` (PUT, COPY, POST, LIST) or `read` (everything else).
pub fn bucket_requests(kind: &str) -> Good {
    good("s3", "requests", kind)
}

pub fn bucket_retrieval(class: &str) -> Good {
    good("s3", "retrieval", class)
}

pub fn images() -> Good {
    good("ecr", "storage", "private")
}

pub fn files(class: &str) -> Good {
    good("efs", "storage", class)
}

pub fn key() -> Good {
    good("kms", "key", "customer")
}

pub fn key_requests(kind: &str) -> Good {
    good("kms", "requests", kind)
}

pub fn secret() -> Good {
    good("secretsmanager", "secret", "secret")
}

pub fn secret_requests() -> Good {
    good("secretsmanager", "requests", "api")
}

pub fn zone() -> Good {
    good("route53", "zone", "hosted")
}

/// `standard`, `latency`, `geo`.
pub fn queries(routing: &str) -> Good {
    good("route53", "queries", routing)
}

pub fn logs_in() -> Good {
    good("cloudwatch", "logs-ingested", "standard")
}

pub fn logs_kept() -> Good {
    good("cloudwatch", "logs-stored", "standard")
}

pub fn logs_read() -> Good {
    good("cloudwatch", "logs-insights", "scanned")
}

/// `standard` or `high-resolution`.
pub fn alarm(resolution: &str) -> Good {
    good("cloudwatch", "alarms", resolution)
}

pub fn metric() -> Good {
    good("cloudwatch", "metrics", "custom")
}

/// `us`, `eu`, `japan`, `south-america`.
pub fn cdn_data(place: &str) -> Good {
    good("cloudfront", "data-out", place)
}

/// `us-http`, `us-https`.
pub fn cdn_requests(kind: &str) -> Good {
    good("cloudfront", "requests", kind)
}

pub fn cdn_invalidation() -> Good {
    good("cloudfront", "invalidation", "path")
}

pub fn internet_out() -> Good {
    good("data-transfer", "internet-out", "out")
}

pub fn between_zones() -> Good {
    good("data-transfer", "inter-az", "each-direction")
}

/// `other`, or `us-east` between the two of them.
pub fn between_regions(to: &str) -> Good {
    good("data-transfer", "inter-region", to)
}

pub fn mail() -> Good {
    good("ses", "sending", "email")
}

pub fn vault_snapshot() -> Good {
    good("backup", "storage", "ebs-snapshot")
}

pub fn firewall() -> Good {
    good("waf", "web-acl", "web-acl")
}

pub fn firewall_rule() -> Good {
    good("waf", "rule", "rule")
}

pub fn firewall_requests() -> Good {
    good("waf", "requests", "inspected")
}
