//! Databases, caches, search.

use rust_decimal::Decimal;

use super::{Attribute, Fallback, PlainKind, Type};
use super::{flag, kind, number, required, usage, word};
use crate::cost::Span;
use crate::cost::support::Release;
use crate::cost::tariff::{self, Cache, Database, Deployment, DocdbInstance, Search};

pub const DB_INSTANCE: PlainKind = kind(
    "db_instance",
    &[
        required("instance_class", Type::Text, "`db.t4g.small`"),
        word("engine", &["mysql", "mariadb", "postgres"], "mysql", "database engine"),
        Attribute::new(
            "engine_version",
            Type::Text,
            Fallback::Unstated,
            "release; past its standard support the surcharge is added",
        ),
        flag("multi_az", "a standby in a second zone"),
        word("storage_type", &["gp2", "gp3", "io1", "io2", "magnetic"], "gp2", "storage type"),
        number("allocated_storage", 20, "GiB"),
        number("iops", 0, "provisioned IOPS, all of them; at least 1,000 with io1 and io2"),
        usage("additional_backup_storage_gb", "GB of backups above the free size"),
    ],
    |sheet, values, today| {
        let (engine, class) = (values.text("engine"), values.text("instance_class"));
        let deployment = match values.is("multi_az") {
            true => Deployment::MultiAz,
            false => Deployment::OneZone,
        };
        let database = Database {
            engine,
            class,
            deployment,
            storage: values.text("storage_type"),
            gib: Span::from(values.number("allocated_storage")),
            iops: values.number("iops"),
            backup_gb: values.used("additional_backup_storage_gb", 1),
        };
        tariff::database(sheet, &database);
        let release = Release::find(engine, values.text("engine_version"));
        if let Some(release) = release.and_then(|release| release.surcharge(today)) {
            tariff::extended_support(sheet, &release, class, deployment);
        }
    },
);

const ENGINES: &[&str] = &["redis", "valkey", "memcached"];

pub const ELASTICACHE_REPLICATION_GROUP: PlainKind = kind(
    "elasticache_replication_group",
    &[
        required("node_type", Type::Text, "`cache.t4g.small`"),
        word("engine", ENGINES, "redis", "cache engine"),
        number("num_cache_clusters", 1, "nodes, when there are no shards"),
        usage("num_node_groups", "shards"),
        number("replicas_per_node_group", 0, "replicas of each shard"),
        number("snapshot_retention_limit", 0, "days of snapshots; the first is free"),
        usage("snapshot_storage_size_gb", "GB of snapshots beyond the free one"),
    ],
    |sheet, values, _| {
        let shard = values.number("replicas_per_node_group") + Decimal::ONE;
        let shards = values.stated("num_node_groups").map(|shards| shards * shard);
        let kept = values.number("snapshot_retention_limit") > Decimal::ONE;
        let cache = Cache {
            engine: values.text("engine"),
            node_type: values.text("node_type"),
            nodes: shards.unwrap_or_else(|| values.number("num_cache_clusters")),
            backup_gb: kept.then(|| values.used("snapshot_storage_size_gb", 1)),
        };
        tariff::cache(sheet, &cache);
    },
);

pub const ELASTICACHE_CLUSTER: PlainKind = kind(
    "elasticache_cluster",
    &[
        required("node_type", Type::Text, "`cache.t4g.small`"),
        word("engine", ENGINES, "redis", "cache engine"),
        number("num_cache_nodes", 1, "nodes"),
        number("snapshot_retention_limit", 0, "days of snapshots; the first is free"),
        usage("snapshot_storage_size_gb", "GB of snapshots beyond the free one"),
    ],
    |sheet, values, _| {
        let kept = values.number("snapshot_retention_limit") > Decimal::ONE;
        let cache = Cache {
            engine: values.text("engine"),
            node_type: values.text("node_type"),
            nodes: values.number("num_cache_nodes"),
            backup_gb: kept.then(|| values.used("snapshot_storage_size_gb", 1)),
        };
        tariff::cache(sheet, &cache);
    },
);

pub const DOCDB_CLUSTER: PlainKind = kind(
    "docdb_cluster",
    &[
        usage("storage_gb", "GB of data, unless an instance states it"),
        usage("monthly_io_requests", "reads and writes of storage, unless an instance states them"),
        usage("backup_storage_size_gb", "GB of backups above the free size"),
    ],
    |sheet, values, _| {
        if values.stated("storage_gb").or(values.stated("monthly_io_requests")).is_some() {
            let requests = values.used("monthly_io_requests", 1_000_000);
            tariff::docdb_storage(sheet, values.used("storage_gb", 1), requests);
        }
        tariff::docdb_backup(sheet, values.used("backup_storage_size_gb", 1));
    },
);

pub const DOCDB_CLUSTER_INSTANCE: PlainKind = kind(
    "docdb_cluster_instance",
    &[
        required("instance_class", Type::Text, "`db.t4g.medium`"),
        usage("data_storage_gb", "GB of the cluster's data"),
        usage("monthly_io_requests", "reads and writes of the cluster's storage"),
        usage("monthly_cpu_credit_hrs", "vCPU hours beyond earned credits"),
    ],
    |sheet, values, _| {
        let class = values.text("instance_class");
        let cpu_credits = values.rare("monthly_cpu_credit_hrs", 1);
        tariff::docdb_instance(sheet, &DocdbInstance { class, cpu_credits });
        let requests = values.used("monthly_io_requests", 1_000_000);
        tariff::docdb_storage(sheet, values.used("data_storage_gb", 1), requests);
    },
);

pub const OPENSEARCH_DOMAIN: PlainKind = kind(
    "opensearch_domain",
    &[
        required("instance_type", Type::Text, "`m7g.large.search`"),
        number("instance_count", 1, "data nodes"),
        Attribute::new(
            "dedicated_master_type",
            Type::Text,
            Fallback::Unstated,
            "type of the dedicated masters; none when left out",
        ),
        number("dedicated_master_count", 3, "dedicated masters"),
        word("volume_type", &["gp2", "gp3", "io1", "standard"], "gp2", "storage type"),
        number("volume_size", 8, "GiB of storage, over all nodes together"),
        number("iops", 0, "provisioned IOPS, all of them: gp3 brings 3,000 along"),
        number("throughput", 0, "provisioned MiB/s (gp3), all of it: 125 are free"),
    ],
    |sheet, values, _| {
        let data = ("data node", values.text("instance_type"), values.number("instance_count"));
        let master = values.text("dedicated_master_type");
        let masters = ("dedicated master", master, values.number("dedicated_master_count"));
        let search = Search {
            instances: [data, masters].into_iter().filter(|one| !one.1.is_empty()).collect(),
            storage: values.text("volume_type"),
            gib: values.number("volume_size"),
            iops: values.number("iops"),
            throughput: values.number("throughput"),
        };
        tariff::search(sheet, &search);
    },
);
