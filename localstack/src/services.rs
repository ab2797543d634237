//! The services, one module each: their operations, routes and rules. A service is one line here.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::call::{Answer, Call};
use crate::protocol::{Lists, Protocol, Route};
use crate::rules::{Codes, InUse};

pub mod acm;
mod autoscaling;
mod backup;
mod budgets;
mod cloudfront;
mod cloudwatch;
mod ec2;
mod ecr;
mod eks;
mod elasticache;
mod elbv2;
mod iam;
mod interfaces;
mod logs;
mod pricing;
mod quotas;
pub mod rds;
mod route53;
mod s3;
mod secrets;
mod ses;
mod sns;
pub(crate) mod sts;
mod tagging;

/// What an operation is: it looks at the request, changes the world, answers.
pub type Operation = fn(&mut Call<'_>) -> Answer;

/// One AWS service.
pub struct Service {
    /// The name in the SDK crate: `ec2`, `elasticloadbalancingv2`.
    pub name: &'static str,
    /// The name in a signature's credential scope.
    pub signing: &'static str,
    pub protocol: Protocol,
    pub lists: Lists,
    pub operations: &'static [&'static [(&'static str, Operation)]],
    pub routes: &'static [Route],
    pub in_use: &'static [InUse],
    pub codes: &'static [Codes],
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Service {
    /// What a module fills in with struct update syntax.
    pub const EMPTY: Self = Self {
        name: "",
        signing: "",
        protocol: Protocol::Json,
        lists: Lists::Plain,
        operations: &[],
        routes: &[],
        in_use: &[],
        codes: &[],
    };

    pub fn operation(&self, action: &str) -> Option<Operation> {
        let all = self.operations.iter().flat_map(|group| group.iter());
        all.copied().find(|(name, _)| *name == action).map(|(_, operation)| operation)
    }
}

/// All services.
pub const ALL: &[&Service] = &[
    &acm::SERVICE,
    &autoscaling::SERVICE,
    &backup::SERVICE,
    &budgets::SERVICE,
    &cloudfront::SERVICE,
    &cloudwatch::SERVICE,
    &ec2::SERVICE,
    &ecr::SERVICE,
    &eks::SERVICE,
    &elasticache::SERVICE,
    &elbv2::SERVICE,
    &iam::SERVICE,
    &logs::SERVICE,
    &pricing::SERVICE,
    &quotas::SERVICE,
    &rds::SERVICE,
    &route53::SERVICE,
    &s3::SERVICE,
    &secrets::SERVICE,
    &ses::SERVICE,
    &sns::SERVICE,
    &sts::SERVICE,
    &tagging::SERVICE,
];

/// The service of a signature. RDS and DocumentDB sign alike, and so do all load balancers.
pub fn by_signing_name(signing: &str, _request: &http::Request<Bytes>) -> Option<&'static Service> {
    ALL.iter().copied().find(|service| service.signing == signing)
}

/// An answer without content.
pub(crate) fn done() -> Answer {
    Ok(Value::Object(serde_json::Map::new()))
}
