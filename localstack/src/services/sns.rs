//! SNS: topics, and the mail subscriptions that wait for a confirmation nobody sends here.

use serde_json::{Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, pairs, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::world::{ACCOUNT, Thing};

pub const SERVICE: Service = Service {
    name: "sns",
    signing: "sns",
    protocol: Protocol::Query,
    lists: Lists::Member,
    operations: &[OPERATIONS],
    codes: &[CODES],
    ..Service::EMPTY
};

const CODES: Codes = rest_codes("topic", "NotFound", "InvalidParameter");

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateTopic", create),
    ("DeleteTopic", delete),
    ("ListTopics", list),
    ("GetTopicAttributes", attributes),
    ("SetTopicAttributes", set_attribute),
    ("Subscribe", subscribe),
    ("Unsubscribe", unsubscribe),
    ("ConfirmSubscription", confirm),
    ("ListSubscriptions", |call| subscriptions(call, None)),
    ("ListSubscriptionsByTopic", |call| {
        let topic = topic(call)?.id.clone();
        subscriptions(call, Some(&topic))
    }),
    ("GetSubscriptionAttributes", subscription_attributes),
    ("ListTagsForResource", list_tags),
    ("TagResource", tag),
    ("UntagResource", untag),
    ("Publish", publish),
];

fn topic<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let arn = call.required("TopicArn")?;
    let not_found = AwsError::gone("NotFound", "Topic does not exist");
    call.here("topic").find(|topic| topic.id == arn).ok_or(not_found)
}

fn invalid(why: impl std::fmt::Display) -> AwsError {
    AwsError::bad("InvalidParameter", format!("Invalid parameter: {why}"))
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("Name")?;
    let good = |l: char| l.is_ascii_alphanumeric() || l == '-' || l == '_';
    if name.is_empty() || name.len() > 256 || !name.trim_end_matches(".fifo").chars().all(good) {
        return Err(invalid("Topic Name"));
    }
    let asked = pairs(&call.list("Attributes.entry"), "key", "value");
    if let Some(other) = asked.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(AwsError::unimplemented(format!("the topic attribute {other}")));
    }
    let (arn, tags) = (call.arn("sns", &name), call.tags("Tags"));
    if let Some(there) = call.world.get(&arn) {
        return if !tags.is_empty() && there.tags != tags {
            Err(invalid("Tags Reason: Topic already exists with different tags"))
        } else if asked.iter().any(|(key, value)| there.text(key) != value) {
            Err(invalid("Attributes Reason: Topic already exists with different attributes"))
        } else {
            Ok(json!({"TopicArn": arn}))
        };
    }
    let mut topic = Thing::new("topic", &arn).with("Policy", policy(&arn).to_string()).tagged(tags);
    asked.into_iter().for_each(|(key, value)| topic.set(&key, value));
    call.create(topic)?;
    Ok(json!({"TopicArn": arn}))
}

const KNOWN: &[&str] = &["DisplayName", "Policy", "KmsMasterKeyId"];

/// What SNS lets the account do with its own topic.
fn policy(arn: &str) -> Value {
    json!({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
            "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
            "SNS:ListSubscriptionsByTopic", "SNS:Publish"],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }]})
}

/// SNS answers alike whether the topic was there or not.
fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.required("TopicArn")?;
    if call.world.get(&arn).is_some_and(|thing| thing.kind == "topic") {
        call.world.delete("topic", &arn, call.now)?;
    }
    done()
}

fn list(call: &mut Call<'_>) -> Answer {
    let all = call.here("topic").map(|topic| json!({"TopicArn": topic.id})).collect();
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"Topics": {"member": page}, "NextToken": next}))
}

fn entries(pairs: &[(&str, String)]) -> Value {
    let entry = |(key, value): &(&str, String)| json!({"key": key, "value": value});
    json!({"entry": pairs.iter().map(entry).collect::<Vec<_>>()})
}

fn of_topic<'c>(call: &'c Call<'_>, topic: &'c str) -> impl Iterator<Item = &'c Thing> {
    call.world.children(topic).filter(|thing| thing.kind == "subscription")
}

fn confirmed(subscription: &Thing) -> bool {
    subscription.attrs.get("$confirmed") == Some(&Value::Bool(true))
}

fn attributes(call: &mut Call<'_>) -> Answer {
    let topic = topic(call)?;
    let count = |yes: bool| {
        of_topic(call, &topic.id).filter(|one| confirmed(one) == yes).count().to_string()
    };
    let mut all = vec![
        ("TopicArn", topic.id.clone()),
        ("Owner", ACCOUNT.to_owned()),
        ("SubscriptionsConfirmed", count(true)),
        ("SubscriptionsPending", count(false)),
        ("SubscriptionsDeleted", "0".to_owned()),
    ];
    let set = KNOWN.iter().filter(|name| topic.attrs.contains_key(**name));
    all.extend(set.map(|name| (*name, topic.text(name).to_owned())));
    Ok(json!({"Attributes": entries(&all)}))
}

