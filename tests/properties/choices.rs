//! `--target` and `--exclude`: what a command is about, and what it leaves alone.

use std::collections::BTreeSet;

use edxaws::address::Address;
use edxaws::aws::Failure;
use edxaws::engine::{
    Action, Choice, Plan, PlanError, Retained, Select, Stray, Survey, Why, adopt_strays,
    plan_destroy, plan_up,
};
use edxaws::graph::Graph;
use edxaws::state::{Phase, State};

use crate::plans::{carried_out, stack};

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn up(choice: Choice) -> Result<BTreeSet<Address>, PlanError> {
    let (graph, _) = stack();
    let empty = State::new("dev", "123456789012", "us-east-1", "lineage".to_owned());
    plan_up(graph, &empty, &Survey::default(), &choice).map(addresses)
}

fn destroy(choice: Choice) -> Result<BTreeSet<Address>, PlanError> {
    let (graph, _) = stack();
    let (state, survey) = carried_out(graph);
    let choice = Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..choice };
    plan_destroy(&state, &survey, &choice).map(addresses)
}

fn addresses(plan: Plan) -> BTreeSet<Address> {
    plan.steps.into_iter().map(|step| step.address).collect()
}

fn targets(of: &[&str]) -> Choice {
    Choice { targets: of.iter().copied().map(address).collect(), ..Choice::default() }
}

fn excludes(of: &[&str]) -> Choice {
    Choice { excludes: of.iter().copied().map(address).collect(), ..Choice::default() }
}

/// Those, and all that they need, by the graph alone.
fn with_needs(graph: &Graph, of: &str) -> BTreeSet<Address> {
    let node = graph.get(&address(of)).unwrap();
    let up = node.needs.iter().flat_map(|up| with_needs(graph, &up.to_string()));
    up.chain([node.address.clone()]).collect()
}

fn all() -> BTreeSet<Address> {
    stack().0.nodes().map(|node| node.address.clone()).collect()
}

#[test]
fn a_target_is_made_with_what_it_needs_and_no_more() {
    let (graph, _) = stack();
    let made = up(targets(&["subnet.public-a"])).unwrap();
    assert_eq!(made, with_needs(graph, "subnet.public-a"));
    let both = up(targets(&["subnet.public-a", "eks_cluster.main"])).unwrap();
    assert!(both.len() > made.len() && both.len() < all().len());
    assert!(both.is_superset(&with_needs(graph, "eks_cluster.main")));
}

#[test]
fn what_is_excluded_is_not_made_nor_what_needs_it() {
    let (graph, _) = stack();
    let made = up(excludes(&["subnet.public-a"])).unwrap();
    let meant: BTreeSet<Address> = all()
        .into_iter()
        .filter(|one| !with_needs(graph, &one.to_string()).contains(&address("subnet.public-a")))
        .collect();
    assert_eq!(made, meant);
    assert!(made.contains(&address("vpc.main")));
}

#[test]
fn a_target_is_destroyed_with_what_needs_it_and_no_more() {
    let (graph, _) = stack();
    let gone = destroy(targets(&["eks_cluster.main"])).unwrap();
    let meant: BTreeSet<Address> = all()
        .into_iter()
        .filter(|one| with_needs(graph, &one.to_string()).contains(&address("eks_cluster.main")))
        .collect();
    assert_eq!(gone, meant);
    assert!(!gone.contains(&address("vpc.main")));
}

#[test]
fn what_is_excluded_from_a_destroy_stays_with_what_it_stands_on() {
    let (graph, _) = stack();
    let gone = destroy(excludes(&["subnet.public-a"])).unwrap();
    let kept: BTreeSet<Address> = all().difference(&gone).cloned().collect();
    assert_eq!(kept, with_needs(graph, "subnet.public-a"));
}

#[test]
fn what_there_is_not_cannot_be_chosen() {
    let no_such = |result: Result<BTreeSet<Address>, PlanError>| {
        let Err(PlanError::NoSuchAddress(named)) = result else { panic!("{result:?}") };
        assert_eq!(named, address("vpc.other"));
    };
    no_such(up(targets(&["vpc.other"])));
    no_such(up(targets(&["vpc.main", "vpc.other"])));
    no_such(up(excludes(&["vpc.other"])));
    no_such(up(excludes(&["vpc.main", "vpc.other"])));
    no_such(destroy(targets(&["vpc.main", "vpc.other"])));
}

