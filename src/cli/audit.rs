//! The audit after a destroy: what is left in the account, who made it, and what it costs a month.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use super::args::{Format, Global};
use super::book::{InUse, today};
use super::session::Session;
use crate::address::Address;
use crate::aws::{DataPolicy, Depth, tags};
use crate::cost::{Estimate, HOURS, Inventory, Terms, Thing, Usage, goods};
use crate::engine::{Plan, Survey};
use crate::error::{Problem, Result};
use crate::resource::{OnDestroy, Resource};
use crate::resources::ec2::{Leftover, NetworkLeftovers, NetworkLeftoversLive, What, leftovers};
use crate::resources::kind;
use crate::state::State;
use crate::view;

/// Where the stack stood, remembered before its records go.
#[derive(Debug, Clone)]
pub struct Trail {
    desired: NetworkLeftovers,
    live: NetworkLeftoversLive,
}

impl Trail {
    pub fn of(state: &State) -> Option<Self> {
        let mut of_kind =
            state.records.iter().filter(|(address, _)| address.kind() == NetworkLeftovers::KIND);
        let (_, record) = of_kind.next()?;
        let desired = serde_json::from_value(record.desired.clone()).ok()?;
        let live = serde_json::from_value(record.live.clone()?).ok()?;
        Some(Self { desired, live })
    }
}

/// Why everything stays that a destroy of a part is not about.
const SPARED: &str = "this destroy was not about it";

