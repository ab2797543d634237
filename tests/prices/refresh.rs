//! Recorded-shape answers of the price list: what becomes of them, and which are refused.

use edxaws::cost::book::{Book, Item, Tier};
use edxaws::cost::refresh::{Answer, Problem, Product, Question, Refreshed, questions, refresh};
use rust_decimal::{Decimal, dec};

/// The book before: what each test asks about, at prices it may keep.
const BASE: &str = "\
source old A 2026-01-01 an old price list

@ cloudwatch alarms alarm-month
standard us-east-1 0.1 old

@ cloudwatch logs-ingested gb
standard us-east-1 0.5 old

@ cloudwatch logs-stored gb-month
standard us-east-1 0.03 old

@ data-transfer internet-out gb
out eu-west-1 0.09,10240:0.085,51200:0.07 old

@ ebs throughput mibps-month
gp3 eu-west-1 0.04 old

@ ec2 on-demand hour
m7i.large eu-west-1 0.1078 old

@ elasticache redis hour
cache.t4g.micro us-east-1 0.016 old

@ route53 queries million-queries
standard global 0.4,1000:0.2 old
";

fn base() -> Book {
    Book::parse(BASE).unwrap()
}

fn about(service: &str, usage: &str) -> &'static Question {
    let fits = |question: &&Question| {
        question.picks.iter().any(|pick| pick.service == service && pick.usage == usage)
    };
    questions().find(fits).unwrap()
}

/// The products of a file, as `GetProducts` hands them over: each a JSON text.
fn products(file: &str) -> Vec<Product> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prices/answers");
    let text = std::fs::read_to_string(format!("{folder}/{file}.json")).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    list.iter().map(|product| Product::parse(&product.to_string()).unwrap()).collect()
}

fn refreshed(file: &str, service: &str, usage: &str, region: &str) -> Refreshed {
    let (question, region) = (about(service, usage), region.to_owned());
    refresh(&base(), &[Answer { question, region, products: products(file) }])
}

fn instance() -> Item {
    Item::new("ec2", "on-demand", "m7i.large")
}

fn tier(from: Decimal, usd: Decimal) -> Tier {
    Tier { from, usd }
}

#[test]
fn one_price_is_taken_with_its_date_and_source() {
    let fresh = refreshed("instance", "ec2", "on-demand", "eu-west-1");
    assert_eq!(fresh.problems, []);
    let price = fresh.book.find("eu-west-1", &instance()).unwrap();
    assert_eq!(price.tiers, [tier(dec!(0), dec!(0.108))]);
    assert_eq!(price.date, "2026-11-14".parse().unwrap());
    assert_eq!(price.source, "AWS Price List API, AmazonEC2");
    assert_eq!((fresh.read, fresh.changes.len()), (1, 1), "sizes nobody asks for are left out");
    assert!(!fresh.changes[0].is_large());
}

#[test]
fn several_prices_are_an_error_that_names_them() {
    let fresh = refreshed("instance_ambiguous", "ec2", "on-demand", "eu-west-1");
    let [Problem::Several { item, candidates, .. }] = &fresh.problems[..] else {
        panic!("{:?}", fresh.problems);
    };
    assert_eq!((item, candidates.len()), (&instance(), 2));
    let text = fresh.problems[0].to_string();
    for word in ["4SW2DBGMVA7WCV9X", "NK3BX75DGFRTY8PQ", "0.1078", "0.1998", "RunInstances:0002"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(fresh.book, base(), "nothing is taken");
}

#[test]
fn no_price_is_an_error_that_names_the_nearest() {
    let fresh = refreshed("instance_elsewhere", "ec2", "on-demand", "eu-west-1");
    let text = fresh.problems[0].to_string();
    assert!(text.starts_with("no price for `ec2 on-demand m7i.large` in eu-west-1"), "{text}");
    assert!(text.contains("EU-DedicatedUsage:m7i.large"), "{text}");
    assert_eq!(fresh.book, base());
}

#[test]
fn what_the_book_never_had_is_told_and_no_error() {
    let (question, region) = (about("eks", "cluster"), "eu-west-1".to_owned());
    let fresh = refresh(&base(), &[Answer { question, region, products: Vec::new() }]);
    assert_eq!(fresh.problems, []);
    let told: Vec<_> = fresh.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("`eks cluster extended-support` in eu-west-1"), "{told:?}");
}

