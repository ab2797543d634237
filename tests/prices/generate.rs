//! The generator: the readings in `prices/` become the book in the binary.
//!
//! `EDXAWS_BLESS=1 cargo test --test prices` writes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use edxaws::cost::book::{Book, GLOBAL, Grade, Item, Price, Source, Tier};
use edxaws::cost::vocabulary::word;
use rust_decimal::Decimal;

/// The regions the book speaks of.
pub const REGIONS: [&str; 11] = [
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One price as somebody saw it somewhere.
#[derive(Debug, Clone)]
struct Reading {
    usd: Decimal,
    source: String,
}

type Readings = BTreeMap<(Item, String), BTreeMap<Decimal, Vec<Reading>>>;

/// The text of the book that the source table makes.
pub fn generate() -> String {
    let sources = sources();
    let mut book = Book::default();
    for (id, source) in &sources {
        book.cite(id, source.clone());
    }
    for ((item, region), tiers) in readings() {
        let price = price(&item, &tiers, &sources);
        assert!(book.set(&region, item, price).is_none());
    }
    book.render()
}

fn sources() -> BTreeMap<String, Source> {
    let text = fs::read_to_string(root().join("prices/sources.csv")).unwrap();
    let source = |line: &str| {
        let [id, grade, date, text] = line.splitn(4, ',').collect::<Vec<_>>()[..] else {
            panic!("a source is `id,grade,date,text`: {line}");
        };
        let grade = if grade == "A" { Grade::A } else { Grade::B };
        let source = Source { grade, date: date.parse().unwrap(), text: text.to_owned() };
        (id.to_owned(), source)
    };
    let all: BTreeMap<_, _> = text.lines().skip(1).map(source).collect();
    assert_eq!(all.len(), text.lines().count() - 1, "each source has an id of its own");
    all
}

fn readings() -> Readings {
    let mut readings = Readings::new();
    let entries = fs::read_dir(root().join("prices")).unwrap();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "csv")) {
        let service = path.file_stem().unwrap().to_str().unwrap();
        if service != "sources" {
            read_service(service, &fs::read_to_string(path).unwrap(), &mut readings);
        }
    }
    readings
}

fn read_service(service: &str, text: &str, readings: &mut Readings) {
    assert!(text.starts_with("usage,key,region,from,usd,source\n"), "{service}");
    for line in text.lines().skip(1) {
        let [usage, key, region, from, usd, source] = line.split(',').collect::<Vec<_>>()[..]
        else {
            panic!("{service}: {line}");
        };
        assert!(word(service, usage).is_some(), "no word for {service} {usage}");
        assert!(REGIONS.contains(&region) || region == GLOBAL, "{service}: {line}");
        let reading = Reading { usd: usd.parse().unwrap(), source: source.to_owned() };
        let item = (Item::new(service, usage, key), region.to_owned());
        let tiers = readings.entry(item).or_default();
        tiers.entry(from.parse().unwrap()).or_default().push(reading);
    }
}

/// Of several readings the one of the better grade counts, then the newer. A price is as old as its
/// oldest tier.
fn price(
    item: &Item,
    tiers: &BTreeMap<Decimal, Vec<Reading>>,
    sources: &BTreeMap<String, Source>,
) -> Price {
    let source = |reading: &Reading| {
        sources.get(&reading.source).unwrap_or_else(|| panic!("no source {}", reading.source))
    };
    let best = |readings: &Vec<Reading>| {
        let rank = |reading: &&Reading| {
            let Source { grade, date, .. } = source(reading);
            (std::cmp::Reverse(*grade), *date)
        };
        readings.iter().max_by_key(rank).unwrap().clone()
    };
    let chosen: Vec<_> = tiers.iter().map(|(from, readings)| (*from, best(readings))).collect();
    let oldest = chosen.iter().map(|(_, reading)| source(reading)).min_by_key(|s| s.date).unwrap();
    let tier = |(from, reading): &(Decimal, Reading)| Tier { from: *from, usd: reading.usd };
    Price {
        unit: word(&item.service, &item.usage).unwrap().unit.to_owned(),
        tiers: chosen.iter().map(tier).collect(),
        source: oldest.text.clone(),
        grade: oldest.grade,
        date: oldest.date,
    }
}

#[test]
fn the_embedded_book_is_what_the_source_table_makes() {
    let path = root().join("src/cost/book/prices.txt");
    let fresh = generate();
    if std::env::var_os("EDXAWS_BLESS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    let differs = kept.lines().zip(fresh.lines()).find(|(old, new)| old != new);
    assert!(kept == fresh, "EDXAWS_BLESS=1 cargo test --test prices: {differs:?}");
    assert_eq!(Book::parse(&kept).unwrap().render(), kept, "what is read is written again");
}

#[test]
fn the_source_table_is_sorted_and_every_source_is_used() {
    let mut used = std::collections::BTreeSet::new();
    for tiers in readings().values() {
        used.extend(tiers.values().flatten().map(|reading| reading.source.clone()));
    }
    let known: std::collections::BTreeSet<_> = sources().into_keys().collect();
    assert_eq!(used, known);
    for entry in fs::read_dir(root().join("prices")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "csv") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().skip(1).collect();
        let columns = |line: &&str| {
            let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
            (cells[0].clone(), cells[1].clone(), cells[2].clone())
        };
        assert!(lines.is_sorted_by_key(columns), "{} is not sorted", path.display());
    }
}
