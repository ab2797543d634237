//! `edxaws prices` as a person uses it, against the price list of the local AWS.

use std::path::PathBuf;

use aws_sdk_pricing::error::ProvideErrorMetadata;
use aws_sdk_pricing::types::{Filter, FilterType};
use edxaws::aws::{Clients, Endpoint, connect};
use edxaws::cost::book::Book;
use edxaws_localstack::{LocalAws, Store, Thing, sdk_client};
use serde_json::{Value, json};

use crate::desk::{Desk, Said};

/// Where prices are looked up and renewed.
struct Market(Desk);

impl Market {
    fn new() -> Self {
        Self(Desk::new())
    }

    fn says(&self, args: &[&str]) -> Said {
        self.0.says(&[&["prices"], args, &["--sandbox"]].concat())
    }

    fn does(&self, args: &[&str]) -> String {
        self.0.prints(&[&["prices"], args, &["--sandbox"]].concat())
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.does(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    fn book(&self) -> Option<String> {
        self.0.kept("prices@sandbox.txt")
    }

    fn state(&self) -> PathBuf {
        self.0.path("state")
    }

    /// From now on the local AWS asks this for a usage type.
    fn ask_for(&self, usage_type: &str, usd: &str) {
        let path = self.state().join("sandbox.world.json");
        let (store, _) = Store::file(&path, 42, 60.0).unwrap();
        let price = Thing::new("price", format!("price/{usage_type}")).with("USD", usd);
        let told = store.with(|world| {
            world.generation += 1;
            world.things.insert(price.id.clone(), price)
        });
        told.unwrap();
    }
}

#[test]
fn a_book_of_ones_own() {
    let market = Market::new();
    let said = market.says(&["diff"]);
    assert_eq!(said.code, Some(1), "there is no own book yet: {}", said.out);
    let dry = market.json(&["refresh", "--region", "eu-west-1", "--dry-run"]);
    assert_eq!((&dry["written"], market.book()), (&json!(false), None));

    let first = market.json(&["refresh", "--region", "eu-west-1"]);
    assert_eq!((&first["written"], &first["changes"]), (&json!(true), &json!([])));
    assert!(first["read"].as_u64().unwrap() > 250, "{first}");
    let text = market.book().unwrap();
    let own = Book::parse(&text).unwrap();
    assert!(own.date() > Book::embedded().date());
    assert_eq!(own.iter().count(), Book::embedded().iter().count());

    let again = market.json(&["refresh", "--region", "eu-west-1"]);
    assert_eq!((&again["written"], market.book().unwrap()), (&json!(false), text));

    let shown = market.json(&["show", "m7i.large", "on-demand", "--region", "eu-west-1"]);
    let price = &shown["prices"][0];
    assert_eq!(price["tiers"], json!([{"from": "0", "usd": "0.11235"}]), "{price}");
    assert_eq!(price["source"], "AWS Price List API, AmazonEC2");
    assert_eq!(shown["book"]["date"], own.date().to_string());
    assert!(market.does(&["diff"]).contains("0 changes"));
}

#[test]
fn large_changes_want_a_yes_and_nothing_becomes_free() {
    let market = Market::new();
    let refresh = ["refresh", "--region", "eu-west-1", "--service", "ec2"];
    market.does(&refresh);
    let text = market.book().unwrap();

    market.ask_for("EU-BoxUsage:m7i.large", "0.2");
    let said = market.says(&refresh);
    assert_eq!((said.code, market.book().unwrap()), (Some(1), text.clone()));
    for word in ["more than 20 %", "`ec2 on-demand m7i.large` in eu-west-1", "0.2", "--accept"] {
        assert!(said.err.contains(word), "{}", said.err);
    }
    let taken = market.json(&[&refresh[..], &["--accept"]].concat());
    assert_eq!(taken["changes"][0]["after"], json!([{"from": "0", "usd": "0.2"}]));
    assert!(market.does(&["diff"]).contains("ec2 on-demand m7i.large"));

    let text = market.book().unwrap();
    market.ask_for("EU-BoxUsage:m7i.large", "0");
    let said = market.says(&[&refresh[..], &["--accept"]].concat());
    assert_eq!((said.code, market.book().unwrap()), (Some(1), text));
    assert!(said.err.contains("would be free"), "{}", said.err);
}

#[test]
fn every_region_has_exactly_one_price_for_everything() {
    let market = Market::new();
    let mut args = vec!["refresh"];
    let regions = crate::generate::REGIONS.map(|region| ["--region", region]);
    args.extend(regions.as_flattened());
    let all = market.json(&args);
    assert_eq!(all["changes"], json!([]));
    assert!(all["read"].as_u64().unwrap() > 3000, "{}", all["read"]);
}

#[test]
fn looking_into_the_book() {
    let market = Market::new();
    let text = market.does(&["show", "nat", "hours", "--region", "ap-south-1"]);
    for word in ["nat hours gateway", "0.056", "2025-11-04", "in the binary", "1 price"] {
        assert!(text.contains(word), "{text}");
    }
    let said = market.says(&["show", "m7i.large", "--region", "mars-1"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("no price in the book"), "{}", said.err);
    assert!(said.err.contains("no region `mars-1`"), "{}", said.err);
    let said = market.says(&["refresh", "--service", "backup"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("`backup` is not refreshed"), "{}", said.err);
}

#[test]
fn a_damaged_book_is_said_to_be_one() {
    let market = Market::new();
    std::fs::create_dir_all(market.state()).unwrap();
    std::fs::write(market.state().join("prices@sandbox.txt"), "nonsense\n").unwrap();
    let said = market.says(&["show"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("is no price book") && said.err.contains("line 1"), "{}", said.err);
}

async fn clients() -> Clients {
    let local = LocalAws::in_memory(3);
    Clients::new(&connect(&Endpoint::Local(sdk_client(&local)), "sa-east-1").await)
}

fn filter(field: &str, value: &str) -> Filter {
    let filter = Filter::builder().r#type(FilterType::TermMatch);
    filter.field(field).value(value).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_local_price_list_pages_and_refuses() {
    let aws = clients().await;
    let ask = || aws.pricing.get_products().service_code("AmazonEC2");
    let region = || filter("regionCode", "eu-west-1");
    let page = ask().filters(region()).max_results(100).send().await.unwrap();
    assert_eq!(page.price_list().len(), 100);
    let next = page.next_token().unwrap();
    let next = ask().filters(region()).max_results(100).next_token(next).send().await.unwrap();
    assert!(!next.price_list().is_empty());
    assert_ne!(next.price_list()[0], page.price_list()[0]);

    let refused = ask().filters(filter("colour", "green")).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterException"));
    assert!(refused.message().unwrap().contains("colour"));
    let refused = aws.pricing.get_products().service_code("AmazonTea").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterException"));
}

#[tokio::test(start_paused = true)]
async fn the_local_price_list_has_the_confusing_neighbours() {
    let aws = clients().await;
    let ask = aws.pricing.get_products().service_code("AmazonEC2");
    let ask = ask.filters(filter("regionCode", "eu-west-1"));
    let answer = ask.filters(filter("instanceType", "m7i.large")).send().await.unwrap();
    let types: Vec<_> = answer
        .price_list()
        .iter()
        .map(|text| {
            let product: Value = serde_json::from_str(text).unwrap();
            product["product"]["attributes"]["usagetype"].as_str().unwrap().to_owned()
        })
        .collect();
    let own = types.iter().filter(|name| *name == "EU-BoxUsage:m7i.large").count();
    assert_eq!(own, 4, "Linux, Windows, with SQL Server, with a licence: {types:?}");
    assert!(types.contains(&"EU-DedicatedUsage:m7i.large".to_owned()), "{types:?}");

    let services = aws.pricing.describe_services().send().await.unwrap();
    let codes: Vec<_> = services.services().iter().map(|one| one.service_code()).collect();
    assert!(codes.contains(&"AmazonRDS") && codes.contains(&"awskms"), "{codes:?}");
    let values = aws.pricing.get_attribute_values().service_code("AmazonRDS");
    let values = values.attribute_name("deploymentOption").send().await.unwrap();
    let values: Vec<_> = values.attribute_values().iter().filter_map(|one| one.value()).collect();
    assert_eq!(values, ["Multi-AZ", "Multi-AZ (readable standbys)", "Single-AZ"]);
}
