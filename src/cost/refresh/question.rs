//! One question to the price list, and how the prices we mean are picked out of the answer.

use super::unit::Unit;

/// One `GetProducts`: AWS shows the products that fit all filters.
#[derive(Debug)]
pub struct Question {
    pub service_code: &'static str,
    filters: &'static [(&'static str, &'static str)],
    pub place: Place,
    pub picks: &'static [Pick],
}

/// How the price list names the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Region,
    FromRegion,
    /// The price holds everywhere and is asked for once.
    Global,
}

/// One kind of price in an answer.
#[derive(Debug)]
pub struct Pick {
    pub service: &'static str,
    pub usage: &'static str,
    /// `*` stands for what `*` is in the usage type.
    pub key: &'static str,
    /// The whole usage type behind the region's prefix: its neighbours have longer ones.
    pub usage_type: &'static str,
    pub unit: Unit,
    /// How many of AWS's units are one of ours.
    pub times: u32,
    /// How many of our units are one of AWS's.
    pub divided: u32,
}

impl Question {
    /// The filters for a region, in AWS's order of field and value.
    pub fn filters<'a>(&'a self, region: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let place = match self.place {
            Place::Region => Some(("regionCode", region)),
            Place::FromRegion => Some(("fromRegionCode", region)),
            Place::Global => None,
        };
        self.filters.iter().copied().chain(place)
    }
}

pub(super) const fn ask(
    service_code: &'static str,
    filters: &'static [(&'static str, &'static str)],
    picks: &'static [Pick],
) -> Question {
    Question { service_code, filters, place: Place::Region, picks }
}

impl Question {
    pub(super) const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

pub(super) const fn pick(
    [service, usage, key]: [&'static str; 3],
    usage_type: &'static str,
    unit: Unit,
) -> Pick {
    Pick { service, usage, key, usage_type, unit, times: 1, divided: 1 }
}

impl Pick {
    pub(super) const fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    pub(super) const fn divided(self, divided: u32) -> Self {
        Self { divided, ..self }
    }
}
