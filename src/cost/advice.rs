//! Cheaper equivalents: the same stack with one setting changed, estimated again; the difference is
//! the saving.

use jiff::civil::Date;
use rust_decimal::{Decimal, dec};

use super::book::Book;
use super::estimate::{Estimate, Terms};
use super::goods;
use super::line::{HOURS, Line, Rate};
use super::offline;
use super::support::{Release, Standing};
use super::usage::Usage;
use crate::profile::{CacheEngine, CacheMode, Nat, Settings};

/// Something cheaper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    pub what: String,
    /// A month, at the expected size.
    pub usd: Decimal,
    /// When it begins to count, if not at once.
    pub since: Option<Date>,
}

type Change = fn(&mut Settings) -> Option<String>;

const CHANGES: &[Change] =
    &[graviton_nodes, graviton_mysql, graviton_cache, valkey, one_nat, endpoint];

/// What would make this stack cheaper, the most saving first.
pub fn savings(settings: &Settings, estimate: &Estimate, book: &Book, today: Date) -> Vec<Saving> {
    let mut all: Vec<Saving> = CHANGES
        .iter()
        .filter_map(|change| tried(settings, estimate, *change, book, today))
        .collect();
    all.extend(schedule(estimate));
    all.sort_by_key(|saving| std::cmp::Reverse(saving.usd));
    all.extend(support(settings, book, today));
    all
}

fn tried(
    settings: &Settings,
    estimate: &Estimate,
    change: Change,
    book: &Book,
    today: Date,
) -> Option<Saving> {
    let mut changed = settings.clone();
    let what = change(&mut changed)?;
    let usage = Usage::of(&changed.usage);
    let terms = Terms { book, region: &changed.region, usage: &usage, today };
    let other = Estimate::of(&offline::inventory(&changed, today).ok()?, &terms);
    let (before, after) = (estimate.total(), other.total());
    // A missing price must not look like a saving.
    let usd = before.usd.expected - after.usd.expected;
    (usd > Decimal::ZERO && after.missing <= before.missing).then_some(Saving {
        what,
        usd,
        since: None,
    })
}

/// The Graviton family of the same size: AWS's own successor of each Intel and AMD family.
pub(super) fn graviton(class: &str) -> Option<String> {
    let (prefix, rest) = match class.split_once('.') {
        Some((first @ ("db" | "cache"), rest)) => (format!("{first}."), rest),
        _ => (String::new(), class),
    };
    let (family, size) = rest.split_once('.')?;
    let better = match family {
        "t2" | "t3" | "t3a" => "t4g",
        "m4" | "m5" | "m5a" | "m6i" | "m6a" => "m6g",
        "m7i" | "m7a" | "m7i-flex" => "m7g",
        "c5" | "c5a" | "c6i" | "c6a" => "c6g",
        "c7i" | "c7a" | "c7i-flex" => "c7g",
        "r4" | "r5" | "r5a" | "r6i" | "r6a" => "r6g",
        "r7i" | "r7a" => "r7g",
        _ => return None,
    };
    Some(format!("{prefix}{better}.{size}"))
}

fn graviton_nodes(settings: &mut Settings) -> Option<String> {
    let mut names = Vec::new();
    for (name, group) in &mut settings.cluster.node_groups {
        let mut better: Vec<String> =
            group.instance_types.iter().map(|one| graviton(one)).collect::<Option<_>>()?;
        better.dedup();
        names.push(format!("`{name}` on {}", better.join(", ")));
        group.instance_types = better;
    }
    Some(format!("Graviton nodes: {} (images must be built for arm64)", names.join("; ")))
}

fn graviton_mysql(settings: &mut Settings) -> Option<String> {
    let better = graviton(&settings.mysql.instance_class)?;
    settings.mysql.instance_class.clone_from(&better);
    Some(format!("MySQL on Graviton: `mysql.instance_class = \"{better}\"`"))
}

fn graviton_cache(settings: &mut Settings) -> Option<String> {
    let better = graviton(&settings.cache.node_type)?;
    settings.cache.node_type.clone_from(&better);
    Some(format!("the cache on Graviton: `cache.node_type = \"{better}\"`"))
}

fn valkey(settings: &mut Settings) -> Option<String> {
    let cache = &mut settings.cache;
    let dearer = cache.engine == CacheEngine::Redis && cache.mode == CacheMode::Managed;
    cache.engine = CacheEngine::Valkey;
    dearer.then(|| "Valkey instead of Redis: `cache.engine = \"valkey\"`".to_owned())
}

fn one_nat(settings: &mut Settings) -> Option<String> {
    let each = settings.network.nat == Nat::PerZone && settings.network.zones > 1;
    settings.network.nat = Nat::Single;
    each.then(|| {
        "one NAT gateway: `network.nat = \"single\"` (nodes lose their way out when its zone fails)"
            .to_owned()
    })
}

fn endpoint(settings: &mut Settings) -> Option<String> {
    let without = !settings.network.s3_endpoint;
    settings.network.s3_endpoint = true;
    without.then(|| "a gateway endpoint for S3, free: `network.s3_endpoint = true`".to_owned())
}

/// Hours of a week from Monday to Friday, seven to seven, among all.
const ON: Decimal = dec!(60);
const WEEK: Decimal = dec!(168);

/// Nodes and database only in working hours; what the control plane and the rest cost stays.
fn schedule(estimate: &Estimate) -> Option<Saving> {
    let stops = |line: &Line| match &line.rate {
        Rate::Price { item, .. } => {
            line.unit == "hours" && matches!(item.service.as_str(), "ec2" | "rds")
        }
        Rate::Spot { .. } => true,
        _ => false,
    };
    let hourly = estimate.lines().filter(|(_, line)| stops(line));
    let usd: Decimal = hourly.filter_map(|(_, line)| Some(line.monthly()?.expected)).sum();
    let usd = (usd * (WEEK - ON) / WEEK).round_dp(2);
    (usd > Decimal::ZERO).then(|| Saving {
        what: "nodes and database stopped at nights and weekends (60 of 168 hours on); a stopped \
               database starts by itself after seven days"
            .to_owned(),
        usd,
        since: None,
    })
}

/// What staying behind would cost, from the day on which it would.
fn support(settings: &Settings, book: &Book, today: Date) -> Option<Saving> {
    let version = offline::surroundings(settings, today).kubernetes_version;
    let release = Release::find("kubernetes", &version)?;
    let price = book.find(&settings.region, &goods::extended_support().item)?;
    let standard = release.standing(today) == Standing::Standard;
    Some(Saving {
        what: format!(
            "no extended support: Kubernetes {version} leaves the standard one on {}; edxaws has \
             AWS raise the cluster instead",
            release.standard_until
        ),
        usd: price.first() * HOURS,
        since: standard.then_some(release.standard_until),
    })
}

#[cfg(test)]
mod tests {
    use super::graviton;

    #[test]
    fn graviton_keeps_the_size() {
        assert_eq!(graviton("m7i.xlarge").as_deref(), Some("m7g.xlarge"));
        assert_eq!(graviton("db.t3.small").as_deref(), Some("db.t4g.small"));
        assert_eq!(graviton("cache.t2.micro").as_deref(), Some("cache.t4g.micro"));
        assert_eq!(graviton("m7g.large"), None);
    }
}