#[test]
fn a_price_does_not_become_free() {
    let fresh = refreshed("instance_free", "ec2", "on-demand", "eu-west-1");
    assert!(matches!(&fresh.problems[..], [Problem::Zero { .. }]), "{:?}", fresh.problems);
    assert_eq!(fresh.book, base());
}

#[test]
fn a_change_above_a_fifth_is_large() {
    let fresh = refreshed("instance_dear", "ec2", "on-demand", "eu-west-1");
    let [change] = &fresh.changes[..] else { panic!("{:?}", fresh.changes) };
    assert!(change.is_large());
    assert_eq!(change.relative().unwrap().round_dp(3), dec!(0.206));
}

#[test]
fn extended_support_of_a_cache_is_another_thing() {
    let fresh = refreshed("cache_node", "elasticache", "redis", "us-east-1");
    assert_eq!((fresh.problems.len(), fresh.changes.len(), fresh.read), (0, 0, 1));
}

#[test]
fn all_tiers_are_kept_in_order() {
    let fresh = refreshed("transfer", "data-transfer", "internet-out", "eu-west-1");
    assert_eq!(fresh.problems, []);
    let item = Item::new("data-transfer", "internet-out", "out");
    let tiers = &fresh.book.find("eu-west-1", &item).unwrap().tiers;
    let expected = [
        tier(dec!(0), dec!(0.09)),
        tier(dec!(10240), dec!(0.085)),
        tier(dec!(51200), dec!(0.07)),
        tier(dec!(153600), dec!(0.05)),
    ];
    assert_eq!(tiers[..], expected);
    assert!(fresh.changes[0].is_large(), "a quarter less above 150 TB");
}

#[test]
fn the_second_listing_without_a_prefix_does_not_count() {
    let fresh = refreshed("logs", "cloudwatch", "logs-ingested", "us-east-1");
    assert_eq!(fresh.problems, []);
    assert_eq!(fresh.read, 4);
    let metrics = Item::new("cloudwatch", "metrics", "custom");
    assert_eq!(fresh.book.find("us-east-1", &metrics).unwrap().first(), dec!(0.3), "new");
}

#[test]
fn units_are_ours_and_other_units_are_dropped() {
    let fresh = refreshed("throughput", "ebs", "throughput", "eu-west-1");
    assert_eq!(fresh.problems, []);
    let item = Item::new("ebs", "throughput", "gp3");
    let price = fresh.book.find("eu-west-1", &item).unwrap();
    assert_eq!((price.first(), price.unit.as_str()), (dec!(0.044), "mibps-month"));
    let fresh = refreshed("queries", "route53", "queries", "global");
    let item = Item::new("route53", "queries", "standard");
    let tiers = &fresh.book.find("eu-west-1", &item).unwrap().tiers;
    assert_eq!(tiers[..], [tier(dec!(0), dec!(0.4)), tier(dec!(1000), dec!(0.2))]);
}

#[test]
fn the_same_answers_make_the_same_bytes() {
    let (question, region) = (about("ec2", "on-demand"), "eu-west-1".to_owned());
    let answers = [Answer { question, region, products: products("instance") }];
    let once = refresh(&base(), &answers).book;
    let twice = refresh(&once, &answers);
    assert_eq!(twice.changes, []);
    assert_eq!(twice.book.render(), once.render());
    assert_eq!(Book::parse(&once.render()).unwrap().render(), once.render());
}

#[test]
fn what_is_no_product_is_refused() {
    let product = |change: (&str, &str)| {
        let text = serde_json::json!({
            "product": {"sku": "S", "attributes": {}},
            "serviceCode": "AmazonEC2",
            "publicationDate": "2026-11-14T18:03:57Z",
            "terms": {"OnDemand": {"S.J": {"priceDimensions": {"S.J.R": {
                "unit": "Hrs", "beginRange": "0", "pricePerUnit": {"USD": "0.1"}
            }}}}},
        });
        Product::parse(&text.to_string().replace(change.0, change.1))
    };
    assert!(product(("", "")).is_ok());
    for change in
        [("0.1", "cheap"), ("2026-11-14", "recently"), ("pricePerUnit", "price"), ("{", "")]
    {
        assert!(product(change).is_err(), "{change:?}");
    }
}

#[test]
fn every_question_has_an_item_in_the_vocabulary() {
    for question in questions() {
        for pick in question.picks {
            let word = edxaws::cost::vocabulary::word(pick.service, pick.usage);
            assert!(word.is_some(), "{} {}", pick.service, pick.usage);
        }
    }
}
