//! The book's arithmetic and its text.

use jiff::civil::date;
use rust_decimal::{Decimal, dec};

use super::{Arch, Book, BookError, Grade, Item};

const SMALL: &str = "\
source bill B 2026-02-01 a bill
source list A 2026-03-01 a price list, of March

@ dns zone zone-month
hosted global 0.5,25:0.1 list

@ ec2 on-demand hour
m7i.large eu-west-1 0.1078 bill
m7i.large us-east-1 0.1008 list
";

fn small() -> Book {
    Book::parse(SMALL).unwrap()
}

#[test]
fn a_price_is_the_regions_own_or_missing() {
    let (book, item) = (small(), Item::new("ec2", "on-demand", "m7i.large"));
    let price = book.find("eu-west-1", &item).unwrap();
    assert_eq!((price.first(), price.grade), (dec!(0.1078), Grade::B));
    assert_eq!((price.unit.as_str(), price.date), ("hour", date(2026, 2, 1)));
    assert_eq!(price.source, "a bill");
    assert!(book.find("eu-west-3", &item).is_none(), "never another region's");
    assert!(book.find("us-east-1", &Item::new("ec2", "on-demand", "m7i.xlarge")).is_none());
}

#[test]
fn global_prices_hold_everywhere() {
    let book = small();
    let zone = Item::new("dns", "zone", "hosted");
    assert_eq!(book.find("sa-east-1", &zone), book.find("global", &zone));
    assert_eq!(book.regions().into_iter().collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
}

#[test]
fn each_tier_costs_what_it_costs() {
    let book = small();
    let zone = book.find("us-east-1", &Item::new("dns", "zone", "hosted")).unwrap();
    let cases =
        [(0, dec!(0)), (1, dec!(0.5)), (25, dec!(12.5)), (26, dec!(12.6)), (125, dec!(22.5))];
    for (count, cost) in cases {
        assert_eq!(zone.cost(Decimal::from(count)), cost, "{count} zones");
    }
}

#[test]
fn the_book_is_as_old_as_its_newest_price() {
    let book = small();
    assert_eq!(book.date(), date(2026, 3, 1));
    assert_eq!(book.age_days(date(2026, 3, 31)), 30);
    assert_eq!(book.age_days(date(2026, 2, 28)), -1);
}

#[test]
fn what_was_read_is_written_again() {
    let text = small().render();
    assert_eq!(Book::parse(&text), Ok(small()));
    assert_eq!(Book::parse(&text).unwrap().render(), text);
}

#[test]
fn what_is_not_a_book_is_refused_by_line() {
    let line = |change: (&str, &str)| match Book::parse(&SMALL.replace(change.0, change.1)) {
        Err(BookError::Line { line, what }) => format!("{line}: {what}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(line(("0.1008", "-0.1")), "9: below zero: `-0.1`");
    assert_eq!(line(("0.1008", "cheap")), "9: no amount: `cheap`");
    assert_eq!(line(("0.1008 list", "0.1008 rumour")), "9: no such source: `rumour`");
    assert_eq!(line(("us-east-1", "eu-west-1")), "9: `m7i.large` has two prices in eu-west-1");
    assert_eq!(line(("25:0.1", "0:0.1")), "5: tiers begin at 0 and ascend: `0.5,0:0.1`");
    assert_eq!(line((" A ", " C ")), "2: no such grade: `C`");
    assert_eq!(line(("2026-03-01", "March")), "2: no date: `March`");
    assert_eq!(Book::parse("# nothing\n"), Err(BookError::Empty));
}

#[test]
fn instance_types_have_size_and_architecture() {
    let book = Book::embedded();
    let graviton = book.instance("m7g.large").unwrap();
    assert_eq!((graviton.vcpu, graviton.memory_gib, graviton.arch), (2, dec!(8), Arch::Arm64));
    let nano = book.instance("t3.nano").unwrap();
    assert_eq!((nano.memory_gib, nano.arch, nano.max_pods), (dec!(0.5), Arch::X86, 4));
    assert!(book.instance("m99.huge").is_none());
}
