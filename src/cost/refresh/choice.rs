//! Which products of an answer a pick means, and how they are named when that goes wrong.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::product::{Offer, Product};
use super::question::Pick;
use super::usage_type::{Naming, fits};
use super::{Answer, Found};
use crate::cost::book::{Item, Tier};

/// A price that could be the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub name: String,
    pub service_code: String,
    pub published: Date,
    pub tiers: Vec<Tier>,
    naming: Naming,
}

/// The offers that fit, by item. Another unit, another region or tiers with a gap do not fit.
pub fn offered(answer: &Answer<'_>, pick: &Pick) -> Found {
    let mut found = Found::new();
    for product in answer.products.iter().filter(|product| is_here(product, answer)) {
        let usage_type = product.attribute("usagetype");
        let Some((naming, key)) = fits(pick.usage_type, usage_type, &answer.region) else {
            continue;
        };
        let item = Item::new(pick.service, pick.usage, &pick.key.replace('*', key));
        let offers = product.offers.iter().filter(|offer| is_whole(pick, offer));
        found.entry(item).or_default().extend(offers.map(|offer| Offered {
            name: name(product, offer),
            service_code: product.service_code.clone(),
            published: product.published,
            tiers: offer.tiers.clone(),
            naming,
        }));
    }
    found.retain(|_, offers| !offers.is_empty());
    found.values_mut().for_each(prefer_prefixed);
    found
}

/// The price list says the region of most products; a filter that was not obeyed shows here.
fn is_here(product: &Product, answer: &Answer<'_>) -> bool {
    let regions = ["regionCode", "fromRegionCode"].map(|name| product.attribute(name));
    let stated: Vec<_> = regions.into_iter().filter(|region| !region.is_empty()).collect();
    answer.region == super::GLOBAL || stated.is_empty() || stated.contains(&answer.region.as_str())
}

fn is_whole(pick: &Pick, offer: &Offer) -> bool {
    let starts = offer.tiers.first().is_some_and(|tier| tier.from.is_zero());
    let ascends = offer.tiers.is_sorted_by(|low, high| low.from < high.from);
    pick.unit.is(&offer.unit) && starts && ascends
}

fn prefer_prefixed(offers: &mut Vec<Offered>) {
    let best = offers.iter().map(|offer| offer.naming).max();
    offers.retain(|offer| Some(offer.naming) == best);
}

/// `BoxUsage:m7i.large 0.1008 per Hrs (sku ABC, tenancy Shared)`
fn name(product: &Product, offer: &Offer) -> String {
    let telling = ["deploymentOption", "tenancy", "operation", "databaseEngine", "cacheEngine"];
    let stated = telling.iter().filter_map(|name| {
        Some(format!(", {name} {}", product.attributes.get(*name).filter(|v| !v.is_empty())?))
    });
    let usd = offer.tiers.first().map_or(Decimal::ZERO, |tier| tier.usd).normalize();
    let Product { sku, .. } = product;
    let usage_type = product.attribute("usagetype");
    format!("`{usage_type}` {usd} per {} (sku {sku}{})", offer.unit, stated.collect::<String>())
}

const SHOWN: usize = 5;

/// What the answer has in place of a price that is missing: longer or shorter usage types, other
/// units; the first few products when nothing resembles it.
pub fn nearest(answer: &Answer<'_>, pick: &Pick, item: &Item) -> Vec<String> {
    let sought = pick.usage_type.replace('*', item.key.trim_end_matches(".search"));
    let sought = sought.rsplit([':', '.']).find(|part| part.len() > 2).unwrap_or(&sought);
    let alike = |product: &&Product| product.attribute("usagetype").contains(sought);
    let names = |product: &Product| {
        product.offers.iter().map(|offer| name(product, offer)).collect::<Vec<_>>()
    };
    let near: Vec<String> =
        answer.products.iter().filter(alike).flat_map(names).take(SHOWN).collect();
    match near.is_empty() && !pick.key.contains('*') {
        true => answer.products.iter().flat_map(names).take(SHOWN).collect(),
        false => near,
    }
}
