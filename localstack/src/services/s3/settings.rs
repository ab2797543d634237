//! The settings of a bucket: kept as they came, checked, and shown again.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::bucket::default_encryption;
use super::{bucket, bucket_mut};
use crate::call::{Answer, Call, pairs, tag_list};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("GetBucketVersioning", |call| get(call, &VERSIONING)),
    ("PutBucketVersioning", put_versioning),
    ("GetBucketTagging", get_tagging),
    ("PutBucketTagging", put_tagging),
    ("DeleteBucketTagging", |call| {
        bucket_mut(call)?.tags.clear();
        Ok(json!({"$status": 204}))
    }),
    ("GetBucketPolicy", get_policy),
    ("GetBucketPolicyStatus", policy_status),
    ("PutBucketPolicy", put_policy),
    ("DeleteBucketPolicy", |call| delete(call, "$policy")),
    ("GetPublicAccessBlock", |call| get(call, &PUBLIC_ACCESS)),
    ("PutPublicAccessBlock", |call| put(call, &PUBLIC_ACCESS)),
    ("DeletePublicAccessBlock", |call| delete(call, PUBLIC_ACCESS.attribute)),
    ("GetBucketCors", |call| get(call, &CORS)),
    ("PutBucketCors", |call| put(call, &CORS)),
    ("DeleteBucketCors", |call| delete(call, CORS.attribute)),
    ("GetBucketLifecycleConfiguration", |call| {
        let rules = get(call, &LIFECYCLE)?;
        Ok(with_smallest(rules, bucket(call)?))
    }),
    ("PutBucketLifecycleConfiguration", put_lifecycle),
    ("DeleteBucketLifecycle", |call| delete(call, LIFECYCLE.attribute)),
    ("GetBucketEncryption", |call| get(call, &ENCRYPTION)),
    ("PutBucketEncryption", |call| put(call, &ENCRYPTION)),
    ("DeleteBucketEncryption", |call| {
        // It falls back to the default, never to none.
        bucket_mut(call)?.set(ENCRYPTION.attribute, default_encryption());
        Ok(json!({"$status": 204}))
    }),
    ("GetBucketOwnershipControls", |call| get(call, &OWNERSHIP)),
    ("PutBucketOwnershipControls", |call| put(call, &OWNERSHIP)),
    ("DeleteBucketOwnershipControls", |call| delete(call, OWNERSHIP.attribute)),
    ("GetBucketAcl", acl),
    ("GetBucketLogging", |call| never_set(call, "BucketLoggingStatus")),
    ("GetBucketAccelerateConfiguration", |call| never_set(call, "AccelerateConfiguration")),
    ("GetBucketNotificationConfiguration", |call| never_set(call, "NotificationConfiguration")),
    ("GetBucketRequestPayment", |call| {
        bucket(call)?;
        Ok(json!({"RequestPaymentConfiguration": {"Payer": "BucketOwner"}}))
    }),
    ("GetBucketWebsite", |call| absent(call, "NoSuchWebsiteConfiguration")),
    ("GetBucketReplication", |call| absent(call, "ReplicationConfigurationNotFoundError")),
    ("GetObjectLockConfiguration", |call| absent(call, "ObjectLockConfigurationNotFoundError")),
];

/// A setting that is one XML document.
struct Setting {
    attribute: &'static str,
    root: &'static str,
    /// What the document must hold.
    inner: &'static str,
    /// What S3 says when it is not set; empty when that is no error.
    absent: &'static str,
}

const fn setting(
    attribute: &'static str,
    root: &'static str,
    inner: &'static str,
    absent: &'static str,
) -> Setting {
    Setting { attribute, root, inner, absent }
}

const VERSIONING: Setting = setting("$versioning", "VersioningConfiguration", "Status", "");
const PUBLIC_ACCESS: Setting = setting(
    "$publicAccess",
    "PublicAccessBlockConfiguration",
    "",
    "NoSuchPublicAccessBlockConfiguration",
);
const CORS: Setting = setting("$cors", "CORSConfiguration", "CORSRule", "NoSuchCORSConfiguration");
const LIFECYCLE: Setting =
    setting("$lifecycle", "LifecycleConfiguration", "Rule", "NoSuchLifecycleConfiguration");
