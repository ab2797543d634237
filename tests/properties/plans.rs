//! Plans: from any state of the records and of the account to steps that lead to what is wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use edxaws::address::Address;
use edxaws::engine::{
    Action, Choice, Plan, Select, Sighting, Step, Survey, Why, plan_destroy, plan_up,
};
use edxaws::graph::Graph;
use edxaws::resources::kind;
use edxaws::state::{Phase, Record, State};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::stage::Stage;

/// A whole stack that is up: its graph and its state.
pub fn stack() -> &'static (Graph, State) {
    static STACK: OnceLock<(Graph, State)> = OnceLock::new();
    STACK.get_or_init(|| std::thread::spawn(up).join().unwrap())
}

fn up() -> (Graph, State) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut stage = Stage::new("dev", 17).await;
        assert!(stage.up().await.failed.is_empty());
        (stage.graph().await, stage.state)
    })
}

/// What may have become of one resource.
#[derive(Debug, Clone)]
enum Fate {
    NeverMade,
    Claimed,
    ClaimedAndThere,
    Made,
    Leaving,
    LeavingAndGone,
    Vanished,
    /// The profile no longer has it.
    Dropped,
}

fn fate() -> impl Strategy<Value = Fate> {
    use Fate::*;
    prop_oneof![
        Just(NeverMade),
        Just(Claimed),
        Just(ClaimedAndThere),
        Just(Made),
        Just(Leaving),
        Just(LeavingAndGone),
        Just(Vanished),
        Just(Dropped),
    ]
}

/// The stack after some misfortunes.
fn befallen(fates: &[(Index, Fate)]) -> (Graph, State, Survey) {
    let (graph, state) = stack();
    let (mut graph, mut state) = (graph.clone(), state.clone());
    let live = |record: &Record| record.live.clone().unwrap();
    let mut survey = Survey::default();
    for (address, record) in &state.records {
        let token = Some(record.token.clone());
        survey.sightings.insert(address.clone(), Sighting { live: live(record), token });
    }
    let all: Vec<Address> = state.records.keys().cloned().collect();
    for (index, fate) in fates {
        let address = index.get(&all);
        let Some(record) = state.records.get_mut(address) else { continue };
        let gone = match fate {
            Fate::Claimed | Fate::ClaimedAndThere => {
                (record.phase, record.live) = (Phase::Claimed, None);
                matches!(fate, Fate::Claimed)
            }
            Fate::Made => {
                record.phase = Phase::Made;
                false
            }
            Fate::Leaving | Fate::LeavingAndGone => {
                record.phase = Phase::Leaving;
                matches!(fate, Fate::LeavingAndGone)
            }
            Fate::Vanished => true,
            Fate::NeverMade => {
                state.records.remove(address);
                true
            }
            Fate::Dropped => {
                graph = graph.without(std::slice::from_ref(address));
                false
            }
        };
        if gone {
            survey.sightings.remove(address);
        }
    }
    (graph, state, survey)
}

fn fates() -> impl Strategy<Value = Vec<(Index, Fate)>> {
    prop::collection::vec((any::<Index>(), fate()), 0..12)
}

fn addresses(plan: &Plan, action: Action) -> BTreeSet<&Address> {
    plan.steps.iter().filter(|step| step.action == action).map(|step| &step.address).collect()
}

