//! Certificate Manager: certificates by DNS validation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Operation, Service, done, route53};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::times;
use crate::world::{Thing, World};

pub const SERVICE: Service = Service {
    name: "acm",
    signing: "acm",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    in_use: IN_USE,
    codes: CODES,
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("RequestCertificate", request),
    ("DescribeCertificate", describe),
    ("ListCertificates", list),
    ("DeleteCertificate", delete),
    ("ListTagsForCertificate", list_tags),
    ("AddTagsToCertificate", add_tags),
    ("RemoveTagsFromCertificate", remove_tags),
];

const IN_USE: &[InUse] = &[in_use(
    "acm_certificate",
    &["listener", "cloudfront_distribution"],
    "ResourceInUseException",
    "Certificate {id} is in use.",
    "ACM API reference, DeleteCertificate",
)];

const CODES: &[Codes] =
    &[codes("acm_certificate", "ResourceNotFoundException", "ResourceInUseException")];

/// Seconds until the validation records of a request can be read.
const RECORDS_AFTER: (f64, f64, f64) = (1.0, 3.0, 8.0);

/// How long a token is remembered (ACM API reference, RequestCertificate).
const TOKEN_LASTS: f64 = 3600.0;

/// Names in one certificate, unless the quota is raised.
const MOST_NAMES: usize = 10;

fn request(call: &mut Call<'_>) -> Answer {
    let domain = call.required("DomainName")?.to_lowercase();
    if call.text("ValidationMethod") != Some("DNS") {
        return Err(AwsError::unimplemented("certificates that are not validated by DNS"));
    }
    let token = call.text("IdempotencyToken").map(str::to_owned);
    if token.as_ref().is_some_and(|token| !valid_token(token)) {
        let message = "Value at 'idempotencyToken' failed to satisfy constraint: Member must satisfy \
                       regular expression pattern: \\w+ with length less than or equal to 32";
        return Err(AwsError::bad("ValidationException", message));
    }
    let digest = call.digest("IdempotencyToken");
    let first = call.here("acm_certificate").find(|one| {
        call.now - one.created < TOKEN_LASTS
            && one
                .token
                .as_ref()
                .is_some_and(|made| Some(&made.0) == token.as_ref() && made.1 == digest)
    });
    if let Some(first) = first {
        return Ok(json!({"CertificateArn": first.id}));
    }
    let names = names(call, &domain)?;
    let mut options = Vec::new();
    for name in &names {
        options.push(validation(name));
    }
    let (head, tail) = (call.world.random() >> 32, call.world.random() >> 16);
    let arn = call.arn("acm", &format!("certificate/{head:08x}-0000-4000-8000-{tail:012x}"));
    let known = call.now + call.world.duration(&format!("records {domain}"), RECORDS_AFTER);
    let issued = call
        .world
        .duration(&format!("issue {domain}"), times::create("acm_certificate", &Map::new()));
    let mut thing = Thing::new("acm_certificate", &arn)
        .with("CertificateArn", arn.clone())
        .with("DomainName", domain)
        .with("SubjectAlternativeNames", names)
        .with("Status", "PENDING_VALIDATION")
        .with("Type", "AMAZON_ISSUED")
        .with("KeyAlgorithm", "RSA-2048")
        .with("RenewalEligibility", "INELIGIBLE")
        .with("CreatedAt", call.now)
        .with("$options", options)
        .with("$optionsAt", known)
        .with("$issueTakes", issued)
        .tagged(call.tags("Tags"));
    thing.token = token.map(|token| (token, digest));
    // Requested at once; what takes time is the validation.
    thing.ready = call.now;
    call.create(thing)?;
    Ok(json!({"CertificateArn": arn}))
}

fn valid_token(token: &str) -> bool {
    let word = token.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word && (1..=32).contains(&token.len())
}

