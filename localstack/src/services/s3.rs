//! S3: buckets, their settings, and small objects with their versions.

mod bucket;
mod listing;
mod object;
mod settings;
mod upload;

use super::Service;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::rows::{rest_codes, rest_in_use};
use crate::rules::{Codes, InUse};
use crate::world::{Owner, Thing};

pub const SERVICE: Service = Service {
    name: "s3",
    signing: "s3",
    protocol: Protocol::RestXml,
    lists: Lists::Plain,
    operations: &[
        bucket::OPERATIONS,
        settings::OPERATIONS,
        object::OPERATIONS,
        listing::OPERATIONS,
        upload::OPERATIONS,
    ],
    routes: ROUTES,
    in_use: IN_USE,
    codes: CODES,
};

const IN_USE: &[InUse] = &[rest_in_use(
    "bucket",
    &["s3_object"],
    "BucketNotEmpty",
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    "S3 API reference, DeleteBucket",
)];

const CODES: &[Codes] = &[
    rest_codes("bucket", "NoSuchBucket", "BucketAlreadyOwnedByYou"),
    rest_codes("s3_object", "NoSuchKey", "OperationAborted"),
    rest_codes("s3_upload", "NoSuchUpload", "OperationAborted"),
];

/// Flagged routes come first: a plain one would take their requests. Operations that are named here
/// and exist nowhere are refused by name.
const ROUTES: &[Route] = &[
    route("GET", "/{Bucket}?location", "GetBucketLocation"),
    route("GET", "/{Bucket}?versioning", "GetBucketVersioning"),
    route("GET", "/{Bucket}?tagging", "GetBucketTagging"),
    route("GET", "/{Bucket}?policyStatus", "GetBucketPolicyStatus"),
    route("GET", "/{Bucket}?policy", "GetBucketPolicy"),
    route("GET", "/{Bucket}?publicAccessBlock", "GetPublicAccessBlock"),
    route("GET", "/{Bucket}?cors", "GetBucketCors"),
    route("GET", "/{Bucket}?lifecycle", "GetBucketLifecycleConfiguration"),
    route("GET", "/{Bucket}?encryption", "GetBucketEncryption"),
    route("GET", "/{Bucket}?ownershipControls", "GetBucketOwnershipControls"),
    route("GET", "/{Bucket}?acl", "GetBucketAcl"),
    route("GET", "/{Bucket}?logging", "GetBucketLogging"),
    route("GET", "/{Bucket}?website", "GetBucketWebsite"),
    route("GET", "/{Bucket}?accelerate", "GetBucketAccelerateConfiguration"),
    route("GET", "/{Bucket}?requestPayment", "GetBucketRequestPayment"),
    route("GET", "/{Bucket}?replication", "GetBucketReplication"),
    route("GET", "/{Bucket}?object-lock", "GetObjectLockConfiguration"),
    route("GET", "/{Bucket}?notification", "GetBucketNotificationConfiguration"),
    route("GET", "/{Bucket}?versions", "ListObjectVersions"),
    route("GET", "/{Bucket}?uploads", "ListMultipartUploads"),
    route("GET", "/{Bucket}?list-type", "ListObjectsV2"),
    route("PUT", "/{Bucket}?versioning", "PutBucketVersioning"),
    route("PUT", "/{Bucket}?tagging", "PutBucketTagging"),
    route("PUT", "/{Bucket}?policy", "PutBucketPolicy"),
    route("PUT", "/{Bucket}?publicAccessBlock", "PutPublicAccessBlock"),
    route("PUT", "/{Bucket}?cors", "PutBucketCors"),
    route("PUT", "/{Bucket}?lifecycle", "PutBucketLifecycleConfiguration"),
    route("PUT", "/{Bucket}?encryption", "PutBucketEncryption"),
    route("PUT", "/{Bucket}?ownershipControls", "PutBucketOwnershipControls"),
    route("DELETE", "/{Bucket}?tagging", "DeleteBucketTagging"),
    route("DELETE", "/{Bucket}?policy", "DeleteBucketPolicy"),
    route("DELETE", "/{Bucket}?publicAccessBlock", "DeletePublicAccessBlock"),
    route("DELETE", "/{Bucket}?cors", "DeleteBucketCors"),
    route("DELETE", "/{Bucket}?lifecycle", "DeleteBucketLifecycle"),
    route("DELETE", "/{Bucket}?encryption", "DeleteBucketEncryption"),
    route("DELETE", "/{Bucket}?ownershipControls", "DeleteBucketOwnershipControls"),
    route("POST", "/{Bucket}?delete", "DeleteObjects"),
    route("GET", "/{Bucket}", "ListObjects"),
    route("HEAD", "/{Bucket}", "HeadBucket"),
    route("PUT", "/{Bucket}", "CreateBucket"),
    route("DELETE", "/{Bucket}", "DeleteBucket"),
    route("GET", "/", "ListBuckets"),
    route("POST", "/{Bucket}/{Key+}?uploads", "CreateMultipartUpload"),
    route("DELETE", "/{Bucket}/{Key+}?uploadId", "AbortMultipartUpload"),
    route("PUT", "/{Bucket}/{Key+}?uploadId", "UploadPart"),
    route("POST", "/{Bucket}/{Key+}?uploadId", "CompleteMultipartUpload"),
    route("GET", "/{Bucket}/{Key+}?uploadId", "ListParts"),
    route("GET", "/{Bucket}/{Key+}?tagging", "GetObjectTagging"),
    route("GET", "/{Bucket}/{Key+}?acl", "GetObjectAcl"),
    route("GET", "/{Bucket}/{Key+}?attributes", "GetObjectAttributes"),
    route("PUT", "/{Bucket}/{Key+}?tagging", "PutObjectTagging"),
    route("PUT", "/{Bucket}/{Key+}?acl", "PutObjectAcl"),
    route("DELETE", "/{Bucket}/{Key+}?tagging", "DeleteObjectTagging"),
    route("GET", "/{Bucket}/{Key+}", "GetObject"),
    route("HEAD", "/{Bucket}/{Key+}", "HeadObject"),
    route("PUT", "/{Bucket}/{Key+}", "PutObject"),
    route("DELETE", "/{Bucket}/{Key+}", "DeleteObject"),
];

