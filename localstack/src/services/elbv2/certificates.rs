//! Certificates of a listener: its own, and those it takes for further hosts.

use serde_json::{Value, json};

use super::super::{Operation, acm, done};
use super::{invalid, member};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeListenerCertificates", describe),
    ("AddListenerCertificates", add),
    ("RemoveListenerCertificates", remove),
];

/// Quotas of Application Load Balancers: certificates per load balancer, without default ones.
const MOST: usize = 25;

/// The ARNs beside its own.
pub fn more(listener: &Thing) -> Vec<String> {
    let all = listener.attrs.get("$more").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
}

/// A listener takes what is issued, in the balancer's region.
pub fn check(call: &mut Call<'_>, arn: &str) -> Result<(), AwsError> {
    acm::settle(call.world, call.now);
    let known = call.here("acm_certificate").find(|certificate| certificate.id == arn);
    let Some(certificate) = known else {
        let message = format!("Certificate '{arn}' not found");
        return Err(AwsError::bad("CertificateNotFound", message));
    };
    if certificate.text("Status") != "ISSUED" {
        let message = format!(
            "The certificate '{arn}' must have a fully-qualified domain name, a supported \
             signature, and a supported RSA key size."
        );
        return Err(AwsError::bad("UnsupportedCertificate", message));
    }
    Ok(())
}

fn describe(call: &mut Call<'_>) -> Answer {
    let listener = call.required("ListenerArn")?;
    let listener = call.world.expect("listener", &listener)?;
    let own = listener.text("$certificate");
    let own = (!own.is_empty()).then(|| json!({"CertificateArn": own, "IsDefault": true}));
    let more = more(listener).into_iter();
    let more = more.map(|arn| json!({"CertificateArn": arn, "IsDefault": false}));
    let (page, next) = call.page(own.into_iter().chain(more).collect(), "PageSize", "Marker");
    Ok(json!({"Certificates": member(page), "NextMarker": next}))
}

/// The API reference takes one a call.
fn named(call: &Call<'_>) -> Result<String, AwsError> {
    let asked = call.list("Certificates");
    let [one] = asked.as_slice() else {
        return Err(invalid("You must specify exactly one certificate"));
    };
    let arn = one.get("CertificateArn").and_then(Value::as_str);
    arn.map(str::to_owned).ok_or_else(|| invalid("A certificate ARN must be specified"))
}

fn add(call: &mut Call<'_>) -> Answer {
    let (listener, arn) = (call.required("ListenerArn")?, named(call)?);
    check(call, &arn)?;
    let thing = call.world.expect("listener", &listener)?;
    if thing.text("Protocol") != "HTTPS" {
        return Err(invalid("Certificates can only be added to HTTPS listeners"));
    }
    let mut all = more(thing);
    if !all.contains(&arn) {
        all.push(arn.clone());
    }
    if all.len() > MOST {
        let message = format!("A load balancer has at most {MOST} certificates");
        return Err(AwsError::bad("TooManyCertificates", message));
    }
    keep(call, &listener, all)?;
    let shown = json!({"CertificateArn": arn, "IsDefault": false});
    Ok(json!({"Certificates": member(vec![shown])}))
}

fn remove(call: &mut Call<'_>) -> Answer {
    let (listener, arn) = (call.required("ListenerArn")?, named(call)?);
    let thing = call.world.expect("listener", &listener)?;
    if thing.text("$certificate") == arn {
        let message = "Default certificate cannot be removed from a listener";
        return Err(AwsError::bad("OperationNotPermitted", message));
    }
    let mut all = more(thing);
    all.retain(|one| *one != arn);
    keep(call, &listener, all)?;
    done()
}

/// What is in use can be deleted by nobody: it is among the listener's references.
fn keep(call: &mut Call<'_>, listener: &str, all: Vec<String>) -> Result<(), AwsError> {
    let thing = call.world.expect_mut("listener", listener)?;
    let before = more(thing);
    thing.refs.retain(|one| !before.contains(one));
    thing.refs.extend(all.iter().cloned());
    thing.set("$more", all.into_iter().map(Value::from).collect::<Vec<_>>());
    Ok(())
}
