//! A product of the price list, out of the JSON string that `GetProducts` answers with.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::cost::book::Tier;

/// One product and what it is offered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub sku: String,
    pub service_code: String,
    pub published: Date,
    pub attributes: BTreeMap<String, String>,
    pub offers: Vec<Offer>,
}

/// The tiers of one on-demand term that are counted in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub unit: String,
    /// Ascending, as AWS says; nothing is said of where they begin.
    pub tiers: Vec<Tier>,
}

/// Why a string is not a product.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a product of the price list cannot be read: {0}")]
pub struct Unreadable(String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawItem {
    product: RawProduct,
    service_code: String,
    #[serde(default)]
    terms: RawTerms,
    publication_date: String,
}

#[derive(Deserialize)]
struct RawProduct {
    sku: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
struct RawTerms {
    #[serde(rename = "OnDemand", default)]
    on_demand: BTreeMap<String, RawTerm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTerm {
    price_dimensions: BTreeMap<String, RawDimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDimension {
    unit: String,
    #[serde(default)]
    begin_range: Option<String>,
    price_per_unit: BTreeMap<String, String>,
}

impl Product {
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let raw: RawItem =
            serde_json::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let mut offers = Vec::new();
        for term in raw.terms.on_demand.values() {
            offers.extend(offers_of(term)?);
        }
        Ok(Self {
            sku: raw.product.sku,
            service_code: raw.service_code,
            published: date(&raw.publication_date)?,
            attributes: raw.product.attributes,
            offers,
        })
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

fn offers_of(term: &RawTerm) -> Result<Vec<Offer>, Unreadable> {
    let mut by_unit: BTreeMap<&str, Vec<Tier>> = BTreeMap::new();
    for dimension in term.price_dimensions.values() {
        // Other currencies are other price lists.
        let Some(usd) = dimension.price_per_unit.get("USD") else { continue };
        let from = amount(dimension.begin_range.as_deref().unwrap_or("0"))?;
        let tier = Tier { from, usd: amount(usd)? };
        by_unit.entry(&dimension.unit).or_default().push(tier);
    }
    let offer = |(unit, mut tiers): (&str, Vec<Tier>)| {
        tiers.sort_by_key(|tier| tier.from);
        Offer { unit: unit.to_owned(), tiers }
    };
    Ok(by_unit.into_iter().map(offer).collect())
}

fn amount(text: &str) -> Result<Decimal, Unreadable> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|_| Unreadable(format!("no amount: `{text}`")))
}

/// The day of `2026-10-01T18:12:33Z`.
fn date(text: &str) -> Result<Date, Unreadable> {
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.ok_or_else(|| Unreadable(format!("no publication date: `{text}`")))
}
