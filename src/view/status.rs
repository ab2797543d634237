//! Desired, recorded and live at a glance.

use serde_json::Value;

use super::text::{BOLD, GREEN, RED, Table, YELLOW, paint};
use crate::engine::{Action, Plan, Step, Survey, Why};
use crate::state::State;

/// The state of a stack as text; `plan` is what `up` would do now.
pub fn status(state: &State, plan: &Plan, survey: &Survey) -> String {
    let mut text = format!(
        "stack {} in account {}, region {}, serial {}\n\n",
        paint(BOLD, &state.stack),
        state.account,
        state.region,
        state.serial
    );
    let mut table = Table::new(["RESOURCE", "RECORDED", "LIVE", "VERDICT"]);
    for address in addresses(state, plan) {
        let recorded = state.records.get(address).map(|record| format!("{:?}", record.phase));
        let live = survey.sightings.get(address).map(|sighting| word(&sighting.live));
        let step = plan.steps.iter().find(|step| &step.address == address);
        table.row([
            address.to_string(),
            recorded.unwrap_or_else(|| "-".to_owned()).to_lowercase(),
            live.unwrap_or_else(|| "-".to_owned()),
            verdict(step),
        ]);
    }
    text.push_str(&table.render());
    text.push_str(&closing(plan, survey));
    text
}

fn addresses<'a>(state: &'a State, plan: &'a Plan) -> Vec<&'a crate::address::Address> {
    let mut all: Vec<_> = state.records.keys().collect();
    all.extend(plan.steps.iter().map(|step| &step.address));
    all.sort();
    all.dedup();
    all
}

/// AWS's own word for how it is; how far Kubernetes has come with it.
fn word(live: &Value) -> String {
    let text = |path: &str| live.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let rollout = || match text("/progress/why") {
        Some(why) => Some(why),
        None => text("/pods").or_else(|| text("/progress/state")),
    };
    let word =
        text("/status").or_else(|| text("/state")).or_else(rollout).or_else(|| text("/answers"));
    word.unwrap_or_else(|| "exists".to_owned())
}

fn verdict(step: Option<&Step>) -> String {
    let Some(step) = step else { return paint(GREEN, "ok") };
    let attributes: Vec<&str> = step.reasons.iter().map(|r| r.attribute.as_str()).collect();
    let attributes = match attributes.is_empty() {
        true => String::new(),
        false => format!(" ({})", attributes.join(", ")),
    };
    match (&step.why, step.action) {
        (Why::Drifted, _) => paint(RED, &format!("drift: changed outside edxaws{attributes}")),
        (Why::Vanished, _) => paint(RED, "drift: deleted outside edxaws"),
        (Why::Edited, _) => paint(YELLOW, &format!("edit: the profile changed{attributes}")),
        (Why::New, _) => paint(YELLOW, "not made yet"),
        (why, action) => paint(YELLOW, &format!("{action}: {why}")),
    }
}

fn closing(plan: &Plan, survey: &Survey) -> String {
    let drift = |step: &&Step| matches!(step.why, Why::Drifted | Why::Vanished);
    let drifted = plan.steps.iter().filter(drift).count();
    let edited = plan.steps.iter().filter(|s| s.why == Why::Edited && s.action != Action::Delete);
    let edited = edited.count();
    let mut text = format!(
        "\n{} as desired, {edited} edited in the profile, {drifted} changed outside edxaws, {} \
         other\n",
        plan.unchanged.len(),
        plan.steps.len() - edited - drifted
    );
    for stray in &survey.strays {
        let id = stray.live.get("id").or_else(|| stray.live.get("name"));
        let id = id.and_then(Value::as_str).unwrap_or("?");
        let line = format!("stray: a {} `{id}` carries this stack's tag\n", stray.kind);
        text.push_str(&paint(RED, &line));
    }
    text
}
