//! The oracles that are asked when a case is over: fixpoint, clean exit, privilege, secrets, manners.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use edxaws::aws::{DataPolicy, Depth};
use edxaws::engine::{Action, Choice, Step, Stop, Told, plan_up, survey};
use edxaws::graph::{Graph, Node};
use edxaws::stack;
use edxaws::state::Phase;
use edxaws_localstack::{Owner, Thing, World};
use serde_json::Value;

use crate::ground::place;
use crate::kit;
use crate::play::{Ending, Played, Stage};
use crate::privilege;
use crate::referee::is_ours;

pub async fn ask(stage: &mut Stage, before: &World, removing: bool, played: &mut Played) {
    let mut wrong = Vec::new();
    secrets(stage, &mut wrong);
    if !removing {
        fixpoint(stage, &mut wrong).await;
        orphans(stage, &mut wrong);
        // A dead process's last call may still be on its way; nobody destroys within the minute.
        stage.local.clock.sleep(60.0).await;
        let end = stage.process(true, 1000).await;
        if end != Ending::Done {
            // What it left is no news then.
            played.violations.push(format!("clean exit: destroy ended with {end:?}"));
            return played.violations.extend(wrong);
        }
    }
    // What lingers after a balancer or a database is AWS's own and goes by itself.
    stage.local.clock.sleep(2.0 * 3600.0).await;
    clean_exit(stage, before, &mut wrong);
    privileges(stage, &mut wrong);
    played.violations.extend(wrong);
}

/// The next plan is empty, and finding that out changes nothing.
async fn fixpoint(stage: &Stage, wrong: &mut Vec<String>) {
    let scope = kit::scope(&stage.local, &stage.ground.settings, stage.seed ^ 0xf1).await;
    let scope = scope.with_data(DataPolicy::Delete);
    let state = stage.load(&scope);
    let graph = stage.ground.graph(&place(&stage.ground.settings));
    stage.referee.inner().changes = 0;
    let seen =
        survey(&scope, Depth::Thorough, &graph, &state, &Stop::never(), &Told::nobody()).await;
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return wrong.push(format!("fixpoint: no survey: {error}")),
    };
    for stray in &seen.strays {
        wrong.push(format!("orphan: a stray {} {:?}", stray.kind, stray.address));
    }
    match plan_up(&graph, &state, &seen, &Choice::default()) {
        Err(error) => wrong.push(format!("fixpoint: no plan: {error}")),
        Ok(plan) => {
            let steps = plan.steps.iter().filter(|step| !is_told_later(&graph, step)).map(|step| {
                format!(
                    "fixpoint: {} {} ({}) {:?}",
                    step.action, step.address, step.why, step.reasons
                )
            });
            wrong.extend(steps);
            wrong.extend(plan.refusals.iter().map(|one| format!("fixpoint: refused {one:?}")));
        }
    }
    let changes = stage.referee.inner().changes;
    if changes > 0 {
        wrong.push(format!("fixpoint: a plan made {changes} mutating calls"));
    }
}

/// Nodes that went took pods with them, which come back by themselves; of the add-on that nobody waits
/// for, its check would have told, and that was cut off.
fn is_told_later(graph: &Graph, step: &Step) -> bool {
    let of_the_addon =
        |one: &Node| one.address.kind() == "eks_addon_check" && one.needs.contains(&step.address);
    match step.address.kind() {
        "kubernetes_workload" => step.action == Action::Await,
        "eks_addon" => {
            let unwaited = |node: &Node| node.desired["checked_later"] == Value::Bool(true);
            graph.get(&step.address).is_some_and(unwaited) && !graph.nodes().any(of_the_addon)
        }
        _ => false,
    }
}

