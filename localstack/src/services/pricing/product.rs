//! Products of the price list in AWS's own shape.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::book::{Line, lines, published};
use super::neighbours::NEIGHBOURS;
use super::rows::{Place, ROWS, Row};
use crate::world::World;

/// One thing AWS sells.
#[derive(Debug, Clone)]
pub struct Product {
    pub service_code: &'static str,
    pub family: &'static str,
    pub attributes: BTreeMap<&'static str, String>,
    unit: &'static str,
    /// Begin of each tier and its price.
    tiers: Vec<(String, String)>,
}

/// Every product by service code: those of the book, and those easily mistaken for them.
pub fn products() -> &'static BTreeMap<&'static str, Vec<Product>> {
    static PRODUCTS: OnceLock<BTreeMap<&str, Vec<Product>>> = OnceLock::new();
    PRODUCTS.get_or_init(|| {
        let mut by_code: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for product in made() {
            by_code.entry(product.service_code).or_default().push(product);
        }
        by_code
    })
}

fn made() -> Vec<Product> {
    let mut all = Vec::new();
    for line in lines() {
        for row in ROWS.iter().filter(|row| row.service == line.service && row.usage == line.usage)
        {
            let Some(what) = captured(row.key, line.key) else { continue };
            let product = make(row, line, what);
            let alike = NEIGHBOURS.iter().filter(|one| one.of == row.usage_type);
            let alike = alike.filter(|one| one.region.is_none_or(|region| region == line.region));
            let alike = alike.map(|one| one.beside(&product, what));
            all.extend(alike.filter(|one| one.attributes != product.attributes));
            all.push(product);
        }
    }
    all
}

/// What `*` is: `m5.large` for `*.search` and `m5.large.search`.
fn captured<'a>(pattern: &str, key: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((head, tail)) => key.strip_prefix(head)?.strip_suffix(tail),
        None => (pattern == key).then_some(key),
    }
}

fn make(row: &Row, line: &Line, what: &str) -> Product {
    let usage_type = format!("{}{}", prefix(row, line.region), row.usage_type.replace('*', what));
    let mut attributes: BTreeMap<&'static str, String> =
        row.attributes.iter().map(|(name, value)| (*name, value.replace('*', what))).collect();
    attributes.insert("servicecode", row.service_code.to_owned());
    attributes.insert("usagetype", usage_type);
    match row.place {
        Place::Region | Place::FullName => {
            attributes.insert("regionCode", line.region.to_owned());
            attributes.insert("locationType", "AWS Region".to_owned());
        }
        Place::FromRegion => {
            attributes.insert("fromRegionCode", line.region.to_owned());
        }
        Place::Global => {}
    }
    let tier = |(from, usd): &(&str, &str)| {
        (shifted(from, 1, row.units), shifted(usd, row.times, -row.units))
    };
    let (service_code, family, unit) = (row.service_code, row.family, row.unit);
    let tiers = line.tiers.iter().map(tier).collect();
    Product { service_code, family, attributes, unit, tiers }
}

/// us-east-1 has none where the service is old.
fn prefix(row: &Row, region: &str) -> String {
    match row.place {
        Place::Global => String::new(),
        Place::FullName => format!("{region}-"),
        Place::Region | Place::FromRegion => match region {
            "us-east-1" if row.service_code == "AmazonCloudWatch" => "USE1-",
            "us-east-2" => "USE2-",
            "us-west-2" => "USW2-",
            "ca-central-1" => "CAN1-",
            "sa-east-1" => "SAE1-",
            "eu-west-1" => "EU-",
            "eu-west-3" => "EUW3-",
            "eu-central-1" => "EUC1-",
            "ap-south-1" => "APS3-",
            "ap-southeast-1" => "APS1-",
            "ap-southeast-2" => "APS2-",
            _ => "",
        }
        .to_owned(),
    }
}

/// `amount × times × 10^shift`, exactly, without trailing zeros.
fn shifted(amount: &str, times: u128, shift: i32) -> String {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let digits: u128 = format!("{whole}{part}").parse().unwrap_or_default();
    let scale = part.len() as i32 - shift;
    let digits = (digits * times).to_string();
    if scale <= 0 {
        return format!("{digits}{}", "0".repeat(scale.unsigned_abs() as usize));
    }
    let padded = format!("{digits:0>width$}", width = scale as usize + 1);
    let (whole, part) = padded.split_at(padded.len() - scale as usize);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

impl Product {
    /// What a filter of this name sees.
    pub fn field(&self, name: &str) -> Option<&str> {
        match name {
            "productFamily" => Some(self.family),
            "ServiceCode" => Some(self.service_code),
            other => self.attributes.get(other).map(String::as_str),
        }
    }

    /// The same product with another usage type, other attributes and another price.
    pub fn altered(
        &self,
        usage_type: String,
        changed: impl IntoIterator<Item = (&'static str, String)>,
        percent: u128,
    ) -> Self {
        let mut other = self.clone();
        other.attributes.insert("usagetype", usage_type);
        other.attributes.extend(changed);
        for (_, usd) in &mut other.tiers {
            *usd = shifted(usd, percent, -2);
        }
        other
    }

    /// Sixteen letters and digits that stay the same as long as the product does.
    fn sku(&self) -> String {
        let hash = Sha256::digest(format!("{}{:?}", self.family, self.attributes));
        hash.iter().take(8).map(|byte| format!("{byte:02X}")).collect()
    }

    /// AWS's JSON. A thing `price/<usage type>` with an attribute `USD` stands for another price.
    pub fn json(&self, world: &World) -> Value {
        let sku = self.sku();
        let usage_type = self.field("usagetype").unwrap_or_default();
        let told = world.get(&format!("price/{usage_type}"));
        let told = told.and_then(|thing| thing.attrs.get("USD")?.as_str());
        let offer = format!("{sku}.JRTCKXETXF");
        let mut dimensions = serde_json::Map::new();
        for (index, (from, usd)) in self.tiers.iter().enumerate() {
            let end = self.tiers.get(index + 1).map_or("Inf", |(next, _)| next);
            let rate = format!("{offer}.TIER{index}");
            let usd = padded(told.unwrap_or(usd));
            let dimension = json!({
                "unit": self.unit,
                "beginRange": from,
                "endRange": end,
                "description": format!("${usd} per {}", self.unit),
                "appliesTo": [],
                "rateCode": rate,
                "pricePerUnit": {"USD": usd},
            });
            dimensions.insert(rate, dimension);
        }
        let terms = json!({"OnDemand": {&offer: {
            "sku": sku,
            "offerTermCode": "JRTCKXETXF",
            "effectiveDate": "2026-01-01T00:00:00Z",
            "priceDimensions": dimensions,
            "termAttributes": {},
        }}});
        json!({
            "product": {
                "productFamily": self.family,
                "attributes": self.attributes,
                "sku": sku,
            },
            "serviceCode": self.service_code,
            "terms": terms,
            "version": published().replace('-', "") + "000000",
            "publicationDate": format!("{}T00:00:00Z", published()),
        })
    }
}

/// AWS writes ten places.
fn padded(usd: &str) -> String {
    let (whole, part) = usd.split_once('.').unwrap_or((usd, ""));
    format!("{whole}.{part:0<10}")
}
