//! Why there is no plan, and why a step failed: what, where, what is left behind, what to do.

use crate::address::Address;
use crate::aws::{Failure, Verdict, verdict};
use crate::event::LeftBehind;
use crate::graph::GraphError;

use super::plan::Action;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("the records of the state wait for each other: {0:?}")]
    Records(Vec<Address>),
    #[error(transparent)]
    Unreadable(#[from] Failure),
    #[error("`{0}` is neither in the profile nor in the state")]
    NoSuchAddress(Address),
}

/// Why a step failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {action} `{address}`: {why}")]
pub struct StepError {
    pub address: Address,
    pub action: Action,
    pub why: String,
    pub left_behind: LeftBehind,
    pub hint: Option<String>,
}

/// What the user can do about a failed call.
pub fn hint(failure: &Failure) -> Option<String> {
    let Failure { service, action, code, .. } = failure;
    if failure.is_out_of_reach() {
        return Some(
            "let your address in with `cluster.public_access_cidrs`, or run edxaws inside the VPC; \
             `edxaws destroy` does without the cluster's API"
                .to_owned(),
        );
    }
    if service == "kubernetes" && code == "Conflict" {
        return Some("take the fields over with `edxaws up --force-conflicts`".to_owned());
    }
    match verdict(failure) {
        Verdict::Denied => Some(format!(
            "allow `{service}:{action}` for the caller; `edxaws policy` prints all it needs"
        )),
        Verdict::Expired => {
            Some("renew the credentials (for example `aws sso login`) and run it again".to_owned())
        }
        Verdict::Quota => Some(
            "raise the quota in the Service Quotas console, or make the profile smaller, and run \
             it again"
                .to_owned(),
        ),
        Verdict::Exists => Some(
            "an object of that name exists and does not carry this stack's tags: rename the stack \
             or remove the object"
                .to_owned(),
        ),
        Verdict::InUse => Some(
            "remove what still uses it (named above where AWS tells), and run it again".to_owned(),
        ),
        Verdict::Throttled | Verdict::Unclear | Verdict::NotYet => {
            Some("AWS was busy for long; run it again, it continues where it stopped".to_owned())
        }
        Verdict::Gone | Verdict::Fatal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_fits_what_was_refused() {
        let hint = |service: &str, code: &str| {
            let failure = Failure::unexpected(service, "PutObject", "no");
            hint(&Failure { code: code.to_owned(), ..failure }).unwrap_or_default()
        };
        assert!(hint("kubernetes", "Conflict").contains("--force-conflicts"));
        assert!(!hint("kubernetes", "Invalid").contains("--force-conflicts"));
        assert!(!hint("s3", "Conflict").contains("--force-conflicts"));
        assert!(hint("s3", "AccessDenied").contains("`s3:PutObject`"));
        assert!(hint("ec2", "ExpiredToken").contains("renew the credentials"));
        assert!(hint("ec2", "VpcLimitExceeded").contains("quota"));
        assert!(hint("s3", "BucketAlreadyExists").contains("rename the stack"));
        assert!(hint("ec2", "RequestLimitExceeded").contains("it continues where it stopped"));
        assert!(hint("kubernetes", Failure::UNREACHABLE).contains("cluster.public_access_cidrs"));
        assert_eq!(hint("s3", "NoSuchBucket"), "");
    }
}
