//! What the platform's Django settings say about AWS, the same for every renderer: uploads in S3,
//! TLS to the databases and the cache, one cache for several platforms.
//!
//! The texts come after Tutor's own settings, so they may build on `CACHES`, `STORAGES` and
//! `mongodb_parameters`. They pass through Jinja, hence no two braces in a row.

use super::inputs::{Cache, Inputs, Mongodb};

/// Objects below this prefix may be read by everybody through the CDN, those beside it never.
pub const PUBLIC_PREFIX: &str = "public";

/// For the LMS and for Studio.
pub fn common(inputs: &Inputs, ca_bundle: Option<&str>) -> String {
    let parts = [
        Some(storage(inputs)),
        Some(certificates(ca_bundle)),
        cache(inputs),
        mongodb(&inputs.mongodb),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// For the LMS alone.
pub fn lms() -> String {
    "\
# edxaws: pictures of profiles
PROFILE_IMAGE_BACKEND = {
    \"class\": EDXAWS_S3,
    \"options\": dict(EDXAWS_PUBLIC, location=\"public/profile-images\", file_overwrite=True),
}
"
    .to_owned()
}

/// Pods have no disk of their own to keep: what people upload goes to S3, with the credentials that
/// the pod's identity hands out.
fn storage(inputs: &Inputs) -> String {
    let (domain, signed) = match &inputs.cdn_host {
        Some(host) => (format!("\"{host}\""), "False"),
        None => ("None".to_owned(), "True"),
    };
    format!(
        r#"# edxaws: uploads in S3, with the identity of the pod
AWS_ACCESS_KEY_ID = None
AWS_SECRET_ACCESS_KEY = None
AWS_STORAGE_BUCKET_NAME = "{bucket}"
AWS_S3_REGION_NAME = "{region}"
AWS_S3_SIGNATURE_VERSION = "s3v4"
AWS_S3_ADDRESSING_STYLE = "virtual"
AWS_S3_FILE_OVERWRITE = False
AWS_DEFAULT_ACL = None
AWS_QUERYSTRING_AUTH = True
AWS_QUERYSTRING_EXPIRE = 24 * 60 * 60
EDXAWS_S3 = "storages.backends.s3boto3.S3Boto3Storage"
EDXAWS_PUBLIC = {{
    "bucket_name": AWS_STORAGE_BUCKET_NAME,
    "location": "{PUBLIC_PREFIX}",
    "custom_domain": {domain},
    "querystring_auth": {signed},
}}
EDXAWS_PRIVATE = {{
    "bucket_name": AWS_STORAGE_BUCKET_NAME,
    "location": "private",
    "custom_domain": None,
    "querystring_auth": True,
}}
STORAGES["default"] = dict(BACKEND=EDXAWS_S3, OPTIONS=EDXAWS_PUBLIC)
VIDEO_IMAGE_SETTINGS["STORAGE_CLASS"] = EDXAWS_S3
VIDEO_IMAGE_SETTINGS["STORAGE_KWARGS"] = dict(EDXAWS_PUBLIC)
VIDEO_TRANSCRIPTS_SETTINGS["STORAGE_CLASS"] = EDXAWS_S3
VIDEO_TRANSCRIPTS_SETTINGS["STORAGE_KWARGS"] = dict(EDXAWS_PUBLIC)
GRADES_DOWNLOAD = {{
    "STORAGE_CLASS": EDXAWS_S3,
    "STORAGE_KWARGS": dict(EDXAWS_PRIVATE, location="private/grades", querystring_expire=300),
}}
OPENEDX_LEARNING = {{
    "MEDIA": dict(BACKEND=EDXAWS_S3, OPTIONS=dict(EDXAWS_PRIVATE, location="private/learning")),
}}
ORA2_FILEUPLOAD_BACKEND = "s3"
FILE_UPLOAD_STORAGE_BUCKET_NAME = AWS_STORAGE_BUCKET_NAME
FILE_UPLOAD_STORAGE_PREFIX = "private/ora2"
COURSE_IMPORT_EXPORT_BUCKET = AWS_STORAGE_BUCKET_NAME
"#,
        bucket = inputs.media_bucket,
        region = inputs.region,
    )
}

/// MySQL refuses plain connections. The certificates of the user's choice come as a file of their
/// own: drivers take no text.
fn certificates(ca_bundle: Option<&str>) -> String {
    let Some(bundle) = ca_bundle else {
        return "\
# edxaws: MySQL over TLS
DATABASES[\"default\"].setdefault(\"OPTIONS\", {})[\"ssl_mode\"] = \"REQUIRED\"
"
        .to_owned();
    };
    format!(
        r#"# edxaws: MySQL over TLS, with a certificate that one of these has signed
EDXAWS_CA_FILE = "/tmp/edxaws-ca.pem"
EDXAWS_CA = """{bundle}"""
if not os.path.exists(EDXAWS_CA_FILE):
    # Several processes start at once: each writes its own, the last one stays.
    with open(f"/tmp/edxaws-ca-{{os.getpid()}}.pem", "w") as edxaws_file:
        edxaws_file.write(EDXAWS_CA)
    os.replace(edxaws_file.name, EDXAWS_CA_FILE)
DATABASES["default"].setdefault("OPTIONS", {{}})["ssl_mode"] = "VERIFY_CA"
DATABASES["default"]["OPTIONS"]["ssl"] = {{"ca": EDXAWS_CA_FILE}}
"#,
        bundle = bundle.trim(),
    )
}

/// The stack's platforms share one cache: keys, queues and topics carry the platform's name. The
/// numbers of databases would move when a platform is added before another.
fn cache(inputs: &Inputs) -> Option<String> {
    let Cache::Managed { host, port, password } = &inputs.cache else { return None };
    let platform = &inputs.platform;
    Some(format!(
        r#"# edxaws: cache, queues and event bus over TLS, on a server shared with other platforms
EDXAWS_REDIS = "rediss://:{password}@{host}:{port}"
for edxaws_cache in CACHES.values():
    if edxaws_cache["BACKEND"].startswith("django_redis"):
        edxaws_cache["LOCATION"] = EDXAWS_REDIS + "/1?ssl_cert_reqs=required"
        edxaws_cache["KEY_PREFIX"] = "{platform}." + edxaws_cache.get("KEY_PREFIX", "")
BROKER_URL = EDXAWS_REDIS + "/0?ssl_cert_reqs=required"
BROKER_TRANSPORT_OPTIONS = dict(
    globals().get("BROKER_TRANSPORT_OPTIONS") or dict(), global_keyprefix="{platform}."
)
EVENT_BUS_REDIS_CONNECTION_URL = EDXAWS_REDIS + "/?ssl_cert_reqs=required"
EVENT_BUS_TOPIC_PREFIX = "{platform}"
"#
    ))
}

fn mongodb(wanted: &Mongodb) -> Option<String> {
    let parameters = match wanted {
        Mongodb::InCluster { .. } => return None,
        Mongodb::Documentdb { .. } => r#"mongodb_parameters["ssl"] = True
mongodb_parameters["retryWrites"] = False
if "EDXAWS_CA_FILE" in globals():
    mongodb_parameters["tlsCAFile"] = EDXAWS_CA_FILE
else:
    mongodb_parameters["tlsAllowInvalidCertificates"] = True
"#
        .to_owned(),
        Mongodb::External { uri, .. } => format!(
            r#"mongodb_parameters["host"] = "{uri}"
for edxaws_name in ("port", "user", "password", "replicaSet", "authsource", "ssl"):
    mongodb_parameters.pop(edxaws_name, None)
"#
        ),
    };
    Some(format!(
        "# edxaws: MongoDB\n{parameters}CONTENTSTORE[\"DOC_STORE_CONFIG\"] = mongodb_parameters\n\
         update_module_store_settings(MODULESTORE, doc_store_settings=mongodb_parameters)\n"
    ))
}
