//! A port of the load balancer: plain HTTP is sent to HTTPS, HTTPS goes to the nodes.

mod more;

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, Listener as Answer, ProtocolEnum, RedirectActionConfig,
    RedirectActionStatusCodeEnum,
};
use serde::{Deserialize, Serialize};

use super::wire::{missing, owned, tagged};
use super::{LoadBalancer, TargetGroup};
use crate::aws::{Failure, Verdict, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};
use crate::resources::acm::CertificateValidation;

/// Desired values of a listener.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub load_balancer: Ref<LoadBalancer>,
    pub port: u16,
    pub action: ListenerAction,
}

/// What happens to a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ListenerAction {
    /// 301 to the same address on port 443.
    RedirectToHttps,
    /// TLS ends here.
    Forward {
        target_group: Ref<TargetGroup>,
        /// For whoever names no host, or one of its own.
        certificate: Ref<CertificateValidation>,
        /// For further hosts: a certificate holds ten names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        more_certificates: Vec<Ref<CertificateValidation>>,
        tls_policy: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListenerLive {
    pub arn: String,
    pub load_balancer_arn: String,
    pub port: u16,
    pub protocol: String,
    pub certificate_arn: Option<String>,
    /// Those beside it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_certificate_arns: Vec<String>,
    pub tls_policy: Option<String>,
    pub target_group_arn: Option<String>,
    pub redirects: bool,
}

impl Resource for Listener {
    const KIND: &'static str = "listener";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:RemoveListenerCertificates",
    ];

    type Live = ListenerLive;

    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<ListenerLive>>> {
        let balancer = |one: &Wanted<Self>| match &one.live {
            Some(live) => Some(live.load_balancer_arn.clone()),
            None => scope.live(&one.desired.load_balancer).ok().map(|balancer| balancer.arn),
        };
        let balancers: BTreeSet<String> = wanted.iter().filter_map(balancer).collect();
        let mut all = Vec::new();
        for arn in balancers {
            for mut live in listeners(scope, &arn).await? {
                let known = |one: &&Wanted<Self>| {
                    one.live.as_ref().is_some_and(|recorded| recorded.arn == live.arn)
                };
                let recorded = wanted.iter().find(known);
                more::look(scope, &mut live, recorded.and_then(|one| one.live.as_ref())).await?;
                all.push((live.arn.clone(), recorded.map(|one| one.address.clone()), live));
            }
        }
        owned(scope, all).await
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<ListenerLive> {
        let terms = self.terms(&scope.facts).ok_or_else(|| self.unknown())?;
        let call = scope
            .aws
            .elbv2
            .create_listener()
            .load_balancer_arn(scope.live(&self.load_balancer)?.arn)
            .port(i32::from(self.port))
            .protocol(terms.protocol())
            .set_certificates(terms.certificates())
            .set_ssl_policy(terms.tls_policy.clone())
            .default_actions(terms.action())
            .set_tags(Some(tagged(scope, claim)));
        let answer = call.send().await?;
        answer.listeners().first().map(read).ok_or_else(|| missing("CreateListener", "listener"))
    }

    async fn update(&self, scope: &Scope, live: &ListenerLive, _claim: &Claim) -> Result<()> {
        let terms = self.terms(&scope.facts).ok_or_else(|| self.unknown())?;
        let call = scope
            .aws
            .elbv2
            .modify_listener()
            .listener_arn(&live.arn)
            .protocol(terms.protocol())
            .set_certificates(terms.certificates())
            .set_ssl_policy(terms.tls_policy.clone())
            .default_actions(terms.action());
        call.send().await?;
        more::set(scope, live, &terms.more_certificates).await
    }

    async fn delete(&self, scope: &Scope, live: &ListenerLive) -> Result<()> {
        scope.aws.elbv2.delete_listener().listener_arn(&live.arn).send().await?;
        Ok(())
    }

    fn diff(&self, live: &ListenerLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        let balancer = facts.map(&self.load_balancer, |balancer| balancer.arn);
        diff.fixed_fact("load_balancer", balancer, &live.load_balancer_arn);
        diff.fixed("port", &self.port, &live.port);
        match &self.action {
            ListenerAction::RedirectToHttps => {
                diff.free("redirects", &true, &live.redirects);
                diff.free("protocol", "HTTP", &live.protocol);
            }
            ListenerAction::Forward {
                target_group,
                certificate,
                more_certificates,
                tls_policy,
            } => {
                diff.free("protocol", "HTTPS", &live.protocol);
                let group = facts.map(target_group, |group| Some(group.arn));
                diff.free_fact("target_group", group, &live.target_group_arn);
                let arn = facts.map(certificate, |certificate| Some(certificate.arn));
                diff.free_fact("certificate", arn, &live.certificate_arn);
                let more = more::wanted(facts, more_certificates);
                diff.free_fact("more_certificates", more, &live.more_certificate_arns);
                diff.free("tls_policy", &Some(tls_policy), &live.tls_policy.as_ref());
            }
        }
        diff.finish()
    }
}

/// The action with every upstream's ARN in place.
struct Terms {
    target_group: Option<String>,
    certificate: Option<String>,
    more_certificates: Vec<String>,
    tls_policy: Option<String>,
}

impl Listener {
    fn terms(&self, facts: &Facts) -> Option<Terms> {
        match &self.action {
            ListenerAction::RedirectToHttps => Some(Terms {
                target_group: None,
                certificate: None,
                more_certificates: Vec::new(),
                tls_policy: None,
            }),
            ListenerAction::Forward {
                target_group,
                certificate,
                more_certificates,
                tls_policy,
            } => Some(Terms {
                target_group: Some(facts.get(target_group)?.arn),
                certificate: Some(facts.get(certificate)?.arn),
                more_certificates: more::wanted(facts, more_certificates)?,
                tls_policy: Some(tls_policy.clone()),
            }),
        }
    }

    fn unknown(&self) -> Failure {
        match &self.action {
            ListenerAction::Forward { certificate, .. } => Failure::upstream(&certificate.address),
            ListenerAction::RedirectToHttps => Failure::upstream(&self.load_balancer.address),
        }
    }
}

impl Terms {
    fn protocol(&self) -> ProtocolEnum {
        if self.certificate.is_some() { ProtocolEnum::Https } else { ProtocolEnum::Http }
    }

    fn certificates(&self) -> Option<Vec<Certificate>> {
        let arn = self.certificate.as_ref()?;
        Some(vec![Certificate::builder().certificate_arn(arn).build()])
    }

    fn action(&self) -> Action {
        let action = Action::builder();
        match &self.target_group {
            Some(arn) => action.r#type(ActionTypeEnum::Forward).target_group_arn(arn).build(),
            None => {
                let to = RedirectActionConfig::builder().protocol("HTTPS").port("443");
                let to = to.status_code(RedirectActionStatusCodeEnum::Http301).build();
                action.r#type(ActionTypeEnum::Redirect).redirect_config(to).build()
            }
        }
    }
}

/// None when the load balancer is gone.
async fn listeners(scope: &Scope, balancer: &str) -> Result<Vec<ListenerLive>> {
    let call = scope.aws.elbv2.describe_listeners().load_balancer_arn(balancer);
    let all: Result<Vec<Answer>, _> = call.into_paginator().items().send().collect().await;
    match all.map_err(Failure::from) {
        Ok(all) => Ok(all.iter().map(read).collect()),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

fn read(listener: &Answer) -> ListenerLive {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let action = listener.default_actions().first();
    let certificate = listener.certificates().first().and_then(Certificate::certificate_arn);
    ListenerLive {
        arn: text(listener.listener_arn()),
        load_balancer_arn: text(listener.load_balancer_arn()),
        port: listener.port().and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        protocol: text(listener.protocol().map(ProtocolEnum::as_str)),
        certificate_arn: certificate.map(str::to_owned),
        more_certificate_arns: Vec::new(),
        tls_policy: listener.ssl_policy().map(str::to_owned),
        target_group_arn: action.and_then(Action::target_group_arn).map(str::to_owned),
        redirects: action.is_some_and(redirects),
    }
}

fn redirects(action: &Action) -> bool {
    let to = action.redirect_config();
    to.is_some_and(|to| to.protocol() == Some("HTTPS") && to.port() == Some("443"))
}
