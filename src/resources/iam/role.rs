//! A role: who may assume it, and what it may do.

use aws_sdk_iam::types::RoleDetail;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire::{self, canonical, document, done, missing};
use crate::aws::StackId;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a role. Its path is `/edxaws/<stack>/`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    /// What its ARN will be: see [`Role::arn_of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The trust policy document.
    pub trust: Value,
    /// ARNs of the managed policies attached to it, no more and no fewer.
    pub policies: Vec<String>,
    /// A policy document of its own, for what no managed policy says. What needs the ARN of another
    /// resource is a `role_policy` instead.
    pub permissions: Option<Value>,
}

/// The name of the inline policy that holds `permissions`.
const PERMISSIONS: &str = "permissions";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleLive {
    pub name: String,
    pub arn: String,
    pub trust: Value,
    pub policies: Vec<String>,
    pub permissions: Option<Value>,
}

impl Resource for Role {
    const KIND: &'static str = "role";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 2, 5), (1, 2, 5));
    const ACTIONS: &'static [&'static str] = &[
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:GetAccountAuthorizationDetails",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:PutRolePolicy",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
    ];

    type Live = RoleLive;

    async fn list(scope: &Scope, _wanted: &[Wanted<Self>]) -> Result<Vec<Found<RoleLive>>> {
        let roles = wire::roles(scope).await?;
        Ok(roles.iter().map(|role| wire::found(role.tags(), read(role))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<RoleLive> {
        let call = scope
            .aws
            .iam
            .create_role()
            .role_name(&self.name)
            .path(wire::path(&scope.stack))
            .assume_role_policy_document(self.trust.to_string())
            .set_tags(Some(wire::tagged(scope, claim)));
        let answer = call.send().await?;
        let role = answer.role().ok_or_else(|| missing("CreateRole", "role"))?;
        Ok(RoleLive {
            name: role.role_name().to_owned(),
            arn: role.arn().to_owned(),
            trust: canonical(&self.trust),
            policies: Vec::new(),
            permissions: None,
        })
    }

    async fn update(&self, scope: &Scope, live: &RoleLive, _claim: &Claim) -> Result<()> {
        let iam = &scope.aws.iam;
        if canonical(&self.trust) != live.trust {
            let call = iam.update_assume_role_policy().role_name(&live.name);
            call.policy_document(self.trust.to_string()).send().await?;
        }
        for arn in self.policies.iter().filter(|arn| !live.policies.contains(arn)) {
            iam.attach_role_policy().role_name(&live.name).policy_arn(arn).send().await?;
        }
        for arn in live.policies.iter().filter(|arn| !self.policies.contains(arn)) {
            done(iam.detach_role_policy().role_name(&live.name).policy_arn(arn).send().await)?;
        }
        match &self.permissions {
            Some(wanted) if Some(canonical(wanted)) != live.permissions => {
                let call = iam.put_role_policy().role_name(&live.name).policy_name(PERMISSIONS);
                call.policy_document(wanted.to_string()).send().await?;
            }
            None if live.permissions.is_some() => {
                let call = iam.delete_role_policy().role_name(&live.name).policy_name(PERMISSIONS);
                done(call.send().await)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// IAM deletes only a bare role; whatever hangs on it, also by other hands, is taken off first.
    async fn delete(&self, scope: &Scope, live: &RoleLive) -> Result<()> {
        strip(scope, &live.name).await?;
        scope.aws.iam.delete_role().role_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &RoleLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("trust", &canonical(&self.trust), &live.trust);
        diff.free("policies", &sorted(self.policies.clone()), &live.policies);
        diff.free("permissions", &self.permissions.as_ref().map(canonical), &live.permissions);
        diff.finish()
    }

    /// Its ARN is its name: nobody's cluster has to go because somebody deleted a role.
    fn foreseen(&self) -> Option<RoleLive> {
        Some(RoleLive {
            name: self.name.clone(),
            arn: self.arn.clone()?,
            trust: canonical(&self.trust),
            policies: self.policies.clone(),
            permissions: self.permissions.clone(),
        })
    }
}

impl Role {
    /// The ARN of a stack's role: it follows from whose it is and its name.
    pub fn arn_of(stack: &StackId, name: &str) -> String {
        let StackId { partition, account, .. } = stack;
        format!("arn:{partition}:iam::{account}:role{}{name}", wire::path(stack))
    }
}

async fn strip(scope: &Scope, name: &str) -> Result<()> {
    let iam = &scope.aws.iam;
    let pages = iam.list_instance_profiles_for_role().role_name(name).into_paginator();
    let profiles: Vec<_> = pages.items().send().collect::<Result<_, _>>().await?;
    for profile in &profiles {
        let call = iam.remove_role_from_instance_profile().role_name(name);
        done(call.instance_profile_name(profile.instance_profile_name()).send().await)?;
    }
    let pages = iam.list_attached_role_policies().role_name(name).into_paginator();
    let attached: Vec<_> = pages.items().send().collect::<Result<_, _>>().await?;
    for arn in attached.iter().filter_map(|policy| policy.policy_arn()) {
        done(iam.detach_role_policy().role_name(name).policy_arn(arn).send().await)?;
    }
    let pages = iam.list_role_policies().role_name(name).into_paginator();
    let inline: Vec<_> = pages.items().send().collect::<Result<_, _>>().await?;
    for policy in &inline {
        done(iam.delete_role_policy().role_name(name).policy_name(policy).send().await)?;
    }
    Ok(())
}

fn read(role: &RoleDetail) -> RoleLive {
    let attached = role.attached_managed_policies().iter();
    let own = role.role_policy_list().iter().find(|one| one.policy_name() == Some(PERMISSIONS));
    RoleLive {
        name: role.role_name().unwrap_or_default().to_owned(),
        arn: role.arn().unwrap_or_default().to_owned(),
        trust: document(role.assume_role_policy_document().unwrap_or_default()),
        policies: sorted(attached.filter_map(|one| Some(one.policy_arn()?.to_owned())).collect()),
        permissions: own.and_then(|policy| policy.policy_document()).map(document),
    }
}

fn sorted(mut arns: Vec<String>) -> Vec<String> {
    arns.sort_unstable();
    arns
}
