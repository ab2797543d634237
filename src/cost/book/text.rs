//! The text of a price book: sources first, then sections of one line per price and region.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Book, Grade, Item, Price, Source, Tier};

const HEAD: &str = "# Prices in USD, before tax. How this file is made: docs/prices.md.\n";

/// Why a text is not a price book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    #[error("line {line} of the price book: {what}")]
    Line { line: usize, what: String },
    #[error("the price book has no price")]
    Empty,
}

/// The item's section a price line stands in.
struct Section<'a> {
    service: &'a str,
    usage: &'a str,
    unit: &'a str,
}

pub(super) fn parse(text: &str) -> Result<Book, BookError> {
    let mut book = Book::default();
    let mut section = None;
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: String| BookError::Line { line: index + 1, what };
        match line.split_once(' ') {
            _ if line.is_empty() || line.starts_with('#') => {}
            Some(("source", rest)) => {
                let (id, source) = parse_source(rest).map_err(wrong)?;
                book.cite(id, source);
            }
            Some(("@", rest)) => section = Some(parse_section(rest).map_err(wrong)?),
            _ => {
                let open = section.as_ref();
                let open = open.ok_or_else(|| wrong("a price before the first `@`".to_owned()))?;
                parse_price(&mut book, open, line).map_err(wrong)?;
            }
        }
    }
    if book.prices.is_empty() { Err(BookError::Empty) } else { Ok(book) }
}

fn parse_source(rest: &str) -> Result<(&str, Source), String> {
    let mut words = rest.splitn(4, ' ');
    let (Some(id), Some(grade), Some(date), Some(text)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a source is `source ID GRADE DATE TEXT`".to_owned());
    };
    let grade = match grade {
        "A" => Grade::A,
        "B" => Grade::B,
        other => return Err(format!("no such grade: `{other}`")),
    };
    let date: Date = date.parse().map_err(|_| format!("no date: `{date}`"))?;
    Ok((id, Source { grade, date, text: text.to_owned() }))
}

fn parse_section(rest: &str) -> Result<Section<'_>, String> {
    match rest.split(' ').collect::<Vec<_>>()[..] {
        [service, usage, unit] => Ok(Section { service, usage, unit }),
        _ => Err("a section is `@ SERVICE USAGE UNIT`".to_owned()),
    }
}

fn parse_price(book: &mut Book, section: &Section<'_>, line: &str) -> Result<(), String> {
    let [key, region, tiers, id] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err("a price is `KEY REGION USD SOURCE`".to_owned());
    };
    let source = book.sources.get(id).ok_or_else(|| format!("no such source: `{id}`"))?;
    let price = Price {
        unit: section.unit.to_owned(),
        tiers: parse_tiers(tiers)?,
        source: source.text.clone(),
        grade: source.grade,
        date: source.date,
    };
    let item = Item::new(section.service, section.usage, key);
    match book.set(region, item, price) {
        Some(_) => Err(format!("`{key}` has two prices in {region}")),
        None => Ok(()),
    }
}

/// `0.09,10240:0.085`: the first price, then the others with the quantity they begin above.
fn parse_tiers(text: &str) -> Result<Vec<Tier>, String> {
    let mut tiers: Vec<Tier> = Vec::new();
    for part in text.split(',') {
        let (from, usd) = part.split_once(':').unwrap_or(("0", part));
        let tier = Tier { from: parse_amount(from)?, usd: parse_amount(usd)? };
        let follows = match tiers.last() {
            Some(last) => last.from < tier.from,
            None => tier.from.is_zero(),
        };
        if !follows {
            return Err(format!("tiers begin at 0 and ascend: `{text}`"));
        }
        tiers.push(tier);
    }
    Ok(tiers)
}

fn parse_amount(text: &str) -> Result<Decimal, String> {
    let amount = Decimal::from_str_exact(text).map_err(|_| format!("no amount: `{text}`"))?;
    if amount.is_sign_negative() { Err(format!("below zero: `{text}`")) } else { Ok(amount) }
}

pub(super) fn render(book: &Book) -> String {
    let ids = ids(book);
    let mut out = HEAD.to_owned();
    for (source, id) in &ids {
        let Source { grade, date, text } = source;
        let _ = writeln!(out, "source {id} {} {date} {text}", grade.letter());
    }
    let mut open = None;
    for (item, region, price) in book.iter() {
        let section = (&item.service, &item.usage, &price.unit);
        if open != Some(section) {
            let _ = writeln!(out, "\n@ {} {} {}", section.0, section.1, section.2);
            open = Some(section);
        }
        let id = ids.get(&source_of(price)).map_or("", String::as_str);
        let _ = writeln!(out, "{} {region} {} {id}", item.key, render_tiers(&price.tiers));
    }
    out
}

/// The short names of the sources that prices use; one that was not cited gets a number.
fn ids(book: &Book) -> BTreeMap<Source, String> {
    let cited: BTreeMap<&Source, &String> =
        book.sources.iter().map(|(id, source)| (source, id)).collect();
    let used: std::collections::BTreeSet<Source> =
        book.iter().map(|(_, _, price)| source_of(price)).collect();
    let name = |(index, source): (usize, Source)| {
        let id = cited.get(&source).map_or_else(|| format!("s{index}"), |id| (*id).clone());
        (source, id)
    };
    used.into_iter().enumerate().map(name).collect()
}

fn source_of(price: &Price) -> Source {
    Source { grade: price.grade, date: price.date, text: price.source.clone() }
}

fn render_tiers(tiers: &[Tier]) -> String {
    let tier = |tier: &Tier| {
        let usd = tier.usd.normalize();
        if tier.from.is_zero() {
            usd.to_string()
        } else {
            format!("{}:{usd}", tier.from.normalize())
        }
    };
    tiers.iter().map(tier).collect::<Vec<_>>().join(",")
}
