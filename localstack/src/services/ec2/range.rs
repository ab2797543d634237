//! IPv4 ranges.

use std::fmt;
use std::net::Ipv4Addr;

use crate::error::AwsError;

/// An IPv4 range with no host bits set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    first: u32,
    prefix: u32,
}

impl Range {
    /// Reads `10.0.0.0/16`. AWS itself drops host bits (`10.0.0.1/16` is taken as `10.0.0.0/16`).
    pub fn parse(text: &str) -> Result<Self, AwsError> {
        let malformed = || {
            let message = format!(
                "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
            );
            AwsError::bad("InvalidParameterValue", message)
        };
        let (address, prefix) = text.split_once('/').ok_or_else(malformed)?;
        let address: Ipv4Addr = address.parse().map_err(|_| malformed())?;
        let prefix: u32 = prefix.parse().ok().filter(|n| *n <= 32).ok_or_else(malformed)?;
        Ok(Self { first: u32::from(address) & mask(prefix), prefix })
    }

    pub fn prefix(self) -> u32 {
        self.prefix
    }

    pub fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && other.first & mask(self.prefix) == self.first
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// How many addresses it holds.
    pub fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    pub fn address(self, offset: u32) -> String {
        Ipv4Addr::from(self.first.saturating_add(offset)).to_string()
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn ranges_know_each_other() {
        let range = |text: &str| Range::parse(text).unwrap();
        assert!(range("10.0.0.0/16").contains(range("10.0.255.0/24")));
        assert!(!range("10.0.0.0/16").overlaps(range("10.1.0.0/24")));
        assert!(range("10.0.1.0/24").overlaps(range("10.0.0.0/16")));
        assert!(range("0.0.0.0/0").contains(range("10.0.0.0/16")));
        assert_eq!(range("10.0.0.9/16").to_string(), "10.0.0.0/16");
        assert!(Range::parse("10.0.0.0").is_err());
    }
}
