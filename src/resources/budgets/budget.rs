//! A monthly budget over what carries the stack's tag. AWS counts by tag only once the tag
//! `edxaws:stack` is activated as a cost allocation tag in the Billing console.

use aws_sdk_budgets::types::{
    Budget as AwsBudget, BudgetType, Notification, NotificationWithSubscribers, Spend, TimeUnit,
};
use serde::{Deserialize, Serialize};

use super::wire::{NOTICES, built, notice, present, subscriber, tagged, tags_of_ours};
use crate::aws::{Failure, tags};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::sns::Topic;

/// Desired values of a budget: it tells when 80 % are used and when 100 % are forecast.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub name: String,
    /// Whose costs count: the value of the tag `edxaws:stack`.
    pub stack: String,
    pub monthly_usd: u32,
    pub tell: Tell,
}

/// Who is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tell {
    Email(String),
    Topic(Ref<Topic>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BudgetLive {
    pub name: String,
    pub monthly_usd: f64,
    pub filter: Vec<String>,
    /// `ACTUAL 80`, `FORECASTED 100`.
    pub notices: Vec<String>,
    /// Everyone who is told by any of the notices.
    pub told: Vec<String>,
}

impl Resource for Budget {
    const KIND: &'static str = "budget";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "budgets:ListTagsForResource",
        "budgets:ModifyBudget",
        "budgets:TagResource",
        "budgets:ViewBudget",
    ];

    type Live = BudgetLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<BudgetLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let Some(live) = read(scope, one).await? else { continue };
            if one.live.is_some() {
                all.push(Found::asked(&one.address, live));
            } else if let Some(tags) = tags_of_ours(scope, &live.name).await? {
                let tags = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
                all.push(Found::tagged(tags, live));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<BudgetLive> {
        let told = self.tell.address(scope)?;
        let with = |(kind, percent): &(_, f64)| {
            let notice = notice(kind, *percent)?;
            let told = subscriber(&told)?;
            let both =
                NotificationWithSubscribers::builder().notification(notice).subscribers(told);
            built("CreateBudget", both.build())
        };
        let notices = NOTICES.iter().map(with).collect::<Result<Vec<_>>>()?;
        let call = scope.aws.budgets.create_budget().account_id(&scope.stack.account);
        let call = call.budget(self.budget()?).set_notifications_with_subscribers(Some(notices));
        call.set_resource_tags(Some(tagged(scope, claim)?)).send().await?;
        Ok(BudgetLive {
            name: self.name.clone(),
            monthly_usd: self.monthly_usd.into(),
            filter: self.filter(),
            notices: notices_wanted(),
            told: vec![told],
        })
    }

    async fn update(&self, scope: &Scope, live: &BudgetLive, _claim: &Claim) -> Result<()> {
        let (budgets, account) = (&scope.aws.budgets, &scope.stack.account);
        let told = self.tell.address(scope)?;
        let call = budgets.update_budget().account_id(account).new_budget(self.budget()?);
        call.send().await?;
        for (kind, percent) in NOTICES {
            let notice = notice(kind, *percent)?;
            if !live.notices.contains(&spelled(&notice)) {
                let call =
                    budgets.create_notification().account_id(account).budget_name(&self.name);
                call.notification(notice).subscribers(subscriber(&told)?).send().await?;
                continue;
            }
            self.tell_only(scope, &notice, &told).await?;
        }
        self.drop_others(scope, live).await
    }

    async fn delete(&self, scope: &Scope, live: &BudgetLive) -> Result<()> {
        let call = scope.aws.budgets.delete_budget().account_id(&scope.stack.account);
        call.budget_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &BudgetLive, facts: &Facts) -> Change {
        let told = match &self.tell {
            Tell::Email(address) => Some(vec![address.clone()]),
            Tell::Topic(topic) => facts.map(topic, |topic| vec![topic.arn]),
        };
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("monthly_usd", &f64::from(self.monthly_usd), &live.monthly_usd);
        diff.free("filter", &self.filter(), &live.filter);
        diff.free("notices", &notices_wanted(), &live.notices);
        diff.free_fact("told", told, &live.told);
        diff.finish()
    }
}

impl Tell {
    fn address(&self, scope: &Scope) -> Result<String> {
        match self {
            Self::Email(address) => Ok(address.clone()),
            Self::Topic(topic) => Ok(scope.live(topic)?.arn),
        }
    }
}

impl Budget {
    /// How Budgets spells a tag of one's own.
    fn filter(&self) -> Vec<String> {
        vec![format!("user:{}${}", tags::STACK, self.stack)]
    }

    #[allow(
        deprecated,
        reason = "budgets with a FilterExpression alone have no metrics and show no chart"
    )]
    fn budget(&self) -> Result<AwsBudget> {
        let limit = Spend::builder().amount(self.monthly_usd.to_string()).unit("USD").build();
        let budget = AwsBudget::builder()
            .budget_name(&self.name)
            .budget_type(BudgetType::Cost)
            .time_unit(TimeUnit::Monthly)
            .budget_limit(built("CreateBudget", limit)?)
            .cost_filters("TagKeyValue", self.filter());
        built("CreateBudget", budget.build())
    }

    /// Takes away the notices that somebody else has added.
    async fn drop_others(&self, scope: &Scope, live: &BudgetLive) -> Result<()> {
        let wanted = notices_wanted();
        if live.notices.iter().all(|one| wanted.contains(one)) {
            return Ok(());
        }
        let (budgets, account) = (&scope.aws.budgets, &scope.stack.account);
        let found = notices(scope, &self.name).await?;
        for other in found.into_iter().filter(|one| !wanted.contains(&spelled(one))) {
            let call = budgets.delete_notification().account_id(account).budget_name(&self.name);
            present(call.notification(other).send().await.map_err(Failure::from))?;
        }
        Ok(())
    }

    /// Adds the wanted one before it takes others away: a notice must not be without any.
    async fn tell_only(&self, scope: &Scope, notice: &Notification, address: &str) -> Result<()> {
        let (budgets, account) = (&scope.aws.budgets, &scope.stack.account);
        let told = subscribers(scope, &self.name, notice).await?;
        if !told.iter().any(|one| one == address) {
            let call = budgets.create_subscriber().account_id(account).budget_name(&self.name);
            call.notification(notice.clone()).subscriber(subscriber(address)?).send().await?;
        }
        for other in told.iter().filter(|one| *one != address) {
            let call = budgets.delete_subscriber().account_id(account).budget_name(&self.name);
            let call = call.notification(notice.clone()).subscriber(subscriber(other)?);
            present(call.send().await.map_err(Failure::from))?;
        }
        Ok(())
    }
}

