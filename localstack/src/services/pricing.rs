//! The AWS price list: products with attributes and terms, out of the project's own price book.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};

mod book;
mod neighbours;
mod product;
mod rows;

use product::{Product, products};

pub const SERVICE: Service = Service {
    name: "pricing",
    signing: "pricing",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeServices", describe_services),
    ("GetAttributeValues", get_attribute_values),
    ("GetProducts", get_products),
];

/// AWS's largest page.
const PAGE: i64 = 100;

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterException", message)
}

/// The three regions that answer.
fn answering(call: &Call<'_>) -> Result<(), AwsError> {
    match call.region() {
        "us-east-1" | "eu-central-1" | "ap-south-1" => Ok(()),
        other => Err(AwsError::unimplemented(format!("the price list in {other}"))),
    }
}

fn paged<T>(call: &Call<'_>, all: Vec<T>) -> Result<(Vec<T>, Option<String>), AwsError> {
    match call.number("MaxResults") {
        Some(size) if !(1..=PAGE).contains(&size) => {
            Err(invalid(format!("MaxResults must be from 1 to {PAGE}")))
        }
        Some(_) => Ok(call.page(all, "MaxResults", "NextToken")),
        None => {
            let start = call.text("NextToken").and_then(|text| text.parse().ok()).unwrap_or(0usize);
            let end = start + PAGE as usize;
            let next = (all.len() > end).then(|| end.to_string());
            Ok((all.into_iter().skip(start).take(PAGE as usize).collect(), next))
        }
    }
}

fn of_service(code: &str) -> Result<&'static [Product], AwsError> {
    let found = products().get(code).map(Vec::as_slice);
    found.ok_or_else(|| invalid(format!("Invalid Service Code {code}")))
}

fn get_products(call: &mut Call<'_>) -> Answer {
    answering(call)?;
    if call.text("FormatVersion").is_some_and(|version| version != "aws_v1") {
        return Err(invalid("FormatVersion must be aws_v1"));
    }
    let all = of_service(&call.required("ServiceCode")?)?;
    let filters = call.list("Filters");
    let filters =
        filters.iter().map(|filter| Filter::read(filter, all)).collect::<Result<Vec<_>, _>>()?;
    let fit = |product: &&Product| filters.iter().all(|filter| filter.fits(product));
    let (page, next) = paged(call, all.iter().filter(fit).collect())?;
    let texts = page.into_iter().map(|product| product.json(call.world).to_string());
    let texts: Vec<_> = texts.collect();
    Ok(json!({"FormatVersion": "aws_v1", "PriceList": texts, "NextToken": next}))
}

/// One condition; all of a request must hold.
struct Filter {
    kind: String,
    field: String,
    value: String,
}

impl Filter {
    /// A field that no product of the service has is a mistake of the caller, not an empty answer.
    fn read(filter: &Value, products: &[Product]) -> Result<Self, AwsError> {
        let text = |name: &str| {
            let value = filter.get(name).and_then(Value::as_str).map(str::to_owned);
            value.ok_or_else(|| invalid(format!("a filter needs {name}")))
        };
        let (kind, field, value) = (text("Type")?, text("Field")?, text("Value")?);
        if !matches!(kind.as_str(), "TERM_MATCH" | "EQUALS" | "CONTAINS" | "ANY_OF" | "NONE_OF") {
            return Err(invalid(format!("unknown filter type {kind}")));
        }
        if !products.iter().any(|one| one.field(&field).is_some()) {
            return Err(invalid(format!("unknown filter field {field}")));
        }
        Ok(Self { kind, field, value })
    }

    fn fits(&self, product: &Product) -> bool {
        let Some(has) = product.field(&self.field) else { return false };
        let listed = || self.value.split(',').any(|one| one == has);
        match self.kind.as_str() {
            "CONTAINS" => has.contains(&self.value),
            "ANY_OF" => listed(),
            "NONE_OF" => !listed(),
            _ => has == self.value,
        }
    }
}

fn describe_services(call: &mut Call<'_>) -> Answer {
    answering(call)?;
    let asked = call.text("ServiceCode");
    if let Some(code) = asked {
        of_service(code)?;
    }
    let services = products().iter().filter(|(code, _)| asked.is_none_or(|one| one == **code));
    let services: Vec<_> = services.map(|(code, products)| (code, names(products))).collect();
    let shape = |(code, names)| json!({"ServiceCode": code, "AttributeNames": names});
    let (page, next) = paged(call, services.into_iter().map(shape).collect())?;
    Ok(json!({"FormatVersion": "aws_v1", "Services": page, "NextToken": next}))
}

fn names(products: &[Product]) -> BTreeSet<&str> {
    let attributes = products.iter().flat_map(|product| product.attributes.keys().copied());
    attributes.chain(["productFamily"]).collect()
}

fn get_attribute_values(call: &mut Call<'_>) -> Answer {
    answering(call)?;
    let name = call.required("AttributeName")?;
    let all = of_service(&call.required("ServiceCode")?)?;
    let values: BTreeSet<&str> = all.iter().filter_map(|product| product.field(&name)).collect();
    if values.is_empty() {
        return Err(invalid(format!("unknown attribute {name}")));
    }
    let shapes = values.into_iter().map(|value| json!({"Value": value})).collect();
    let (page, next) = paged(call, shapes)?;
    Ok(json!({"AttributeValues": page, "NextToken": next}))
}
