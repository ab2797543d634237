//! The embedded book: its shape, the mistakes it does not make, some prices by their value.

use std::collections::{BTreeMap, BTreeSet};

use edxaws::cost::book::{Book, GLOBAL, Item, Price};
use edxaws::cost::vocabulary::{WORDS, word};
use rust_decimal::{Decimal, dec};

use crate::generate::REGIONS;

fn find(region: &str, words: [&str; 3]) -> Option<&'static Price> {
    let [service, usage, key] = words;
    Book::embedded().find(region, &Item::new(service, usage, key))
}

fn usd(region: &str, words: [&str; 3]) -> Decimal {
    find(region, words).unwrap_or_else(|| panic!("no price for {words:?} in {region}")).first()
}

/// What is really free, whole prices only.
const FREE: [[&str; 3]; 2] =
    [["eks", "managed-node-group", "fee"], ["vpc", "gateway-endpoint", "hours"]];

#[test]
fn eleven_regions_and_thousands_of_prices() {
    let book = Book::embedded();
    assert_eq!(book.regions(), BTreeSet::from(REGIONS));
    assert!(book.iter().count() > 3000);
    assert!(book.date() >= "2026-10-01".parse().unwrap());
}

#[test]
fn every_price_is_in_the_vocabulary_and_every_word_is_explained() {
    for (item, region, price) in Book::embedded().iter() {
        let word = word(&item.service, &item.usage).unwrap_or_else(|| panic!("{item}"));
        assert_eq!(price.unit, word.unit, "{item} in {region}");
        assert!(!price.source.is_empty());
    }
    let keys: Vec<_> = WORDS.iter().map(|word| (word.service, word.usage)).collect();
    assert!(keys.is_sorted(), "the words are sorted");
    let used: BTreeSet<_> =
        Book::embedded().iter().map(|(item, _, _)| (&*item.service, &*item.usage)).collect();
    let unused: Vec<_> = keys.into_iter().filter(|key| !used.contains(key)).collect();
    assert_eq!(unused, [("elasticache", "memcached")], "known to be missing until a refresh");
}

/// The text between `<!-- name -->` and `<!-- end -->` in docs/prices.md; blessed when asked for.
fn documented(name: &str, fresh: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/prices.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
    let (table, tail) = rest.split_once("<!-- end -->").unwrap();
    if table != fresh && std::env::var_os("EDXAWS_BLESS").is_some() {
        let whole = format!("{head}<!-- {name} -->\n{fresh}<!-- end -->{tail}");
        std::fs::write(path, whole).unwrap();
        return;
    }
    assert!(table == fresh, "docs/prices.md is old: EDXAWS_BLESS=1 cargo test --test prices");
}

#[test]
fn the_documentation_has_the_tables() {
    let row = |word: &edxaws::cost::vocabulary::Word| {
        let edxaws::cost::vocabulary::Word { service, usage, unit, keys, meaning } = word;
        format!("| {service} | {usage} | {keys} | {unit} | {meaning} |\n")
    };
    let words = "| service | usage | key | unit | what it is |\n|---|---|---|---|---|\n".to_owned()
        + &WORDS.iter().map(row).collect::<String>();
    documented("vocabulary", &words);
    documented("coverage", &coverage());
}

