//! Products that are easily mistaken for those of the book: each has led somebody astray.

use super::product::Product;

/// A product beside each of a row, told apart by its usage type or attributes.
pub struct Neighbour {
    /// The usage type of the row.
    pub of: &'static str,
    usage_type: &'static str,
    changed: &'static [(&'static str, &'static str)],
    percent: u128,
    /// Only there; everywhere when none.
    pub region: Option<&'static str>,
}

impl Neighbour {
    /// The neighbour of a product whose `*` is `what`.
    pub fn beside(&self, product: &Product, what: &str) -> Product {
        let own = product.field("usagetype").unwrap_or_default();
        let stem = self.of.replace('*', what);
        let prefix = own.strip_suffix(stem.as_str()).unwrap_or_default();
        let prefix = if self.region.is_some() { "" } else { prefix };
        let usage_type = format!("{prefix}{}", self.usage_type.replace('*', what));
        let changed = self.changed.iter().map(|(name, value)| (*name, (*value).to_owned()));
        product.altered(usage_type, changed, self.percent)
    }
}

const fn like(
    of: &'static str,
    usage_type: &'static str,
    changed: &'static [(&'static str, &'static str)],
    percent: u128,
) -> Neighbour {
    Neighbour { of, usage_type, changed, percent, region: None }
}

/// CloudWatch lists its prices of us-east-1 a second time, without the prefix.
const fn twice(of: &'static str) -> Neighbour {
    Neighbour { of, usage_type: of, changed: &[], percent: 100, region: Some("us-east-1") }
}

pub const NEIGHBOURS: &[Neighbour] = &[
    like("BoxUsage:*", "DedicatedUsage:*", &[("tenancy", "Dedicated")], 110),
    like("BoxUsage:*", "HostBoxUsage:*", &[("tenancy", "Host")], 100),
    like("BoxUsage:*", "BoxUsage:*", &[("operatingSystem", "Windows")], 190),
    like("BoxUsage:*", "BoxUsage:*", &[("preInstalledSw", "SQL Web")], 170),
    like("BoxUsage:*", "BoxUsage:*", &[("licenseModel", "Bring your own license")], 100),
    like("BoxUsage:*", "UnusedBox:*", &[("capacitystatus", "UnusedCapacityReservation")], 100),
    like("EBS:SnapshotUsage", "EBS:SnapshotUsage.outposts", &[], 100),
    like("EBS:SnapshotUsage", "EBS:SnapshotArchiveStorage", &[], 25),
    like("NatGateway-Bytes", "NatGateway-Prvd-Bytes", &[], 100),
    like(
        "NatGateway-Hours",
        "RegionalNatGateway-Hours",
        &[("operation", "RegionalNatGateway")],
        100,
    ),
    like("LoadBalancerUsage", "TS-LoadBalancerUsage", &[], 25),
    like("LoadBalancerUsage", "Outposts-LoadBalancerUsage", &[], 100),
    like("LCUUsage", "Outposts-LCUUsage", &[], 100),
    like("LCUUsage", "ReservedLCUUsage", &[], 80),
    like(
        "Multi-AZUsage:*",
        "Multi-AZClusterUsage:*",
        &[("deploymentOption", "Multi-AZ (readable standbys)")],
        150,
    ),
    like("InstanceUsage:*", "Outposts-InstanceUsage:*", &[], 90),
    like("InstanceUsage:*", "InstanceUsageIOOptimized:*", &[("volumeType", "IO Optimized")], 130),
    like("InstanceUsage:*", "ExtendedSupport:Yr1-Yr2:*", &[], 60),
    like("RDS:ChargedBackupUsage", "RDSCustom:ChargedBackupUsage", &[], 100),
    like("NodeUsage:*", "ExtendedSupport-Yr1-Yr2-NodeUsage:*", &[], 80),
    twice("DataProcessing-Bytes"),
    twice("TimedStorage-ByteHrs"),
];
