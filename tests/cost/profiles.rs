//! The shipped profiles in three regions: every line is its price in the book times its quantity.

use edxaws::cost::book::Book;
use edxaws::cost::goods::Unit;
use edxaws::cost::{Line, Rate, Report, Span, Usage, usage};
use edxaws::profile::{Nat, UsageSettings};
use rust_decimal::{Decimal, dec};

use crate::{report, settings, today};

const PROFILES: [&str; 4] = ["dev", "staging", "prod", "sandbox"];
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-south-1"];

/// What the line costs by the book alone.
fn by_hand(line: &Line) -> Option<Span> {
    let quantity = line.amount.quantity?;
    if quantity == Span::ZERO {
        return Some(Span::ZERO);
    }
    let book = Book::embedded();
    let each = match &line.rate {
        Rate::Price { item, region, from, .. } => {
            let tiers = &book.find(region, item).expect("a price of the book").tiers;
            Span::exactly(tiers.iter().find(|tier| tier.from == *from).expect("its step").usd)
        }
        Rate::Spot { items, region, .. } => {
            let prices: Vec<Decimal> = items
                .iter()
                .filter_map(|item| Some(book.find(region, item)?.tiers[0].usd))
                .collect();
            let mean = prices.iter().sum::<Decimal>() / Decimal::from(prices.len());
            Span {
                least: prices.iter().min()? * dec!(0.35),
                expected: mean.round_dp(6) * dec!(0.5),
                most: *prices.iter().max()?,
            }
        }
        Rate::Missing { item, region } => {
            assert!(book.find(region, item).is_none(), "{item} has a price in {region}");
            return None;
        }
        Rate::Free => Span::ZERO,
    };
    Some(Span {
        least: quantity.least * each.least,
        expected: quantity.expected * each.expected,
        most: quantity.most * each.most,
    })
}

#[test]
fn totals_reproduce_by_hand() {
    for profile in PROFILES {
        for region in REGIONS {
            let report = report(profile, region);
            let (mut sum, mut missing) = (Span::ZERO, 0);
            for (resource, line) in report.estimate.lines() {
                assert_eq!(line.monthly(), by_hand(line), "{profile} {region} {}", resource.name);
                match by_hand(line) {
                    Some(usd) => sum = sum + usd,
                    None => missing += usize::from(line.amount.quantity.is_some()),
                }
            }
            let total = report.estimate.total();
            assert_eq!((total.usd, total.missing), (sum, missing), "{profile} {region}");
            assert!(sum.expected > dec!(150), "{profile} {region}: {}", sum.expected);
            assert!(sum.least <= sum.expected && sum.expected <= sum.most);
            assert_eq!(missing == 0, region == "us-east-1", "{profile} {region}: {missing}");
        }
    }
}

/// The totals that the comments at the head of the profiles claim.
#[test]
fn the_profiles_say_what_they_cost() {
    for (profile, said) in [("dev", "about 250"), ("staging", "about 350"), ("prod", "about 1,230")]
    {
        let text = edxaws::profile::built_in(profile).unwrap();
        let head: String = text.lines().take(5).collect::<Vec<_>>().join(" ").replace("# ", "");
        assert!(head.contains(&format!("{said} dollars")), "{profile}: {head}");
        let about: Decimal = said.trim_start_matches("about ").replace(',', "").parse().unwrap();
        let usd = report(profile, "us-east-1").estimate.total().usd.expected;
        assert!(
            (usd - about).abs() < about * dec!(0.03),
            "{profile} costs {usd}, its head says {said}"
        );
    }
}

