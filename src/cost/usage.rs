//! What is assumed of use, where nobody has measured: a number for each size of school, any of which
//! the profile may set.

use rust_decimal::Decimal;
use serde_json::Value;

use super::line::Amount;
use crate::profile::{UsageSettings, UsageSize};

/// A number that no profile can know before the platform is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// Its name under `[usage]`.
    pub name: &'static str,
    /// For 100, 1,000 and 10,000 active learners.
    pub by_size: [u32; 3],
}

macro_rules! assumptions {
    ($($constant:ident = $name:literal $numbers:expr;)*) => {
        $(pub const $constant: Assumption =
            Assumption { name: $name, by_size: $numbers };)*

        /// All of them.
        pub const ALL: &[Assumption] = &[$($constant,)*];
    };
}

assumptions! {
    NAT_GB = "nat_gb" [30, 100, 600];
    S3_NODE_GB = "s3_node_gb" [20, 200, 2_000];
    INTERNET_GB = "internet_gb" [20, 200, 2_000];
    ZONE_GB = "zone_gb" [20, 200, 2_000];
    LCU_HOURS = "lcu_hours" [75, 365, 2_920];
    S3_GB = "s3_gb" [20, 100, 1_000];
    S3_WRITES = "s3_writes" [20_000, 100_000, 1_000_000];
    S3_READS = "s3_reads" [200_000, 1_000_000, 10_000_000];
    LOG_GB = "log_gb" [2, 10, 50];
    CDN_GB = "cdn_gb" [50, 500, 5_000];
    CDN_REQUESTS = "cdn_requests" [500_000, 5_000_000, 50_000_000];
    MAILS = "mails" [2_000, 20_000, 200_000];
    DNS_QUERIES = "dns_queries" [500_000, 2_000_000, 20_000_000];
    MYSQL_BACKUP_GB = "mysql_backup_gb" [20, 150, 600];
    VOLUME_BACKUP_GB = "volume_backup_gb" [10, 100, 300];
    DOCDB_GB = "docdb_gb" [10, 50, 300];
    DOCDB_REQUESTS = "docdb_requests" [5_000_000, 50_000_000, 500_000_000];
    DOCDB_BACKUP_GB = "docdb_backup_gb" [10, 60, 400];
    CACHE_BACKUP_GB = "cache_backup_gb" [1, 4, 20];
    IMAGE_GB = "image_gb" [5, 20, 40];
    SECRET_REQUESTS = "secret_requests" [10_000, 20_000, 50_000];
}

/// The assumptions of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    size: UsageSize,
    stated: Value,
}

impl Usage {
    pub fn of(settings: &UsageSettings) -> Self {
        let stated = serde_json::to_value(settings).unwrap_or_default();
        Self { size: settings.size, stated }
    }

    pub fn number(&self, what: &Assumption) -> Decimal {
        let stated = self.stated.get(what.name).and_then(Value::as_u64);
        let [small, medium, large] = what.by_size;
        let assumed = match self.size {
            UsageSize::Small => small,
            UsageSize::Medium => medium,
            UsageSize::Large => large,
        };
        stated.map_or(Decimal::from(assumed), Decimal::from)
    }

    pub fn amount(&self, what: &Assumption) -> Amount {
        Amount::assumed(&format!("usage.{}", what.name), self.number(what))
    }

    pub fn size(&self) -> UsageSize {
        self.size
    }
}

impl Default for Usage {
    fn default() -> Self {
        Self { size: UsageSize::Small, stated: Value::Null }
    }
}
