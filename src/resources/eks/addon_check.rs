//! Waits until an add-on works whose dependents were content that EKS accepted it; makes nothing.

use serde::{Deserialize, Serialize};

use super::Addon;
use super::addon::{AddonLive, describe, read, works};
use crate::resource::{
    Change, Claim, Diff, Facts, Failure, Found, Identity, Ready, Ref, Resource, Result, Scope,
    Times, Wanted,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddonCheck {
    pub addon: Ref<Addon>,
    pub cluster_name: String,
    pub name: String,
}

impl Resource for AddonCheck {
    const KIND: &'static str = "eks_addon_check";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((14, 40, 66), (0, 0, 1));
    const ACTIONS: &'static [&'static str] = &["eks:DescribeAddon"];
    const FORGET_ON_DELETE: bool = true;

    /// The add-on's.
    type Live = AddonLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<AddonLive>>> {
        let mut found = Vec::new();
        for Wanted { address, desired, live, .. } in wanted {
            let live = match scope.recorded(live.as_ref()) {
                Some(live) => Some(live.clone()),
                None => desired.look(scope).await?,
            };
            found.extend(live.map(|live| Found::asked(address, live)));
        }
        Ok(found)
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<AddonLive> {
        self.look(scope).await?.ok_or_else(|| {
            let message = format!("the add-on `{}` is not there", self.name);
            Failure::unexpected("eks", "DescribeAddon", message)
        })
    }

    async fn update(&self, _scope: &Scope, _live: &AddonLive, _claim: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _scope: &Scope, _live: &AddonLive) -> Result<()> {
        Ok(())
    }

    /// Another add-on of the same name is checked anew.
    fn diff(&self, live: &AddonLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("addon", facts.map(&self.addon, |addon| addon.arn), &live.arn);
        diff.finish()
    }

    fn ready(&self, live: &AddonLive) -> Ready {
        works(&live.status, &live.issues)
    }
}

impl AddonCheck {
    async fn look(&self, scope: &Scope) -> Result<Option<AddonLive>> {
        Ok(describe(scope, &self.cluster_name, &self.name).await?.as_ref().map(read))
    }
}
