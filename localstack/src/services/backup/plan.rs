//! Plans and their selections.

use serde_json::{Value, json};

use super::super::Operation;
use super::{assumable, invalid};
use crate::call::{Answer, Call, items};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateBackupPlan", create),
    ("ListBackupPlans", list),
    ("GetBackupPlan", get),
    ("UpdateBackupPlan", update),
    ("DeleteBackupPlan", delete),
    ("CreateBackupSelection", select),
    ("ListBackupSelections", selections),
    ("GetBackupSelection", selection_of),
    ("DeleteBackupSelection", unselect),
];

/// The request's plan, checked; each rule gets an id of its own.
fn checked(call: &mut Call<'_>) -> Result<Value, AwsError> {
    let mut plan =
        call.value("BackupPlan").cloned().ok_or_else(|| AwsError::missing("BackupPlan"))?;
    if plan.get("BackupPlanName").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("The backup plan needs a name"));
    }
    let mut rules = plan.get("Rules").map(items).unwrap_or_default();
    if rules.is_empty() {
        return Err(invalid("The backup plan needs a rule"));
    }
    for rule in &mut rules {
        let text =
            |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, vault) = (text("RuleName"), text("TargetBackupVaultName"));
        let arn = call.arn("backup", &format!("backup-vault:{vault}"));
        if name.is_empty() || call.world.get(&arn).is_none() {
            return Err(invalid(format!("Backup vault {vault} does not exist")));
        }
        let schedule = text("ScheduleExpression");
        let cron = schedule.starts_with("cron(") && schedule.ends_with(')');
        if !schedule.is_empty() && !cron {
            return Err(invalid("The schedule expression is not valid"));
        }
        rule["RuleId"] = call.world.new_id("rule").into();
    }
    plan["Rules"] = rules.into();
    Ok(plan)
}

fn create(call: &mut Call<'_>) -> Answer {
    let token = call.text("CreatorRequestId").map(str::to_owned);
    let digest = call.digest("CreatorRequestId");
    if let Some(id) = call.world.replay("backup_plan", token.as_deref(), &digest)? {
        return Ok(made(call.world.expect("backup_plan", &id)?));
    }
    let plan = checked(call)?;
    let id = call.world.new_id("plan");
    let version = call.world.new_name(24);
    let mut thing = Thing::new("backup_plan", call.arn("backup", &format!("backup-plan:{id}")))
        .with("BackupPlanId", id)
        .with("VersionId", version)
        .with("BackupPlan", plan)
        .with("CreatorRequestId", token.clone())
        .tagged(call.map("BackupPlanTags"));
    thing.token = token.map(|token| (token, digest));
    let plan = call.create(thing)?;
    Ok(made(&plan))
}

fn made(plan: &Thing) -> Value {
    json!({
        "BackupPlanId": plan.text("BackupPlanId"),
        "BackupPlanArn": plan.id,
        "VersionId": plan.text("VersionId"),
        "CreationDate": plan.created,
    })
}

/// The request's plan, which must exist.
fn plan<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let id = call.required("BackupPlanId")?;
    let mut here = call.here("backup_plan");
    let found = here.find(|plan| plan.text("BackupPlanId") == id);
    found.ok_or_else(|| crate::rules::not_found("backup_plan", &id))
}

fn list(call: &mut Call<'_>) -> Answer {
    let shown = |plan: &Thing| {
        let mut shown = made(plan);
        shown["BackupPlanName"] = plan.attrs["BackupPlan"]["BackupPlanName"].clone();
        shown["CreatorRequestId"] = plan.attrs["CreatorRequestId"].clone();
        shown
    };
    let all = call.here("backup_plan").map(shown).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"BackupPlansList": page, "NextToken": next}))
}

fn get(call: &mut Call<'_>) -> Answer {
    if call.text("versionId").is_some() {
        return Err(AwsError::unimplemented("GetBackupPlan of a former version"));
    }
    let plan = plan(call)?;
    let mut shown = made(plan);
    shown["BackupPlan"] = plan.attrs["BackupPlan"].clone();
    shown["CreatorRequestId"] = plan.attrs["CreatorRequestId"].clone();
    Ok(shown)
}