/// The profile may have dropped what is still there.
#[test]
fn what_only_the_state_knows_can_be_excluded() {
    let (graph, _) = stack();
    let (state, survey) = carried_out(graph);
    let budget = graph.nodes().find(|node| node.address.kind() == "budget").unwrap();
    let smaller = graph.without(std::slice::from_ref(&budget.address));
    assert!(!smaller.is_empty() && smaller.len() < graph.len());
    let planned = |choice: &Choice| addresses(plan_up(&smaller, &state, &survey, choice).unwrap());
    assert!(planned(&Choice::default()).contains(&budget.address));
    let excludes = Choice { excludes: vec![budget.address.clone()], ..Choice::default() };
    assert!(!planned(&excludes).contains(&budget.address));
}

/// The plan of a `destroy` that is told no more than `choice` says.
fn removal(choice: &Choice) -> Plan {
    let (mut state, survey) = carried_out(&stack().0);
    let bucket = state.records.get_mut(&address("bucket.backups")).unwrap();
    bucket.desired["keep_on_destroy"] = true.into();
    bucket.needs.insert(address("subnet.public-a"));
    plan_destroy(&state, &survey, choice).unwrap()
}

#[test]
fn data_stays_unless_it_is_told_to_go() {
    let asked = Choice { lift_protection: Select::Yes, ..Choice::default() };
    let plan = removal(&asked);
    let holds = |one: &&Retained| one.why == "it holds data; `--delete-data` removes it";
    let data: BTreeSet<_> = plan.retained.iter().filter(holds).map(|one| &one.address).collect();
    assert_eq!(data, BTreeSet::from([&address("bucket.backups")]));
    // What it stands on stays, too, and nothing else does.
    let mut stood_on = with_needs(&stack().0, "subnet.public-a");
    stood_on.insert(address("bucket.backups"));
    let retained: BTreeSet<_> = plan.retained.iter().map(|one| one.address.clone()).collect();
    assert_eq!(retained, stood_on);
    let gone = addresses(plan.clone());
    assert_eq!(&gone | &retained, all());
    assert!(gone.is_disjoint(&retained));
    let all_of_it = Choice { delete_data: Select::Yes, ..asked };
    assert!(removal(&all_of_it).retained.is_empty());
    assert_eq!(addresses(removal(&all_of_it)), all());
}

/// Made anew is lost, too: that is refused, with what would have to change.
#[test]
fn data_is_not_made_anew_unless_it_may_be_lost() {
    let (graph, _) = stack();
    let (mut state, mut survey) = carried_out(graph);
    let database = state.records.keys().find(|one| one.kind() == "db_instance").unwrap().clone();
    survey.sightings.get_mut(&database).unwrap().live["encrypted"] = false.into();
    let planned = |state: &State, delete_data| {
        let choice = Choice { delete_data, ..Choice::default() };
        plan_up(graph, state, &survey, &choice).unwrap()
    };
    let snapshot = |state: &mut State, kept: bool| {
        state.records.get_mut(&database).unwrap().desired["final_snapshot"] = kept.into();
    };
    snapshot(&mut state, true);
    let plan = planned(&state, Select::No);
    assert_eq!(plan.refusals.len(), 1, "{:?}", plan.refusals);
    assert_eq!(plan.refusals[0].why, "changing encrypted would replace it, and its data");
    assert!(plan.refusals[0].hint.contains("--delete-data"));
    let of_it = plan.steps.iter().filter(|step| step.address == database);
    let steps: Vec<_> = of_it.map(|step| (step.action, step.why.clone())).collect();
    assert_eq!(steps, [(Action::Delete, Why::Replaced), (Action::Create, Why::Replaced)]);
    assert!(planned(&state, Select::Yes).refusals.is_empty());
    // Of what holds nothing that is kept, nothing is lost.
    snapshot(&mut state, false);
    assert!(planned(&state, Select::No).refusals.is_empty());
}