/// One thing that still exists.
#[derive(Debug, Clone, Serialize)]
pub struct Remainder {
    pub what: String,
    /// Dollars, where it costs something and the price book knows how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_usd: Option<Decimal>,
    /// Why it is meant to stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// Looks at the account by tag and by network, says what is left, and fails when something is that
/// should not be.
pub async fn audit(
    global: &Global,
    session: &Session,
    planned: &Plan,
    trail: Option<Trail>,
    excludes: &[Address],
) -> Result<()> {
    let survey = session.survey(Depth::Thorough, excludes).await?;
    let mut all = recorded(session, planned, &survey);
    all.extend(snapshots(session, planned));
    if let Some(trail) = &trail {
        all.extend(of_kubernetes(session, trail).await?);
    }
    price(global, session, &survey, &mut all)?;
    let all: Vec<Remainder> = all.into_values().collect();
    show(global, &all)?;
    let left: Vec<&Remainder> = all.iter().filter(|one| one.kept.is_none()).collect();
    match left.len() {
        0 => Ok(()),
        count => Err(Problem::user(match count {
            1 => "one object of this stack is left".to_owned(),
            _ => format!("{count} objects of this stack are left"),
        })
        .because(left.iter().map(|one| line(one)).collect::<Vec<_>>().join("; "))
        .hint("run `edxaws destroy --sweep`; what others hold has to be removed by hand")),
    }
}

type Remainders = BTreeMap<String, Remainder>;

fn remainder(what: String, kept: Option<&str>) -> Remainder {
    Remainder { what, monthly_usd: None, kept: kept.map(str::to_owned) }
}

/// What carries our tags: by its address, or as a stray. A recorded resource that this destroy had
/// no step for was meant to stay.
fn recorded(session: &Session, planned: &Plan, survey: &Survey) -> Remainders {
    let (state, steps) = (&session.state, &planned.steps);
    let doomed: BTreeSet<&Address> = steps.iter().map(|step| &step.address).collect();
    let why = |address: &Address| {
        let retained = planned.retained.iter().find(|kept| kept.address == *address);
        let spared = state.records.contains_key(address) && !doomed.contains(address);
        let other = spared.then_some(SPARED);
        retained.map(|kept| kept.why.as_str()).or(other)
    };
    let mut all = Remainders::new();
    for address in survey.sightings.keys().chain(state.records.keys()) {
        if kind(address.kind()).is_some_and(|kind| kind.forget_on_delete()) {
            continue;
        }
        let live = survey.sightings.get(address).and_then(|seen| id(&seen.live));
        let what = live.map_or_else(|| format!("`{address}`"), |id| format!("`{address}` ({id})"));
        all.insert(address.to_string(), remainder(what, why(address)));
    }
    for stray in &survey.strays {
        let id = id(&stray.live).unwrap_or("without a name");
        let what = format!("the {} `{id}`, which carries this stack's tags", stray.kind);
        all.insert(id.to_owned(), remainder(what, None));
    }
    all
}

/// What AWS calls a live object.
fn id(live: &serde_json::Value) -> Option<&str> {
    ["id", "arn", "name"].iter().find_map(|key| live.get(*key)?.as_str())
}

/// The final snapshots that this destroy took.
fn snapshots(session: &Session, planned: &Plan) -> Remainders {
    let taken = session.scope.data == DataPolicy::Snapshot;
    let steps = planned.steps.iter().filter(|step| {
        let rule = kind(step.address.kind()).map(|kind| kind.on_destroy(&step.desired));
        taken && rule == Some(OnDestroy::Snapshot)
    });
    let of = |address: &Address| {
        let what = format!("the final snapshot of `{address}`");
        (format!("{address} "), remainder(what, Some("it is the data; remove it by hand")))
    };
    steps.map(|step| of(&step.address)).collect()
}

/// What controllers left, and what only the tagging service knows of.
async fn of_kubernetes(session: &Session, trail: &Trail) -> Result<Remainders> {
    let keeps = session.scope.data == DataPolicy::Snapshot;
    let scope = session.scope.with_data(DataPolicy::Delete);
    let cluster = &trail.desired.cluster_name;
    let mut all = Remainders::new();
    for left in leftovers(&scope, &trail.live.vpc_id, cluster).await? {
        let data = keeps && left.what == What::Volume;
        let kept = data.then_some("it holds data; `--delete-data` removes it");
        let monthly_usd = monthly(session, &left);
        all.insert(left.id.clone(), Remainder { monthly_usd, ..remainder(left.to_string(), kept) });
    }
    for arn in only_tagged(session, cluster).await? {
        let snapshot = arn.contains(":snapshot/").then_some("it holds data; remove it by hand");
        all.entry(arn.clone()).or_insert_with(|| remainder(format!("`{arn}`"), snapshot));
    }
    Ok(all)
}

/// Types that no list of ours covers. Others are not asked for: the tagging service shows for
/// hours what is long gone.
const ONLY_TAGGED: &[&str] = &["ec2:snapshot", "elasticfilesystem:file-system"];

async fn only_tagged(session: &Session, cluster: &str) -> Result<BTreeSet<String>> {
    use aws_sdk_resourcegroupstagging::types::TagFilter;
    let of_stack = TagFilter::builder().key(tags::STACK).values(&session.scope.stack.name);
    let of_cluster = TagFilter::builder().key(format!("kubernetes.io/cluster/{cluster}"));
    let mut all = BTreeSet::new();
    for filter in [of_stack, of_cluster] {
        let call = session.scope.aws.tagging.get_resources().tag_filters(filter.build());
        let types = ONLY_TAGGED.iter().map(|one| (*one).to_owned()).collect();
        let pages = call.set_resource_type_filters(Some(types)).into_paginator().items().send();
        let found: Vec<_> =
            pages.collect::<Result<_, _>>().await.map_err(crate::aws::Failure::from)?;
        all.extend(found.iter().filter_map(|one| one.resource_arn().map(str::to_owned)));
    }
    Ok(all)
}

/// What a thing outside the graph costs a month; most of them cost nothing.
fn monthly(session: &Session, left: &Leftover) -> Option<Decimal> {
    let book = crate::cost::book::Book::embedded();
    let region = &session.scope.stack.region;
    let first = |good: goods::Good| Some(book.find(region, &good.item)?.first());
    match left.what {
        What::LoadBalancer => {
            let kind = if left.id.contains("loadbalancer/net/") { "nlb" } else { "alb" };
            Some(first(goods::balancer_hours(kind))? * HOURS)
        }
        What::Volume => Some(first(goods::volume("gp3"))? * Decimal::from(left.gib?)),
        _ => None,
    }
}

/// The price of what the graph knows, by the formulas of the estimate.
fn price(global: &Global, session: &Session, survey: &Survey, all: &mut Remainders) -> Result<()> {
    let desired = |address: &Address| {
        let recorded = session.state.records.get(address).map(|record| &record.desired);
        recorded.or_else(|| session.graph.get(address).map(|node| &node.desired)).cloned()
    };
    let there = survey.sightings.keys().chain(session.state.records.keys());
    let things = there.filter_map(|address| {
        let thing = Thing { part: String::new(), desired: desired(address)? };
        Some((address.clone(), thing))
    });
    let in_use = InUse::find(global)?;
    let usage = Usage::of(&session.profile.settings.usage);
    let region = &session.scope.stack.region;
    let terms = Terms { book: &in_use.book, region, usage: &usage, today: today() };
    for priced in Estimate::of(&Inventory(things.collect()), &terms).resources {
        let usd = priced.total().usd.expected;
        if let Some(one) = all.get_mut(&priced.name).filter(|_| usd > Decimal::ZERO) {
            one.monthly_usd = Some(usd);
        }
    }
    Ok(())
}

fn line(one: &Remainder) -> String {
    let cost = one.monthly_usd.map(|usd| format!(" (about ${} a month)", usd.round_dp(2)));
    let kept = one.kept.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{}{}{kept}", one.what, cost.unwrap_or_default())
}

fn show(global: &Global, all: &[Remainder]) -> Result<()> {
    if global.format == Format::Json {
        return view::out(&format!("{}\n", json!({"audit": all})));
    }
    let kept = all.iter().filter(|one| one.kept.is_some());
    let (spared, named): (Vec<_>, Vec<_>) =
        kept.partition(|one| one.kept.as_deref() == Some(SPARED));
    for one in named {
        view::err(&format!("kept: {}\n", line(one)));
    }
    if !spared.is_empty() {
        view::err(&format!("kept: {} others, which this destroy was not about\n", spared.len()));
    }
    Ok(())
}
