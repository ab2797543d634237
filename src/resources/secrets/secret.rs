//! A secret whose values AWS makes up: they pass through memory once and are seen by nobody.

mod shape;

use std::collections::HashMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{SecretListEntry, Tag};
use serde::{Deserialize, Serialize};

pub use shape::{Characters, Password, Shape};

use super::wire::{current, describe, is_at, listed, missing, pairs, tagged, value};
use crate::aws::{DataPolicy, Failure, Verdict, verdict};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a secret. A value that exists is never changed: databases and sessions depend
/// on it. Whoever changes it makes another version, and what uses the secret is rolled out anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    pub name: String,
    pub description: String,
    pub shape: Shape,
    /// Deletes without the seven days in which it could be restored.
    pub force_delete: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecretLive {
    pub name: String,
    pub arn: String,
    pub description: String,
    /// Names of the values it holds.
    pub keys: Vec<String>,
    /// Id of the version whose value counts.
    #[serde(default)]
    pub version: Option<String>,
}

/// Names of the values, on the secret itself: the value would have to be read to know them.
const KEYS: &str = "edxaws:keys";
const RECOVERY_DAYS: i64 = 7;

impl Resource for Secret {
    const KIND: &'static str = "secret";
    // The token of a repeat counts only with the same value, and ours is made up anew each time.
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((0, 1, 3), (0, 1, 3));
    // Values that are added are a new version.
    const VERSIONED: bool = true;
    const ACTIONS: &'static [&'static str] = &[
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecrets",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RestoreSecret",
        "secretsmanager:TagResource",
        "secretsmanager:UpdateSecret",
    ];

    type Live = SecretLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<SecretLive>>> {
        let entries = listed(scope).await?;
        let found = |entry: &SecretListEntry| Found::tagged(pairs(entry.tags()), entered(entry));
        let mut all: Vec<_> = entries.iter().map(found).collect();
        for one in wanted.iter().filter(|one| one.live.is_some() || one.claim.is_some()) {
            // The list may be minutes old; one secret by name never is.
            if !all.iter().any(|found| is_as_known(&found.live, one)) {
                let looked_at = look(scope, one).await?;
                all.retain(|found| found.live.name != one.desired.name);
                all.extend(looked_at);
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<SecretLive> {
        let value = self.shape.make(scope).await?;
        let call = scope
            .aws
            .secrets
            .create_secret()
            .name(&self.name)
            .description(&self.description)
            .client_request_token(&claim.token)
            .secret_string(value.expose())
            .set_tags(Some(tagged(scope, claim, (KEYS, self.shape.keys().join(" ")))));
        let failure = match call.send().await {
            Ok(answer) => {
                let arn = answer.arn().ok_or_else(|| missing("CreateSecret", "ARN"))?;
                return Ok(self.made(arn, answer.version_id()));
            }
            Err(error) => Failure::from(error),
        };
        self.take_back(scope, claim, failure).await
    }

    async fn update(&self, scope: &Scope, live: &SecretLive, claim: &Claim) -> Result<()> {
        let client = &scope.aws.secrets;
        if self.description != live.description {
            let call = client.update_secret().secret_id(&live.arn).description(&self.description);
            call.send().await?;
        }
        if self.lacks(live) {
            let value = value(scope, &live.arn).await?;
            if let Some(value) = self.shape.complete(scope, value).await? {
                let call = client.put_secret_value().secret_id(&live.arn);
                call.secret_string(value.expose()).send().await?;
            }
            let all = tagged(scope, claim, (KEYS, self.all_keys(live).join(" ")));
            client.tag_resource().secret_id(&live.arn).set_tags(Some(all)).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &SecretLive) -> Result<()> {
        let force = self.force_delete || scope.data == DataPolicy::Delete;
        let call = scope.aws.secrets.delete_secret().secret_id(&live.arn);
        let call = call
            .set_force_delete_without_recovery(force.then_some(true))
            .set_recovery_window_in_days((!force).then_some(RECOVERY_DAYS));
        call.send().await?;
        Ok(())
    }

    fn diff(&self, live: &SecretLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("description", &self.description, &live.description);
        // Values that are no longer wanted stay: taking them away could only break something.
        diff.free("keys", &self.all_keys(live), &live.keys);
        diff.finish()
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let requests = meter.share::<Self>(&usage::SECRET_REQUESTS).in_units_of(10_000);
        tariff::secret(meter.sheet(), Some(requests));
    }
}

impl Secret {
    fn made(&self, arn: &str, version: Option<&str>) -> SecretLive {
        SecretLive {
            name: self.name.clone(),
            arn: arn.to_owned(),
            description: self.description.clone(),
            keys: self.shape.keys(),
            version: version.map(str::to_owned),
        }
    }

    fn lacks(&self, live: &SecretLive) -> bool {
        self.all_keys(live) != live.keys
    }

    /// What is there and what is wanted, in order.
    fn all_keys(&self, live: &SecretLive) -> Vec<String> {
        let mut keys = self.shape.keys();
        keys.extend(live.keys.iter().cloned());
        keys.sort();
        keys.dedup();
        keys
    }

    /// The name is taken. When the secret is ours (deleted a few days ago, or restored by a run
    /// that was killed before it could say so), it is taken back with its old values: the database
    /// that needs them may come back as well.
    async fn take_back(
        &self,
        scope: &Scope,
        claim: &Claim,
        failure: Failure,
    ) -> Result<SecretLive> {
        let in_recovery = verdict(&failure) == Verdict::NotYet;
        if !in_recovery && verdict(&failure) != Verdict::Exists {
            return Err(failure);
        }
        let client = &scope.aws.secrets;
        let Some(found) = describe(scope, &self.name).await? else {
            // Deleted without recovery a moment ago: the name will be free soon.
            return Err(failure);
        };
        if !is_at(scope, found.tags(), &claim.address) {
            return Err(if in_recovery { self.taken() } else { failure });
        }
        let live = described(&found);
        if found.deleted_date().is_some() {
            client.restore_secret().secret_id(&live.arn).send().await?;
        }
        let all = tagged(scope, claim, (KEYS, live.keys.join(" ")));
        client.tag_resource().secret_id(&live.arn).set_tags(Some(all)).send().await?;
        Ok(live)
    }

    fn taken(&self) -> Failure {
        let message = format!(
            "the name `{}` belongs to another secret that is scheduled for deletion",
            self.name
        );
        Failure::unexpected("secretsmanager", "CreateSecret", message)
    }
}

/// One secret by name, if it is there, not deleted, and at the wanted address of this stack.
async fn look(scope: &Scope, one: &Wanted<Secret>) -> Result<Option<Found<SecretLive>>> {
    let found = describe(scope, &one.desired.name).await?;
    let found = found
        .filter(|found| found.deleted_date().is_none() && is_at(scope, found.tags(), &one.address));
    Ok(found.map(|found| Found::tagged(pairs(found.tags()), described(&found))))
}

/// Whether this is the secret, with the value that is recorded of it.
fn is_as_known(found: &SecretLive, one: &Wanted<Secret>) -> bool {
    let recorded = one.live.as_ref();
    found.name == one.desired.name && recorded.is_none_or(|live| live.version == found.version)
}

fn entered(entry: &SecretListEntry) -> SecretLive {
    let stages = entry.secret_versions_to_stages();
    read(entry.name(), entry.arn(), entry.description(), entry.tags(), stages)
}

fn described(found: &DescribeSecretOutput) -> SecretLive {
    let stages = found.version_ids_to_stages();
    read(found.name(), found.arn(), found.description(), found.tags(), stages)
}

fn read(
    name: Option<&str>,
    arn: Option<&str>,
    description: Option<&str>,
    tags: &[Tag],
    stages: Option<&HashMap<String, Vec<String>>>,
) -> SecretLive {
    let keys = pairs(tags).find(|(key, _)| *key == KEYS).map_or("", |(_, value)| value);
    SecretLive {
        name: name.unwrap_or_default().to_owned(),
        arn: arn.unwrap_or_default().to_owned(),
        description: description.unwrap_or_default().to_owned(),
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        version: current(stages),
    }
}