/// Each address AWS will bill: one a NAT gateway, one in each zone of the balancer.
#[test]
fn every_public_address_is_counted() {
    let hours = |report: &Report| -> Decimal {
        let lines = report.estimate.lines().filter(|(_, line)| line.name == "public IPv4");
        lines.map(|(_, line)| line.amount.quantity.unwrap().expected).sum()
    };
    assert_eq!(hours(&report("prod", "us-east-1")), dec!(730) * dec!(6));
    assert_eq!(hours(&report("dev", "us-east-1")), dec!(730) * dec!(3));
    let mut open = settings("dev", "us-east-1");
    open.network.nat = Nat::None;
    let open = Report::of_profile("dev", &open, Book::embedded(), today()).unwrap();
    // Two of the balancer, and one of each node.
    assert_eq!(hours(&open), dec!(730) * dec!(4));
}

#[test]
fn groups_scale_only_with_an_autoscaler() {
    let mut fixed = settings("prod", "us-east-1");
    fixed.cluster.autoscaler = false;
    let fixed = Report::of_profile("prod", &fixed, Book::embedded(), today()).unwrap();
    let nodes = |report: &Report| {
        let group = |one: &&edxaws::cost::Priced| one.name == "eks_nodegroup.workers";
        report.estimate.resources.iter().find(group).unwrap().total().usd
    };
    assert!(nodes(&fixed).is_exact());
    let scaled = nodes(&report("prod", "us-east-1"));
    assert_eq!(scaled.expected, nodes(&fixed).expected);
    assert!(scaled.most > scaled.expected * dec!(3));
}

/// Savings are real: the stack with the setting changed costs that much less.
#[test]
fn savings_hold() {
    let before = report("prod", "us-east-1");
    let said = before.savings.iter().find(|one| one.what.starts_with("one NAT")).unwrap();
    let mut single = settings("prod", "us-east-1");
    single.network.nat = Nat::Single;
    let after = Report::of_profile("prod", &single, Book::embedded(), today()).unwrap();
    let usd = before.estimate.total().usd.expected - after.estimate.total().usd.expected;
    assert_eq!(said.usd, usd);
    assert!(usd > dec!(70), "{usd}");
    assert!(before.savings.iter().any(|one| one.what.starts_with("Graviton nodes")));
}

/// A size means its three numbers, and each number may be set by itself.
#[test]
fn usage_is_what_is_said() {
    let stated = UsageSettings { nat_gb: Some(7), ..UsageSettings::default() };
    let usage = Usage::of(&stated);
    assert_eq!(usage.number(&usage::NAT_GB), dec!(7));
    assert_eq!(usage.number(&usage::S3_GB), dec!(20));
    let reference = edxaws::profile::reference_markdown();
    for assumption in usage::ALL {
        let [small, medium, large] = assumption.by_size;
        let row =
            reference.lines().find(|line| line.starts_with(&format!("| `{}`", assumption.name)));
        let row = row.unwrap_or_else(|| panic!("`{}` is no field", assumption.name));
        assert!(row.contains(&format!("{small}, {medium}, {large}.")), "{row}");
    }
}

/// The book counts each good in the unit that the vocabulary has for it.
#[test]
fn units_are_the_books() {
    for (resource, line) in report("prod", "us-east-1").estimate.lines() {
        let Rate::Price { item, region, .. } = &line.rate else { continue };
        let price = Book::embedded().find(region, item).unwrap();
        let word = edxaws::cost::vocabulary::word(&item.service, &item.usage).unwrap();
        assert_eq!(price.unit, word.unit, "{}", resource.name);
        assert_eq!(line.unit, Unit(word.unit).people(), "{}", resource.name);
    }
}

#[test]
fn what_outlives_a_destroy() {
    let dev = report("dev", "us-east-1").stays.unwrap();
    assert_eq!(dev.total().usd, Span::ZERO);
    let prod = report("prod", "us-east-1").stays.unwrap();
    let billed: Vec<&str> = prod
        .resources
        .iter()
        .filter(|one| one.total().usd.expected > Decimal::ZERO)
        .map(|one| one.kind.as_str())
        .collect();
    assert_eq!(billed, ["backup_vault", "bucket", "bucket", "bucket", "db_instance"]);
}
