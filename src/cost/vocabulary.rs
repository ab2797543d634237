//! The words of the price book: every service and usage, the unit it is counted in, what it means.

/// One kind of price. Its keys are instance types, volume types or the words named in `keys`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub service: &'static str,
    pub usage: &'static str,
    pub unit: &'static str,
    pub keys: &'static str,
    pub meaning: &'static str,
}

/// The word of a service and usage, when the book knows it.
pub fn word(service: &str, usage: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.service == service && word.usage == usage)
}

const fn word_of(words: [&'static str; 5]) -> Word {
    let [service, usage, unit, keys, meaning] = words;
    Word { service, usage, unit, keys, meaning }
}

macro_rules! words {
    ($($service:literal $usage:literal $unit:literal $keys:literal $meaning:literal;)*) => {
        /// Sorted by service and usage.
        pub const WORDS: &[Word] = &[$(word_of([$service, $usage, $unit, $keys, $meaning])),*];
    };
}

words! {
    "backup" "storage" "gb-month" "`ebs-snapshot`" "AWS Backup, warm storage of EBS snapshots";
    "cloudfront" "data-out" "gb" "`us`, `eu`, `japan`, `south-america`" "to the internet, by where the edge stands";
    "cloudfront" "invalidation" "path" "`path`" "each path above the free thousand a month";
    "cloudfront" "requests" "10k-requests" "`us-http`, `us-https`" "requests answered at edges in the USA";
    "cloudwatch" "alarms" "alarm-month" "`standard`, `high-resolution`" "each alarm metric";
    "cloudwatch" "logs-ingested" "gb" "`standard`" "log data taken in";
    "cloudwatch" "logs-insights" "gb" "`scanned`" "log data read by queries";
    "cloudwatch" "logs-stored" "gb-month" "`standard`" "log data kept";
    "cloudwatch" "metrics" "metric-month" "`custom`" "each custom metric";
    "data-transfer" "inter-az" "gb" "`each-direction`" "between zones of a region; AWS counts each byte going out and coming in";
    "data-transfer" "inter-region" "gb" "`other`, `us-east`" "to another region; `us-east` is between us-east-1 and us-east-2";
    "data-transfer" "internet-out" "gb" "`out`" "to the internet";
    "docdb" "backup" "gb-month" "`charged`" "backup above the size of the cluster";
    "docdb" "cpu-credits" "vcpu-hour" "`db.t3`" "unlimited bursts";
    "docdb" "instance" "hour" "instance class" "DocumentDB instance, standard storage";
    "docdb" "io" "million-requests" "`requests`" "I/O of standard storage";
    "docdb" "storage" "gb-month" "`standard`" "cluster storage";
    "ebs" "iops" "iops-month" "volume type" "provisioned IOPS; gp3 above 3,000";
    "ebs" "snapshot" "gb-month" "`standard`" "snapshot storage";
    "ebs" "storage" "gb-month" "volume type" "volume storage";
    "ebs" "throughput" "mibps-month" "`gp3`" "provisioned throughput above 125 MiB/s";
    "ec2" "cpu-credits" "vcpu-hour" "`t3`" "unlimited bursts, Linux";
    "ec2" "on-demand" "hour" "instance type" "Linux, shared tenancy";
    "ecr" "storage" "gb-month" "`private`" "images of private repositories";
    "efs" "storage" "gb-month" "`standard`, `standard-ia`, `one-zone`" "file system storage";
    "eks" "auto-mode" "hour" "instance type" "Auto Mode's fee on top of the instance";
    "eks" "cluster" "hour" "`standard`, `extended-support`" "control plane; `extended-support` comes on top of `standard`";
    "eks" "managed-node-group" "hour" "`fee`" "free";
    "eks" "provisioned-control-plane" "hour" "`XL`, `2XL`, `4XL`, `8XL`" "a larger control plane, on top of `standard`";
    "elasticache" "backup" "gb-month" "`charged`" "backup above the free one";
    "elasticache" "memcached" "hour" "node type" "Memcached node";
    "elasticache" "redis" "hour" "node type" "Redis OSS node";
    "elasticache" "valkey" "hour" "node type" "Valkey node";
    "elb" "data" "gb" "`classic`" "data through a classic load balancer";
    "elb" "hours" "hour" "`alb`, `nlb`, `classic`" "load balancer";
    "elb" "lcu" "lcu-hour" "`alb`, `nlb`" "capacity units";
    "kms" "key" "key-month" "`customer`" "customer managed key";
    "kms" "requests" "10k-requests" "`symmetric`, `asymmetric`" "requests above the free 20,000; `asymmetric` is all but RSA 2048";
    "nat" "data" "gb" "`gateway`" "data through a NAT gateway";
    "nat" "hours" "hour" "`gateway`" "NAT gateway";
    "opensearch" "instance" "hour" "instance type, `.search`" "data, master or UltraWarm node";
    "opensearch" "iops" "iops-month" "`io1`" "provisioned IOPS";
    "opensearch" "storage" "gb-month" "volume type" "volume storage";
    "opensearch" "throughput" "mibps-month" "`gp3`" "provisioned throughput";
    "rds" "backup" "gb-month" "`charged`" "backup above the size of the database";
    "rds" "cpu-credits" "vcpu-hour" "`db.t3`" "unlimited bursts";
    "rds" "extended-support" "vcpu-hour" "`mysql-5.7-years-1-2`" "fee for an engine past its end";
    "rds" "iops" "iops-month" "volume type" "provisioned IOPS, Single-AZ; gp3 above the free ones";
    "rds" "iops-multi-az" "iops-month" "volume type" "provisioned IOPS, Multi-AZ; gp3 above the free ones";
    "rds" "mariadb" "hour" "instance class" "MariaDB, Single-AZ";
    "rds" "mariadb-multi-az" "hour" "instance class" "MariaDB, Multi-AZ: both instances";
    "rds" "mysql" "hour" "instance class" "MySQL, Single-AZ";
    "rds" "mysql-multi-az" "hour" "instance class" "MySQL, Multi-AZ: both instances";
    "rds" "storage" "gb-month" "`gp2`, `gp3`, `io1`, `io2`, `magnetic`" "storage, Single-AZ";
    "rds" "storage-multi-az" "gb-month" "`gp2`, `gp3`, `io1`, `io2`" "storage, Multi-AZ: both copies";
    "route53" "health-check" "month" "`aws-endpoint`" "basic health check of an endpoint in AWS";
    "route53" "queries" "million-queries" "`standard`, `latency`, `geo`" "DNS queries; to aliases of AWS resources they are free";
    "route53" "zone" "zone-month" "`hosted`" "hosted zone";
    "s3" "monitoring" "1k-objects" "`intelligent-tiering`" "watched objects";
    "s3" "requests" "1k-requests" "`write`, `read`" "`write` is PUT, COPY, POST, LIST; `read` GET and others";
    "s3" "retrieval" "gb" "storage class" "data read from a class that asks for it";
    "s3" "storage" "gb-month" "storage class" "object storage";
    "secretsmanager" "requests" "10k-requests" "`api`" "API calls";
    "secretsmanager" "secret" "secret-month" "`secret`" "each secret";
    "ses" "sending" "1k-emails" "`email`" "mails sent";
    "vpc" "gateway-endpoint" "hour" "`hours`" "free";
    "vpc" "interface-endpoint-data" "gb" "`endpoint`" "data through an interface endpoint";
    "vpc" "interface-endpoint-hours" "hour" "`az`" "interface endpoint, in each zone";
    "vpc" "public-ipv4" "hour" "`in-use`, `idle`" "each public IPv4 address";
    "waf" "requests" "million-requests" "`inspected`" "requests looked at";
    "waf" "rule" "month" "`rule`" "each rule";
    "waf" "web-acl" "month" "`web-acl`" "each web ACL";
}
