//! What a failed call means: one table from (service, code, message) to a verdict.
//!
//! No retry loop, no sleep and no error-text matching exists anywhere else.

use super::{Failure, Outcome, pace};

/// What the engine does about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The object is not there.
    Gone,
    /// Something it needs is made but not visible yet: try again.
    NotYet,
    /// Something still uses it: try again until the deadline, then name the blocker.
    InUse,
    /// The name is taken: ours if it carries our tag.
    Exists,
    /// Too fast: nothing was done.
    Throttled,
    /// The answer was lost: it may have been done.
    Unclear,
    /// Not allowed.
    Denied,
    /// The session's credentials ran out.
    Expired,
    /// A limit of the account.
    Quota,
    /// Anything else: trying again changes nothing.
    Fatal,
}

/// One row: an empty `service` or `message` matches any.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub service: &'static str,
    /// A whole code, or a suffix when it begins with `*`.
    pub code: &'static str,
    /// A part of the message, lower case.
    pub message: &'static str,
    pub verdict: Verdict,
}

const fn row(
    service: &'static str,
    code: &'static str,
    message: &'static str,
    verdict: Verdict,
) -> Row {
    Row { service, code, message, verdict }
}

/// Read from top to bottom; the first match counts, so the narrow rows come first.
pub const ROWS: &[Row] = &[
    // credentials
    row("", "ExpiredToken", "", Verdict::Expired),
    row("", "ExpiredTokenException", "", Verdict::Expired),
    row("", "RequestExpired", "", Verdict::Expired),
    row("", "UnauthorizedOperation", "", Verdict::Denied),
    row("", "AccessDenied", "", Verdict::Denied),
    row("", "AccessDeniedException", "", Verdict::Denied),
    row("", "AuthFailure", "", Verdict::Denied),
    // S3 answers HEAD without a body, hence without a code.
    row("s3", "Http403", "", Verdict::Denied),
    row("", "InvalidClientTokenId", "", Verdict::Denied),
    row("", "UnrecognizedClientException", "", Verdict::Denied),
    row("", "SignatureDoesNotMatch", "", Verdict::Denied),
    // the Kubernetes API: a fresh cluster does not know its users yet, a fresh object not its kind
    row("kubernetes", "Unauthorized", "", Verdict::NotYet),
    row("kubernetes", "Forbidden", "being terminated", Verdict::NotYet),
    row("kubernetes", "Forbidden", "", Verdict::Denied),
    row("kubernetes", "AlreadyExists", "being deleted", Verdict::NotYet),
    row("kubernetes", "TooManyRequests", "", Verdict::Throttled),
    row("kubernetes", "Conflict", "conflict with", Verdict::Fatal),
    row("kubernetes", "Conflict", "", Verdict::NotYet),
    row("kubernetes", "Http500", "failed to create typed patch object", Verdict::Fatal),
    row("kubernetes", "Http404", "", Verdict::Gone),
    // throttling; the first is our own pacing, which sent nothing
    row("", pace::BUSY, "", Verdict::Throttled),
    row("", "RequestLimitExceeded", "", Verdict::Throttled),
    row("", "Throttling", "", Verdict::Throttled),
    row("", "ThrottlingException", "", Verdict::Throttled),
    row("", "ThrottledException", "", Verdict::Throttled),
    row("", "TooManyRequestsException", "", Verdict::Throttled),
    row("", "SlowDown", "", Verdict::Throttled),
    row("", "RateExceeded", "", Verdict::Throttled),
    row("route53", "PriorRequestNotComplete", "", Verdict::Throttled),
    // made, but not visible or not usable yet
    row("eks", "InvalidParameterException", "already at the desired", Verdict::Exists),
    row("eks", "InvalidParameterException", "no changes needed", Verdict::Exists),
    row("eks", "InvalidParameterException", "role", Verdict::NotYet),
    row("eks", "InvalidParameterException", "invalid principal", Verdict::NotYet),
    row("eks", "InvalidRequestException", "is not in active status", Verdict::NotYet),
    // Lifted first, by a change that takes a while.
    row("eks", "InvalidRequestException", "deletion protection", Verdict::NotYet),
    row("eks", "ResourceInUseException", "currently has update", Verdict::NotYet),
    row("eks", "ResourceInUseException", "currently has an update", Verdict::NotYet),
    row("eks", "ResourceInUseException", "currently not in active", Verdict::NotYet),
    row("eks", "ResourceInUseException", "nodegroups attached", Verdict::InUse),
    row("eks", "ResourceInUseException", "currently has", Verdict::InUse),
    row("eks", "ResourceInUseException", "update in progress", Verdict::NotYet),
    row("eks", "ResourceInUseException", "cannot be deleted", Verdict::InUse),
    row("eks", "ResourceInUseException", "", Verdict::Exists),
    row("autoscaling", "ResourceContention", "", Verdict::NotYet),
    row("rds", "InvalidParameterValue", "service linked role", Verdict::NotYet),
    row("elasticache", "InvalidParameterValue", "service linked role", Verdict::NotYet),
    row("iam", "MalformedPolicyDocument", "invalid principal", Verdict::NotYet),
    row("s3", "MalformedPolicy", "invalid principal", Verdict::NotYet),
    row("s3", "OperationAborted", "", Verdict::NotYet),
    row("iam", "ConcurrentModification", "", Verdict::NotYet),
    row("iam", "EntityTemporarilyUnmodifiable", "", Verdict::NotYet),
    row("cloudwatchlogs", "OperationAbortedException", "", Verdict::NotYet),
    row("backup", "InvalidParameterValueException", "role", Verdict::NotYet),
    row("acm", "RequestInProgressException", "", Verdict::NotYet),
    row("secretsmanager", "InvalidRequestException", "scheduled for deletion", Verdict::NotYet),
    row("secretsmanager", "InvalidRequestException", "marked for deletion", Verdict::Gone),
    row("rds", "InvalidDBInstanceState", "", Verdict::NotYet),
    row("rds", "InvalidDBInstanceStateFault", "", Verdict::NotYet),
    row("docdb", "InvalidDBClusterStateFault", "", Verdict::NotYet),
    row("docdb", "InvalidDBInstanceState", "", Verdict::NotYet),
    row("elasticache", "InvalidReplicationGroupState", "", Verdict::NotYet),
    row("elasticache", "InvalidReplicationGroupStateFault", "", Verdict::NotYet),
    row("cloudfront", "DistributionNotDisabled", "", Verdict::NotYet),
    row("cloudfront", "PreconditionFailed", "", Verdict::NotYet),
    row("cloudfront", "CNAMEAlreadyExists", "", Verdict::Fatal),
    row("cloudfront", "InvalidIfMatchVersion", "", Verdict::NotYet),
    row("cloudfront", "InvalidViewerCertificate", "", Verdict::NotYet),
    row("elasticloadbalancingv2", "CertificateNotFound", "", Verdict::NotYet),
    row("elasticloadbalancingv2", "UnsupportedCertificate", "", Verdict::NotYet),
    row("sesv2", "ConcurrentModificationException", "", Verdict::NotYet),
    row("ec2", "IncorrectState", "", Verdict::NotYet),
    row("ec2", "IncorrectInstanceState", "", Verdict::NotYet),
    // still used by something
    row("", "DependencyViolation", "", Verdict::InUse),
    // Our own sweep after Kubernetes found something that is not gone yet.
    row("edxaws", "LeftoversRemain", "", Verdict::InUse),
    row("ec2", "ResourceInUse", "", Verdict::InUse),
    row("ec2", "*.InUse", "", Verdict::InUse),
    row("ec2", "VolumeInUse", "", Verdict::InUse),
    row("ec2", "InvalidParameterValue", "currently in use", Verdict::InUse),
    row("rds", "InvalidDBSubnetGroupStateFault", "", Verdict::InUse),
    row("rds", "InvalidDBParameterGroupState", "", Verdict::InUse),
    row("docdb", "InvalidDBSubnetGroupStateFault", "", Verdict::InUse),
    row("docdb", "InvalidDBParameterGroupState", "", Verdict::InUse),
    row("elasticache", "CacheSubnetGroupInUse", "", Verdict::InUse),
    row("elasticache", "InvalidCacheParameterGroupState", "", Verdict::InUse),
    row("elasticloadbalancingv2", "ResourceInUse", "", Verdict::InUse),
    row("acm", "ResourceInUseException", "", Verdict::InUse),
    row("iam", "DeleteConflict", "", Verdict::InUse),
    row("route53", "HostedZoneNotEmpty", "", Verdict::InUse),
    row("s3", "BucketNotEmpty", "", Verdict::InUse),
    row("cloudfront", "OriginAccessControlInUse", "", Verdict::InUse),
    row("backup", "InvalidRequestException", "", Verdict::InUse),
    row("ecr", "RepositoryNotEmptyException", "", Verdict::InUse),
    // quotas
    row("", "*LimitExceeded", "", Verdict::Quota),
    row("", "*LimitExceededException", "", Verdict::Quota),
    row("", "*QuotaExceeded", "", Verdict::Quota),
    row("", "*QuotaExceededFault", "", Verdict::Quota),
    row("", "*QuotaExceededException", "", Verdict::Quota),
    row("elasticloadbalancingv2", "TooManyCertificates", "", Verdict::Quota),
    row("elasticloadbalancingv2", "TooManyLoadBalancers", "", Verdict::Quota),
    row("elasticloadbalancingv2", "TooManyTargetGroups", "", Verdict::Quota),
    row("s3", "TooManyBuckets", "", Verdict::Quota),
    row("ec2", "InsufficientFreeAddressesInSubnet", "", Verdict::Quota),
    row("rds", "InsufficientDBInstanceCapacity", "", Verdict::Quota),
    // the name is taken
    row("", "*AlreadyExists", "", Verdict::Exists),
    row("", "*AlreadyExistsFault", "", Verdict::Exists),
    row("", "*AlreadyExistsException", "", Verdict::Exists),
    row("iam", "EntityAlreadyExists", "", Verdict::Exists),
    row("iam", "InvalidInput", "has been taken in this account", Verdict::Exists),
    row("elasticloadbalancingv2", "DuplicateLoadBalancerName", "", Verdict::Exists),
    row("elasticloadbalancingv2", "DuplicateTargetGroupName", "", Verdict::Exists),
    row("elasticloadbalancingv2", "DuplicateListener", "", Verdict::Exists),
    row("ec2", "InvalidPermission.Duplicate", "", Verdict::Exists),
    row("ec2", "InvalidGroup.Duplicate", "", Verdict::Exists),
    row("ec2", "InvalidSubnet.Conflict", "", Verdict::Exists),
    row("ec2", "Resource.AlreadyAssociated", "", Verdict::Exists),
    row("s3", "BucketAlreadyOwnedByYou", "", Verdict::Exists),
    row("s3", "BucketAlreadyExists", "", Verdict::Exists),
    row("secretsmanager", "ResourceExistsException", "", Verdict::Exists),
    row("budgets", "DuplicateRecordException", "", Verdict::Exists),
    row("sns", "InvalidParameter", "already exists with different", Verdict::Exists),
    row("route53", "InvalidChangeBatch", "already exists", Verdict::Exists),
    // not there
    row("route53", "InvalidChangeBatch", "not found", Verdict::Gone),
    row("ec2", "*.NotFound", "", Verdict::Gone),
    row("ec2", "NatGatewayNotFound", "", Verdict::Gone),
    row("ec2", "Gateway.NotAttached", "", Verdict::Gone),
    row("", "*NotFound", "", Verdict::Gone),
    row("autoscaling", "ValidationError", "not found", Verdict::Gone),
    row("autoscaling", "ValidationError", "not part of the group", Verdict::Gone),
    row("", "*NotFoundFault", "", Verdict::Gone),
    row("", "*NotFoundException", "", Verdict::Gone),
    row("iam", "NoSuchEntity", "", Verdict::Gone),
    row("s3", "NoSuchBucket", "", Verdict::Gone),
    row("s3", "NoSuchBucketPolicy", "", Verdict::Gone),
    row("s3", "NoSuchCORSConfiguration", "", Verdict::Gone),
    row("s3", "NoSuchLifecycleConfiguration", "", Verdict::Gone),
    row("s3", "NoSuchPublicAccessBlockConfiguration", "", Verdict::Gone),
    row("s3", "NoSuchTagSet", "", Verdict::Gone),
    row("s3", "NoSuchVersion", "", Verdict::Gone),
    row("s3", "NoSuchKey", "", Verdict::Gone),
    row("s3", "NoSuchUpload", "", Verdict::Gone),
    row("s3", "NotFound", "", Verdict::Gone),
    row("route53", "NoSuchHostedZone", "", Verdict::Gone),
    row("route53", "NoSuchChange", "", Verdict::Gone),
    row("cloudfront", "NoSuchDistribution", "", Verdict::Gone),
    row("cloudfront", "NoSuchOriginAccessControl", "", Verdict::Gone),
    row("cloudfront", "NoSuchResource", "", Verdict::Gone),
];

impl Row {
    fn matches(&self, failure: &Failure) -> bool {
        let code = match self.code.strip_prefix('*') {
            Some(suffix) => failure.code.ends_with(suffix),
            None => failure.code == self.code,
        };
        code && (self.service.is_empty() || self.service == failure.service)
            && (self.message.is_empty() || failure.message.to_lowercase().contains(self.message))
    }
}

pub fn verdict(failure: &Failure) -> Verdict {
    let known = ROWS.iter().find(|row| row.matches(failure)).map(|row| row.verdict);
    match (known, failure.outcome) {
        (Some(verdict), _) => verdict,
        (None, Outcome::Unknown) => Verdict::Unclear,
        (None, Outcome::NotSent | Outcome::Refused) => Verdict::Fatal,
    }
}
