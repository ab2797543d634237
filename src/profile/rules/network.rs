//! The VPC's range: a network of its own, clear of Kubernetes' services, with room for its subnets.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::Concern;
use crate::profile::Settings;
use crate::profile::key_path::KeyPath;

/// One of these becomes the cluster's range of service addresses.
const SERVICES: [(Ipv4Addr, u8); 2] =
    [(Ipv4Addr::new(172, 20, 0, 0), 16), (Ipv4Addr::new(10, 100, 0, 0), 16)];

const SHARED: (Ipv4Addr, u8) = (Ipv4Addr::new(100, 64, 0, 0), 10);

fn path() -> KeyPath {
    KeyPath::of(["network", "cidr"])
}

/// The range, if it is one that AWS takes.
fn vpc(settings: &Settings) -> Option<Ipv4Net> {
    let range: Ipv4Net = settings.network.cidr.parse().ok()?;
    (range == range.trunc() && (16..=24).contains(&range.prefix_len())).then_some(range)
}

fn net((address, prefix): (Ipv4Addr, u8)) -> Ipv4Net {
    Ipv4Net::new_assert(address, prefix)
}

fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

pub(super) fn range(settings: &Settings) -> Vec<Concern> {
    let text = &settings.network.cidr;
    let concern = match text.parse::<Ipv4Net>() {
        Err(_) => Concern::at(path(), format!("`{text}` is no IPv4 range"))
            .hint("write it like `10.40.0.0/16`"),
        Ok(range) if !(16..=24).contains(&range.prefix_len()) => {
            Concern::at(path(), format!("`{text}` is outside `/16` to `/24`"))
                .hint("AWS allows no larger VPC, and Open edX fits into no smaller one")
        }
        Ok(range) if range != range.trunc() => {
            Concern::at(path(), format!("`{text}` does not start at its first address"))
                .hint(format!("did you mean `{}`?", range.trunc()))
        }
        Ok(range) if !range.addr().is_private() && !net(SHARED).contains(&range) => {
            Concern::at(path(), format!("`{text}` is made of public addresses"))
                .hint("take a part of `10.0.0.0/8`, `172.16.0.0/12` or `192.168.0.0/16`")
        }
        Ok(_) => return Vec::new(),
    };
    vec![concern]
}

pub(super) fn services(settings: &Settings) -> Vec<Concern> {
    let Some(range) = vpc(settings) else { return Vec::new() };
    let taken = SERVICES.into_iter().map(net).find(|services| overlap(*services, range));
    let concern = taken.map(|services| {
        let message = format!("`{range}` overlaps `{services}`, the range of Kubernetes services");
        Concern::at(path(), message).hint("take another range, for example `10.40.0.0/16`")
    });
    concern.into_iter().collect()
}

/// Blocks of powers of two, the largest first, fit exactly when their sum does.
pub(super) fn room(settings: &Settings) -> Vec<Concern> {
    let Some(range) = vpc(settings) else { return Vec::new() };
    let network = &settings.network;
    let tiers = [
        ("public_prefix", network.public_prefix),
        ("private_prefix", network.private_prefix),
        ("data_prefix", network.data_prefix),
    ];
    let size = |prefix: u8| 1_u64 << 32_u8.saturating_sub(prefix);
    let needed: u64 = tiers.iter().map(|(_, prefix)| size(*prefix)).sum();
    let needed = needed * u64::from(network.zones);
    let there = size(range.prefix_len());
    if needed <= there {
        return Vec::new();
    }
    let message = format!(
        "`{range}` is too small: {} zones of subnets need {needed} addresses, it has {there}",
        network.zones
    );
    let prefix = 32 - needed.next_power_of_two().trailing_zeros();
    let hint = match prefix {
        16.. => format!("take a `/{prefix}`, or smaller subnets (larger prefixes)"),
        _ => "take smaller subnets (larger prefixes) or fewer zones".to_owned(),
    };
    let mut concern = Concern::at(path(), message).hint(hint);
    for (field, _) in tiers.into_iter().chain([("zones", 0)]) {
        concern = concern.also(KeyPath::of(["network", field]));
    }
    vec![concern]
}