/// The domain and its alternatives, each once.
fn names(call: &Call<'_>, domain: &str) -> Result<Vec<String>, AwsError> {
    let mut names = vec![domain.to_owned()];
    for name in call.texts("SubjectAlternativeNames") {
        let name = name.to_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > MOST_NAMES {
        let message = format!("Maximum number of domain names is {MOST_NAMES}");
        return Err(AwsError::bad("LimitExceededException", message));
    }
    if let Some(bad) = names.iter().find(|name| !name.contains('.') || name.len() > 253) {
        let message = format!("The domain name '{bad}' is not valid");
        return Err(AwsError::bad("InvalidDomainValidationOptionsException", message));
    }
    Ok(names)
}

/// The CNAME for a name: the same for a domain and its wildcard, in every region and request.
fn validation(name: &str) -> Value {
    let base = name.strip_prefix("*.").unwrap_or(name);
    let word = |salt: &str| {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(format!("{salt}{base}"));
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    json!({
        "DomainName": name,
        "ValidationDomain": name,
        "ValidationMethod": "DNS",
        "ResourceRecord": {
            "Name": format!("_{}.{base}.", word("name")),
            "Type": "CNAME",
            "Value": format!("_{}.acm-validations.aws.", word("value")),
        },
    })
}

/// Issues what has been validated for long enough. Nothing runs by itself in the local AWS, so
/// whoever looks at certificates calls this first.
pub fn settle(world: &mut World, now: f64) {
    let pending =
        world.of_kind("acm_certificate").filter(|one| one.text("Status") == "PENDING_VALIDATION");
    let due: Vec<(String, f64)> = pending
        .filter_map(|one| Some((one.id.clone(), issued_at(world, one)?)))
        .filter(|(_, at)| *at <= now)
        .collect();
    for (id, at) in due {
        if let Ok(certificate) = world.expect_mut("acm_certificate", &id) {
            certificate.set("Status", "ISSUED");
            certificate.set("IssuedAt", at);
            certificate.set("NotBefore", at);
            certificate.set("NotAfter", at + 395.0 * 86400.0);
        }
    }
}

/// When a certificate is issued: some time after the last of its records is to be seen.
fn issued_at(world: &World, certificate: &Thing) -> Option<f64> {
    let options = certificate.attrs.get("$options").and_then(Value::as_array)?;
    let mut last = certificate.created;
    for option in options {
        let record = &option["ResourceRecord"];
        let seen =
            route53::public(world, record["Name"].as_str()?, "CNAME", record["Value"].as_str()?);
        last = last.max(seen?);
    }
    Some(last + certificate.attrs.get("$issueTakes")?.as_f64()?)
}

fn found<'t>(call: &'t Call<'_>) -> Result<&'t Thing, AwsError> {
    let arn = call.required("CertificateArn")?;
    let known = call.here("acm_certificate").find(|certificate| certificate.id == arn);
    known.ok_or_else(|| {
        let message = format!("Could not find certificate {arn}.");
        AwsError::bad("ResourceNotFoundException", message)
    })
}

fn describe(call: &mut Call<'_>) -> Answer {
    settle(call.world, call.now);
    let certificate = found(call)?;
    let mut shape = certificate.attrs.clone();
    let known = shape.get("$optionsAt").and_then(Value::as_f64).is_some_and(|at| at <= call.now);
    let status =
        if certificate.text("Status") == "ISSUED" { "SUCCESS" } else { "PENDING_VALIDATION" };
    let mut options = shape.get("$options").and_then(Value::as_array).cloned().unwrap_or_default();
    for option in options.iter_mut().filter_map(Value::as_object_mut) {
        option.insert("ValidationStatus".to_owned(), status.into());
        if !known {
            option.remove("ResourceRecord");
        }
    }
    shape.retain(|name, _| !name.starts_with('$'));
    shape.insert("DomainValidationOptions".to_owned(), options.into());
    shape.insert("InUseBy".to_owned(), users(call.world, &certificate.id).into());
    Ok(json!({"Certificate": shape}))
}

fn users(world: &World, arn: &str) -> Vec<String> {
    let users = world.things.values().filter(|thing| thing.refs.contains(arn));
    // A listener's use is shown as its load balancer's.
    let shown: BTreeSet<String> =
        users.map(|user| user.parent.clone().unwrap_or_else(|| user.id.clone())).collect();
    shown.into_iter().collect()
}

fn list(call: &mut Call<'_>) -> Answer {
    settle(call.world, call.now);
    let statuses = call.texts("CertificateStatuses");
    let fits =
        |one: &&Thing| statuses.is_empty() || statuses.iter().any(|s| s == one.text("Status"));
    let summary = |one: &Thing| {
        let all = &one.attrs;
        json!({
            "CertificateArn": one.id,
            "DomainName": all.get("DomainName"),
            "SubjectAlternativeNameSummaries": all.get("SubjectAlternativeNames"),
            "Status": all.get("Status"),
            "Type": all.get("Type"),
            "KeyAlgorithm": all.get("KeyAlgorithm"),
            "InUse": !users(call.world, &one.id).is_empty(),
            "CreatedAt": all.get("CreatedAt"),
        })
    };
    let shown = call.here("acm_certificate").filter(fits).map(summary).collect();
    let (page, next) = call.page(shown, "MaxItems", "NextToken");
    let mut answer = json!({"CertificateSummaryList": page});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let arn = found(call)?.id.clone();
    call.world.delete("acm_certificate", &arn, call.now)?;
    done()
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tag_list(&found(call)?.tags, "Key", "Value")}))
}

fn add_tags(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (found(call)?.id.clone(), call.tags("Tags"));
    call.world.expect_mut("acm_certificate", &arn)?.tags.extend(tags);
    done()
}

fn remove_tags(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (found(call)?.id.clone(), call.tags("Tags"));
    call.world.expect_mut("acm_certificate", &arn)?.tags.retain(|key, _| !tags.contains_key(key));
    done()
}
