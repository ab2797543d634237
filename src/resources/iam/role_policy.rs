//! An inline policy of a role whose document names other resources of the stack.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Role;
use super::wire::{self, canonical, document};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::s3::Bucket;

/// Desired values of an inline policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolePolicy {
    pub role: Ref<Role>,
    /// Unique in its role; not `permissions`, which is the role's own.
    pub name: String,
    /// What is allowed.
    pub statements: Vec<Statement>,
}

/// Actions allowed on targets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub actions: Vec<String>,
    pub on: Vec<Target>,
}

/// What a statement speaks of; ARNs of upstream resources are filled in at apply.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    Bucket(Ref<Bucket>),
    /// The objects of a bucket whose key begins with a prefix; the empty one is all of them.
    Objects {
        bucket: Ref<Bucket>,
        prefix: String,
    },
}

impl Target {
    fn bucket(&self) -> &Ref<Bucket> {
        match self {
            Self::Bucket(bucket) | Self::Objects { bucket, .. } => bucket,
        }
    }

    fn resource(&self, arn: &str) -> String {
        match self {
            Self::Bucket(_) => arn.to_owned(),
            Self::Objects { prefix, .. } => format!("{arn}/{prefix}*"),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RolePolicyLive {
    /// Name of the role.
    pub role: String,
    pub name: String,
    pub document: Value,
}

impl RolePolicy {
    /// The document, canonical; `None` while a bucket is not known yet.
    fn document(&self, facts: &Facts) -> Option<Value> {
        let statement = |one: &Statement| {
            let resource =
                |target: &Target| facts.map(target.bucket(), |bucket| target.resource(&bucket.arn));
            let on: Vec<_> = one.on.iter().map(resource).collect::<Option<_>>()?;
            Some(json!({"Effect": "Allow", "Action": one.actions, "Resource": on}))
        };
        let statements: Vec<_> = self.statements.iter().map(statement).collect::<Option<_>>()?;
        Some(canonical(&json!({"Version": "2012-10-17", "Statement": statements})))
    }

    async fn put(&self, scope: &Scope, role: &str) -> Result<Value> {
        for target in self.statements.iter().flat_map(|one| &one.on) {
            scope.live(target.bucket())?;
        }
        let document = self.document(&scope.facts).unwrap_or_default();
        let call = scope.aws.iam.put_role_policy().role_name(role).policy_name(&self.name);
        call.policy_document(document.to_string()).send().await?;
        Ok(document)
    }
}

impl Resource for RolePolicy {
    const KIND: &'static str = "role_policy";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] =
        &["iam:DeleteRolePolicy", "iam:GetAccountAuthorizationDetails", "iam:PutRolePolicy"];

    type Live = RolePolicyLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<RolePolicyLive>>> {
        let roles = wire::roles(scope).await?;
        let find = |one: &Wanted<Self>| {
            let (role, name) = match &one.live {
                Some(live) => (live.role.clone(), &live.name),
                None => (scope.facts.map(&one.desired.role, |role| role.name)?, &one.desired.name),
            };
            let detail = roles.iter().find(|detail| detail.role_name() == Some(&role))?;
            let policies = detail.role_policy_list().iter();
            let policy = policies.clone().find(|policy| policy.policy_name() == Some(name))?;
            let document = document(policy.policy_document().unwrap_or_default());
            let live = RolePolicyLive { role, name: name.clone(), document };
            Some(Found::asked(&one.address, live))
        };
        Ok(wanted.iter().filter_map(find).collect())
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<RolePolicyLive> {
        let role = scope.live(&self.role)?.name;
        let document = self.put(scope, &role).await?;
        Ok(RolePolicyLive { role, name: self.name.clone(), document })
    }

    async fn update(&self, scope: &Scope, live: &RolePolicyLive, _claim: &Claim) -> Result<()> {
        self.put(scope, &live.role).await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &RolePolicyLive) -> Result<()> {
        let call = scope.aws.iam.delete_role_policy().role_name(&live.role);
        call.policy_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &RolePolicyLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("role", facts.map(&self.role, |role| role.name), &live.role);
        diff.fixed("name", &self.name, &live.name);
        diff.free_fact("document", self.document(facts), &live.document);
        diff.finish()
    }
}
