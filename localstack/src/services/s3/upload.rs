//! Multipart uploads: begun, listed and given up; their parts are not kept.

use serde_json::{Value, json};

use super::super::Operation;
use super::{bucket, only};
use crate::call::{Answer, Call, date};
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateMultipartUpload", create),
    ("ListMultipartUploads", list),
    ("AbortMultipartUpload", abort),
];

fn create(call: &mut Call<'_>) -> Answer {
    only(call, &["uploads"])?;
    let (bucket, key) = (bucket(call)?.id.clone(), call.required("Key")?);
    let id = call.world.new_name(40);
    let upload = Thing::new("s3_upload", format!("s3_upload/{id}"))
        .with("Key", key.clone())
        .with("UploadId", id.clone())
        .child_of(bucket);
    call.create(upload)?;
    Ok(json!({"InitiateMultipartUploadResult": {
        "Bucket": call.text("Bucket"), "Key": key, "UploadId": id}}))
}

fn list(call: &mut Call<'_>) -> Answer {
    only(call, &["uploads", "prefix", "max-uploads", "encoding-type"])?;
    let id = bucket(call)?.id.clone();
    let prefix = call.text("prefix").unwrap_or_default();
    let uploads = call.world.children(&id).filter(|thing| thing.kind == "s3_upload");
    let shown = |upload: &Thing| {
        json!({
            "Key": upload.text("Key"),
            "UploadId": upload.text("UploadId"),
            "Initiated": date(upload.created),
            "StorageClass": "STANDARD",
        })
    };
    let uploads: Vec<Value> =
        uploads.filter(|upload| upload.text("Key").starts_with(prefix)).map(shown).collect();
    Ok(json!({"ListMultipartUploadsResult": {
        "Bucket": call.text("Bucket"),
        "MaxUploads": 1000,
        "IsTruncated": false,
        "Upload": uploads,
    }}))
}

fn abort(call: &mut Call<'_>) -> Answer {
    only(call, &["uploadId"])?;
    let bucket = bucket(call)?.id.clone();
    let id = format!("s3_upload/{}", call.required("uploadId")?);
    let upload = call.world.expect("s3_upload", &id)?;
    if upload.parent.as_deref() != Some(&bucket) {
        return Err(crate::rules::not_found("s3_upload", &id));
    }
    call.world.remove(&id);
    Ok(json!({"$status": 204}))
}
