//! Takes everything out of a bucket: all versions, delete markers and unfinished uploads.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::built;
use crate::aws::{Failure, Scope};
use crate::resource::Result;

/// Removes page by page; safe to repeat, since each page is read anew from the start.
pub async fn empty(scope: &Scope, bucket: &str) -> Result<()> {
    loop {
        let page = scope.aws.s3.list_object_versions().bucket(bucket).send().await?;
        let versions = page.versions().iter().map(|one| (one.key(), one.version_id()));
        let markers = page.delete_markers().iter().map(|one| (one.key(), one.version_id()));
        let objects = versions.chain(markers).map(identifier).collect::<Result<Vec<_>>>()?;
        if objects.is_empty() {
            return abort_uploads(scope, bucket).await;
        }
        remove(scope, bucket, objects).await?;
    }
}

fn identifier((key, version): (Option<&str>, Option<&str>)) -> Result<ObjectIdentifier> {
    let one = ObjectIdentifier::builder().key(key.unwrap_or_default());
    built("DeleteObjects", one.set_version_id(version.map(str::to_owned)).build())
}

/// S3 answers 200 even when it kept some of them.
async fn remove(scope: &Scope, bucket: &str, objects: Vec<ObjectIdentifier>) -> Result<()> {
    let all =
        built("DeleteObjects", Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
    let answer = scope.aws.s3.delete_objects().bucket(bucket).delete(all).send().await?;
    let Some(kept) = answer.errors().first() else { return Ok(()) };
    let (key, why) = (kept.key().unwrap_or_default(), kept.message().unwrap_or_default());
    let mut failure =
        Failure::unexpected("s3", "DeleteObjects", format!("`{key}` in `{bucket}`: {why}"));
    failure.code = kept.code().unwrap_or_default().to_owned();
    Err(failure)
}

async fn abort_uploads(scope: &Scope, bucket: &str) -> Result<()> {
    let uploads = scope.aws.s3.list_multipart_uploads().bucket(bucket).send().await?;
    for upload in uploads.uploads() {
        let call = scope.aws.s3.abort_multipart_upload().bucket(bucket);
        let call = call.set_key(upload.key.clone()).set_upload_id(upload.upload_id.clone());
        super::present(call.send().await.map_err(Failure::from))?;
    }
    Ok(())
}
