//! Buckets: made, listed, removed.

use serde_json::{Value, json};

use super::super::Operation;
use super::{bucket, id, only};
use crate::call::{Answer, Call, date, pairs};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateBucket", create),
    ("ListBuckets", list),
    ("HeadBucket", head),
    ("GetBucketLocation", location),
    ("DeleteBucket", delete),
];

fn create(call: &mut Call<'_>) -> Answer {
    only(call, &[])?;
    let name = call.required("Bucket")?;
    check_name(&name)?;
    check_region(call)?;
    let headers = json!({"location": format!("/{name}")});
    if let Some(other) = call.world.get(&id(&name)) {
        return match other.owner {
            Owner::Stranger => Err(AwsError::new(409, "BucketAlreadyExists", TAKEN)),
            // The oldest region answers as it did in 2006.
            _ if call.region() == "us-east-1" && other.region == "us-east-1" => {
                Ok(json!({"$headers": headers}))
            }
            _ => Err(AwsError::new(409, "BucketAlreadyOwnedByYou", OWNED)),
        };
    }
    let tags = pairs(&call.list("CreateBucketConfiguration.Tags.Tag"), "Key", "Value");
    let bucket = Thing::new("bucket", id(&name))
        .with("Name", name)
        .with("$encryption", default_encryption())
        .with("$publicAccess", all_blocked())
        .with("$ownership", json!({"Rule": {"ObjectOwnership": "BucketOwnerEnforced"}}))
        .tagged(tags);
    call.create(bucket)?;
    Ok(json!({"$headers": headers}))
}

const TAKEN: &str = "The requested bucket name is not available. The bucket namespace is shared by \
                     all users of the system.";
const OWNED: &str =
    "Your previous request to create the named bucket succeeded and you already own it.";

fn check_name(name: &str) -> Result<(), AwsError> {
    let edge =
        |letter: Option<char>| letter.is_some_and(|l| l.is_ascii_lowercase() || l.is_ascii_digit());
    let inner = |l: char| l.is_ascii_lowercase() || l.is_ascii_digit() || l == '-' || l == '.';
    let good = (3..=63).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().last())
        && name.chars().all(inner)
        && !name.contains("..");
    if good {
        Ok(())
    } else {
        Err(AwsError::bad("InvalidBucketName", "The specified bucket is not valid."))
    }
}

/// The location must be the endpoint's region, and must not be named in us-east-1.
fn check_region(call: &Call<'_>) -> Result<(), AwsError> {
    let asked = call.text("CreateBucketConfiguration.LocationConstraint");
    let illegal = |what: &str| {
        let message = format!(
            "The {what} location constraint is incompatible for the region specific endpoint this \
             request was sent to."
        );
        Err(AwsError::bad("IllegalLocationConstraintException", message))
    };
    match (asked, call.region()) {
        (None, "us-east-1") => Ok(()),
        (Some("us-east-1"), "us-east-1") => Err(AwsError::bad(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )),
        (Some(asked), region) if asked == region => Ok(()),
        (Some(asked), _) => illegal(asked),
        (None, _) => illegal("unspecified"),
    }
}

/// What S3 has set on every new bucket since 2023.
pub(super) fn default_encryption() -> Value {
    json!({"Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": "false",
    }})
}

fn all_blocked() -> Value {
    json!({
        "BlockPublicAcls": "true",
        "IgnorePublicAcls": "true",
        "BlockPublicPolicy": "true",
        "RestrictPublicBuckets": "true",
    })
}

fn list(call: &mut Call<'_>) -> Answer {
    only(call, &["prefix", "bucket-region", "max-buckets", "continuation-token"])?;
    let prefix = call.text("prefix").unwrap_or_default();
    let region = call.text("bucket-region");
    let all = call.world.of_kind("bucket").filter(|bucket| {
        bucket.owner != Owner::Stranger
            && bucket.text("Name").starts_with(prefix)
            && region.is_none_or(|region| bucket.region == region)
    });
    let shown = |bucket: &Thing| {
        json!({
            "Name": bucket.text("Name"),
            "CreationDate": date(bucket.created),
            "BucketRegion": bucket.region,
        })
    };
    let (page, next) = call.page(all.map(shown).collect(), "max-buckets", "continuation-token");
    Ok(json!({"ListAllMyBucketsResult": {
        "Owner": {"ID": ACCOUNT},
        "Buckets": {"Bucket": page},
        "ContinuationToken": next,
    }}))
}

fn head(call: &mut Call<'_>) -> Answer {
    only(call, &[])?;
    let region = bucket(call)?.region.clone();
    Ok(json!({"$headers": {"x-amz-bucket-region": region}}))
}

fn location(call: &mut Call<'_>) -> Answer {
    let region = bucket(call)?.region.clone();
    let region = if region == "us-east-1" { String::new() } else { region };
    Ok(json!({"LocationConstraint": region}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    only(call, &[])?;
    let id = bucket(call)?.id.clone();
    call.world.delete("bucket", &id, call.now)?;
    Ok(json!({"$status": 204}))
}
