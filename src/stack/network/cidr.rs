//! Cutting the VPC's range into subnets: disjoint, and stable when zones are added at the end.

use ipnet::Ipv4Net;

use crate::profile::NetworkSettings;

/// The network cannot be built as the profile wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("`{0}` is not an IPv4 range such as `10.40.0.0/16`")]
    NotACidr(String),
    #[error("`{cidr}` is no network: its first address is `{first}`")]
    HostBits { cidr: String, first: Ipv4Net },
    #[error("`{cidr}` must be from `/16` to `/24`")]
    Size { cidr: Ipv4Net },
    #[error("a {tier} subnet must be from `/16` to `/28`, not `/{prefix}`")]
    Prefix { tier: &'static str, prefix: u8 },
    #[error("`{cidr}` is too small: no room for the {tier} subnet (`/{prefix}`) of zone {zone}")]
    TooSmall { cidr: Ipv4Net, tier: &'static str, prefix: u8, zone: usize },
    #[error("{wanted} availability zones are wanted, `{region}` has {has}")]
    TooFewZones { region: String, wanted: usize, has: usize },
}

/// The subnets of one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneCidrs {
    pub public: Ipv4Net,
    pub private: Ipv4Net,
    pub data: Ipv4Net,
}

/// Which end of the VPC's range a subnet is taken from.
#[derive(Clone, Copy)]
enum End {
    Low,
    High,
}

/// The subnets of every zone, zone after zone: what an earlier zone gets never depends on how many
/// come later. The largest of a zone (the private one, usually) grows from the low end, the others
/// from the high end, larger before smaller; then room runs out only when there is none at all.
pub fn allocate(network: &NetworkSettings) -> Result<Vec<ZoneCidrs>, NetworkError> {
    let cidr = range(&network.cidr)?;
    let mut tiers = [
        ("private", network.private_prefix),
        ("public", network.public_prefix),
        ("data", network.data_prefix),
    ];
    tiers.sort_by_key(|(_, prefix)| *prefix);
    let mut taken: Vec<Ipv4Net> = Vec::new();
    let mut zones = Vec::new();
    for zone in 1..=usize::from(network.zones) {
        let mut cut = ZoneCidrs { public: cidr, private: cidr, data: cidr };
        for ((tier, prefix), end) in tiers.into_iter().zip([End::Low, End::High, End::High]) {
            let block = take(cidr, &taken, tier, prefix, end, zone)?;
            taken.push(block);
            match tier {
                "private" => cut.private = block,
                "public" => cut.public = block,
                _ => cut.data = block,
            }
        }
        zones.push(cut);
    }
    Ok(zones)
}

fn range(text: &str) -> Result<Ipv4Net, NetworkError> {
    let cidr: Ipv4Net = text.parse().map_err(|_| NetworkError::NotACidr(text.to_owned()))?;
    if cidr != cidr.trunc() {
        return Err(NetworkError::HostBits { cidr: text.to_owned(), first: cidr.trunc() });
    }
    if !(16..=24).contains(&cidr.prefix_len()) {
        return Err(NetworkError::Size { cidr });
    }
    Ok(cidr)
}

/// The first free block of that size from one end.
fn take(
    cidr: Ipv4Net,
    taken: &[Ipv4Net],
    tier: &'static str,
    prefix: u8,
    end: End,
    zone: usize,
) -> Result<Ipv4Net, NetworkError> {
    if !(16..=28).contains(&prefix) {
        return Err(NetworkError::Prefix { tier, prefix });
    }
    let too_small = NetworkError::TooSmall { cidr, tier, prefix, zone };
    let Ok(blocks) = cidr.subnets(prefix) else { return Err(too_small) };
    let free =
        |block: &Ipv4Net| !taken.iter().any(|other| other.contains(block) || block.contains(other));
    let mut free = blocks.filter(free);
    let block = match end {
        End::Low => free.next(),
        End::High => free.last(),
    };
    block.ok_or(too_small)
}