/// A cluster that is made anew holds nothing of what the old one held.
#[test]
fn what_lives_in_a_cluster_goes_with_it() {
    let (graph, _) = stack();
    let (state, mut survey) = carried_out(graph);
    let cluster = address("eks_cluster.main");
    survey.sightings.get_mut(&cluster).unwrap().live["role_arn"] = "another".into();
    let plan = plan_up(graph, &state, &survey, &Choice::default()).unwrap();
    let place = |kind: &str, action: Action| {
        let mut steps = plan.steps.iter();
        steps.position(|step| step.address.kind() == kind && step.action == action).unwrap()
    };
    let behind = |first: usize, then: usize| plan.steps[then].needs.contains(&first);
    for kind in ["cluster_drain", "eks_addon", "eks_nodegroup"] {
        assert!(
            behind(place(kind, Action::Delete), place("eks_cluster", Action::Delete)),
            "{kind}"
        );
        place(kind, Action::Create);
    }
    assert!(!plan.steps.iter().any(|step| step.address.kind() == "vpc"));
}

/// What the run that made it did not finish is no stranger's edit.
#[test]
fn what_was_made_and_is_not_as_wanted_yet_is_unready() {
    let (graph, _) = stack();
    let (mut state, mut survey) = carried_out(graph);
    let subnet = address("subnet.public-a");
    let live = &mut survey.sightings.get_mut(&subnet).unwrap().live["public_addresses"];
    let other = !live.as_bool().unwrap();
    *live = other.into();
    let why = |state: &State| {
        let plan = plan_up(graph, state, &survey, &Choice::default()).unwrap();
        let [step] = &plan.steps[..] else { panic!("{:#?}", plan.steps) };
        assert_eq!((&step.address, step.action), (&subnet, Action::Update));
        step.why.clone()
    };
    assert_eq!(why(&state), Why::Drifted);
    state.records.get_mut(&subnet).unwrap().phase = Phase::Made;
    assert_eq!(why(&state), Why::Unready);
    state.records.get_mut(&subnet).unwrap().desired["public_addresses"] = other.into();
    assert_eq!(why(&state), Why::Edited);
}

#[test]
fn what_is_protected_is_refused_unless_protection_is_to_be_lifted() {
    let (graph, state) = stack();
    let mut state = state.clone();
    let survey = carried_out(graph).1;
    let cluster = state.records.get_mut(&address("eks_cluster.main")).unwrap();
    cluster.desired["deletion_protection"] = true.into();
    let refused = |lift_protection| {
        let choice = Choice { delete_data: Select::Yes, lift_protection, ..Choice::default() };
        plan_destroy(&state, &survey, &choice).unwrap().refusals
    };
    let refusals = refused(Select::No);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!(refusals[0].why, "it has deletion protection");
    assert!(refusals[0].hint.contains("--lift-protection"));
    assert!(refused(Select::Yes).is_empty());
}

/// Somebody lost the state, or runs with another one: what carries our tags is not made again.
#[test]
fn what_carries_our_tags_without_a_record_is_refused() {
    let (graph, _) = stack();
    let (state, survey) = carried_out(graph);
    let empty = State::new("dev", "123456789012", "us-east-1", "another".to_owned());
    let plan = plan_up(graph, &empty, &survey, &Choice::default()).unwrap();
    let refused: BTreeSet<_> = plan.refusals.iter().map(|one| one.address.kind()).collect();
    assert!(refused.is_superset(&BTreeSet::from(["vpc", "subnet", "db_instance"])));
    // An entry of another object is simply made again.
    let entries = ["route", "role_policy", "target_group_attachment"];
    assert!(entries.iter().all(|entry| !refused.contains(entry)), "{refused:?}");
    let of_the_vpc = plan.refusals.iter().find(|one| one.address.kind() == "vpc").unwrap();
    let id = state.records[&address("vpc.main")].live.as_ref().unwrap()["id"].as_str().unwrap();
    assert_eq!(
        of_the_vpc.why,
        format!("`{id}` carries its tags, but the state has no record of it")
    );
    assert!(of_the_vpc.hint.contains("edxaws state rescue"));
}

