//! DNS records as the profile means them, and as Route 53 spells them.

use aws_sdk_route53::types::{AliasTarget, ResourceRecord, ResourceRecordSet, RrType};
use serde::{Deserialize, Serialize};

use super::plain;
use crate::resource::{Facts, Failure, Ref, Result};
use crate::resources::acm::Certificate;
use crate::resources::cloudfront::{DISTRIBUTION_ZONE, Distribution};
use crate::resources::elbv2::LoadBalancer;
use crate::resources::route53::HostedZone;
use crate::resources::ses::EmailIdentity;

/// One or more records of a set, by what they are for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// Plain values; `kind` is `A`, `CNAME`, `TXT` …
    Values { name: String, kind: String, ttl: u32, values: Vec<String> },
    /// A host on the load balancer.
    LoadBalancer { name: String, target: Ref<LoadBalancer> },
    /// A host on a distribution.
    Distribution { name: String, target: Ref<Distribution> },
    /// What proves to Certificate Manager that the names are ours.
    CertificateValidation { certificate: Ref<Certificate> },
    /// What proves to SES that mail from the domain is ours.
    Dkim { identity: Ref<EmailIdentity> },
    /// The name servers of a zone, for its parent.
    Delegation { zone: Ref<HostedZone> },
}

/// One record as Route 53 keeps it, in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Alias>,
}

/// Another AWS object that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias {
    pub zone_id: String,
    pub dns_name: String,
    pub evaluate_health: bool,
}

impl Record {
    /// The records with every upstream's values in place; `None` while one is unknown.
    pub fn entries(&self, facts: &Facts) -> Option<Vec<Entry>> {
        Some(match self {
            Self::Values { name, kind, ttl, values } => {
                vec![Entry::values(name, kind, i64::from(*ttl), values.clone())]
            }
            Self::LoadBalancer { name, target } => {
                let live = facts.get(target)?;
                vec![Entry::alias(name, "A", &live.zone_id, &live.dns_name)]
            }
            Self::Distribution { name, target } => {
                let host = facts.get(target)?.domain_name;
                let alias = |kind| Entry::alias(name, kind, DISTRIBUTION_ZONE, &host);
                vec![alias("A"), alias("AAAA")]
            }
            Self::CertificateValidation { certificate } => {
                let known = some(facts.get(certificate)?.validations)?.into_iter();
                known.map(|one| Entry::values(&one.name, "CNAME", 300, vec![one.value])).collect()
            }
            Self::Dkim { identity } => {
                let live = facts.get(identity)?;
                let cname = |token: &String| {
                    let name = format!("{token}._domainkey.{}", live.domain);
                    let value = format!("{token}.{}", live.signing_zone);
                    Entry::values(&name, "CNAME", 1800, vec![value])
                };
                some(live.tokens)?.iter().map(cname).collect()
            }
            Self::Delegation { zone } => {
                let live = facts.get(zone)?;
                vec![Entry::values(&live.name, "NS", 300, live.name_servers)]
            }
        })
    }
}

/// A list that AWS fills in a moment after it has made the object.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

impl Entry {
    fn values(name: &str, kind: &str, ttl: i64, values: Vec<String>) -> Self {
        let mut values: Vec<String> = values.iter().map(|value| value_of(kind, value)).collect();
        values.sort();
        Self { name: plain(name), kind: kind.to_owned(), ttl: Some(ttl), values, alias: None }
    }

    fn alias(name: &str, kind: &str, zone_id: &str, dns_name: &str) -> Self {
        let alias = Alias {
            zone_id: zone_id.to_owned(),
            dns_name: plain(dns_name),
            evaluate_health: false,
        };
        let (name, kind) = (plain(name), kind.to_owned());
        Self { name, kind, ttl: None, values: Vec::new(), alias: Some(alias) }
    }

    /// What Route 53 tells records apart by (this program makes no routing policies).
    pub fn key(&self) -> (&str, &str) {
        (&self.name, &self.kind)
    }

    /// As Route 53 shows it.
    pub fn read(set: &ResourceRecordSet) -> Self {
        let kind = set.r#type().as_str();
        let values = set.resource_records().iter().map(|one| one.value().to_owned()).collect();
        let alias = set.alias_target().map(|target| Alias {
            zone_id: target.hosted_zone_id().to_owned(),
            dns_name: plain(target.dns_name()),
            evaluate_health: target.evaluate_target_health(),
        });
        Self { ttl: set.ttl(), alias, ..Self::values(set.name(), kind, 0, values) }
    }

    /// As Route 53 wants it.
    pub fn write(&self) -> Result<ResourceRecordSet> {
        let record = |value: &String| ResourceRecord::builder().value(value).build();
        let records: Vec<_> =
            self.values.iter().map(record).collect::<Result<_, _>>().map_err(incomplete)?;
        let alias = self.alias.as_ref().map(|alias| {
            AliasTarget::builder()
                .hosted_zone_id(&alias.zone_id)
                .dns_name(&alias.dns_name)
                .evaluate_target_health(alias.evaluate_health)
                .build()
        });
        ResourceRecordSet::builder()
            .name(&self.name)
            .r#type(RrType::from(self.kind.as_str()))
            .set_ttl(self.ttl)
            .set_resource_records(Some(records).filter(|records| !records.is_empty()))
            .set_alias_target(alias.transpose().map_err(incomplete)?)
            .build()
            .map_err(incomplete)
    }
}

/// Names among the values have one spelling too; texts are left as they are.
fn value_of(kind: &str, value: &str) -> String {
    if matches!(kind, "CNAME" | "NS") { plain(value) } else { value.to_owned() }
}

/// A record that cannot be spelled: never sent.
pub fn incomplete(error: aws_smithy_types::error::operation::BuildError) -> Failure {
    Failure::unexpected("route53", "ChangeResourceRecordSets", error.to_string())
}
