//! A role that an AWS service makes for itself, once per account: only ensured, never removed.

use aws_sdk_iam::types::Role;
use serde::{Deserialize, Serialize};

use super::wire::missing;
use crate::aws::{Failure, Verdict, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a service-linked role. It belongs to the account and not to the stack: other
/// stacks and other tools stand on the same role. So any that exists will do, and a delete ends the
/// record and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLinkedRole {
    /// The service's principal, for example `eks.amazonaws.com`.
    pub service: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceLinkedRoleLive {
    pub service: String,
    pub arn: String,
}

/// All service-linked roles stand below this path, each below its service's principal.
const PATH: &str = "/aws-service-role/";

impl Resource for ServiceLinkedRole {
    const KIND: &'static str = "service_linked_role";
    const IDENTITY: Identity = Identity::Relation;
    const TIMES: Times = Times::new((1, 2, 5), (0, 0, 0));
    const ACTIONS: &'static [&'static str] = &["iam:CreateServiceLinkedRole", "iam:ListRoles"];
    const FORGET_ON_DELETE: bool = true;

    type Live = ServiceLinkedRoleLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<ServiceLinkedRoleLive>>> {
        // Nobody takes these roles away: a quick look trusts the record.
        let known = |one: &Wanted<Self>| {
            let live = scope.recorded(one.live.as_ref())?.clone();
            Some(Found::asked(&one.address, live))
        };
        let recorded: Vec<_> = wanted.iter().filter_map(known).collect();
        if recorded.len() == wanted.len() {
            return Ok(recorded);
        }
        let all = linked(scope, PATH).await?;
        let find = |one: &Wanted<Self>| {
            let role = all.iter().find(|role| role.path() == path(&one.desired.service))?;
            Some(Found::asked(&one.address, read(&one.desired.service, role)))
        };
        Ok(wanted.iter().filter_map(find).collect())
    }

    async fn create(&self, scope: &Scope, _claim: &Claim) -> Result<ServiceLinkedRoleLive> {
        let call = scope.aws.iam.create_service_linked_role().aws_service_name(&self.service);
        match call.send().await.map_err(Failure::from) {
            Ok(answer) => {
                let role =
                    answer.role().ok_or_else(|| missing("CreateServiceLinkedRole", "role"))?;
                Ok(read(&self.service, role))
            }
            // Somebody was faster, or the answer to an earlier try was lost: all the same.
            Err(failure) if verdict(&failure) == Verdict::Exists => {
                let all = linked(scope, &path(&self.service)).await?;
                all.first().map(|role| read(&self.service, role)).ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn update(&self, _: &Scope, _: &ServiceLinkedRoleLive, _: &Claim) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, _: &Scope, _: &ServiceLinkedRoleLive) -> Result<()> {
        Ok(())
    }

    fn diff(&self, live: &ServiceLinkedRoleLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("service", &self.service, &live.service);
        diff.finish()
    }
}

fn path(service: &str) -> String {
    format!("{PATH}{service}/")
}

async fn linked(scope: &Scope, prefix: &str) -> Result<Vec<Role>> {
    let call = scope.aws.iam.list_roles().path_prefix(prefix).max_items(1000);
    Ok(call.into_paginator().items().send().collect::<Result<_, _>>().await?)
}

fn read(service: &str, role: &Role) -> ServiceLinkedRoleLive {
    ServiceLinkedRoleLive { service: service.to_owned(), arn: role.arn().to_owned() }
}
