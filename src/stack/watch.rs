//! Who is told when something is wrong, what may be spent, what is backed up, and where images lie.

mod alarms;

use crate::address::{Address, Ref};
use crate::graph::Graph;
use crate::profile::{AlertLevel, Settings};
use crate::resource::Resource;
use crate::resources::backup::{BackupPlan, BackupSelection, BackupVault, Choice, Rule};
use crate::resources::budgets::{Budget, Tell};
use crate::resources::ecr::Repository;
use crate::resources::eks::Cluster;
use crate::resources::s3::{Bucket, BucketPolicy, Grant};
use crate::resources::sns::Topic;
use crate::stack::data::Data;
use crate::stack::edge::Edge;
use crate::stack::identity::Identity;
use crate::stack::{Surroundings, name};

pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    identity: &Identity,
    data: &Data,
    edge: &Edge,
) {
    graph.part("storage");
    bucket_policies(graph, place, edge);
    graph.part("watch");
    let topic = topic(graph, settings);
    if let Some(topic) = topic.as_ref().filter(|_| settings.alerts.level > AlertLevel::None) {
        alarms::build(graph, settings, data, edge, topic);
    }
    budget(graph, settings, topic.as_ref());
    backup(graph, settings, identity, data);
    if settings.registry.ecr {
        graph.add("openedx", Repository { name: name(settings, "openedx"), keep_images: 10 });
    }
}

/// TLS only for every bucket; media is read by the distribution in front of it, if there is one.
fn bucket_policies(graph: &mut Graph, place: &Surroundings, edge: &Edge) {
    let buckets = graph.nodes().filter(|node| node.address.kind() == Bucket::KIND);
    let names: Vec<String> = buckets.map(|node| node.address.name().to_owned()).collect();
    for name in names {
        let platform = name.strip_suffix("-media");
        let distribution = platform.and_then(|platform| edge.distributions.get(platform));
        let read = distribution.cloned().map(Grant::Read);
        let account = place.account.clone();
        let write = (name == "logs").then_some(Grant::BalancerLogs { account });
        let (bucket, grants) = (Ref::to(&name), read.into_iter().chain(write).collect());
        graph.add(&name, BucketPolicy { bucket, grants });
    }
}

/// Made for the alarms, or to tell of the budget when there is no address to write to.
fn topic(graph: &mut Graph, settings: &Settings) -> Option<Ref<Topic>> {
    let email = settings.alerts.email.clone();
    let budget = settings.budget.monthly_usd.is_some() && email.is_none();
    if settings.alerts.level == AlertLevel::None && !budget {
        return None;
    }
    let publishers = budget.then(|| "budgets.amazonaws.com".to_owned()).into_iter().collect();
    Some(graph.add("alerts", Topic { name: name(settings, "alerts"), email, publishers }))
}

fn budget(graph: &mut Graph, settings: &Settings, topic: Option<&Ref<Topic>>) {
    let Some(monthly_usd) = settings.budget.monthly_usd else { return };
    let tell = match (&settings.alerts.email, topic) {
        (Some(email), _) => Tell::Email(email.clone()),
        (None, Some(topic)) => Tell::Topic(topic.clone()),
        (None, None) => return,
    };
    let (name, stack) = (name(settings, "monthly"), settings.stack.clone());
    graph.add("monthly", Budget { name, stack, monthly_usd, tell });
}

fn backup(graph: &mut Graph, settings: &Settings, identity: &Identity, data: &Data) {
    let (true, Some(role)) = (settings.backup.enabled, &identity.backup) else { return };
    let keep_on_destroy = settings.storage.keep_on_destroy;
    let vault = graph.add("main", BackupVault { name: name(settings, "vault"), keep_on_destroy });
    let plan = BackupPlan { name: name(settings, "backup"), vault, rules: rules(settings) };
    let plan = graph.add("main", plan);
    let select = |graph: &mut Graph, what: &str, choice: Choice| {
        let (plan, role) = (plan.clone(), role.clone());
        graph.add(what, BackupSelection { name: name(settings, what), plan, role, what: choice });
    };
    select(graph, "database", Choice::Databases(vec![data.mysql.clone()]));
    let cluster = Address::new(Cluster::KIND, "main");
    if graph.get(&cluster).is_some() {
        select(graph, "volumes", Choice::VolumesOf(Ref::to(cluster.name())));
    }
}

fn rules(settings: &Settings) -> Vec<Rule> {
    let rule = |name: &str, schedule: &str, keep_days: u32| Rule {
        name: name.to_owned(),
        schedule: schedule.to_owned(),
        keep_days,
    };
    let mut rules = vec![rule("daily", "cron(0 3 * * ? *)", settings.backup.daily_days)];
    if settings.backup.weekly_days > 0 {
        rules.push(rule("weekly", "cron(0 4 ? * SUN *)", settings.backup.weekly_days));
    }
    rules
}
