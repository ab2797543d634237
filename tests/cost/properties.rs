//! Estimates of plain lists add up, grow with what is asked for, repeat exactly, and survive nonsense.

use edxaws::cost::book::Book;
use edxaws::cost::plain::{self, Attribute, Fallback, KINDS, PlainKind, Type, read};
use edxaws::cost::{Estimate, Span};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::{priced, today};

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "ap-south-1", "af-south-1"];

/// A good value of an attribute.
fn value(attribute: &Attribute) -> BoxedStrategy<Value> {
    const TYPES: &[&str] = &[
        "m7i.large",
        "t3.large",
        "db.t4g.small",
        "db.m7g.large",
        "cache.t4g.micro",
        "db.t3.medium",
        "m7g.large.search",
        "nothing.known",
    ];
    let text = prop::sample::select(TYPES).prop_map(Value::from);
    match attribute.kind {
        Type::Text => text.boxed(),
        Type::Texts => prop::collection::vec(text, 1..4).prop_map(Value::from).boxed(),
        Type::Word(words) => prop::sample::select(words).prop_map(Value::from).boxed(),
        Type::Number => (0..100_000_u32).prop_map(Value::from).boxed(),
        Type::Flag => any::<bool>().prop_map(Value::from).boxed(),
    }
}

fn attributes(kind: &'static PlainKind) -> BoxedStrategy<Map<String, Value>> {
    let each = kind.attributes.iter().map(|attribute| {
        let value = value(attribute);
        let given = if attribute.fallback == Fallback::Required {
            value.prop_map(Some).boxed()
        } else {
            prop::option::of(value).boxed()
        };
        given.prop_map(|value| (attribute.name.to_owned(), value))
    });
    let all = each.collect::<Vec<_>>();
    all.prop_map(|pairs| {
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    })
    .boxed()
}

fn resource() -> impl Strategy<Value = Value> {
    (prop::sample::select(KINDS), prop::sample::select(&REGIONS[..])).prop_flat_map(
        |(kind, region)| {
            let kind: &'static PlainKind = KINDS.iter().find(|k| k.name == kind.name).unwrap();
            attributes(kind).prop_map(move |attributes| {
                json!({"kind": kind.name, "region": region, "attributes": attributes})
            })
        },
    )
}

fn list() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(resource(), 0..6)
}

