//! The user that sends the platform's mail over SES's SMTP endpoint, and the secret that holds how.

mod credentials;
mod password;

use aws_sdk_iam::types::UserDetail;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{self, canonical, document, done, missing};
use crate::cost::tariff;
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::secrets::wire::{current, listed};
pub use credentials::Credentials;

/// Desired values of an SMTP user. User and secret bear the same name. The secret holds `host`,
/// `port`, `username` and `password` and is written by nobody else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpUser {
    pub name: String,
    /// The domain whose addresses it may send from.
    pub domain: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SmtpUserLive {
    pub name: String,
    pub arn: String,
    /// What it may do.
    pub permissions: Option<Value>,
    pub credentials: Credentials,
    /// The secret, if there is one and it is ours.
    pub secret_arn: Option<String>,
    /// Id of the version whose value counts.
    #[serde(default)]
    pub secret_version: Option<String>,
}

const PERMISSIONS: &str = "permissions";

impl SmtpUser {
    /// By sender and not by identity: in SES's sandbox AWS asks for the recipient's identity, too.
    fn permissions(&self) -> Value {
        let sender = format!("*@{}", self.domain);
        canonical(&json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": "ses:SendRawEmail",
            "Resource": "*",
            "Condition": {"StringLike": {"ses:FromAddress": sender}},
        }]}))
    }
}

impl Resource for SmtpUser {
    const KIND: &'static str = "smtp_user";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::new((1, 3, 10), (1, 2, 10));
    // Another key is another password.
    const VERSIONED: bool = true;
    const ACTIONS: &'static [&'static str] = &[
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
        "iam:DeleteUserPolicy",
        "iam:GetAccountAuthorizationDetails",
        "iam:ListAccessKeys",
        "iam:PutUserPolicy",
        "iam:TagUser",
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:ListSecrets",
        "secretsmanager:PutSecretValue",
        "secretsmanager:TagResource",
    ];

    type Live = SmtpUserLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<SmtpUserLive>>> {
        let mut all = Vec::new();
        for user in wire::users(scope).await? {
            let known = wanted.iter().filter_map(|one| scope.recorded(one.live.as_ref()));
            let mut known = known.filter(|live| user.user_name() == Some(&live.name));
            let known = match known.next() {
                Some(live) if is_current(scope, live).await? => Some(live),
                _ => None,
            };
            all.push(wire::found(user.tags(), read(scope, &user, known).await?));
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<SmtpUserLive> {
        let call = scope
            .aws
            .iam
            .create_user()
            .user_name(&self.name)
            .path(wire::path(&scope.stack))
            .set_tags(Some(wire::tagged(scope, claim)));
        let answer = call.send().await?;
        let user = answer.user().ok_or_else(|| missing("CreateUser", "user"))?;
        Ok(SmtpUserLive {
            name: self.name.clone(),
            arn: user.arn().to_owned(),
            permissions: None,
            credentials: Credentials::Missing,
            secret_arn: None,
            secret_version: None,
        })
    }

    async fn update(&self, scope: &Scope, live: &SmtpUserLive, claim: &Claim) -> Result<()> {
        let wanted = self.permissions();
        if live.permissions.as_ref() != Some(&wanted) {
            let call = scope.aws.iam.put_user_policy().user_name(&live.name);
            call.policy_name(PERMISSIONS).policy_document(wanted.to_string()).send().await?;
        }
        if live.credentials != Credentials::Stored {
            credentials::converge(scope, &live.name, claim).await?;
        }
        Ok(())
    }

    /// The user goes last: as long as it is there, a repeat finds the rest.
    async fn delete(&self, scope: &Scope, live: &SmtpUserLive) -> Result<()> {
        credentials::remove(scope, &live.name).await?;
        let call = scope.aws.iam.delete_user_policy().user_name(&live.name);
        done(call.policy_name(PERMISSIONS).send().await)?;
        scope.aws.iam.delete_user().user_name(&live.name).send().await?;
        Ok(())
    }

    fn diff(&self, live: &SmtpUserLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("permissions", &Some(self.permissions()), &live.permissions);
        diff.free("credentials", &Credentials::Stored, &live.credentials);
        diff.finish()
    }

    /// The user is free, the secret beside it is not.
    fn cost(&self, meter: &mut Meter<'_>) {
        tariff::secret(meter.sheet(), None);
    }
}

/// The user; key and secret as `known`, or looked at.
async fn read(
    scope: &Scope,
    user: &UserDetail,
    known: Option<&SmtpUserLive>,
) -> Result<SmtpUserLive> {
    let name = user.user_name().unwrap_or_default();
    let own = user.user_policy_list().iter().find(|one| one.policy_name() == Some(PERMISSIONS));
    let (credentials, secret_arn, secret_version) = match known {
        Some(known) => (known.credentials, known.secret_arn.clone(), known.secret_version.clone()),
        None => {
            let (credentials, holder) = credentials::look(scope, name).await?;
            let (arn, version) = holder.map(|holder| (holder.arn, holder.version)).unzip();
            (credentials, arn, version.flatten())
        }
    };
    Ok(SmtpUserLive {
        name: name.to_owned(),
        arn: user.arn().unwrap_or_default().to_owned(),
        permissions: own.and_then(|policy| policy.policy_document()).map(document),
        credentials,
        secret_arn,
        secret_version,
    })
}

/// Whether the secret still holds what is recorded: the list of all secrets tells without a call of
/// its own.
async fn is_current(scope: &Scope, known: &SmtpUserLive) -> Result<bool> {
    let secrets = listed(scope).await?;
    let held = secrets.iter().find(|entry| entry.arn() == known.secret_arn.as_deref());
    Ok(held.is_some_and(|entry| known.secret_version == current(entry.secret_versions_to_stages())))
}
