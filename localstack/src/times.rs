//! How long AWS takes, in seconds: medians and ranges read from public apply logs, by kind.

use serde_json::{Map, Value};

type Range = (f64, f64, f64);

/// kind, create (least, usual, most), delete.
const TIMES: &[(&str, Range, Range)] = &[
    ("vpc", (0.5, 1.0, 2.0), (0.0, 0.0, 0.0)),
    ("nat_gateway", (85.0, 107.0, 125.0), (37.0, 55.0, 79.0)),
    ("vpc_endpoint", (2.0, 4.0, 8.0), (2.0, 4.0, 8.0)),
    ("eks_cluster", (503.0, 612.0, 683.0), (69.0, 150.0, 522.0)),
    ("eks_nodegroup", (88.0, 120.0, 201.0), (252.0, 360.0, 501.0)),
    ("eks_addon", (14.0, 40.0, 66.0), (5.0, 7.0, 10.0)),
    ("rds_instance", (273.0, 345.0, 479.0), (200.0, 285.0, 400.0)),
    ("docdb_cluster", (60.0, 90.0, 180.0), (60.0, 90.0, 180.0)),
    ("docdb_instance", (300.0, 420.0, 600.0), (200.0, 285.0, 400.0)),
    ("elasticache_replication_group", (358.0, 450.0, 555.0), (180.0, 240.0, 300.0)),
    ("load_balancer", (135.0, 148.0, 187.0), (2.0, 5.0, 10.0)),
    ("cloudfront_distribution", (180.0, 200.0, 754.0), (0.0, 0.0, 0.0)),
    ("route53_change", (20.0, 35.0, 60.0), (0.0, 0.0, 0.0)),
    ("acm_certificate", (60.0, 100.0, 180.0), (0.0, 0.0, 0.0)),
    ("ses_identity", (60.0, 120.0, 300.0), (0.0, 0.0, 0.0)),
];

const INSTANT: Range = (0.0, 0.0, 0.0);

fn row(kind: &str) -> (Range, Range) {
    let row = TIMES.iter().find(|(name, ..)| *name == kind);
    row.map_or((INSTANT, INSTANT), |(_, create, delete)| (*create, *delete))
}

pub fn create(kind: &str, attrs: &Map<String, Value>) -> Range {
    // A Multi-AZ database takes about twice as long as a single one.
    if kind == "rds_instance" && attrs.get("MultiAZ") == Some(&Value::Bool(true)) {
        return (612.0, 842.0, 1026.0);
    }
    row(kind).0
}

pub fn delete(kind: &str, attrs: &Map<String, Value>) -> Range {
    let (least, usual, most) = row(kind).1;
    // A final snapshot is taken first.
    if attrs.contains_key("FinalSnapshot") {
        return (least + 180.0, usual + 300.0, most + 600.0);
    }
    (least, usual, most)
}

/// A change in place.
pub fn change(kind: &str) -> Range {
    match kind {
        "eks_cluster" => (120.0, 300.0, 480.0),
        "eks_nodegroup" => (20.0, 40.0, 90.0),
        "eks_addon" => (15.0, 30.0, 60.0),
        "rds_instance" | "docdb_instance" => (60.0, 120.0, 300.0),
        "docdb_cluster" => (30.0, 60.0, 120.0),
        "elasticache_replication_group" => (60.0, 180.0, 400.0),
        "cloudfront_distribution" => (180.0, 200.0, 300.0),
        _ => INSTANT,
    }
}