/// Everything of ours is recorded and ready, everything recorded of a tagged kind exists.
fn orphans(stage: &Stage, wrong: &mut Vec<String>) {
    let platter = stage.disk.platter();
    let Some(state) = &platter.saved else { return };
    let stack = &stage.ground.settings.stack;
    let live: BTreeSet<String> = stage
        .local
        .world(|world| {
            let ours = world.things.values().filter(|thing| is_ours(thing, stack));
            ours.filter_map(|thing| thing.tags.get("edxaws:address").cloned()).collect()
        })
        .unwrap();
    for (address, record) in &state.records {
        if record.phase != Phase::Ready {
            wrong.push(format!("orphan: {address} is recorded as {:?}", record.phase));
        }
    }
    for address in &live {
        if !state.records.keys().any(|known| known.as_str() == address) {
            wrong.push(format!("orphan: {address} is not recorded"));
        }
    }
}

/// The account is as before, and what belongs to strangers is as it was to the last byte.
fn clean_exit(stage: &Stage, before: &World, wrong: &mut Vec<String>) {
    let platter = stage.disk.platter();
    let left = platter.saved.iter().flat_map(|state| state.records.keys());
    wrong.extend(left.map(|address| format!("clean exit: {address} is still recorded")));
    let strangers = strangers(before);
    let leave = |world: &mut World| {
        let after: BTreeMap<String, Thing> = world.things.clone();
        for (id, thing) in &strangers {
            match after.get(id) {
                None => wrong.push(format!("clean exit: the stranger's {id} is gone")),
                Some(now) if now != thing => {
                    wrong.push(format!("clean exit: the stranger's {id} is changed"));
                }
                Some(_) => {}
            }
        }
        // AWS itself keeps deleted gateways on show, changes of a zone, service-linked roles.
        let kept = |thing: &Thing| {
            thing.kind.starts_with("deleted_")
                || thing.kind.ends_with("_change")
                || thing.id.contains("/aws-service-role/")
        };
        let left =
            after.values().filter(|thing| !strangers.contains_key(&thing.id) && !kept(thing));
        wrong.extend(left.map(|thing| format!("clean exit: {} {} is left", thing.kind, thing.id)));
    };
    stage.local.world(leave).unwrap();
}

fn strangers(before: &World) -> BTreeMap<String, Thing> {
    let theirs = before
        .things
        .values()
        .filter(|thing| thing.owner == Owner::Stranger && thing.gone.is_none());
    theirs.map(|thing| (thing.id.clone(), thing.clone())).collect()
}

/// Every action that was called is declared by a kind of the graph.
fn privileges(stage: &Stage, wrong: &mut Vec<String>) {
    // An edit that takes a part away needs what removes it, too.
    let declared: BTreeSet<&str> = [&stage.ground, &stage.former]
        .into_iter()
        .map(|ground| ground.whole(&place(&ground.settings)))
        .flat_map(|graph| stack::actions(&graph))
        .collect();
    let used = std::mem::take(&mut stage.referee.inner().used);
    // Kubernetes has rights of its own; the access entry of the caller gives them.
    for (service, action) in used.into_iter().filter(|(service, _)| service != "kubernetes") {
        let needed = privilege::action(&service, &action);
        if !declared.contains(needed.as_str()) {
            wrong.push(format!("least privilege: {service}:{action} needs {needed}"));
        }
    }
}

/// No secret that AWS holds is in the state or in an event.
fn secrets(stage: &Stage, wrong: &mut Vec<String>) {
    let mut secret = BTreeSet::new();
    let gather = |world: &mut World| {
        for thing in world.of_kind("secret").chain(world.of_kind("access_key")) {
            thing.attrs.values().for_each(|value| gather_secrets(value, &mut secret));
        }
    };
    stage.local.world(gather).unwrap();
    let state = serde_json::to_string(&stage.disk.platter().saved).unwrap();
    let events = stage.events.lock().unwrap_or_else(PoisonError::into_inner);
    let events = serde_json::to_string(&*events).unwrap();
    for text in secret.iter().filter(|text| text.len() >= 8) {
        if state.contains(text) || events.contains(text) {
            wrong.push("secret: in the state or an event".to_owned());
        }
    }
}

/// The strings under `SecretString` and `SecretAccessKey`, and those inside when it is JSON.
fn gather_secrets(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(text) if key.starts_with("Secret") => {
                        found.insert(text.clone());
                    }
                    _ => gather_secrets(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather_secrets(item, found)),
        _ => {}
    }
}