/// How many prices of each word, and where.
fn coverage() -> String {
    let mut counts: BTreeMap<(&str, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
    for word in WORDS {
        counts.entry((word.service, word.usage)).or_default();
    }
    for (item, region, _) in Book::embedded().iter() {
        let (count, regions) = counts.get_mut(&(&*item.service, &*item.usage)).unwrap();
        *count += 1;
        regions.insert(region);
    }
    let place = |regions: &BTreeSet<&str>| match regions.len() {
        0 => "nowhere until a refresh".to_owned(),
        11 => "all eleven".to_owned(),
        _ => regions.iter().copied().collect::<Vec<_>>().join(", "),
    };
    let row = |((service, usage), (count, regions)): (&(&str, &str), &(usize, BTreeSet<&str>))| {
        format!("| {service} {usage} | {count} | {} |\n", place(regions))
    };
    let head = "| prices | number | regions |\n|---|---|---|\n".to_owned();
    head + &counts.iter().map(row).collect::<String>()
}

#[test]
fn nothing_is_free_but_what_is() {
    for (item, region, price) in Book::embedded().iter() {
        let words = [item.service.as_str(), item.usage.as_str(), item.key.as_str()];
        let zero = price.tiers.iter().any(|tier| tier.usd.is_zero());
        assert_eq!(zero, FREE.contains(&words), "{item} in {region}");
    }
}

#[test]
fn trap_shared_tenancy_not_dedicated() {
    // A later release of a public data set says 0.114, which is the dedicated price.
    assert_eq!(usd("eu-west-1", ["ec2", "on-demand", "m5.large"]), dec!(0.107));
    for region in REGIONS {
        for size in ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"] {
            let key = format!("t3.{size}");
            assert!(usd(region, ["ec2", "on-demand", &key]) > Decimal::ZERO, "{key} in {region}");
        }
    }
}

#[test]
fn trap_the_newer_figure_of_c6g_in_ireland() {
    assert_eq!(usd("eu-west-1", ["ec2", "on-demand", "c6g.large"]), dec!(0.0730));
}

#[test]
fn trap_extended_support_comes_on_top() {
    for region in ["us-east-1", "us-east-2"] {
        assert_eq!(usd(region, ["eks", "cluster", "standard"]), dec!(0.10));
        assert_eq!(usd(region, ["eks", "cluster", "extended-support"]), dec!(0.50));
    }
}

#[test]
fn trap_multi_az_is_a_price_of_its_own() {
    assert_eq!(usd("us-east-1", ["rds", "mysql", "db.t4g.small"]), dec!(0.032));
    assert_eq!(usd("us-east-1", ["rds", "mysql-multi-az", "db.t4g.small"]), dec!(0.065));
    let (single, both) = (["rds", "storage", "gp3"], ["rds", "storage-multi-az", "gp3"]);
    assert_eq!(usd("sa-east-1", both), usd("sa-east-1", single) * dec!(2));
}

#[test]
fn trap_valkey_costs_less_than_redis() {
    assert_eq!(usd("us-east-1", ["elasticache", "valkey", "cache.t4g.micro"]), dec!(0.0128));
    assert_eq!(usd("us-east-1", ["elasticache", "redis", "cache.t4g.micro"]), dec!(0.016));
}

#[test]
fn trap_an_address_costs_in_use_too() {
    assert_eq!(usd("us-east-1", ["vpc", "public-ipv4", "in-use"]), dec!(0.005));
    assert_eq!(usd("us-east-1", ["vpc", "public-ipv4", "idle"]), dec!(0.005));
}

#[test]
fn trap_the_small_database_is_not_the_multi_az_row() {
    assert_eq!(usd("us-east-1", ["rds", "mysql", "db.t3.micro"]), dec!(0.017));
    assert_eq!(usd("us-east-1", ["rds", "mysql-multi-az", "db.t3.micro"]), dec!(0.034));
}

#[test]
fn missing_is_missing() {
    let missing = [
        ("eu-west-1", ["docdb", "instance", "db.t3.medium"]),
        ("eu-central-1", ["elb", "lcu", "alb"]),
        ("eu-west-3", ["eks", "cluster", "standard"]),
        ("us-east-1", ["elasticache", "memcached", "cache.t4g.micro"]),
        ("us-west-1", ["ec2", "on-demand", "m7i.large"]),
    ];
    for (region, words) in missing {
        assert_eq!(find(region, words), None, "{words:?} in {region}");
    }
}