const ENCRYPTION: Setting = setting(
    "$encryption",
    "ServerSideEncryptionConfiguration",
    "Rule",
    "ServerSideEncryptionConfigurationNotFoundError",
);
const OWNERSHIP: Setting =
    setting("$ownership", "OwnershipControls", "Rule", "OwnershipControlsNotFoundError");

fn get(call: &mut Call<'_>, what: &Setting) -> Answer {
    let found = bucket(call)?.attrs.get(what.attribute).cloned();
    match found {
        Some(value) => Ok(json!({what.root: value})),
        None if what.absent.is_empty() => Ok(json!({what.root: {}})),
        None => Err(AwsError::gone(what.absent, "The configuration does not exist")),
    }
}

fn put(call: &mut Call<'_>, what: &Setting) -> Answer {
    let document = call.value(what.root).cloned().ok_or_else(malformed)?;
    if !what.inner.is_empty() && document.get(what.inner).is_none() {
        return Err(malformed());
    }
    bucket_mut(call)?.set(what.attribute, document);
    done()
}

/// The size below which objects do not move to another class: a header of its own.
const SMALLEST: &str = "x-amz-transition-default-minimum-object-size";

const DEFAULT_SMALLEST: &str = "all_storage_classes_128K";

fn put_lifecycle(call: &mut Call<'_>) -> Answer {
    check_lifecycle(call.value(LIFECYCLE.root).ok_or_else(malformed)?)?;
    let wished = call.request.headers.get(SMALLEST).and_then(Value::as_str);
    let smallest = match wished.unwrap_or(DEFAULT_SMALLEST) {
        known @ (DEFAULT_SMALLEST | "varies_by_storage_class") => known.to_owned(),
        _ => return Err(AwsError::bad("InvalidRequest", "The minimum object size is not valid")),
    };
    let answer = put(call, &LIFECYCLE)?;
    let bucket = bucket_mut(call)?;
    bucket.set("$smallest", smallest);
    Ok(with_smallest(answer, bucket))
}

fn with_smallest(mut answer: Value, bucket: &Thing) -> Value {
    let smallest = bucket.attrs.get("$smallest").and_then(Value::as_str);
    answer["$headers"] = json!({SMALLEST: smallest.unwrap_or(DEFAULT_SMALLEST)});
    answer
}

fn delete(call: &mut Call<'_>, attribute: &str) -> Answer {
    bucket_mut(call)?.attrs.remove(attribute);
    Ok(json!({"$status": 204}))
}

fn never_set(call: &mut Call<'_>, root: &str) -> Answer {
    bucket(call)?;
    Ok(json!({root: {}}))
}

fn absent(call: &mut Call<'_>, code: &str) -> Answer {
    bucket(call)?;
    Err(AwsError::gone(code, "The configuration does not exist"))
}

fn malformed() -> AwsError {
    AwsError::bad("MalformedXML", "The XML you provided was not well-formed or did not validate")
}

/// Days of nothing, or a rule that does nothing, are refused.
fn check_lifecycle(document: &Value) -> Result<(), AwsError> {
    let rules = crate::call::items(document.get("Rule").unwrap_or(&Value::Null));
    let acts = [
        "Expiration",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
        "Transition",
        "NoncurrentVersionTransition",
    ];
    let days = [
        "/Expiration/Days",
        "/NoncurrentVersionExpiration/NoncurrentDays",
        "/AbortIncompleteMultipartUpload/DaysAfterInitiation",
    ];
    for rule in &rules {
        let named = |name: &str| rule.get(name).is_some();
        if !named("Status") || !(named("Filter") || named("Prefix")) {
            return Err(malformed());
        }
        if !acts.iter().any(|name| named(name)) {
            let message = "At least one action needs to be specified in a rule";
            return Err(AwsError::bad("InvalidRequest", message));
        }
        let bad = |path: &&str| {
            let days = rule.pointer(path).and_then(crate::call::number);
            days.is_some_and(|days| days <= 0)
        };
        if days.iter().any(bad) {
            return Err(AwsError::bad("InvalidArgument", "'Days' must be a positive integer"));
        }
    }
    Ok(())
}

fn put_versioning(call: &mut Call<'_>) -> Answer {
    match call.text("VersioningConfiguration.Status") {
        Some("Enabled" | "Suspended") => put(call, &VERSIONING),
        _ => {
            Err(AwsError::bad("IllegalVersioningConfigurationException", "The status is not valid"))
        }
    }
}

