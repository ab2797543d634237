//! Towards the learners: DNS, content delivery, mail, data out.

use rust_decimal::Decimal;
use rust_decimal::dec;

use crate::cost::goods;
use crate::cost::line::Amount;
use crate::cost::sheet::Sheet;

pub fn zone(sheet: &mut Sheet<'_>) {
    sheet.line("DNS zone", goods::zone(), Amount::fixed(Decimal::ONE));
}

/// `routing`: `standard`, `latency`, `geo`; in millions.
pub fn queries(sheet: &mut Sheet<'_>, routing: &str, millions: Amount) {
    sheet.line(&format!("DNS queries, {routing}"), goods::queries(routing), millions);
}

/// What a distribution delivers.
#[derive(Debug, Clone, Default)]
pub struct Cdn {
    /// By the place of the viewer, in the book's words: `us`, `eu` …
    pub data: Vec<(&'static str, Option<Amount>)>,
    /// In tens of thousands: `us-https`, `us-http`.
    pub requests: Vec<(&'static str, Option<Amount>)>,
    pub invalidations: Option<Amount>,
}

/// Paths that may be taken out of the caches each month for nothing.
const FREE_INVALIDATIONS: Decimal = dec!(1000);

pub fn cdn(sheet: &mut Sheet<'_>, cdn: &Cdn) {
    for (place, gb) in &cdn.data {
        if let Some(gb) = gb {
            sheet.line(&format!("CDN data to {place}"), goods::cdn_data(place), gb.clone());
        }
    }
    for (kind, requests) in &cdn.requests {
        if let Some(requests) = requests {
            let name = format!("CDN requests, {kind}");
            sheet.line(&name, goods::cdn_requests(kind), requests.clone());
        }
    }
    if let Some(paths) = &cdn.invalidations {
        let paths = paths.clone().map(|paths| (paths - FREE_INVALIDATIONS).max(Decimal::ZERO));
        sheet.line("invalidated paths above 1,000", goods::cdn_invalidation(), paths);
    }
}

/// Data that leaves, in GB.
#[derive(Debug, Clone, Default)]
pub struct DataTransfer {
    pub internet: Option<Amount>,
    /// Billed on both sides.
    pub between_zones: Option<Amount>,
    pub other_regions: Option<Amount>,
    pub us_east: Option<Amount>,
}

pub fn data_transfer(sheet: &mut Sheet<'_>, data: DataTransfer) {
    if let Some(gb) = data.between_zones {
        let both = gb.map(|gb| gb * dec!(2));
        sheet.line("data between zones, both directions", goods::between_zones(), both);
    }
    if let Some(gb) = data.internet {
        sheet.line("data to the internet", goods::internet_out(), gb);
    }
    if let Some(gb) = data.us_east {
        sheet.line("data to the other us-east region", goods::between_regions("us-east"), gb);
    }
    if let Some(gb) = data.other_regions {
        sheet.line("data to other regions", goods::between_regions("other"), gb);
    }
}

/// In thousands.
pub fn mail(sheet: &mut Sheet<'_>, thousands: Amount) {
    sheet.line("mails sent", goods::mail(), thousands);
}