/// A run with `--target` counts on what it leaves alone as it is.
#[test]
fn what_is_left_out_is_no_step() {
    let (graph, _) = stack();
    let (mut state, survey) = carried_out(graph);
    let subnet = state.records.get_mut(&address("subnet.public-a")).unwrap();
    subnet.phase = Phase::Made;
    for choice in [excludes(&["eks_cluster.main"]), targets(&["subnet.public-a"])] {
        let plan = plan_up(graph, &state, &survey, &choice).unwrap();
        let steps: Vec<_> = plan.steps.iter().map(|step| (step.action, step.why.clone())).collect();
        assert_eq!(steps, [(Action::Await, Why::Unready)], "{choice:?}");
    }
}

/// An earlier run began to delete it: that is ended, then it is made anew.
#[test]
fn what_was_being_deleted_is_made_anew() {
    let (graph, _) = stack();
    let (mut state, survey) = carried_out(graph);
    let budget = state.records.keys().find(|one| one.kind() == "budget").unwrap().clone();
    state.records.get_mut(&budget).unwrap().phase = Phase::Leaving;
    let plan = plan_up(graph, &state, &survey, &Choice::default()).unwrap();
    let steps: Vec<_> = plan.steps.iter().map(|step| (step.action, step.why.clone())).collect();
    assert_eq!(steps, [(Action::Delete, Why::Replaced), (Action::Create, Why::Leaving)]);
}

/// A cluster's API that cannot be reached: what lives in the cluster goes with it, and with nothing
/// less.
#[test]
fn what_cannot_be_reached_goes_with_what_it_stands_on() {
    let (graph, _) = stack();
    let (state, mut survey) = carried_out(graph);
    let closed = Failure {
        code: Failure::UNREACHABLE.to_owned(),
        ..Failure::unexpected("kubernetes", "List", "no way there")
    };
    survey.out_of_reach.insert("eks_addon", closed);
    let of = |state: &State, choice: Choice| {
        let choice = Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..choice };
        plan_destroy(state, &survey, &choice)
    };
    let plan = of(&state, Choice::default()).unwrap();
    let (out, other): (Vec<_>, Vec<_>) =
        plan.steps.iter().partition(|step| step.why == Why::OutOfReach);
    assert!(!out.is_empty() && out.iter().all(|step| step.address.kind() == "eks_addon"));
    assert!(other.iter().all(|step| step.address.kind() != "eks_addon"));
    let addon = out[0].address.to_string();
    assert!(of(&state, targets(&[&addon])).is_err(), "the cluster stays: it must be asked");
    // What it stood on is not recorded any more.
    let mut without = state.clone();
    let needs = without.records[&address(&addon)].needs.clone();
    without.records.retain(|one, _| !needs.contains(one));
    assert!(of(&without, targets(&[&addon])).is_ok());
    assert!(plan_up(graph, &state, &survey, &Choice::default()).is_err());
}

/// What carries our tags and belongs to nothing is recorded as one of its kind, so that it can go.
#[test]
fn a_stray_is_taken_for_one_of_its_kind() {
    let (graph, state) = stack();
    let live = state.records[&address("subnet.public-a")].live.clone().unwrap();
    let stray = |address: &str, token: &str| Stray {
        kind: "subnet",
        address: Some(Address::parse(address).unwrap()),
        token: Some(token.to_owned()),
        live: live.clone(),
    };
    let strays = vec![stray("subnet.gone", "0123456789"), stray("subnet.public-a", "abcdefgh12")];
    let survey = Survey { strays, ..Survey::default() };
    let (mut known, at) = (state.clone(), "2026-01-01T00:00:00Z".parse().unwrap());
    let adopted = adopt_strays(graph, &mut known, &survey, at).unwrap();
    let names: Vec<_> = adopted.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["subnet.gone~01234567", "subnet.public-a~abcdefgh"]);
    let desired = |address: &Address| known.records[address].desired.clone();
    assert_eq!(desired(&adopted[1]), state.records[&address("subnet.public-a")].desired);
    assert!(desired(&adopted[0])["cidr"].is_string(), "{:?}", desired(&adopted[0]));
    // Of a kind that the profile has not any more, the state knows one.
    let no_subnets: Vec<Address> =
        state.records.keys().filter(|one| one.kind() == "subnet").cloned().collect();
    let mut known = state.clone();
    let adopted = adopt_strays(&graph.without(&no_subnets), &mut known, &survey, at).unwrap();
    assert!(known.records[&adopted[0]].desired["cidr"].is_string());
}
