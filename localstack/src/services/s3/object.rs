//! Small objects, with versions and delete markers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::super::Operation;
use super::{bucket, only};
use crate::call::{Answer, Call, items};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("PutObject", put),
    ("GetObject", get),
    ("HeadObject", head),
    ("DeleteObject", delete),
    ("DeleteObjects", delete_many),
];

/// All versions and markers of a bucket, by key, the newest first.
pub(super) fn all<'w>(world: &'w World, bucket: &'w str) -> Vec<&'w Thing> {
    let mut all: Vec<&Thing> =
        world.children(bucket).filter(|thing| thing.kind == "s3_object").collect();
    all.sort_by(|a, b| a.text("Key").cmp(b.text("Key")).then(order(b).cmp(&order(a))));
    all
}

fn order(object: &Thing) -> u64 {
    object.attrs.get("$order").and_then(Value::as_u64).unwrap_or_default()
}

pub(super) fn marker(object: &Thing) -> bool {
    object.attrs.get("$marker") == Some(&Value::Bool(true))
}

fn latest<'w>(world: &'w World, bucket: &'w str, key: &str) -> Option<&'w Thing> {
    all(world, bucket).into_iter().find(|object| object.text("Key") == key)
}

fn versioning(call: &Call<'_>) -> Result<String, AwsError> {
    let setting = bucket(call)?.attrs.get("$versioning").cloned().unwrap_or_default();
    Ok(setting.get("Status").and_then(Value::as_str).unwrap_or("Off").to_owned())
}

fn header<'c>(call: &'c Call<'_>, name: &str) -> Option<&'c str> {
    call.request.headers.get(name).and_then(Value::as_str)
}

fn put(call: &mut Call<'_>) -> Answer {
    only(call, &[])?;
    if header(call, "x-amz-copy-source").is_some() {
        return Err(AwsError::unimplemented("CopyObject"));
    }
    let (id, key) = (bucket(call)?.id.clone(), call.required("Key")?);
    let current = latest(call.world, &id, &key).filter(|object| !marker(object));
    check_conditions(call, current)?;
    let body = body(call)?;
    let etag: String = Md5::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let object = Thing::new("s3_object", "")
        .with("ETag", etag.clone())
        .with("Size", body.len())
        .with("$body", STANDARD.encode(&body));
    let version = store(call, &id, &key, object)?;
    Ok(json!({"$headers": with_version(json!({"etag": etag}), &version)}))
}

/// `If-None-Match: *` and `If-Match`: the conditional writes that locks are made of.
fn check_conditions(call: &Call<'_>, current: Option<&Thing>) -> Result<(), AwsError> {
    let failed = || {
        let message = "At least one of the pre-conditions you specified did not hold";
        Err(AwsError::new(412, "PreconditionFailed", message))
    };
    if header(call, "if-none-match") == Some("*") && current.is_some() {
        return failed();
    }
    match (header(call, "if-match"), current) {
        (Some(_), None) => Err(AwsError::gone("NoSuchKey", "The specified key does not exist.")),
        (Some(wanted), Some(object)) if wanted != object.text("ETag") => failed(),
        _ => Ok(()),
    }
}

/// Adds a version, or replaces the one called `null`; answers with the version's id.
fn store(
    call: &mut Call<'_>,
    bucket: &str,
    key: &str,
    mut object: Thing,
) -> Result<String, AwsError> {
    let versioned = versioning(call)? == "Enabled";
    let version = if versioned { call.world.new_name(32) } else { "null".to_owned() };
    object.id = format!("s3_object/{bucket}/{key}#{version}");
    call.world.remove(&object.id);
    let order = call.world.generation;
    let object = object
        .with("Key", key)
        .with("VersionId", version.clone())
        .with("$order", order)
        .uses(bucket)
        .child_of(bucket);
    call.create(object)?;
    Ok(version)
}

fn with_version(mut headers: Value, version: &str) -> Value {
    if version != "null"
        && let Value::Object(map) = &mut headers
    {
        map.insert("x-amz-version-id".to_owned(), version.into());
    }
    headers
}

/// The body without the SDKs' `aws-chunked` framing.
fn body(call: &Call<'_>) -> Result<Vec<u8>, AwsError> {
    let streaming = |name| header(call, name).is_some_and(|text| text.contains("STREAMING"));
    let encoded = header(call, "content-encoding").is_some_and(|text| text.contains("aws-chunked"));
    if !encoded && !streaming("x-amz-content-sha256") {
        return Ok(call.request.body.to_vec());
    }
    let bad = || AwsError::bad("IncompleteBody", "The chunked body ends early or is malformed");
    let body = unchunk(&call.request.body).ok_or_else(bad)?;
    let length = header(call, "x-amz-decoded-content-length").and_then(|text| text.parse().ok());
    if length.is_some_and(|length: usize| length != body.len()) {
        return Err(bad());
    }
    Ok(body)
}

