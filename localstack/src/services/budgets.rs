//! Budgets: limits, their notices and who is told. No money is ever counted.

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::codes;
use crate::world::{ACCOUNT, Thing};

pub const SERVICE: Service = Service {
    name: "budgets",
    signing: "budgets",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    codes: &[CODES],
    ..Service::EMPTY
};

const CODES: Codes = codes("budget", "NotFoundException", "DuplicateRecordException");

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateBudget", create),
    ("DescribeBudget", describe),
    ("DescribeBudgets", list),
    ("UpdateBudget", update),
    ("DeleteBudget", delete),
    ("CreateNotification", create_notice),
    ("DescribeNotificationsForBudget", notices),
    ("DeleteNotification", delete_notice),
    ("CreateSubscriber", create_subscriber),
    ("DescribeSubscribersForNotification", subscribers),
    ("DeleteSubscriber", delete_subscriber),
    ("ListTagsForResource", list_tags),
    ("TagResource", tag),
    ("UntagResource", untag),
];

fn invalid(why: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterException", why)
}

fn gone(what: &str) -> AwsError {
    AwsError::bad("NotFoundException", format!("Unable to get {what} - it doesn't exist."))
}

fn arn(call: &Call<'_>, name: &str) -> Result<String, AwsError> {
    match call.required("AccountId")?.as_str() {
        ACCOUNT => Ok(format!("arn:aws:budgets::{ACCOUNT}:budget/{name}")),
        other => Err(AwsError::bad("AccessDeniedException", format!("not the account {other}"))),
    }
}

/// The id of the request's budget, which must exist.
fn budget(call: &Call<'_>) -> Result<String, AwsError> {
    let arn = arn(call, &call.required("BudgetName")?)?;
    call.world.get(&arn).map(|one| one.id.clone()).ok_or_else(|| gone("budget"))
}

fn check(budget: &Value) -> Result<String, AwsError> {
    let text = |path: &str| budget.pointer(path).and_then(Value::as_str);
    let name = text("/BudgetName").ok_or_else(|| invalid("BudgetName is missing"))?;
    if name.is_empty() || name.len() > 100 || name.contains([':', '\\']) {
        return Err(invalid("BudgetName is not valid"));
    }
    if text("/BudgetType") != Some("COST") {
        return Err(AwsError::unimplemented("budgets of other types than COST"));
    }
    if !matches!(text("/TimeUnit"), Some("DAILY" | "MONTHLY" | "QUARTERLY" | "ANNUALLY")) {
        return Err(invalid("TimeUnit is not valid"));
    }
    let amount = text("/BudgetLimit/Amount").and_then(|text| text.parse::<f64>().ok());
    match amount {
        Some(amount) if amount > 0.0 => Ok(name.to_owned()),
        _ => Err(invalid("BudgetLimit must be a positive amount")),
    }
}

fn create(call: &mut Call<'_>) -> Answer {
    let mut budget = call.value("Budget").cloned().ok_or_else(|| AwsError::missing("Budget"))?;
    let name = check(&budget)?;
    let id = arn(call, &name)?;
    if call.world.get(&id).is_some() {
        let message = format!("Error creating budget: {name} - the budget already exists.");
        return Err(AwsError::bad("DuplicateRecordException", message));
    }
    let mut notices = Vec::new();
    for with in call.list("NotificationsWithSubscribers") {
        let notice = with.get("Notification").cloned().unwrap_or_default();
        add_notice(call, &mut notices, notice, with.get("Subscribers"))?;
    }
    if let Value::Object(map) = &mut budget {
        // Budgets keeps amounts with a decimal, and knows what was spent.
        map.insert(
            "CalculatedSpend".to_owned(),
            json!({"ActualSpend": {"Amount": "0.0", "Unit": "USD"}}),
        );
    }
    let tags = call.tags("ResourceTags");
    let thing =
        Thing::new("budget", id).with("Budget", budget).with("$notices", notices).tagged(tags);
    call.create(thing)?;
    done()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let id = budget(call)?;
    Ok(json!({"Budget": call.world.expect("budget", &id)?.attrs.get("Budget")}))
}

fn list(call: &mut Call<'_>) -> Answer {
    arn(call, "")?;
    let all =
        call.world.of_kind("budget").filter_map(|one| one.attrs.get("Budget").cloned()).collect();
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"Budgets": page, "NextToken": next}))
}

fn update(call: &mut Call<'_>) -> Answer {
    let budget = call.value("NewBudget").cloned().ok_or_else(|| AwsError::missing("NewBudget"))?;
    let id = arn(call, &check(&budget)?)?;
    if call.world.get(&id).is_none() {
        return Err(gone("budget"));
    }
    call.world.expect_mut("budget", &id)?.set("Budget", budget);
    done()
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = budget(call)?;
    call.world.delete("budget", &id, call.now)?;
    done()
}

/// What tells one notice of a budget from another.
fn key(notice: &Value) -> Option<(String, String, String)> {
    let text = |name: &str| notice.get(name).and_then(Value::as_str).map(str::to_owned);
    let threshold = notice.get("Threshold").and_then(Value::as_f64)?;
    Some((text("NotificationType")?, text("ComparisonOperator")?, threshold.to_string()))
}

