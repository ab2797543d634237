//! Graphs and schedules: whatever the edges, needs come first, cycles are named, nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use edxaws::engine::Schedule;
use edxaws::graph::{Graph, topological};
use edxaws::resources::ec2::{InternetGateway, Vpc};
use proptest::prelude::*;

type Needs = BTreeMap<u8, BTreeSet<u8>>;

/// Any edges among `0..n`, cycles included.
fn any_edges() -> impl Strategy<Value = Needs> {
    (1u8..14).prop_flat_map(|n| {
        let needs = prop::collection::btree_set(0..n, 0..4);
        prop::collection::vec(needs, usize::from(n)).prop_map(|all| (0u8..).zip(all).collect())
    })
}

/// Edges that only point down: no cycle.
fn acyclic() -> impl Strategy<Value = Vec<BTreeSet<usize>>> {
    let needs = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    prop::collection::vec(needs, 1..30).prop_map(|all| {
        let down = |(at, needs): (usize, Vec<prop::sample::Index>)| match at {
            0 => BTreeSet::new(),
            at => needs.iter().map(|index| index.index(at)).collect(),
        };
        all.into_iter().enumerate().map(down).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn needs_come_first_or_a_cycle_is_named(needs in any_edges()) {
        match topological(&needs) {
            Ok(order) => {
                prop_assert_eq!(order.len(), needs.len());
                for (node, upstream) in &needs {
                    let at = |one| order.iter().position(|other| other == one);
                    prop_assert!(upstream.iter().all(|up| at(up) < at(node)));
                }
            }
            Err(cycle) => {
                prop_assert!(cycle.len() >= 2);
                prop_assert_eq!(cycle.first(), cycle.last());
                for pair in cycle.windows(2) {
                    prop_assert!(needs[&pair[0]].contains(&pair[1]), "{cycle:?} is no cycle");
                }
            }
        }
    }

    #[test]
    fn a_graph_does_not_know_in_which_order_it_was_filled(
        names in prop::collection::btree_set("[a-d]{1,3}", 1..6),
        shuffled in any::<u64>(),
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let fill = |names: &[String]| {
            let mut graph = Graph::new();
            for name in names {
                let vpc = graph.add(name, Vpc { cidr: "10.0.0.0/16".to_owned() });
                graph.add(name, InternetGateway { vpc });
            }
            let order = graph.order().unwrap();
            order.into_iter().map(|node| node.address.to_string()).collect::<Vec<_>>()
        };
        let mut other = names.clone();
        fastrand::Rng::with_seed(shuffled).shuffle(&mut other);
        prop_assert_eq!(fill(&names), fill(&other));
    }

    #[test]
    fn a_schedule_starts_every_step_once_and_none_too_early(
        needs in acyclic(),
        seed in any::<u64>(),
    ) {
        let mut random = fastrand::Rng::with_seed(seed);
        let seconds: Vec<u64> = needs.iter().map(|_| random.u64(0..100)).collect();
        let mut schedule = Schedule::new(&needs, &seconds);
        let path = schedule.critical_path();
        let length: u64 = path.iter().map(|&step| seconds[step]).sum();
        prop_assert_eq!(length, schedule.expected(), "the critical path is the expected length");
        for pair in path.windows(2) {
            prop_assert!(needs[pair[1]].contains(&pair[0]));
        }
        let (mut running, mut done) = (Vec::new(), BTreeSet::new());
        loop {
            while let Some(step) = schedule.take() {
                prop_assert!(needs[step].iter().all(|up| done.contains(up)), "too early");
                running.push(step);
            }
            if running.is_empty() {
                break;
            }
            let step = running.swap_remove(random.usize(..running.len()));
            prop_assert!(done.insert(step), "twice");
            schedule.done(step);
        }
        prop_assert_eq!(done.len(), needs.len());
    }

    /// What stands behind a failed step is exactly what can no longer start.
    #[test]
    fn a_failure_holds_up_what_is_behind_it_and_nothing_else(needs in acyclic(), at in any::<prop::sample::Index>()) {
        let failed = at.index(needs.len());
        let mut schedule = Schedule::new(&needs, &vec![1; needs.len()]);
        let behind = schedule.behind(failed);
        let mut done = BTreeSet::new();
        while let Some(step) = schedule.take() {
            if step != failed {
                done.insert(step);
                schedule.done(step);
            }
        }
        let held: BTreeSet<usize> =
            (0..needs.len()).filter(|step| *step != failed && !done.contains(step)).collect();
        prop_assert_eq!(behind, held);
    }
}
