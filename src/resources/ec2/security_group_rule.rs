//! Who may reach the members of a security group: one rule, one object.

use aws_sdk_ec2::types::{
    IpPermission, IpRange, ResourceType, SecurityGroupRuleRequest, SecurityGroupRuleUpdate,
    UserIdGroupPair,
};
use serde::{Deserialize, Serialize};

use super::SecurityGroup;
use super::wire::{found, missing, ours, tagged};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a rule for incoming traffic.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRule {
    pub group: Ref<SecurityGroup>,
    pub from: Source,
    pub traffic: Traffic,
    pub description: String,
}

/// Where the traffic comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Cidr(String),
    Group(Ref<SecurityGroup>),
}

/// What is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    All,
    /// One TCP port.
    Tcp(u16),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityGroupRuleLive {
    pub id: String,
    pub group_id: String,
    /// An IPv4 range, or the id of a group.
    pub from: String,
    pub protocol: String,
    /// First and last port; -1 for protocols without ports.
    pub ports: (i32, i32),
    pub description: String,
}

impl Resource for SecurityGroupRule {
    const KIND: &'static str = "security_group_rule";
    const IDENTITY: Identity = Identity::Tag;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateTags",
        "ec2:DescribeSecurityGroupRules",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
    ];

    type Live = SecurityGroupRuleLive;

    async fn list(scope: &Scope, _: &[Wanted<Self>]) -> Result<Vec<Found<SecurityGroupRuleLive>>> {
        let call = scope.aws.ec2.describe_security_group_rules().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let incoming = pages.iter().filter(|rule| rule.is_egress() != Some(true));
        Ok(incoming.map(|rule| found(rule.tags(), read(rule))).collect())
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<SecurityGroupRuleLive> {
        let call = scope
            .aws
            .ec2
            .authorize_security_group_ingress()
            .group_id(scope.live(&self.group)?.id)
            .ip_permissions(self.permission(scope)?)
            .tag_specifications(tagged(scope, claim, ResourceType::SecurityGroupRule));
        let answer = call.send().await?;
        let rule = answer.security_group_rules().first().map(read);
        rule.ok_or_else(|| missing("AuthorizeSecurityGroupIngress", "rule"))
    }

    async fn update(&self, scope: &Scope, live: &SecurityGroupRuleLive, _: &Claim) -> Result<()> {
        let (protocol, (first, last)) = self.traffic.wire();
        let rule = SecurityGroupRuleRequest::builder()
            .ip_protocol(protocol)
            .from_port(first)
            .to_port(last)
            .description(&self.description);
        let rule = match &self.from {
            Source::Cidr(cidr) => rule.cidr_ipv4(cidr),
            Source::Group(group) => rule.referenced_group_id(scope.live(group)?.id),
        };
        let change = SecurityGroupRuleUpdate::builder()
            .security_group_rule_id(&live.id)
            .security_group_rule(rule.build())
            .build();
        let call = scope.aws.ec2.modify_security_group_rules().group_id(&live.group_id);
        call.security_group_rules(change).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &SecurityGroupRuleLive) -> Result<()> {
        let call = scope.aws.ec2.revoke_security_group_ingress().group_id(&live.group_id);
        call.security_group_rule_ids(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &SecurityGroupRuleLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed_fact("group", facts.map(&self.group, |group| group.id), &live.group_id);
        let from = match &self.from {
            Source::Cidr(cidr) => Some(cidr.clone()),
            Source::Group(group) => facts.map(group, |group| group.id),
        };
        diff.fixed_fact("from", from, &live.from);
        let (protocol, ports) = self.traffic.wire();
        diff.free("protocol", protocol, &live.protocol);
        diff.free("ports", &ports, &live.ports);
        diff.free("description", &self.description, &live.description);
        diff.finish()
    }
}

impl SecurityGroupRule {
    fn permission(&self, scope: &Scope) -> Result<IpPermission> {
        let (protocol, (first, last)) = self.traffic.wire();
        let all = IpPermission::builder().ip_protocol(protocol).from_port(first).to_port(last);
        let all = match &self.from {
            Source::Cidr(cidr) => all
                .ip_ranges(IpRange::builder().cidr_ip(cidr).description(&self.description).build()),
            Source::Group(group) => all.user_id_group_pairs(
                UserIdGroupPair::builder()
                    .group_id(scope.live(group)?.id)
                    .description(&self.description)
                    .build(),
            ),
        };
        Ok(all.build())
    }
}

impl Traffic {
    /// AWS's protocol and its first and last port.
    fn wire(self) -> (&'static str, (i32, i32)) {
        match self {
            Self::All => ("-1", (-1, -1)),
            Self::Tcp(port) => ("tcp", (port.into(), port.into())),
        }
    }
}

fn read(rule: &aws_sdk_ec2::types::SecurityGroupRule) -> SecurityGroupRuleLive {
    let group = rule.referenced_group_info().and_then(|group| group.group_id());
    SecurityGroupRuleLive {
        id: rule.security_group_rule_id().unwrap_or_default().to_owned(),
        group_id: rule.group_id().unwrap_or_default().to_owned(),
        from: rule.cidr_ipv4().or(group).unwrap_or_default().to_owned(),
        protocol: rule.ip_protocol().unwrap_or_default().to_owned(),
        ports: (rule.from_port().unwrap_or(-1), rule.to_port().unwrap_or(-1)),
        description: rule.description().unwrap_or_default().to_owned(),
    }
}