#[test]
fn prices_by_their_value() {
    let samples = [
        ("us-east-1", ["ec2", "on-demand", "m7i.large"], dec!(0.1008)),
        ("ap-south-1", ["ec2", "on-demand", "m7i.large"], dec!(0.10605)),
        ("ap-south-1", ["ec2", "on-demand", "m7g.large"], dec!(0.0583)),
        ("ap-south-1", ["ec2", "on-demand", "t4g.large"], dec!(0.0448)),
        ("us-east-1", ["eks", "auto-mode", "m7i.large"], dec!(0.0121)),
        ("eu-west-1", ["ebs", "storage", "gp3"], dec!(0.088)),
        ("us-east-1", ["ebs", "throughput", "gp3"], dec!(0.04)),
        ("sa-east-1", ["ebs", "iops", "gp3"], dec!(0.0095)),
        ("us-east-1", ["nat", "hours", "gateway"], dec!(0.045)),
        ("ap-southeast-1", ["nat", "data", "gateway"], dec!(0.059)),
        ("eu-central-1", ["elb", "hours", "alb"], dec!(0.027)),
        ("eu-west-3", ["elb", "lcu", "alb"], dec!(0.0084)),
        ("us-east-1", ["rds", "storage", "gp3"], dec!(0.115)),
        ("us-east-1", ["rds", "iops-multi-az", "gp3"], dec!(0.04)),
        ("ap-south-1", ["docdb", "instance", "db.t4g.medium"], dec!(0.10961)),
        ("us-east-1", ["secretsmanager", "secret", "secret"], dec!(0.4)),
        ("ap-southeast-2", ["route53", "zone", "hosted"], dec!(0.5)),
        ("us-east-1", ["kms", "key", "customer"], dec!(1)),
        ("sa-east-1", ["data-transfer", "internet-out", "out"], dec!(0.15)),
    ];
    for (region, words, price) in samples {
        assert_eq!(usd(region, words), price, "{words:?} in {region}");
    }
}

#[test]
fn tiers_are_walked() {
    let out = find("eu-west-1", ["data-transfer", "internet-out", "out"]).unwrap();
    // 10,240 GB at 0.09, then 40,960 at 0.085, then one at 0.07.
    assert_eq!(out.cost(dec!(51201)), dec!(4403.27));
    let queries = find("us-east-1", ["route53", "queries", "standard"]).unwrap();
    assert_eq!(queries.cost(dec!(1001)), dec!(400.2));
}

#[test]
fn instance_prices_are_linear_in_size() {
    let sizes = [("large", 1), ("xlarge", 2), ("2xlarge", 4), ("4xlarge", 8)];
    let mut base: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let mut checked = 0;
    for (item, region, price) in Book::embedded().iter() {
        let Some((family, size)) = item.key.split_once('.') else { continue };
        let factor = sizes.iter().find(|(name, _)| *name == size).map(|(_, factor)| *factor);
        let (true, Some(factor)) = (item.usage == "on-demand", factor) else { continue };
        let unit = price.first() / Decimal::from(factor);
        let key = (family.to_owned(), region.to_owned());
        let first = *base.entry(key).or_insert(unit);
        assert!(
            (unit / first - dec!(1)).abs() <= dec!(0.01),
            "{item} in {region}: {unit}, {first}"
        );
        checked += 1;
    }
    assert!(checked > 600, "{checked}");
}

#[test]
fn auto_mode_is_twelve_percent() {
    let fees = Book::embedded().iter().filter(|(item, _, _)| item.usage == "auto-mode");
    let mut count = 0;
    for (item, region, fee) in fees {
        let whole = usd(region, ["ec2", "on-demand", &item.key]);
        assert!((fee.first() / whole - dec!(0.12)).abs() < dec!(0.001), "{item} in {region}");
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn a_gateway_costs_per_gb_what_it_costs_per_hour() {
    for region in REGIONS {
        let [hours, data] = ["hours", "data"].map(|usage| usd(region, ["nat", usage, "gateway"]));
        assert_eq!(hours, data, "{region}");
    }
}

#[test]
fn global_prices_are_nobodys_own() {
    for (item, region, _) in Book::embedded().iter().filter(|(_, region, _)| *region == GLOBAL) {
        for own in REGIONS {
            assert!(Book::embedded().own(own, item).is_none(), "{item} in {region} and {own}");
        }
    }
}