fn get_tagging(call: &mut Call<'_>) -> Answer {
    let tags = &bucket(call)?.tags;
    if tags.is_empty() {
        return Err(AwsError::gone("NoSuchTagSet", "The TagSet does not exist"));
    }
    Ok(json!({"Tagging": {"TagSet": {"Tag": tag_list(tags, "Key", "Value")}}}))
}

/// Replaces all tags of the bucket.
fn put_tagging(call: &mut Call<'_>) -> Answer {
    call.value("Tagging").ok_or_else(malformed)?;
    let tags = pairs(&call.list("Tagging.TagSet.Tag"), "Key", "Value");
    bucket_mut(call)?.tags = tags;
    Ok(json!({"$status": 204}))
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    match bucket(call)?.attrs.get("$policy").and_then(Value::as_str) {
        Some(text) => Ok(json!({"$body": text})),
        None => Err(AwsError::gone("NoSuchBucketPolicy", "The bucket policy does not exist")),
    }
}

fn policy_status(call: &mut Call<'_>) -> Answer {
    match bucket(call)?.attrs.get("$policy").and_then(Value::as_str) {
        Some(text) => {
            let policy: Value = serde_json::from_str(text).unwrap_or_default();
            Ok(json!({"PolicyStatus": {"IsPublic": public(&policy).to_string()}}))
        }
        None => Err(AwsError::gone("NoSuchBucketPolicy", "The bucket policy does not exist")),
    }
}

fn put_policy(call: &mut Call<'_>) -> Answer {
    let bucket = bucket(call)?.clone();
    let refused = |why: &str| AwsError::bad("MalformedPolicy", why);
    let policy: Value = serde_json::from_slice(&call.request.body)
        .map_err(|_| refused("Policies must be valid JSON and the first byte must be '{'"))?;
    let statements = statements(&policy);
    if statements.is_empty() {
        return Err(refused("Missing required field Statement"));
    }
    let arn = format!("arn:aws:s3:::{}", bucket.text("Name"));
    let inside = |text: &str| text == arn || text.starts_with(&format!("{arn}/"));
    for statement in &statements {
        let resources = texts(statement.get("Resource"));
        if resources.is_empty() || !resources.iter().all(|text| inside(text)) {
            return Err(refused("Policy has invalid resource"));
        }
        check_principals(call.world, statement)?;
    }
    let blocked = bucket.attrs.get(PUBLIC_ACCESS.attribute);
    let blocked = blocked.and_then(|one| one.get("BlockPublicPolicy")?.as_str()) == Some("true");
    if blocked && public(&policy) {
        let message = "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access";
        return Err(AwsError::new(403, "AccessDenied", message));
    }
    bucket_mut(call)?.set("$policy", policy.to_string());
    Ok(json!({"$status": 204}))
}

fn statements(policy: &Value) -> Vec<Value> {
    policy.get("Statement").map(crate::call::items).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.map(crate::call::items).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Roles and users must exist when the policy is put.
fn check_principals(world: &World, statement: &Value) -> Result<(), AwsError> {
    let known = |arn: &str| {
        !arn.starts_with("arn:aws:iam:")
            || arn.ends_with(":root")
            || world.things.values().any(|thing| {
                thing.id == arn || thing.attrs.values().any(|value| value.as_str() == Some(arn))
            })
    };
    let all = texts(statement.pointer("/Principal/AWS"));
    match all.iter().find(|arn| *arn != "*" && !known(arn)) {
        Some(_) => Err(AwsError::bad("MalformedPolicy", "Invalid principal in policy")),
        None => Ok(()),
    }
}

/// Whether anybody may do something without a condition.
fn public(policy: &Value) -> bool {
    let anybody = |one: &Value| {
        let principal = one.get("Principal");
        principal.and_then(Value::as_str) == Some("*")
            || texts(one.pointer("/Principal/AWS")).iter().any(|arn| arn == "*")
    };
    statements(policy).iter().any(|one| {
        one.get("Effect").and_then(Value::as_str) == Some("Allow")
            && anybody(one)
            && one.get("Condition").is_none()
    })
}

fn acl(call: &mut Call<'_>) -> Answer {
    let _: &Thing = bucket(call)?;
    let owner = json!({"ID": ACCOUNT, "DisplayName": "sandbox"});
    Ok(json!({"AccessControlPolicy": {
        "Owner": owner,
        "AccessControlList": {"Grant": {"Grantee": owner, "Permission": "FULL_CONTROL"}},
    }}))
}
