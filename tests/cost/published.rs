//! Against the examples that Infracost publishes: its repository's golden files under
//! `internal/providers/terraform/aws/testdata`, each named by its folder. Figures only.

use edxaws::cost::Estimate;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use crate::priced;

/// Each component in order: its monthly quantity where the example states one, and its cost.
#[track_caller]
fn same(kind: &str, attributes: Value, components: &[(Decimal, Decimal)]) {
    let list = json!([{"kind": kind, "region": "us-east-1", "attributes": attributes}]);
    let estimate = priced(&list);
    let counted = counted(&estimate);
    assert_eq!(counted.len(), components.len(), "{kind} {attributes}: {counted:?}");
    for ((name, quantity, usd), (expected, published)) in counted.iter().zip(components) {
        assert_eq!(quantity, expected, "{kind}: {name}");
        let off = (usd - published).abs();
        assert!(off <= dec!(0.01), "{kind}: {name} is {usd}, published {published}");
    }
}

/// Components with a cost of their own; the rest depends on usage.
fn counted(estimate: &Estimate) -> Vec<(String, Decimal, Decimal)> {
    let lines = estimate.lines().filter_map(|(_, line)| {
        let usd = line.monthly()?.expected;
        Some((line.name.clone(), line.amount.quantity?.expected, usd))
    });
    lines.filter(|(_, quantity, _)| !quantity.is_zero()).collect()
}

const HOURS: Decimal = dec!(730);

/// `instance_test`, `ebs_volume_test`.
#[test]
fn machines_and_disks() {
    let root = |kind: &str| json!({"instance_type": kind});
    same("instance", root("t3.medium"), &[(HOURS, dec!(30.37)), (dec!(8), dec!(0.80))]);
    let unlimited = json!({"instance_type": "t3.medium", "monthly_cpu_credit_vcpu_hours": 1460});
    let parts = [(HOURS, dec!(30.37)), (dec!(1460), dec!(73)), (dec!(8), dec!(0.80))];
    same("instance", unlimited, &parts);
    for (kind, size, usd) in
        [("gp2", 10, dec!(1)), ("st1", 40, dec!(1.80)), ("sc1", 50, dec!(0.75))]
    {
        same("ebs_volume", json!({"type": kind, "size": size}), &[(size.into(), usd)]);
    }
    for kind in ["io1", "io2"] {
        let volume = json!({"type": kind, "size": 30, "iops": 300});
        same("ebs_volume", volume, &[(dec!(30), dec!(3.75)), (dec!(300), dec!(19.50))]);
    }
    let gp3 = json!({"type": "gp3", "size": 40, "iops": 4000, "throughput": 130});
    let parts = [(dec!(40), dec!(3.20)), (dec!(1000), dec!(5)), (dec!(5), dec!(0.20))];
    same("ebs_volume", gp3, &parts);
}

/// `eks_cluster_test`, `eks_node_group_test`. AWS bills the surcharge beside the standard price;
/// the example shows the sum of both, 438.00, as one component.
#[test]
fn clusters() {
    same("eks_cluster", json!({}), &[(HOURS, dec!(73))]);
    for version in ["1.23", "1.26", "1.29"] {
        let both = [(HOURS, dec!(73)), (HOURS, dec!(365))];
        same("eks_cluster", json!({"version": version}), &both);
    }
    same(
        "eks_cluster",
        json!({"version": "1.23", "support_type": "STANDARD"}),
        &[(HOURS, dec!(73))],
    );
    let group = |kind: &str, nodes: u32, disk: u32| json!({"instance_types": [kind], "desired_size": nodes, "disk_size": disk});
    let parts = [(HOURS, dec!(30.37)), (dec!(20), dec!(2))];
    same("eks_node_group", group("t3.medium", 1, 20), &parts);
    let parts = [(dec!(2190), dec!(420.48)), (dec!(60), dec!(6))];
    same("eks_node_group", group("m5.xlarge", 3, 20), &parts);
    let parts = [(dec!(2190), dec!(210.24)), (dec!(300), dec!(24))];
    let gp3 = json!({"instance_types": ["m5.large"], "desired_size": 3, "disk_size": 100,
        "disk_type": "gp3"});
    same("eks_node_group", gp3, &parts);
}

