//! AWS's usage types: `EU-BoxUsage:m7i.large` is `BoxUsage:m7i.large` of eu-west-1.

/// Prefixes of the regions, the first the older; us-east-1 has none, too.
const PREFIXES: &[(&str, &[&str])] = &[
    ("af-south-1", &["AFS1-"]),
    ("ap-east-1", &["APE1-"]),
    ("ap-northeast-1", &["APN1-"]),
    ("ap-northeast-2", &["APN2-"]),
    ("ap-northeast-3", &["APN3-"]),
    ("ap-south-1", &["APS3-"]),
    ("ap-south-2", &["APS5-"]),
    ("ap-southeast-1", &["APS1-"]),
    ("ap-southeast-2", &["APS2-"]),
    ("ap-southeast-3", &["APS4-"]),
    ("ap-southeast-4", &["APS6-"]),
    ("ap-southeast-5", &["APS7-"]),
    ("ca-central-1", &["CAN1-"]),
    ("ca-west-1", &["CAN2-"]),
    ("eu-central-1", &["EUC1-"]),
    ("eu-central-2", &["EUC2-"]),
    ("eu-north-1", &["EUN1-"]),
    ("eu-south-1", &["EUS1-"]),
    ("eu-south-2", &["EUS2-"]),
    ("eu-west-1", &["EU-", "EUW1-"]),
    ("eu-west-2", &["EUW2-"]),
    ("eu-west-3", &["EUW3-"]),
    ("il-central-1", &["ILC1-"]),
    ("me-central-1", &["MEC1-"]),
    ("me-south-1", &["MES1-"]),
    ("mx-central-1", &["MXC1-"]),
    ("sa-east-1", &["SAE1-"]),
    ("us-east-1", &["USE1-"]),
    ("us-east-2", &["USE2-"]),
    ("us-west-1", &["USW1-"]),
    ("us-west-2", &["USW2-"]),
];

/// Whether a usage type names its region. Of two otherwise equal ones, the one that does counts:
/// CloudWatch lists its us-east-1 prices once more without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    Bare,
    Prefixed,
}

/// What `*` in `pattern` is when the whole usage type fits, with or without the region's prefix.
pub fn fits<'a>(pattern: &str, usage_type: &'a str, region: &str) -> Option<(Naming, &'a str)> {
    let listed = PREFIXES.iter().find(|(name, _)| *name == region).map(|(_, prefixes)| *prefixes);
    let short =
        listed.unwrap_or_default().iter().find_map(|prefix| usage_type.strip_prefix(prefix));
    // KMS spells the region in full.
    let full = || usage_type.strip_prefix(region)?.strip_prefix('-');
    match short.or_else(full) {
        Some(rest) => glob(pattern, rest).map(|key| (Naming::Prefixed, key)),
        None => glob(pattern, usage_type).map(|key| (Naming::Bare, key)),
    }
}

fn glob<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            text.strip_prefix(head)?.strip_suffix(tail).filter(|key| !key.is_empty())
        }
        None => (pattern == text).then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::Naming::{Bare, Prefixed};
    use super::fits;

    #[test]
    fn the_whole_usage_type_counts() {
        let cases = [
            ("BoxUsage:*", "EU-BoxUsage:m7i.large", "eu-west-1", Some((Prefixed, "m7i.large"))),
            ("BoxUsage:*", "BoxUsage:m7i.large", "us-east-1", Some((Bare, "m7i.large"))),
            ("BoxUsage:*", "UnusedBoxUsage:m7i.large", "us-east-1", None),
            ("BoxUsage:*", "EUC1-BoxUsage:m7i.large", "eu-west-1", None),
            ("LCUUsage", "EU-LCUUsage", "eu-west-1", Some((Prefixed, ""))),
            ("LCUUsage", "EUW1-LCUUsage", "eu-west-1", Some((Prefixed, ""))),
            ("LCUUsage", "EU-Outposts-LCUUsage", "eu-west-1", None),
            ("LoadBalancerUsage", "TS-LoadBalancerUsage", "us-east-1", None),
            ("NodeUsage:*", "ExtendedSupport-Yr1-Yr2-NodeUsage:cache.t3.micro", "us-east-1", None),
            ("KMS-Keys", "ap-south-1-KMS-Keys", "ap-south-1", Some((Prefixed, ""))),
            ("EBS:SnapshotUsage", "EBS:SnapshotUsage.outposts", "us-east-1", None),
            ("US-DataTransfer-Out-Bytes", "US-DataTransfer-Out-Bytes", "global", Some((Bare, ""))),
            (
                "EKS-Auto:*-management-hours",
                "APN2-EKS-Auto:c6g.large-management-hours",
                "ap-northeast-2",
                Some((Prefixed, "c6g.large")),
            ),
        ];
        for (pattern, usage_type, region, expected) in cases {
            assert_eq!(fits(pattern, usage_type, region), expected, "{usage_type}");
        }
    }
}