fn notices_wanted() -> Vec<String> {
    NOTICES.iter().map(|(kind, percent)| format!("{} {percent}", kind.as_str())).collect()
}

fn spelled(notice: &Notification) -> String {
    format!("{} {}", notice.notification_type.as_str(), notice.threshold)
}

async fn read(scope: &Scope, one: &Wanted<Budget>) -> Result<Option<BudgetLive>> {
    let (budgets, account) = (&scope.aws.budgets, &scope.stack.account);
    let name = &one.desired.name;
    let answer = budgets.describe_budget().account_id(account).budget_name(name).send().await;
    let Some(budget) = present(answer.map_err(Failure::from))?.and_then(|one| one.budget) else {
        return Ok(None);
    };
    if let Some(BudgetLive { notices, told, .. }) = scope.recorded(one.live.as_ref()).cloned() {
        return Ok(Some(BudgetLive { notices, told, ..limits(budget) }));
    }
    let found = notices(scope, name).await?;
    let told = everyone(scope, name, &found).await?;
    let mut notices: Vec<String> = found.iter().map(spelled).collect();
    notices.sort();
    Ok(Some(BudgetLive { notices, told, ..limits(budget) }))
}

async fn notices(scope: &Scope, name: &str) -> Result<Vec<Notification>> {
    let call = scope.aws.budgets.describe_notifications_for_budget();
    let call = call.account_id(&scope.stack.account).budget_name(name);
    let answer = present(call.send().await.map_err(Failure::from))?;
    Ok(answer.and_then(|answer| answer.notifications).unwrap_or_default())
}

#[allow(deprecated, reason = "see `Budget::budget`")]
fn limits(budget: AwsBudget) -> BudgetLive {
    let amount = budget.budget_limit.map(|limit| limit.amount).unwrap_or_default();
    let filters = budget.cost_filters.unwrap_or_default();
    BudgetLive {
        name: budget.budget_name,
        monthly_usd: amount.parse().unwrap_or_default(),
        filter: filters.into_values().flatten().collect(),
        notices: Vec::new(),
        told: Vec::new(),
    }
}

async fn everyone(scope: &Scope, name: &str, notices: &[Notification]) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for notice in notices {
        told.extend(subscribers(scope, name, notice).await?);
    }
    told.sort();
    told.dedup();
    Ok(told)
}

async fn subscribers(scope: &Scope, name: &str, notice: &Notification) -> Result<Vec<String>> {
    let call = scope.aws.budgets.describe_subscribers_for_notification();
    let call = call.account_id(&scope.stack.account).budget_name(name).notification(notice.clone());
    let answer = present(call.send().await.map_err(Failure::from))?;
    let all = answer.and_then(|answer| answer.subscribers).unwrap_or_default();
    Ok(all.into_iter().map(|one| one.address).collect())
}