/// `size[;signature]\r\n data \r\n … 0\r\n trailers`.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        rest = rest.get(end + 2..)?;
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

fn found<'c>(call: &'c Call<'_>) -> Result<&'c Thing, AwsError> {
    let (bucket, key) = (&bucket(call)?.id, call.required("Key")?);
    let object = match call.text("versionId") {
        Some(version) => {
            let all = all(call.world, bucket).into_iter();
            let mut same =
                all.filter(|one| one.text("Key") == key && one.text("VersionId") == version);
            let found = same.next();
            found.ok_or_else(|| AwsError::gone("NoSuchVersion", "The version does not exist."))?
        }
        None => {
            let found = latest(call.world, bucket, &key).filter(|object| !marker(object));
            found.ok_or_else(|| AwsError::gone("NoSuchKey", "The specified key does not exist."))?
        }
    };
    if marker(object) {
        return Err(AwsError::new(405, "MethodNotAllowed", "The version is a delete marker."));
    }
    match header(call, "if-none-match") {
        Some(etag) if etag == object.text("ETag") => {
            Err(AwsError::new(304, "NotModified", "Not Modified"))
        }
        _ => Ok(object),
    }
}

fn headers(object: &Thing) -> Value {
    let headers = json!({
        "etag": object.text("ETag"),
        "last-modified": http_date(object.created),
        "accept-ranges": "bytes",
        "x-amz-server-side-encryption": "AES256",
    });
    with_version(headers, object.text("VersionId"))
}

fn http_date(seconds: f64) -> String {
    let moment = jiff::Timestamp::from_second(seconds as i64);
    moment.map_or_else(|_| String::new(), |m| m.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn get(call: &mut Call<'_>) -> Answer {
    only(call, &["versionId"])?;
    if header(call, "range").is_some() {
        return Err(AwsError::unimplemented("GetObject with a range"));
    }
    let object = found(call)?;
    let bytes = STANDARD.decode(object.text("$body")).unwrap_or_default();
    let text = String::from_utf8(bytes);
    let text =
        text.map_err(|_| AwsError::unimplemented("GetObject of an object that is not text"))?;
    Ok(json!({"$headers": headers(object), "$body": text}))
}

fn head(call: &mut Call<'_>) -> Answer {
    only(call, &["versionId"])?;
    Ok(json!({"$headers": headers(found(call)?)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    only(call, &["versionId"])?;
    let (key, version) = (call.required("Key")?, call.text("versionId").map(str::to_owned));
    let (version, marked) = remove(call, &key, version)?;
    let mut headers = with_version(json!({}), &version);
    if marked && let Value::Object(map) = &mut headers {
        map.insert("x-amz-delete-marker".to_owned(), "true".into());
    }
    Ok(json!({"$status": 204, "$headers": headers}))
}

/// Takes a version away, or hides the object behind a marker; what is not there is no error.
fn remove(
    call: &mut Call<'_>,
    key: &str,
    version: Option<String>,
) -> Result<(String, bool), AwsError> {
    let bucket = bucket(call)?.id.clone();
    match (version, versioning(call)?.as_str()) {
        (Some(version), _) => {
            call.world.remove(&format!("s3_object/{bucket}/{key}#{version}"));
            Ok((version, false))
        }
        (None, "Off") => {
            call.world.remove(&format!("s3_object/{bucket}/{key}#null"));
            Ok(("null".to_owned(), false))
        }
        (None, _) => {
            let marker = Thing::new("s3_object", "").with("$marker", true);
            Ok((store(call, &bucket, key, marker)?, true))
        }
    }
}

fn delete_many(call: &mut Call<'_>) -> Answer {
    bucket(call)?;
    let objects = call.list("Delete.Object");
    if objects.is_empty() || objects.len() > 1000 {
        return Err(AwsError::bad("MalformedXML", "The request must name 1 to 1000 objects"));
    }
    let quiet = call.flag("Delete.Quiet") == Some(true);
    let mut deleted = Vec::new();
    for object in items(&Value::Array(objects)) {
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let (key, version) = (text("Key").unwrap_or_default(), text("VersionId"));
        let (made, marked) = remove(call, &key, version.clone())?;
        let made = marked.then_some(made);
        deleted.push(json!({"Key": key, "VersionId": version, "DeleteMarkerVersionId": made}));
    }
    let shown = if quiet { Vec::new() } else { deleted };
    Ok(json!({"DeleteResult": {"Deleted": shown}}))
}
