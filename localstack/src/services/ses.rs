//! SES v2: sending domains with Easy DKIM.

use serde_json::{Map, Value, json};

use super::{Operation, Service, done, route53};
use crate::call::{Answer, Call, pairs, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol, Route, route};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::times;
use crate::world::{Thing, World};

pub const SERVICE: Service = Service {
    name: "sesv2",
    signing: "ses",
    protocol: Protocol::RestJson,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    routes: ROUTES,
    codes: CODES,
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateEmailIdentity", create),
    ("GetEmailIdentity", get),
    ("ListEmailIdentities", list),
    ("DeleteEmailIdentity", delete),
    ("GetAccount", account),
    ("ListTagsForResource", list_tags),
    ("TagResource", tag),
    ("UntagResource", untag),
];

const ROUTES: &[Route] = &[
    route("POST", "/v2/email/identities", "CreateEmailIdentity"),
    route("GET", "/v2/email/identities", "ListEmailIdentities"),
    route("GET", "/v2/email/identities/{EmailIdentity}", "GetEmailIdentity"),
    route("DELETE", "/v2/email/identities/{EmailIdentity}", "DeleteEmailIdentity"),
    route("GET", "/v2/email/account", "GetAccount"),
    route("GET", "/v2/email/tags", "ListTagsForResource"),
    route("POST", "/v2/email/tags", "TagResource"),
    route("DELETE", "/v2/email/tags", "UntagResource"),
];

const CODES: &[Codes] =
    &[rest_codes("ses_identity", "NotFoundException", "AlreadyExistsException")];

/// Where AWS publishes DKIM keys.
const KEYS: &str = "dkim.amazonses.com";

fn id(call: &Call<'_>, domain: &str) -> String {
    format!("ses_identity/{}/{}", call.region(), domain.to_lowercase())
}

fn named(call: &Call<'_>) -> Result<String, AwsError> {
    let domain = call.required("EmailIdentity")?;
    let id = id(call, &domain);
    let known = call.world.expect("ses_identity", &id).map(|_| ());
    known.map_err(|_| {
        let message = format!("Email identity {domain} does not exist.");
        AwsError::gone("NotFoundException", message)
    })?;
    Ok(id)
}

fn create(call: &mut Call<'_>) -> Answer {
    let domain = call.required("EmailIdentity")?.to_lowercase();
    if domain.contains('@') || call.value("DkimSigningAttributes").is_some() {
        return Err(AwsError::unimplemented("SES identities other than domains with Easy DKIM"));
    }
    if !domain.contains('.') {
        let message = format!("Invalid email address or domain name <{domain}>.");
        return Err(AwsError::bad("BadRequestException", message));
    }
    let id = id(call, &domain);
    if call.world.get(&id).is_some() {
        let message = format!("Email identity {domain} already exist.");
        return Err(AwsError::bad("AlreadyExistsException", message));
    }
    let tokens: Vec<String> = (0..3).map(|_| call.world.new_name(32).to_lowercase()).collect();
    let takes = call
        .world
        .duration(&format!("verify {domain}"), times::create("ses_identity", &Map::new()));
    let arn = call.arn("ses", &format!("identity/{domain}"));
    let mut thing = Thing::new("ses_identity", &id)
        .with("arn", arn)
        .with("$domain", domain)
        .with("$tokens", tokens)
        .with("$takes", takes)
        .with("$verified", false)
        .tagged(pairs(&call.list("Tags"), "Key", "Value"));
    // There at once; what takes time is the verification.
    thing.ready = call.now;
    let thing = call.create(thing)?;
    Ok(json!({"IdentityType": "DOMAIN", "VerifiedForSendingStatus": false,
        "DkimAttributes": dkim(&thing)}))
}

fn verified(identity: &Thing) -> bool {
    identity.attrs.get("$verified") == Some(&Value::Bool(true))
}

fn dkim(identity: &Thing) -> Value {
    json!({
        "SigningEnabled": true,
        "Status": if verified(identity) { "SUCCESS" } else { "PENDING" },
        "Tokens": identity.attrs.get("$tokens"),
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    })
}

/// Verifies what has had its records for long enough; nothing runs by itself in the local AWS.
fn settle(world: &mut World, now: f64) {
    let waiting = world.of_kind("ses_identity").filter(|one| !verified(one));
    let due: Vec<String> = waiting
        .filter(|one| verified_at(world, one).is_some_and(|at| at <= now))
        .map(|one| one.id.clone())
        .collect();
    for id in due {
        if let Ok(identity) = world.expect_mut("ses_identity", &id) {
            identity.set("$verified", true);
        }
    }
}

/// Some time after the last of its DKIM records is to be seen.
fn verified_at(world: &World, identity: &Thing) -> Option<f64> {
    let mut last = identity.created;
    for token in identity.attrs.get("$tokens")?.as_array()? {
        let token = token.as_str()?;
        let name = format!("{token}._domainkey.{}", identity.text("$domain"));
        let seen = route53::public(world, &name, "CNAME", &format!("{token}.{KEYS}"));
        last = last.max(seen?);
    }
    Some(last + identity.attrs.get("$takes")?.as_f64()?)
}

fn get(call: &mut Call<'_>) -> Answer {
    settle(call.world, call.now);
    let id = named(call)?;
    let identity = call.world.expect("ses_identity", &id)?;
    let verified = verified(identity);
    Ok(json!({
        "IdentityType": "DOMAIN",
        "FeedbackForwardingStatus": true,
        "VerifiedForSendingStatus": verified,
        "VerificationStatus": if verified { "SUCCESS" } else { "PENDING" },
        "DkimAttributes": dkim(identity),
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": tag_list(&identity.tags, "Key", "Value"),
    }))
}

fn list(call: &mut Call<'_>) -> Answer {
    settle(call.world, call.now);
    let shown = call.here("ses_identity").map(|identity| {
        let verified = verified(identity);
        json!({"IdentityType": "DOMAIN", "IdentityName": identity.text("$domain"),
            "SendingEnabled": verified,
            "VerificationStatus": if verified { "SUCCESS" } else { "PENDING" }})
    });
    let (page, next) = call.page(shown.collect::<Vec<_>>(), "PageSize", "NextToken");
    let mut answer = json!({"EmailIdentities": page});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = named(call)?;
    call.world.delete("ses_identity", &id, call.now)?;
    done()
}

/// A new account is in SES's own sandbox.
fn account(_call: &mut Call<'_>) -> Answer {
    Ok(json!({
        "DedicatedIpAutoWarmupEnabled": false,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": false,
        "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        "SendingEnabled": true,
    }))
}

/// The identity of the request's ARN.
fn of_arn(call: &Call<'_>) -> Result<String, AwsError> {
    let arn = call.required("ResourceArn")?;
    let found = call.here("ses_identity").find(|identity| identity.text("arn") == arn);
    found.map(|identity| identity.id.clone()).ok_or_else(|| {
        AwsError::gone("NotFoundException", format!("Resource {arn} does not exist."))
    })
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let id = of_arn(call)?;
    let identity = call.world.expect("ses_identity", &id)?;
    Ok(json!({"Tags": tag_list(&identity.tags, "Key", "Value")}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let (id, tags) = (of_arn(call)?, call.tags("Tags"));
    call.world.expect_mut("ses_identity", &id)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let (id, keys) = (of_arn(call)?, call.texts("TagKeys"));
    call.world.expect_mut("ses_identity", &id)?.tags.retain(|key, _| !keys.contains(key));
    done()
}