/// A step waits only for steps that are there, and some order satisfies all.
fn can_be_ordered(plan: &Plan) -> bool {
    let mut done = BTreeSet::new();
    while done.len() < plan.steps.len() {
        let before = done.len();
        for (at, step) in plan.steps.iter().enumerate() {
            if step.needs.is_subset(&done) {
                done.insert(at);
            }
        }
        if done.len() == before {
            return false;
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_leads_to_what_is_wanted(fates in fates()) {
        let (graph, state, survey) = befallen(&fates);
        let choice = Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..Choice::default() };
        let plan = plan_up(&graph, &state, &survey, &choice).unwrap();
        prop_assert_eq!(&plan, &plan_up(&graph, &state, &survey, &choice).unwrap());
        prop_assert!(can_be_ordered(&plan));

        // Nothing that is wanted is deleted for good, and nothing wanted is forgotten.
        let (created, deleted) = (addresses(&plan, Action::Create), addresses(&plan, Action::Delete));
        for node in graph.nodes() {
            let address = &node.address;
            prop_assert!(!deleted.contains(address) || created.contains(address), "{address}");
            let mentioned = plan.steps.iter().any(|step| &step.address == address && step.action != Action::Delete);
            prop_assert!(mentioned != plan.unchanged.contains(address), "{address}");
        }
        // What is recorded and no longer wanted goes, and nothing else does.
        for address in state.records.keys().filter(|address| graph.get(address).is_none()) {
            prop_assert!(deleted.contains(address), "{address}");
        }
        // It is minimal: what nothing happened to, and stands on nothing that changes, has no step.
        for step in &plan.steps {
            prop_assert!(step.why != Why::Edited && step.why != Why::Drifted || !step.reasons.is_empty(), "{step:?}");
        }
        // Makes wait for the makes upstream, deletes for the deletes of what stands on them.
        for step in plan.steps.iter().filter(|step| step.action != Action::Delete) {
            for up in &step.upstream {
                let maker = plan.steps.iter().position(|other| &other.address == up && other.action != Action::Delete);
                prop_assert!(maker.is_none_or(|maker| step.needs.contains(&maker)), "{} before {up}", step.address);
            }
        }
        // Carried out, it leaves nothing to do.
        let (state, survey) = carried_out(&graph);
        prop_assert!(plan_up(&graph, &state, &survey, &choice).unwrap().is_empty());
    }

    #[test]
    fn a_destroy_takes_everything_in_reverse(fates in fates()) {
        let (_, state, survey) = befallen(&fates);
        let choice = Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..Choice::default() };
        let plan = plan_destroy(&state, &survey, &choice).unwrap();
        prop_assert!(can_be_ordered(&plan));
        prop_assert!(plan.refusals.is_empty() && plan.retained.is_empty());
        let deleted: BTreeMap<&Address, usize> =
            plan.steps.iter().enumerate().map(|(at, step)| (&step.address, at)).collect();
        prop_assert_eq!(deleted.len(), state.records.len());
        for (address, record) in &state.records {
            for up in record.needs.iter().filter(|up| state.records.contains_key(*up)) {
                let waits = plan.steps[deleted[up]].needs.contains(&deleted[address]);
                let outlives = kind(address.kind()).unwrap().outlives(up.kind());
                prop_assert!(waits || outlives, "{up} goes before {address}");
            }
        }
    }

    /// Without leave to lose data, no plan deletes what holds some.
    #[test]
    fn data_is_never_lost_by_the_way(fates in fates()) {
        let (graph, state, survey) = befallen(&fates);
        let plan = plan_destroy(&state, &survey, &Choice::default()).unwrap();
        let kept: BTreeSet<&Address> = plan.retained.iter().map(|one| &one.address).collect();
        for step in &plan.steps {
            prop_assert!(!kept.contains(&step.address));
            let record = &state.records[&step.address];
            let stands_on = state.records.iter().filter(|(_, other)| other.needs.contains(&step.address));
            for (address, _) in stands_on {
                prop_assert!(!kept.contains(address), "{} goes, {address} stays", step.address);
            }
            prop_assert_eq!(&record.desired, &step.desired);
        }
        prop_assert!(graph.len() <= stack().0.len());
    }
}

/// What is made anew is counted once, although it is two steps.
#[test]
fn a_plan_counts_what_it_does() {
    let (graph, _) = stack();
    let empty = State::new("dev", "123456789012", "us-east-1", "lineage".to_owned());
    let whole = plan_up(graph, &empty, &Survey::default(), &Choice::default()).unwrap();
    let failed = || Why::Failed("it is broken".to_owned());
    let mut meant = vec![
        (Action::Create, Why::Replaced),
        (Action::Delete, Why::Replaced),
        (Action::Create, failed()),
        (Action::Delete, failed()),
    ];
    meant.extend((0..3).map(|_| (Action::Create, Why::New)));
    meant.extend((0..4).map(|_| (Action::Update, Why::Edited)));
    meant.extend((0..5).map(|_| (Action::Await, Why::Unready)));
    meant.extend((0..6).map(|_| (Action::Delete, Why::Unwanted)));
    let steps = whole.steps.iter().cloned().zip(meant);
    let steps = steps.map(|(step, (action, why))| Step { action, why, ..step }).collect();
    let counted = Plan { steps, ..whole }.counts();
    assert_eq!([counted.create, counted.update, counted.replace], [3, 4, 2]);
    assert_eq!([counted.wait, counted.delete], [5, 6]);
}

/// Every resource is shown with the part of the platform that it belongs to.
#[test]
fn every_resource_belongs_to_a_part() {
    let (graph, _) = stack();
    let part = |address| graph.get(&Address::parse(address).unwrap()).unwrap().part;
    assert!(graph.nodes().all(|node| !node.part.is_empty()));
    assert_ne!(part("vpc.main"), part("eks_cluster.main"));
}

/// What `up` leaves when it succeeds.
pub fn carried_out(graph: &Graph) -> (State, Survey) {
    let (_, mut state) = stack().clone();
    state.records.retain(|address, _| graph.get(address).is_some());
    let mut survey = Survey::default();
    for (address, record) in &state.records {
        let sighting =
            Sighting { live: record.live.clone().unwrap(), token: Some(record.token.clone()) };
        survey.sightings.insert(address.clone(), sighting);
    }
    (state, survey)
}
