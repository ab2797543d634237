//! AWS's request limits: EC2's published token buckets, one per region and action.
//!
//! Off until switched on, because most tests ask other questions. Source: EC2 developer guide,
//! "Request throttling for the Amazon EC2 API".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::AwsError;
use crate::request::Request;

/// The buckets of the account; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Limits(Arc<Mutex<Option<Buckets>>>);

type Buckets = BTreeMap<(String, String, Category), Bucket>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Category {
    /// Actions with a bucket size of their own.
    Own,
    NonMutating,
    /// Reads that ask for everything at once.
    Unfiltered,
    Mutating,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: f64,
}

/// Action, size, tokens per second.
const OWN: &[(&str, f64, f64)] = &[
    ("CreateVpcEndpoint", 4.0, 0.3),
    ("ModifyVpcEndpoint", 4.0, 0.3),
    ("DeleteVpcEndpoints", 4.0, 0.3),
    ("CreateNatGateway", 10.0, 1.0),
    ("DeleteNatGateway", 10.0, 1.0),
    ("CreateTags", 100.0, 10.0),
    ("DeleteTags", 100.0, 10.0),
    ("CreateLaunchTemplateVersion", 100.0, 5.0),
    ("CreateNetworkInterface", 100.0, 5.0),
    ("DeleteNetworkInterface", 100.0, 5.0),
];

impl Limits {
    /// From now on who is too fast is refused.
    pub fn switch_on(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Buckets::new());
    }

    /// Takes a token for this request, or refuses it as EC2 does.
    pub(crate) fn admit(&self, request: &Request, now: f64) -> Result<(), AwsError> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(buckets) = buckets.as_mut().filter(|_| request.service.name == "ec2") else {
            return Ok(());
        };
        let (category, size, refill) = category(request);
        let name = (request.region.clone(), request.action.clone(), category);
        let bucket = buckets.entry(name).or_insert(Bucket { tokens: size, at: now });
        bucket.tokens = (bucket.tokens + (now - bucket.at) * refill).min(size);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(AwsError::new(503, "RequestLimitExceeded", "Request limit exceeded."));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

fn category(request: &Request) -> (Category, f64, f64) {
    if let Some((_, size, refill)) = OWN.iter().find(|(action, ..)| *action == request.action) {
        return (Category::Own, *size, *refill);
    }
    let reads = ["Describe", "Get", "List", "Search"];
    if !reads.iter().any(|start| request.action.starts_with(start)) {
        return (Category::Mutating, 50.0, 5.0);
    }
    let narrowed = |name: &String| {
        name == "Filter" || name == "MaxResults" || name == "NextToken" || name.ends_with("Id")
    };
    let params = request.params.as_object();
    if params.is_some_and(|params| params.keys().any(narrowed)) {
        (Category::NonMutating, 100.0, 20.0)
    } else {
        (Category::Unfiltered, 50.0, 10.0)
    }
}
