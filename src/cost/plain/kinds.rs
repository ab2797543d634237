//! The plain kinds. Attributes are called as in Terraform, usage as in Infracost's usage files, so
//! that published examples carry over word by word.

mod compute;
mod data;
mod edge;
mod storage;

use super::attribute::{Attribute, Fallback, Type, Values};
use super::{Date, PlainKind, Sheet};
use crate::cost::line::Amount;

/// Every kind, as docs/cost.md lists them.
pub const KINDS: &[PlainKind] = &[
    compute::EKS_CLUSTER,
    compute::EKS_NODE_GROUP,
    compute::INSTANCE,
    compute::EBS_VOLUME,
    compute::EBS_SNAPSHOT,
    edge::NAT_GATEWAY,
    edge::ALB,
    edge::NLB,
    edge::EIP,
    edge::PUBLIC_IPV4,
    edge::VPC_ENDPOINT,
    edge::DATA_TRANSFER,
    edge::CLOUDFRONT_DISTRIBUTION,
    edge::ROUTE53_ZONE,
    edge::ROUTE53_RECORD,
    edge::SES_DOMAIN_IDENTITY,
    edge::WAFV2_WEB_ACL,
    data::DB_INSTANCE,
    data::ELASTICACHE_REPLICATION_GROUP,
    data::ELASTICACHE_CLUSTER,
    data::DOCDB_CLUSTER,
    data::DOCDB_CLUSTER_INSTANCE,
    data::OPENSEARCH_DOMAIN,
    storage::S3_BUCKET,
    storage::EFS_FILE_SYSTEM,
    storage::ECR_REPOSITORY,
    storage::BACKUP_VAULT,
    storage::KMS_KEY,
    storage::SECRETSMANAGER_SECRET,
    storage::CLOUDWATCH_LOG_GROUP,
    storage::CLOUDWATCH_METRIC_ALARM,
];

const fn kind(
    name: &'static str,
    attributes: &'static [Attribute],
    price: fn(&mut Sheet<'_>, &Values, Date),
) -> PlainKind {
    PlainKind { name, attributes, price }
}

const fn required(name: &'static str, kind: Type, meaning: &'static str) -> Attribute {
    Attribute::new(name, kind, Fallback::Required, meaning)
}

/// A number with a default.
const fn number(name: &'static str, default: u32, meaning: &'static str) -> Attribute {
    Attribute::new(name, Type::Number, Fallback::Number(default), meaning)
}

/// A number that nobody knows unless it is stated.
const fn usage(name: &'static str, meaning: &'static str) -> Attribute {
    Attribute::new(name, Type::Number, Fallback::Unstated, meaning)
}

const fn word(
    name: &'static str,
    words: &'static [&'static str],
    default: &'static str,
    meaning: &'static str,
) -> Attribute {
    Attribute::new(name, Type::Word(words), Fallback::Word(default), meaning)
}

const fn flag(name: &'static str, meaning: &'static str) -> Attribute {
    Attribute::new(name, Type::Flag, Fallback::No, meaning)
}

impl Values {
    /// Usage as stated, in units of so many.
    fn used(&self, name: &str, many: u32) -> Amount {
        Amount::used(self.stated(name)).in_units_of(many)
    }

    /// Usage only where it is stated: what need not come up at all is not even listed.
    fn rare(&self, name: &str, many: u32) -> Option<Amount> {
        self.stated(name).map(|_| self.used(name, many))
    }
}
