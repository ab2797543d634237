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
/// come later. The large private ones grow from the low end, the small ones from the high end, so
/// neither cuts the other's room to pieces.
pub fn allocate(network: &NetworkSettings) -> Result<Vec<ZoneCidrs>, NetworkError> {
    let cidr = range(&network.cidr)?;
    let mut taken: Vec<Ipv4Net> = Vec::new();
    (1..=usize::from(network.zones))
        .map(|zone| {
            let mut take = |tier, prefix, end| take(cidr, &mut taken, tier, prefix, end, zone);
            Ok(ZoneCidrs {
                private: take("private", network.private_prefix, End::Low)?,
                public: take("public", network.public_prefix, End::High)?,
                data: take("data", network.data_prefix, End::High)?,
            })
        })
        .collect()
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
    taken: &mut Vec<Ipv4Net>,
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
    let block = block.ok_or(too_small)?;
    taken.push(block);
    Ok(block)
}