fn update(call: &mut Call<'_>) -> Answer {
    let id = plan(call)?.id.clone();
    let (wanted, version) = (checked(call)?, call.world.new_name(24));
    let plan = call.world.expect_mut("backup_plan", &id)?;
    plan.set("BackupPlan", wanted);
    plan.set("VersionId", version);
    Ok(made(plan))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let plan = plan(call)?.clone();
    call.world.delete("backup_plan", &plan.id, call.now)?;
    Ok(json!({"BackupPlanId": plan.text("BackupPlanId"), "BackupPlanArn": plan.id,
        "DeletionDate": call.now, "VersionId": plan.text("VersionId")}))
}

fn select(call: &mut Call<'_>) -> Answer {
    let plan = plan(call)?.clone();
    let token = call.text("CreatorRequestId").map(str::to_owned);
    let digest = call.digest("CreatorRequestId");
    if let Some(id) = call.world.replay("backup_selection", token.as_deref(), &digest)? {
        return Ok(selected(call.world.expect("backup_selection", &id)?));
    }
    let name = call.required("BackupSelection.SelectionName")?;
    let role = call.required("BackupSelection.IamRoleArn")?;
    assumable(call, &role)?;
    if call.list("BackupSelection.Resources").is_empty()
        && call.list("BackupSelection.ListOfTags").is_empty()
    {
        return Err(invalid("A selection needs resources or tags"));
    }
    let named = |one: &Thing| one.attrs["BackupSelection"]["SelectionName"] == name.as_str();
    if call.world.children(&plan.id).any(named) {
        let message = "A selection with the same name already exists";
        return Err(AwsError::bad("AlreadyExistsException", message));
    }
    let id = call.world.new_id("selection");
    let mut selection = Thing::new("backup_selection", format!("backup_selection/{id}"))
        .with("SelectionId", id)
        .with("BackupPlanId", plan.text("BackupPlanId"))
        .with("BackupSelection", call.value("BackupSelection").cloned().unwrap_or_default())
        .with("CreatorRequestId", token.clone())
        .uses(plan.id.clone())
        .child_of(plan.id);
    selection.token = token.map(|token| (token, digest));
    let selection = call.create(selection)?;
    Ok(selected(&selection))
}

fn selected(selection: &Thing) -> Value {
    json!({
        "SelectionId": selection.text("SelectionId"),
        "BackupPlanId": selection.text("BackupPlanId"),
        "CreationDate": selection.created,
    })
}

fn selections(call: &mut Call<'_>) -> Answer {
    let plan = plan(call)?.id.clone();
    let shown = |one: &Thing| {
        let mut shown = selected(one);
        for name in ["SelectionName", "IamRoleArn"] {
            shown[name] = one.attrs["BackupSelection"][name].clone();
        }
        shown["CreatorRequestId"] = one.attrs["CreatorRequestId"].clone();
        shown
    };
    let all = call.world.children(&plan).map(shown).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"BackupSelectionsList": page, "NextToken": next}))
}

fn selection<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let (plan, id) = (plan(call)?, call.required("SelectionId")?);
    let found = call.world.children(&plan.id).find(|one| one.text("SelectionId") == id);
    found.ok_or_else(|| crate::rules::not_found("backup_selection", &id))
}

fn selection_of(call: &mut Call<'_>) -> Answer {
    let selection = selection(call)?;
    let mut shown = selected(selection);
    shown["BackupSelection"] = selection.attrs["BackupSelection"].clone();
    shown["CreatorRequestId"] = selection.attrs["CreatorRequestId"].clone();
    Ok(shown)
}

fn unselect(call: &mut Call<'_>) -> Answer {
    let id = selection(call)?.id.clone();
    call.world.delete("backup_selection", &id, call.now)?;
    Ok(json!({}))
}
