//! Which alarms there are, as data: what they look at and when they ring.

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{AlertLevel, Settings};
use crate::resource::Resource;
use crate::resources::cloudwatch::{Alarm, Rule, Subject};
use crate::resources::eks::NodeGroup;
use crate::resources::sns::Topic;
use crate::stack::data::Data;
use crate::stack::edge::Edge;
use crate::stack::name;

const AT_LEAST: &str = "GreaterThanOrEqualToThreshold";
const BELOW: &str = "LessThanThreshold";

pub(super) fn build(
    graph: &mut Graph,
    settings: &Settings,
    data: &Data,
    edge: &Edge,
    topic: &Ref<Topic>,
) {
    let mut all = basic(settings, data, edge);
    if settings.alerts.level >= AlertLevel::Full {
        all.extend(full(settings, data, edge));
        all.extend(node_groups(graph, settings));
    }
    for (what, subject, rule) in all {
        let (name, topic) = (name(settings, &what), topic.clone());
        graph.add(&what, Alarm { name, subject, rule, topic });
    }
}

type Spec = (String, Subject, Rule);

/// A rule of five-minute looks; no data is no alarm, since quiet metrics are not sent at all.
fn rule(description: &str, metric: (&str, &str), statistic: &str, ring: (&str, f64, i32)) -> Rule {
    let ((namespace, metric), (comparison, threshold, periods)) = (metric, ring);
    Rule {
        description: description.to_owned(),
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        statistic: statistic.to_owned(),
        comparison: comparison.to_owned(),
        threshold,
        period: 300,
        periods,
        missing_data: "notBreaching".to_owned(),
    }
}

fn basic(settings: &Settings, data: &Data, edge: &Edge) -> Vec<Spec> {
    const ALB: &str = "AWS/ApplicationELB";
    const RDS: &str = "AWS/RDS";
    let balancer = || Subject::LoadBalancer(edge.load_balancer.clone());
    let database = || Subject::Database(data.mysql.clone());
    // A tenth of what was asked for, in bytes.
    let little = f64::from(settings.mysql.storage_gib) * 0.1 * GIB;
    vec![
        spec(
            "alb-5xx",
            balancer(),
            rule(
                "the load balancer itself answers with errors: no healthy target, or timeouts",
                (ALB, "HTTPCode_ELB_5XX_Count"),
                "Sum",
                (AT_LEAST, 10.0, 1),
            ),
        ),
        spec(
            "target-5xx",
            balancer(),
            rule(
                "Open edX answers with errors",
                (ALB, "HTTPCode_Target_5XX_Count"),
                "Sum",
                (AT_LEAST, 10.0, 1),
            ),
        ),
        spec(
            "unhealthy-hosts",
            targets(edge),
            rule(
                "nodes fail the load balancer's health check",
                (ALB, "UnHealthyHostCount"),
                "Minimum",
                (AT_LEAST, 1.0, 2),
            ),
        ),
        spec(
            "mysql-cpu",
            database(),
            rule("the database is busy", (RDS, "CPUUtilization"), "Average", (AT_LEAST, 80.0, 3)),
        ),
        spec(
            "mysql-storage",
            database(),
            rule(
                "the database's disk is nearly full",
                (RDS, "FreeStorageSpace"),
                "Minimum",
                (BELOW, little, 1),
            ),
        ),
    ]
}

fn full(settings: &Settings, data: &Data, edge: &Edge) -> Vec<Spec> {
    let mut all = vec![spec(
        "target-latency",
        targets(edge),
        rule(
            "one request in twenty takes over three seconds",
            ("AWS/ApplicationELB", "TargetResponseTime"),
            "p95",
            (AT_LEAST, 3.0, 3),
        ),
    )];
    if let Some(most) = connections(&settings.mysql.instance_class) {
        all.push(spec(
            "mysql-connections",
            Subject::Database(data.mysql.clone()),
            rule(
                "four fifths of the database's connections are taken",
                ("AWS/RDS", "DatabaseConnections"),
                "Maximum",
                (AT_LEAST, (most * 0.8).floor(), 2),
            ),
        ));
    }
    for number in 1..=settings.cache.nodes {
        let Some(group) = data.cache.clone() else { break };
        all.push(spec(
            &format!("cache-memory-{number}"),
            Subject::CacheNode { group, number },
            rule(
                "the cache's memory is nearly full",
                ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"),
                "Average",
                (AT_LEAST, 85.0, 2),
            ),
        ));
    }
    all
}

/// EKS switches the metrics of its Auto Scaling groups on by itself.
fn node_groups(graph: &Graph, settings: &Settings) -> Vec<Spec> {
    let least = |group: &str| settings.cluster.node_groups.get(group).map(|one| one.min);
    let groups = graph.nodes().filter(|node| node.address.kind() == NodeGroup::KIND);
    let alarm = |group: &str| {
        let least = least(group).filter(|least| *least > 0)?;
        let rule = rule(
            "fewer nodes in service than the node group's minimum",
            ("AWS/AutoScaling", "GroupInServiceInstances"),
            "Minimum",
            (BELOW, least.into(), 3),
        );
        Some(spec(&format!("nodes-{group}"), Subject::NodeGroup(Ref::to(group)), rule))
    };
    groups.filter_map(|node| alarm(node.address.name())).collect()
}

fn spec(name: &str, subject: Subject, rule: Rule) -> Spec {
    (name.to_owned(), subject, rule)
}

fn targets(edge: &Edge) -> Subject {
    Subject::Targets {
        load_balancer: edge.load_balancer.clone(),
        target_group: edge.target_group.clone(),
    }
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// `max_connections` of RDS for MySQL: memory / 12582880. `None` for a class of unknown memory.
fn connections(class: &str) -> Option<f64> {
    let (family, size) = class.strip_prefix("db.")?.split_once('.')?;
    let general = match size {
        "micro" => 1.0,
        "small" => 2.0,
        "medium" => 4.0,
        "large" => 8.0,
        "xlarge" => 16.0,
        _ => size.strip_suffix("xlarge")?.parse::<f64>().ok()? * 16.0,
    };
    let memory = match family.chars().next()? {
        't' | 'm' => general,
        'r' => general * 2.0,
        _ => return None,
    };
    Some(memory * GIB / 12_582_880.0)
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn connections_follow_the_memory() {
        let of = |class| connections(class).map(f64::floor);
        assert_eq!(of("db.t4g.micro"), Some(85.0));
        assert_eq!(of("db.m7g.large"), Some(682.0));
        assert_eq!(of("db.r7g.2xlarge"), Some(5461.0));
        assert_eq!(of("db.x2g.large"), None);
    }
}
