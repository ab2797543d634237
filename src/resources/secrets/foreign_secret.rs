//! A secret of the user's own that the profile names. Nothing of it is made, changed or removed: what
//! its dependents need to know is which version of it counts.

use serde::{Deserialize, Serialize};

use super::wire::{current, describe};
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values: which secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignSecret {
    pub arn: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForeignSecretLive {
    pub arn: String,
    /// Id of the version whose value counts.
    pub version: Option<String>,
}

impl Resource for ForeignSecret {
    const KIND: &'static str = "foreign_secret";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &["secretsmanager:DescribeSecret"];
    const FORGET_ON_DELETE: bool = true;

    type Live = ForeignSecretLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ForeignSecretLive>>> {
        let mut found = Vec::new();
        for one in wanted.iter().filter(|one| one.live.is_some()) {
            let live = one.desired.look(scope).await?;
            found.extend(live.map(|live| Found::asked(&one.address, live)));
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<ForeignSecretLive> {
        let missing = || {
            let message = format!("there is no secret `{}`", self.arn);
            Failure::unexpected("secretsmanager", "DescribeSecret", message)
        };
        self.look(scope).await?.ok_or_else(missing)
    }

    async fn update(&self, _: &Scope, _: &ForeignSecretLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _: &Scope, _: &ForeignSecretLive) -> Result<()> {
        Ok(())
    }

    fn diff(&self, live: &ForeignSecretLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("arn", &self.arn, &live.arn);
        diff.finish()
    }
}

impl ForeignSecret {
    /// The secret, unless there is none or it is on its way out.
    async fn look(&self, scope: &Scope) -> Result<Option<ForeignSecretLive>> {
        let found = describe(scope, &self.arn).await?;
        let found = found.filter(|secret| secret.deleted_date().is_none());
        Ok(found.map(|secret| {
            let version = current(secret.version_ids_to_stages());
            ForeignSecretLive { arn: self.arn.clone(), version }
        }))
    }
}