/// `nat_gateway_test`, `lb_test`, `eip_test`, `vpc_endpoint_test`.
#[test]
fn network() {
    same("nat_gateway", json!({}), &[(HOURS, dec!(32.85))]);
    let used = json!({"monthly_data_processed_gb": 100});
    same("nat_gateway", used, &[(HOURS, dec!(32.85)), (dec!(100), dec!(4.50))]);
    let thousand = json!({"lcu_hours": 1000});
    same("alb", thousand.clone(), &[(HOURS, dec!(16.43)), (dec!(1000), dec!(8))]);
    same("nlb", thousand, &[(HOURS, dec!(16.43)), (dec!(1000), dec!(6))]);
    same("eip", json!({"state": "idle"}), &[(HOURS, dec!(3.65))]);
    same("public_ipv4", json!({}), &[(HOURS, dec!(3.65))]);
    let endpoint = json!({"vpc_endpoint_type": "Interface", "subnets": 1,
        "monthly_data_processed_gb": 1000});
    same("vpc_endpoint", endpoint, &[(HOURS, dec!(7.30)), (dec!(1000), dec!(10))]);
}

/// `db_instance_test`.
#[test]
fn databases() {
    let mysql = |more: Value| {
        let mut one = json!({"instance_class": "db.t3.large"});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let machine = (HOURS, dec!(99.28));
    same("db_instance", mysql(json!({})), &[machine, (dec!(20), dec!(2.30))]);
    let backups = mysql(json!({"additional_backup_storage_gb": 1000}));
    same("db_instance", backups, &[machine, (dec!(20), dec!(2.30)), (dec!(1000), dec!(95))]);
    let multi = mysql(json!({"multi_az": true, "allocated_storage": 30}));
    same("db_instance", multi, &[(HOURS, dec!(198.56)), (dec!(30), dec!(6.90))]);
    for (iops, billed, usd) in
        [(1200, dec!(1200), dec!(120)), (500, dec!(1000), dec!(100)), (0, dec!(1000), dec!(100))]
    {
        let io1 = mysql(json!({"storage_type": "io1", "allocated_storage": 100, "iops": iops}));
        same("db_instance", io1, &[machine, (dec!(100), dec!(12.50)), (billed, usd)]);
    }
    let magnetic = mysql(json!({"storage_type": "magnetic", "allocated_storage": 40}));
    same("db_instance", magnetic, &[machine, (dec!(40), dec!(4))]);
    let gp3 = |more: Value| {
        let mut one = json!({"instance_class": "db.t4g.small", "storage_type": "gp3",
            "allocated_storage": 400});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let small = (HOURS, dec!(23.36));
    same("db_instance", gp3(json!({"iops": 12000})), &[small, (dec!(400), dec!(46))]);
    let above = gp3(json!({"iops": 14000}));
    same("db_instance", above, &[small, (dec!(400), dec!(46)), (dec!(2000), dec!(40))]);
    // Multi-AZ is a price of its own: 0.065 an hour, not twice 0.032.
    let both = gp3(json!({"iops": 14000, "multi_az": true}));
    let parts = [(HOURS, dec!(47.45)), (dec!(400), dec!(92)), (dec!(2000), dec!(80))];
    same("db_instance", both, &parts);
}

/// `elasticache_cluster_test`, `elasticache_replication_group_test`, `docdb_cluster_test`,
/// `docdb_cluster_instance_test`, `opensearch_domain_test`.
#[test]
fn caches_and_others() {
    let node = json!({"node_type": "cache.m6g.12xlarge"});
    same("elasticache_cluster", node, &[(HOURS, dec!(2596.61))]);
    let kept = json!({"node_type": "cache.m6g.12xlarge", "snapshot_retention_limit": 2,
        "snapshot_storage_size_gb": 10000});
    let parts = [(HOURS, dec!(2596.61)), (dec!(10000), dec!(850))];
    same("elasticache_cluster", kept, &parts);
    let group = json!({"node_type": "cache.r5.4xlarge", "num_cache_clusters": 3});
    same("elasticache_replication_group", group, &[(dec!(2190), dec!(3775.56))]);
    let shards = json!({"node_type": "cache.m4.large", "num_node_groups": 4,
        "replicas_per_node_group": 3});
    same("elasticache_replication_group", shards, &[(dec!(11680), dec!(1822.08))]);
    let large = json!({"instance_class": "db.r5.4xlarge", "data_storage_gb": 1000,
        "monthly_io_requests": 10_000_000});
    let parts = [(HOURS, dec!(1617.68)), (dec!(1000), dec!(100)), (dec!(10), dec!(2))];
    same("docdb_cluster_instance", large, &parts);
    let medium = json!({"instance_class": "db.t3.medium", "monthly_cpu_credit_hrs": 10});
    same("docdb_cluster_instance", medium, &[(HOURS, dec!(56.94)), (dec!(10), dec!(0.90))]);
    let backups = json!({"backup_storage_size_gb": 10000});
    same("docdb_cluster", backups, &[(dec!(10000), dec!(210))]);
    let search = json!({"instance_type": "c4.2xlarge.search", "instance_count": 3,
        "volume_size": 400, "dedicated_master_type": "c4.8xlarge.search",
        "dedicated_master_count": 1});
    let parts = [(dec!(2190), dec!(1285.53)), (HOURS, dec!(1713.31)), (dec!(400), dec!(54))];
    same("opensearch_domain", search, &parts);
}

/// `data_transfer_test`: steps of 10, 40, 100 TB and above; data between zones counts twice.
#[test]
fn data_out() {
    let data = json!({"monthly_intra_region_gb": 1000, "monthly_outbound_internet_gb": 157000,
        "monthly_outbound_other_regions_gb": 750});
    let list = json!([{"kind": "data_transfer", "region": "eu-west-1", "attributes": data}]);
    let published = [
        (dec!(2000), dec!(20)),
        (dec!(10240), dec!(921.60)),
        (dec!(40960), dec!(3481.60)),
        (dec!(102400), dec!(7168)),
        (dec!(3400), dec!(170)),
        (dec!(750), dec!(15)),
    ];
    let counted = counted(&priced(&list));
    let found: Vec<_> = counted.iter().map(|(_, quantity, usd)| (*quantity, *usd)).collect();
    assert_eq!(found, published);
}

/// `kms_key_test`, `secretsmanager_secret_test`, `route53_zone_test`, `route53_record_test`,
/// `cloudwatch_log_group_test`, `cloudwatch_metric_alarm_test`, `s3_bucket_test`.
#[test]
fn small_things() {
    same("kms_key", json!({}), &[(dec!(1), dec!(1))]);
    let secret = json!({"monthly_requests": 100_000});
    same("secretsmanager_secret", secret, &[(dec!(1), dec!(0.40)), (dec!(10), dec!(0.50))]);
    same("route53_zone", json!({}), &[(dec!(1), dec!(0.50))]);
    let queries = json!({"monthly_standard_queries": 1_100_000_000});
    same("route53_record", queries, &[(dec!(1000), dec!(400)), (dec!(100), dec!(20))]);
    let logs = json!({"monthly_data_ingested_gb": 1000, "storage_gb": 1000,
        "monthly_data_scanned_gb": 200});
    let parts = [(dec!(1000), dec!(500)), (dec!(1000), dec!(30)), (dec!(200), dec!(1))];
    same("cloudwatch_log_group", logs, &parts);
    same("cloudwatch_metric_alarm", json!({}), &[(dec!(1), dec!(0.10))]);
    same("cloudwatch_metric_alarm", json!({"period": 30}), &[(dec!(1), dec!(0.30))]);
    let bucket = json!({"storage_gb": 10000, "monthly_tier_1_requests": 1_000_000,
        "monthly_tier_2_requests": 100_000});
    let parts = [(dec!(10000), dec!(230)), (dec!(1000), dec!(5)), (dec!(100), dec!(0.04))];
    same("s3_bucket", bucket, &parts);
}

/// What nobody stated is listed with its price and not counted.
#[test]
fn usage_that_is_not_stated() {
    let list = json!([{"kind": "nat_gateway", "region": "us-east-1"}]);
    let estimate = priced(&list);
    let total = estimate.total();
    assert_eq!((total.unstated, total.missing), (1, 0));
    let (_, line) = estimate.lines().find(|(_, line)| line.amount.quantity.is_none()).unwrap();
    assert_eq!(line.unit_usd().unwrap().expected, dec!(0.045));
}

/// A price that is missing is neither zero nor another region's.
#[test]
fn a_missing_price() {
    let list = json!([{"kind": "eks_cluster", "region": "ap-south-1"},
        {"kind": "nat_gateway", "region": "ap-south-1"}]);
    let total = priced(&list).total();
    assert_eq!(total.missing, 1);
    assert!(!total.is_whole());
    assert_eq!(total.usd.expected, dec!(40.88));
}