fn set_attribute(call: &mut Call<'_>) -> Answer {
    let (name, value) =
        (call.required("AttributeName")?, call.text("AttributeValue").map(str::to_owned));
    if !KNOWN.contains(&name.as_str()) {
        return Err(AwsError::unimplemented(format!("the topic attribute {name}")));
    }
    let value = value.unwrap_or_default();
    if name == "Policy" && serde_json::from_str::<Value>(&value).is_err() {
        return Err(invalid("Policy Error: null"));
    }
    let arn = topic(call)?.id.clone();
    call.world.expect_mut("topic", &arn)?.set(&name, value);
    done()
}

/// The same endpoint twice is the same subscription. Mail waits for its confirmation.
fn subscribe(call: &mut Call<'_>) -> Answer {
    let topic = topic(call)?.id.clone();
    let protocol = call.required("Protocol")?;
    let endpoint = call.required("Endpoint")?;
    if protocol != "email" {
        return Err(AwsError::unimplemented(format!("subscriptions by {protocol}")));
    }
    if !endpoint.contains('@') {
        return Err(invalid("Email address"));
    }
    let there = of_topic(call, &topic).find(|one| one.text("Endpoint") == endpoint);
    let arn = match there {
        Some(there) => there.id.clone(),
        None => {
            let arn = format!("{topic}:{}", call.world.new_id("sub"));
            let subscription = Thing::new("subscription", &arn)
                .with("Protocol", protocol)
                .with("Endpoint", endpoint)
                .with("TopicArn", topic.clone())
                .with("$confirmed", false)
                .child_of(topic);
            call.create(subscription)?.id
        }
    };
    let shown = call.world.get(&arn).is_some_and(confirmed)
        || call.flag("ReturnSubscriptionArn") == Some(true);
    Ok(json!({"SubscriptionArn": if shown { arn } else { "pending confirmation".to_owned() }}))
}

/// The local AWS sends no mail: the token is the subscription's ARN.
fn confirm(call: &mut Call<'_>) -> Answer {
    let (topic, token) = (topic(call)?.id.clone(), call.required("Token")?);
    let known = of_topic(call, &topic).any(|one| one.id == token);
    if !known {
        return Err(invalid("Token"));
    }
    if let Some(thing) = call.world.things.get_mut(&token) {
        thing.set("$confirmed", true);
    }
    Ok(json!({"SubscriptionArn": token}))
}

fn unsubscribe(call: &mut Call<'_>) -> Answer {
    let arn = call.required("SubscriptionArn")?;
    if !arn.starts_with("arn:") {
        return Err(invalid("SubscriptionArn Reason: An ARN must have at least 6 elements"));
    }
    let known = call.world.get(&arn).filter(|thing| thing.kind == "subscription");
    if known.is_some_and(|one| !confirmed(one)) {
        let message = "This operation is not allowed on a pending subscription";
        return Err(invalid(format!("SubscriptionArn Reason: {message}")));
    }
    if known.is_some() {
        call.world.remove(&arn);
    }
    done()
}

fn subscriptions(call: &mut Call<'_>, topic: Option<&str>) -> Answer {
    let all = call
        .here("subscription")
        .filter(|one| topic.is_none_or(|topic| one.text("TopicArn") == topic));
    let shown = |one: &Thing| {
        let arn = if confirmed(one) { one.id.as_str() } else { "PendingConfirmation" };
        json!({
            "SubscriptionArn": arn,
            "Owner": ACCOUNT,
            "Protocol": one.text("Protocol"),
            "Endpoint": one.text("Endpoint"),
            "TopicArn": one.text("TopicArn"),
        })
    };
    let (page, next) = call.page(all.map(shown).collect(), "MaxResults", "NextToken");
    Ok(json!({"Subscriptions": {"member": page}, "NextToken": next}))
}

fn subscription_attributes(call: &mut Call<'_>) -> Answer {
    let arn = call.required("SubscriptionArn")?;
    let found = call.here("subscription").find(|one| one.id == arn);
    let one = found.ok_or_else(|| AwsError::gone("NotFound", "Subscription does not exist"))?;
    let all = [
        ("SubscriptionArn", one.id.clone()),
        ("TopicArn", one.text("TopicArn").to_owned()),
        ("Owner", ACCOUNT.to_owned()),
        ("Protocol", one.text("Protocol").to_owned()),
        ("Endpoint", one.text("Endpoint").to_owned()),
        ("PendingConfirmation", (!confirmed(one)).to_string()),
    ];
    Ok(json!({"Attributes": entries(&all)}))
}

fn tagged<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("ResourceArn")?;
    let topic = call.world.things.get_mut(&arn).filter(|thing| thing.kind == "topic");
    topic.ok_or_else(|| AwsError::gone("ResourceNotFound", "Resource does not exist"))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let tags = tag_list(&tagged(call)?.tags, "Key", "Value");
    Ok(json!({"Tags": {"member": tags}}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.tags("Tags");
    tagged(call)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    tagged(call)?.tags.retain(|key, _| !keys.contains(key));
    done()
}

fn publish(call: &mut Call<'_>) -> Answer {
    call.required("Message")?;
    topic(call)?;
    let id = call.world.new_name(20);
    Ok(json!({"MessageId": id}))
}
