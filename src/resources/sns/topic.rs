//! The topic that alarms speak to, and who is told by mail.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{present, tagged, tags_of_ours};
use crate::aws::Failure;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a topic.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub name: String,
    /// Who is told by mail. AWS asks this address for a confirmation before it sends anything.
    pub email: Option<String>,
    /// Services beside CloudWatch that publish to it, for example `budgets.amazonaws.com`; sorted.
    pub publishers: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TopicLive {
    pub arn: String,
    pub name: String,
    pub emails: Vec<Email>,
    pub publishers: Vec<String>,
}

/// A mail subscription. Subscriptions by other protocols are the user's own business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    pub address: String,
    /// Absent until the address has confirmed: until then it cannot be removed either.
    pub arn: Option<String>,
}

impl Resource for Topic {
    const KIND: &'static str = "topic";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:TagResource",
        "sns:Unsubscribe",
    ];

    type Live = TopicLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<TopicLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let arn = scope.arn("sns", &one.desired.name);
            let tags = match &one.live {
                Some(_) => None,
                None => match tags_of_ours(scope, &arn).await? {
                    Some(tags) => Some(tags),
                    None => continue,
                },
            };
            let Some(live) = read(scope, one, &arn).await? else { continue };
            all.push(match tags {
                None => Found::asked(&one.address, live),
                Some(tags) => Found::tagged(
                    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())),
                    live,
                ),
            });
        }
        Ok(all)
    }

    /// SNS answers a repeat with the first topic, and refuses one with other tags: a topic of
    /// somebody else is never taken.
    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<TopicLive> {
        let call = scope.aws.sns.create_topic().name(&self.name);
        let answer = call.set_tags(Some(tagged(scope, claim)?)).send().await?;
        let arn = answer.topic_arn.unwrap_or_else(|| scope.arn("sns", &self.name));
        let (name, emails, publishers) = (self.name.clone(), Vec::new(), Vec::new());
        Ok(TopicLive { arn, name, emails, publishers })
    }

    async fn update(&self, scope: &Scope, live: &TopicLive, _claim: &Claim) -> Result<()> {
        let sns = &scope.aws.sns;
        if self.publishers != live.publishers {
            let call = sns.set_topic_attributes().topic_arn(&live.arn).attribute_name("Policy");
            call.attribute_value(self.policy(scope, &live.arn).to_string()).send().await?;
        }
        let told = |address: &String| live.emails.iter().any(|one| one.address == *address);
        if let Some(address) = self.email.as_ref().filter(|address| !told(address)) {
            let call = sns.subscribe().topic_arn(&live.arn).protocol("email");
            call.endpoint(address).send().await?;
        }
        for former in live.emails.iter().filter(|one| Some(&one.address) != self.email.as_ref()) {
            let Some(arn) = &former.arn else { continue };
            let call = sns.unsubscribe().subscription_arn(arn);
            present(call.send().await.map_err(Failure::from))?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &TopicLive) -> Result<()> {
        scope.aws.sns.delete_topic().topic_arn(&live.arn).send().await?;
        Ok(())
    }

    fn diff(&self, live: &TopicLive, _facts: &Facts) -> Change {
        // An unconfirmed former address cannot be removed; AWS forgets it after two days.
        let counts = |one: &&Email| one.arn.is_some() || Some(&one.address) == self.email.as_ref();
        let told: Vec<_> =
            live.emails.iter().filter(counts).map(|one| one.address.clone()).collect();
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("email", &self.email.iter().cloned().collect::<Vec<_>>(), &told);
        diff.free("publishers", &self.publishers, &live.publishers);
        diff.finish()
    }

    fn outputs(&self, live: &TopicLive) -> Vec<(&'static str, String)> {
        vec![("topic_arn", live.arn.clone())]
    }
}

impl Topic {
    /// SNS's default policy, and the publishers, on behalf of this account only.
    fn policy(&self, scope: &Scope, arn: &str) -> Value {
        let account = &scope.stack.account;
        let own = json!({
            "Sid": "account",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
                "sns:SetTopicAttributes", "sns:Subscribe", "sns:DeleteTopic"],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        });
        let others = self.publishers.iter().map(|service| {
            json!({
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            })
        });
        let statements: Vec<Value> = std::iter::once(own).chain(others).collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}

/// The policy is read only where one was asked for.
async fn read(scope: &Scope, one: &Wanted<Topic>, arn: &str) -> Result<Option<TopicLive>> {
    let Some(emails) = emails(scope, arn).await? else { return Ok(None) };
    let before = one.live.as_ref().map_or(&[][..], |live| &live.publishers);
    let publishers = if one.desired.publishers.is_empty() && before.is_empty() {
        Vec::new()
    } else {
        publishers(scope, arn).await?
    };
    let name = one.desired.name.clone();
    Ok(Some(TopicLive { arn: arn.to_owned(), name, emails, publishers }))
}

async fn emails(scope: &Scope, arn: &str) -> Result<Option<Vec<Email>>> {
    let call = scope.aws.sns.list_subscriptions_by_topic().topic_arn(arn);
    let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let all = present(pages.map_err(Failure::from))?;
    Ok(all.map(|all| {
        let mails = all.into_iter().filter(|one| one.protocol() == Some("email"));
        mails
            .map(|one| Email {
                arn: one.subscription_arn.filter(|arn| arn.starts_with("arn:")),
                address: one.endpoint.unwrap_or_default(),
            })
            .collect()
    }))
}

/// The services that the topic's policy lets in, sorted.
async fn publishers(scope: &Scope, arn: &str) -> Result<Vec<String>> {
    let answer = scope.aws.sns.get_topic_attributes().topic_arn(arn).send().await?;
    let policy = answer.attributes().and_then(|all| all.get("Policy"));
    let policy: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let statements = policy.get("Statement").and_then(Value::as_array);
    let services = statements.into_iter().flatten().filter_map(|one| {
        one.pointer("/Principal/Service").and_then(Value::as_str).map(str::to_owned)
    });
    let mut services: Vec<String> = services.collect();
    services.sort();
    Ok(services)
}