/// The thing's id of a bucket.
pub(super) fn id(name: &str) -> String {
    format!("bucket/{name}")
}

/// The bucket of the request: it must exist, be of this account, and be asked for in its region.
fn bucket<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let name = call.required("Bucket")?;
    let not_found = || AwsError::gone("NoSuchBucket", format!("The bucket {name} does not exist"));
    let bucket = call.world.get(&id(&name)).filter(|thing| thing.kind == "bucket");
    let bucket = bucket.ok_or_else(not_found)?;
    if bucket.owner == Owner::Stranger {
        return Err(AwsError::new(403, "AccessDenied", "Access Denied"));
    }
    if bucket.region != call.region() {
        let message = format!("The bucket is in {}; use its endpoint", bucket.region);
        return Err(AwsError::new(301, "PermanentRedirect", message));
    }
    Ok(bucket)
}

fn bucket_mut<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let id = bucket(call)?.id.clone();
    call.world.expect_mut("bucket", &id)
}

/// Refuses query parameters that the operation does not know: each may name a sub-resource.
fn only(call: &Call<'_>, known: &[&str]) -> Result<(), AwsError> {
    let unknown = call.request.query.keys().find(|key| {
        !known.contains(&key.as_str())
            && *key != "x-id"
            && !key.to_lowercase().starts_with("x-amz-")
    });
    match unknown {
        Some(key) => Err(AwsError::unimplemented(format!("{} with ?{key}", call.request.action))),
        None => Ok(()),
    }
}
