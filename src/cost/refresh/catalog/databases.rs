//! Questions about RDS, ElastiCache, DocumentDB and OpenSearch.

use crate::cost::refresh::question::{Question, ask, pick};
use crate::cost::refresh::unit::Unit;

pub(super) const QUESTIONS: &[Question] = &[
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Single-AZ"),
            ("licenseModel", "No license required"),
        ],
        &[pick(["rds", "mysql", "*"], "InstanceUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Multi-AZ"),
            ("licenseModel", "No license required"),
        ],
        &[pick(["rds", "mysql-multi-az", "*"], "Multi-AZUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MariaDB"),
            ("deploymentOption", "Single-AZ"),
            ("licenseModel", "No license required"),
        ],
        &[pick(["rds", "mariadb", "*"], "InstanceUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MariaDB"),
            ("deploymentOption", "Multi-AZ"),
            ("licenseModel", "No license required"),
        ],
        &[pick(["rds", "mariadb-multi-az", "*"], "Multi-AZUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Storage"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Single-AZ"),
        ],
        &[
            pick(["rds", "storage", "gp2"], "RDS:GP2-Storage", Unit::GbMonths),
            pick(["rds", "storage", "gp3"], "RDS:GP3-Storage", Unit::GbMonths),
            pick(["rds", "storage", "io1"], "RDS:PIOPS-Storage", Unit::GbMonths),
            pick(["rds", "storage", "io2"], "RDS:PIOPS-Storage-IO2", Unit::GbMonths),
            pick(["rds", "storage", "magnetic"], "RDS:StorageUsage", Unit::GbMonths),
        ],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Database Storage"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Multi-AZ"),
        ],
        &[
            pick(["rds", "storage-multi-az", "gp2"], "RDS:Multi-AZ-GP2-Storage", Unit::GbMonths),
            pick(["rds", "storage-multi-az", "gp3"], "RDS:Multi-AZ-GP3-Storage", Unit::GbMonths),
            pick(["rds", "storage-multi-az", "io1"], "RDS:Multi-AZ-PIOPS-Storage", Unit::GbMonths),
            pick(
                ["rds", "storage-multi-az", "io2"],
                "RDS:Multi-AZ-PIOPS-Storage-IO2",
                Unit::GbMonths,
            ),
        ],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Provisioned IOPS"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Single-AZ"),
        ],
        &[
            pick(["rds", "iops", "gp3"], "RDS:GP3-PIOPS", Unit::IopsMonths),
            pick(["rds", "iops", "io1"], "RDS:PIOPS", Unit::IopsMonths),
        ],
    ),
    ask(
        "AmazonRDS",
        &[
            ("productFamily", "Provisioned IOPS"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Multi-AZ"),
        ],
        &[
            pick(["rds", "iops-multi-az", "gp3"], "RDS:Multi-AZ-GP3-PIOPS", Unit::IopsMonths),
            pick(["rds", "iops-multi-az", "io1"], "RDS:Multi-AZ-PIOPS", Unit::IopsMonths),
        ],
    ),
    ask(
        "AmazonRDS",
        &[("productFamily", "Storage Snapshot"), ("databaseEngine", "MySQL")],
        &[pick(["rds", "backup", "charged"], "RDS:ChargedBackupUsage", Unit::GbMonths)],
    ),
    ask(
        "AmazonElastiCache",
        &[
            ("productFamily", "Cache Instance"),
            ("cacheEngine", "Redis"),
            ("locationType", "AWS Region"),
        ],
        &[pick(["elasticache", "redis", "*"], "NodeUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonElastiCache",
        &[
            ("productFamily", "Cache Instance"),
            ("cacheEngine", "Valkey"),
            ("locationType", "AWS Region"),
        ],
        &[pick(["elasticache", "valkey", "*"], "NodeUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonElastiCache",
        &[
            ("productFamily", "Cache Instance"),
            ("cacheEngine", "Memcached"),
            ("locationType", "AWS Region"),
        ],
        &[pick(["elasticache", "memcached", "*"], "NodeUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonElastiCache",
        &[("productFamily", "Storage Snapshot")],
        &[pick(["elasticache", "backup", "charged"], "BackupUsage", Unit::GbMonths)],
    ),
    ask(
        "AmazonDocDB",
        &[("productFamily", "Database Instance"), ("volumeType", "General Purpose")],
        &[pick(["docdb", "instance", "*"], "InstanceUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonDocDB",
        &[],
        &[
            pick(["docdb", "storage", "standard"], "StorageUsage", Unit::GbMonths),
            pick(["docdb", "io", "requests"], "StorageIOUsage", Unit::Requests).times(1_000_000),
            pick(["docdb", "backup", "charged"], "BackupUsage", Unit::GbMonths),
            pick(["docdb", "cpu-credits", "db.t3"], "CPUCredits:db.t3", Unit::VcpuHours),
        ],
    ),
    ask(
        "AmazonES",
        &[("productFamily", "Amazon OpenSearch Service Instance")],
        &[pick(["opensearch", "instance", "*.search"], "ESInstance:*", Unit::Hours)],
    ),
    ask(
        "AmazonES",
        &[("productFamily", "Amazon OpenSearch Service Volume")],
        &[
            pick(["opensearch", "storage", "gp2"], "ES:GP2-Storage", Unit::GbMonths),
            pick(["opensearch", "storage", "gp3"], "ES:GP3-Storage", Unit::GbMonths),
        ],
    ),
];