fn add_notice(
    call: &Call<'_>,
    notices: &mut Vec<Value>,
    notice: Value,
    subscribers: Option<&Value>,
) -> Result<(), AwsError> {
    let Some(wanted) = key(&notice) else { return Err(invalid("Notification is not complete")) };
    if notices.iter().any(|one| key(&one["Notification"]).as_ref() == Some(&wanted)) {
        return Err(AwsError::bad("DuplicateRecordException", "the notification already exists."));
    }
    if notices.len() >= 10 {
        return Err(AwsError::bad("CreationLimitExceededException", "at most 10 notifications"));
    }
    let subscribers = subscribers.and_then(Value::as_array).cloned().unwrap_or_default();
    if subscribers.is_empty() {
        return Err(invalid("A notification needs at least one subscriber"));
    }
    subscribers.iter().try_for_each(|one| check_subscriber(call, one))?;
    notices.push(json!({"Notification": notice, "Subscribers": subscribers}));
    Ok(())
}

fn check_subscriber(call: &Call<'_>, subscriber: &Value) -> Result<(), AwsError> {
    let text = |name: &str| subscriber.get(name).and_then(Value::as_str).unwrap_or_default();
    let address = text("Address");
    match text("SubscriptionType") {
        "EMAIL" if address.contains('@') => Ok(()),
        "SNS" if publishes(call, address) => Ok(()),
        "SNS" => Err(invalid(format!(
            "SNS topic {address} doesn't exist or lacks the permission to publish"
        ))),
        _ => Err(invalid("The subscriber is not valid")),
    }
}

/// Budgets sends a trial message: the topic must let it in.
fn publishes(call: &Call<'_>, topic: &str) -> bool {
    let topic = call.world.get(topic).filter(|thing| thing.kind == "topic");
    topic.is_some_and(|topic| topic.text("Policy").contains("budgets.amazonaws.com"))
}

fn kept(call: &Call<'_>, id: &str) -> Result<Vec<Value>, AwsError> {
    let notices = call.world.expect("budget", id)?.attrs.get("$notices");
    Ok(notices.and_then(Value::as_array).cloned().unwrap_or_default())
}

fn create_notice(call: &mut Call<'_>) -> Answer {
    let id = budget(call)?;
    let mut all = kept(call, &id)?;
    let notice = call.value("Notification").cloned().unwrap_or_default();
    add_notice(call, &mut all, notice, call.value("Subscribers"))?;
    call.world.expect_mut("budget", &id)?.set("$notices", all);
    done()
}

fn notices(call: &mut Call<'_>) -> Answer {
    let id = budget(call)?;
    let all = kept(call, &id)?.iter().map(|one| one["Notification"].clone()).collect();
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"Notifications": page, "NextToken": next}))
}

/// The budget, all its notices, and which of them the request is about.
fn notice(call: &Call<'_>) -> Result<(String, Vec<Value>, usize), AwsError> {
    let id = budget(call)?;
    let wanted = call.value("Notification").and_then(key);
    let all = kept(call, &id)?;
    let at = all.iter().position(|one| key(&one["Notification"]) == wanted);
    let at = at.ok_or_else(|| gone("notification"))?;
    Ok((id, all, at))
}

fn delete_notice(call: &mut Call<'_>) -> Answer {
    let (id, mut all, at) = notice(call)?;
    all.remove(at);
    call.world.expect_mut("budget", &id)?.set("$notices", all);
    done()
}

fn told(notice: &Value) -> Vec<Value> {
    notice["Subscribers"].as_array().cloned().unwrap_or_default()
}

fn subscribers(call: &mut Call<'_>) -> Answer {
    let (_, all, at) = notice(call)?;
    let (page, next) = call.page(told(&all[at]), "MaxResults", "NextToken");
    Ok(json!({"Subscribers": page, "NextToken": next}))
}

fn create_subscriber(call: &mut Call<'_>) -> Answer {
    let (id, mut all, at) = notice(call)?;
    let wanted = call.value("Subscriber").cloned().unwrap_or_default();
    check_subscriber(call, &wanted)?;
    let mut told = told(&all[at]);
    if told.contains(&wanted) {
        return Err(AwsError::bad("DuplicateRecordException", "the subscriber already exists."));
    }
    told.push(wanted);
    all[at]["Subscribers"] = told.into();
    call.world.expect_mut("budget", &id)?.set("$notices", all);
    done()
}

/// With the last subscriber goes the notice.
fn delete_subscriber(call: &mut Call<'_>) -> Answer {
    let (id, mut all, at) = notice(call)?;
    let unwanted = call.value("Subscriber").cloned().unwrap_or_default();
    let mut told = told(&all[at]);
    let place = told.iter().position(|one| *one == unwanted).ok_or_else(|| gone("subscriber"))?;
    told.remove(place);
    if told.is_empty() {
        all.remove(at);
    } else {
        all[at]["Subscribers"] = told.into();
    }
    call.world.expect_mut("budget", &id)?.set("$notices", all);
    done()
}

fn tagged<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("ResourceARN")?;
    let budget = call.world.things.get_mut(&arn).filter(|thing| thing.kind == "budget");
    budget.ok_or_else(|| gone("budget"))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"ResourceTags": tag_list(&tagged(call)?.tags, "Key", "Value")}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.tags("ResourceTags");
    tagged(call)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("ResourceTagKeys");
    tagged(call)?.tags.retain(|key, _| !keys.contains(key));
    done()
}
