//! The cutting of the VPC's range.

use edxaws::profile::{Nat, NetworkSettings};
use edxaws::stack::network::{NetworkError, ZoneCidrs, allocate};
use ipnet::Ipv4Net;
use proptest::prelude::*;

fn range(cidr: &str, zones: u8, prefixes: [u8; 3]) -> NetworkSettings {
    let [public_prefix, private_prefix, data_prefix] = prefixes;
    let (cidr, nat, s3_endpoint) = (cidr.to_owned(), Nat::Single, true);
    NetworkSettings { cidr, zones, public_prefix, private_prefix, data_prefix, nat, s3_endpoint }
}

fn all(zones: &[ZoneCidrs]) -> Vec<Ipv4Net> {
    zones.iter().flat_map(|zone| [zone.public, zone.private, zone.data]).collect()
}

#[test]
fn the_usual_network_is_cut_as_people_expect() {
    let zones = allocate(&range("10.40.0.0/16", 3, [24, 19, 24])).unwrap();
    let text: Vec<String> = all(&zones).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    10.40.255.0/24
    10.40.0.0/19
    10.40.254.0/24
    10.40.253.0/24
    10.40.32.0/19
    10.40.252.0/24
    10.40.251.0/24
    10.40.64.0/19
    10.40.250.0/24
    ");
}

#[test]
fn what_cannot_be_cut_is_said() {
    let wrong = |settings: NetworkSettings| allocate(&settings).unwrap_err().to_string();
    let small = wrong(range("10.0.0.0/24", 2, [26, 25, 28]));
    assert_eq!(
        small,
        "`10.0.0.0/24` is too small: no room for the private subnet (`/25`) of zone 2"
    );
    assert!(wrong(range("10.0.0.0", 2, [24, 20, 24])).contains("not an IPv4 range"));
    assert!(
        wrong(range("10.0.0.1/16", 2, [24, 20, 24])).contains("first address is `10.0.0.0/16`")
    );
    assert!(wrong(range("10.0.0.0/8", 2, [24, 20, 24])).contains("from `/16` to `/24`"));
    assert!(wrong(range("10.0.0.0/16", 2, [24, 20, 29])).contains("from `/16` to `/28`"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Subnets stand in the VPC, have the size asked for, never overlap, and stay where they are
    /// when a zone is added; a refusal is only for lack of room.
    #[test]
    fn ranges_are_disjoint_and_stable(
        second in 0u8..=255,
        vpc in 16u8..=24,
        zones in 2u8..=6,
        prefixes in [16u8..=28, 16u8..=28, 16u8..=28],
    ) {
        let cidr: Ipv4Net = format!("10.{second}.0.0/{vpc}").parse().unwrap();
        let settings = |zones| range(&cidr.to_string(), zones, prefixes);
        let size = |prefix: u8| 1u64 << (32 - prefix);
        let asked: u64 = prefixes.iter().map(|p| size(*p)).sum::<u64>() * u64::from(zones);
        match allocate(&settings(zones)) {
            Ok(cut) => {
                prop_assert_eq!(cut.len(), usize::from(zones));
                let blocks = all(&cut);
                for (at, block) in blocks.iter().enumerate() {
                    prop_assert!(cidr.contains(block));
                    prop_assert_eq!(*block, block.trunc());
                    prop_assert_eq!(block.prefix_len(), prefixes[at % 3]);
                    let later = &blocks[at + 1..];
                    prop_assert!(!later.iter().any(|o| o.contains(block) || block.contains(o)));
                }
                let fewer = allocate(&settings(zones - 1)).unwrap();
                prop_assert_eq!(&cut[..fewer.len()], &fewer[..]);
            }
            Err(NetworkError::TooSmall { .. }) => prop_assert!(asked > size(vpc)),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