fn total(list: &[Value]) -> Estimate {
    priced(&Value::from(list.to_vec()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn additive(one in list(), other in list()) {
        let both: Vec<Value> = one.iter().chain(&other).cloned().collect();
        let (a, b, sum) = (total(&one).total(), total(&other).total(), total(&both).total());
        prop_assert_eq!(sum.usd, a.usd + b.usd);
        prop_assert_eq!(sum.missing, a.missing + b.missing);
        prop_assert_eq!(sum.unstated, a.unstated + b.unstated);
    }

    #[test]
    fn deterministic(list in list()) {
        prop_assert_eq!(total(&list), total(&list));
    }

    /// More of anything never costs less; IOPS beyond what storage brings along aside, which a
    /// larger gp3 database brings more of.
    #[test]
    fn monotone(resource in resource(), more in 1..1_000_000_u32) {
        let kind = KINDS.iter().find(|kind| resource["kind"] == kind.name).unwrap();
        let before = total(std::slice::from_ref(&resource)).total().usd;
        for attribute in kind.attributes.iter().filter(|one| one.kind == Type::Number) {
            let striped = kind.name == "db_instance" && attribute.name == "allocated_storage";
            let Some(number) = resource["attributes"][attribute.name].as_u64() else { continue };
            // A longer look is a coarser alarm; stated units hide those reckoned from traffic.
            if striped || attribute.name == "period" {
                continue;
            }
            let mut larger = resource.clone();
            larger["attributes"][attribute.name] = json!(number + u64::from(more));
            let after = total(&[larger]).total().usd;
            let grows = |pick: fn(Span) -> Decimal| pick(after) >= pick(before);
            prop_assert!(
                grows(|s| s.least) && grows(|s| s.expected) && grows(|s| s.most),
                "{} of {resource}: {before:?} → {after:?}", attribute.name
            );
        }
    }

    /// Any JSON gives an estimate or faults with their places, never a panic.
    #[test]
    fn nonsense_is_refused(value in nonsense()) {
        let text = value.to_string();
        if let Ok(entries) = read(&text) {
            plain::estimate(&entries, Book::embedded(), today()).total();
        }
    }

    #[test]
    fn broken_text_is_refused(text in ".{0,200}") {
        prop_assert!(read(&text).is_err() || text.trim_start().starts_with('['));
    }

    /// A sound resource with one thing spoilt is refused at its place, or priced.
    #[test]
    fn spoilt_resources(good in resource(), key in "[a-z_]{1,12}", spoilt in nonsense()) {
        let mut bad = good.clone();
        bad["attributes"][&key] = spoilt;
        match read(&json!([good, bad]).to_string()) {
            Ok(entries) => drop(plain::estimate(&entries, Book::embedded(), today()).total()),
            Err(faults) => prop_assert!(faults.iter().all(|fault| fault.index == Some(1))),
        }
    }
}

/// JSON of every sort, with numbers from the edges and words that mean something here.
fn nonsense() -> impl Strategy<Value = Value> {
    const WORDS: &[&str] =
        &["kind", "region", "attributes", "resources", "db_instance", "us-east-1", "", "💸"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!(1e308)),
        Just(json!(1e-308)),
        Just(json!(999_999_999_999.999_9)),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = prop::sample::select(WORDS).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..6)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The largest quantities that are taken do not overflow.
#[test]
fn the_edge_of_what_is_taken() {
    for kind in KINDS {
        let mut attributes = Map::new();
        for attribute in kind.attributes {
            let value = match attribute.kind {
                Type::Number => json!(1_000_000_000_000_u64),
                Type::Text => json!("m7i.large"),
                Type::Texts => json!(["m7i.large"]),
                Type::Word(words) => json!(words[0]),
                Type::Flag => json!(true),
            };
            attributes.insert(attribute.name.to_owned(), value);
        }
        let list = json!([{"kind": kind.name, "region": "us-east-1", "attributes": attributes}]);
        priced(&list).total();
        let over = list.to_string().replace("1000000000000", "1000000000001");
        let numbers = kind.attributes.iter().any(|one| one.kind == Type::Number);
        assert_eq!(read(&over).is_err(), numbers, "{}", kind.name);
    }
}

#[test]
fn faults_name_place_and_cure() {
    let list = json!([
        {"kind": "nat_gateway", "region": "us-east-1"},
        {"kind": "db_instanse", "region": "us-east-1"},
        {"kind": "db_instance", "region": "us-east-1", "attributes": {"instance_clas": "db.t3.micro"}},
        {"kind": "db_instance", "region": "Ireland",
            "attributes": {"instance_class": 5, "storage_type": "gp4"}},
        {"kind": "alb"},
        7,
    ]);
    let faults = read(&list.to_string()).unwrap_err();
    let said: Vec<String> = faults
        .iter()
        .map(|fault| {
            let hint = fault.hint.clone().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{}: {}{hint}", fault.index.unwrap(), fault.what)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    1: unknown kind `db_instanse` (did you mean `db_instance`?)
    2: unknown attribute of `db_instance`: `instance_clas` (did you mean `instance_class`?)
    2: db_instance: `instance_class` is missing
    3: `Ireland` is no region (write it like `us-east-1`)
    3: db_instance: `instance_class` is 5, it must be a text
    3: db_instance: `storage_type` is "gp4", it must be one of `gp2`, `gp3`, `io1`, `io2`, `magnetic`
    4: `region` is missing
    5: it is no object (write a list: `[{"kind": "nat_gateway", "region": "us-east-1", "attributes": {}}]`)
    "#);
}
