//! How Budgets spells tags, ownership and missing answers, and the notices every budget carries.

use aws_sdk_budgets::types::{
    ComparisonOperator, Notification, NotificationType, ResourceTag, Subscriber, SubscriptionType,
    ThresholdType,
};
use aws_smithy_types::error::operation::BuildError;

use crate::aws::{Failure, Scope, Verdict, tags, verdict};
use crate::resource::{Claim, Result};

/// 80 % used, and 100 % forecast.
pub const NOTICES: &[(NotificationType, f64)] =
    &[(NotificationType::Actual, 80.0), (NotificationType::Forecasted, 100.0)];

/// The tags of a new budget, to be sent in the call that makes it.
pub fn tagged(scope: &Scope, claim: &Claim) -> Result<Vec<ResourceTag>> {
    let tags = scope.tags(claim).into_iter();
    tags.map(|(k, v)| built("CreateBudget", ResourceTag::builder().key(k).value(v).build()))
        .collect()
}

/// A budget's tags when they say that it belongs to this stack.
pub async fn tags_of_ours(scope: &Scope, name: &str) -> Result<Option<Vec<ResourceTag>>> {
    let (partition, account) = (&scope.stack.partition, &scope.stack.account);
    let arn = format!("arn:{partition}:budgets::{account}:budget/{name}");
    let answer = scope.aws.budgets.list_tags_for_resource().resource_arn(arn).send().await;
    let found = present(answer.map_err(Failure::from))?;
    let found = found.map(|answer| answer.resource_tags.unwrap_or_default());
    let ours = |set: &Vec<ResourceTag>| {
        set.iter().any(|tag| tag.key == tags::STACK && tag.value == scope.stack.name)
    };
    Ok(found.filter(ours))
}

/// Absent instead of an error where Budgets says that it is not there.
pub fn present<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Puts what the SDK could not build into words.
pub fn built<T>(action: &str, part: Result<T, BuildError>) -> Result<T> {
    part.map_err(|error| Failure::unexpected("budgets", action, error.to_string()))
}

pub fn notice(kind: &NotificationType, percent: f64) -> Result<Notification> {
    let notice = Notification::builder()
        .notification_type(kind.clone())
        .comparison_operator(ComparisonOperator::GreaterThan)
        .threshold(percent)
        .threshold_type(ThresholdType::Percentage);
    built("CreateNotification", notice.build())
}

/// A mail address, or a topic's ARN.
pub fn subscriber(address: &str) -> Result<Subscriber> {
    let topic = address.starts_with("arn:");
    let kind = if topic { SubscriptionType::Sns } else { SubscriptionType::Email };
    built(
        "CreateSubscriber",
        Subscriber::builder().subscription_type(kind).address(address).build(),
    )
}
