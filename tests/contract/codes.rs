//! Every error code that the local AWS knows has a verdict that the table decides, not chance.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use edxaws::aws::{Failure, Outcome, ROWS, Verdict, verdict};
use edxaws_localstack::{rules, services};

fn failure(service: &str, code: &str, message: &str) -> Failure {
    let failure = Failure::unexpected(service, "Call", message);
    Failure { code: code.to_owned(), outcome: Outcome::Refused, ..failure }
}

/// The SDK crate that speaks to a service, where it is not the service's own name.
fn crates(service: &'static str, kind: &str) -> &'static str {
    match kind.starts_with("docdb") {
        true => "docdb",
        false => service,
    }
}

/// Codes of the tables that AWS never answers in that sense, or whose message decides; the messages
/// are in `WORDS`.
const OTHERWISE: &[(&str, &str)] = &[
    ("acm_certificate", "exists"),   // certificates have no names
    ("alarm", "exists"),             // PutMetricAlarm overwrites
    ("auto_scaling_group", "gone"),  // the message decides
    ("instance", "exists"),          // AWS makes it and its id
    ("network_interface", "exists"), // AWS makes it and its id
    ("record", "gone"),              // the message decides
    ("route53_change", "exists"),    // AWS makes it and its id
    ("s3_object", "exists"),         // PutObject overwrites
    ("s3_upload", "exists"),         // AWS makes it and its id
    ("snapshot", "exists"),          // AWS makes it and its id
    ("topic", "exists"),             // the message decides
    ("volume", "exists"),            // AWS makes it and its id
];

/// Where one code means several things: AWS's own words, and what is to be understood.
const WORDS: &[(&str, &str, &str, Verdict)] = &[
    (
        "route53",
        "InvalidChangeBatch",
        "[Tried to create resource record set [name='a.', type='A'] but it already exists]",
        Verdict::Exists,
    ),
    (
        "route53",
        "InvalidChangeBatch",
        "[Tried to delete resource record set [name='a.', type='A'] but it was not found]",
        Verdict::Gone,
    ),
    (
        "autoscaling",
        "ValidationError",
        "AutoScalingGroup name not found - AutoScalingGroup x not found",
        Verdict::Gone,
    ),
    (
        "sns",
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
        Verdict::Exists,
    ),
    (
        "eks",
        "ResourceInUseException",
        "Cluster already exists with name: edxaws-prod-main",
        Verdict::Exists,
    ),
    ("eks", "ResourceInUseException", "Cluster has nodegroups attached", Verdict::InUse),
    (
        "eks",
        "InvalidParameterException",
        "Role with arn: x, could not be assumed because it does not exist or the trusted entity \
         is not correct",
        Verdict::NotYet,
    ),
    ("ec2", "RequestLimitExceeded", "Request limit exceeded.", Verdict::Throttled),
    ("iam", "Throttling", "Rate exceeded", Verdict::Throttled),
    ("ec2", "UnauthorizedOperation", "You are not authorized", Verdict::Denied),
    ("ec2", "VpcLimitExceeded", "The maximum number of VPCs has been reached.", Verdict::Quota),
    (
        "sts",
        "ExpiredToken",
        "The security token included in the request is expired",
        Verdict::Expired,
    ),
];

#[test]
fn aws_s_own_words_are_understood() {
    for (service, code, words, expected) in WORDS {
        assert_eq!(verdict(&failure(service, code, words)), *expected, "{service} {code}: {words}");
    }
}

#[test]
fn what_the_rules_refuse_is_understood() {
    let mut wrong = Vec::new();
    let mut otherwise: Vec<_> = OTHERWISE.to_vec();
    let mut check = |kind: &'static str,
                     sense: &'static str,
                     failure: &Failure,
                     fits: &[Verdict]| {
        let got = verdict(failure);
        let excused = OTHERWISE.contains(&(kind, sense));
        if excused {
            otherwise.retain(|one| *one != (kind, sense));
        }
        if fits.contains(&got) == excused {
            wrong
                .push(format!("{} {} of {kind} ({sense}): {got:?}", failure.service, failure.code));
        }
    };
    for service in services::ALL {
        for row in service.in_use {
            let refused = failure(crates(service.name, row.kind), row.code, row.message);
            check(row.kind, "in use", &refused, &[Verdict::InUse, Verdict::NotYet]);
        }
        for row in service.codes {
            let name = crates(service.name, row.kind);
            let gone = rules::not_found(row.kind, "x");
            check(row.kind, "gone", &failure(name, &gone.code, &gone.message), &[Verdict::Gone]);
            let taken = rules::exists(row.kind, "x");
            check(
                row.kind,
                "exists",
                &failure(name, &taken.code, &taken.message),
                &[Verdict::Exists],
            );
        }
    }
    assert!(wrong.is_empty(), "{} codes are misread:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(otherwise, [], "no such row any more");
}

/// Codes that say that the request is wrong, or that AWS will never do it: trying again changes
/// nothing, so they need no row.
const FATAL: &[&str] = &[
    "BadRequestException",
    "CNAMEAlreadyExists",
    "CannotDelete",
    "DBSubnetGroupDoesNotCoverEnoughAZs",
    "DryRunOperation",
    "IllegalLocationConstraintException",
    "IllegalUpdate",
    "IllegalVersioningConfigurationException",
    "IncompleteBody",
    "InvalidARN",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidConfigurationRequest",
    "InvalidDomainName",
    "InvalidDomainValidationOptionsException",
    "InvalidGroup.Reserved",
    "InvalidID",
    "InvalidInstanceType",
    "InvalidLaunchTemplateName.MalformedException",
    "InvalidLocationConstraint",
    "InvalidOriginAccessControl",
    "InvalidParameterCombination",
    "InvalidParameterValueException",
    "InvalidRequest",
    "InvalidSecurityGroup",
    "InvalidServiceName",
    "InvalidSubnet",
    "InvalidSubnet.Range",
    "InvalidVpc.Range",
    "MalformedXML",
    "MethodNotAllowed",
    "NoOperationFault",
    "NoSuchOrigin",
    "NoSuchResourceException",
    "NotModified",
    "OperationNotPermitted",
    "PermanentRedirect",
    "SubnetAlreadyInUse",
    "SubnetInUse",
    "UnmodifiableEntity",
    "UnsupportedProtocol",
    "VPCIdNotSpecified",
    "ValidationException",
];

/// A code that the local AWS answers anywhere has a row, or is known to be final.
#[test]
fn every_code_of_the_local_aws_is_decided() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("localstack/src/services");
    let mut codes = BTreeSet::new();
    for path in sources(root) {
        let text = std::fs::read_to_string(path).unwrap();
        for call in ["AwsError::bad(", "AwsError::gone(", "AwsError::new("] {
            for after in text.split(call).skip(1) {
                let after =
                    after.trim_start_matches(|c: char| c.is_ascii_digit() || ", \n".contains(c));
                let quoted = after.strip_prefix('"').and_then(|rest| rest.split('"').next());
                codes.extend(quoted.map(str::to_owned));
            }
        }
    }
    assert!(codes.len() > 60, "{} codes were read", codes.len());
    let fits = |row: &edxaws::aws::Row, code: &str| match row.code.strip_prefix('*') {
        Some(suffix) => code.ends_with(suffix),
        None => code == row.code,
    };
    let open = codes.iter().filter(|code| !ROWS.iter().any(|row| fits(row, code)));
    let open: Vec<_> = open.filter(|code| !FATAL.contains(&code.as_str())).collect();
    assert!(open.is_empty(), "neither a row nor known as final: {open:?}");
}

fn sources(folder: PathBuf) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}
