//! Listeners: what a port of a load balancer does.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::{certificates, invalid, member, suffix};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateListener", create),
    ("DescribeListeners", describe),
    ("DescribeListenerAttributes", describe_attributes),
    ("ModifyListener", modify),
    ("DeleteListener", delete),
];

/// A few of AWS's policies; the rest would be taken for a typing error.
const TLS_POLICIES: &[&str] = &[
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
];

fn create(call: &mut Call<'_>) -> Answer {
    let balancer = call.required("LoadBalancerArn")?;
    if call.world.expect("load_balancer", &balancer)?.gone.is_some() {
        return Err(crate::rules::not_found("load_balancer", &balancer));
    }
    let port = call.number("Port").filter(|port| (1..=65535).contains(port));
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    let digest = call.digest("");
    let twin = call
        .world
        .children(&balancer)
        .find(|one| one.kind == "listener" && one.attrs.get("Port") == Some(&port.into()));
    if let Some(twin) = twin {
        if twin.text("$request") == digest {
            return Ok(json!({"Listeners": member(vec![shape(twin)])}));
        }
        let message = "A listener already exists on this port for this load balancer";
        return Err(AwsError::bad("DuplicateListener", format!("{message} '{balancer}'")));
    }
    let suffix = suffix(call);
    let arn = format!("{}/{suffix}", balancer.replacen(":loadbalancer/", ":listener/", 1));
    let thing = Thing::new("listener", &arn)
        .with("ListenerArn", arn.clone())
        .with("LoadBalancerArn", balancer.clone())
        .with("Port", port)
        .with("$request", digest)
        .tagged(call.tags("Tags"))
        .child_of(balancer);
    let thing = configured(call, thing, true)?;
    let thing = call.create(thing)?;
    Ok(json!({"Listeners": member(vec![shape(&thing)])}))
}

/// A listener with what the request says of protocol, certificate and actions.
fn configured(call: &mut Call<'_>, mut thing: Thing, new: bool) -> Result<Thing, AwsError> {
    if let Some(protocol) = call.text("Protocol") {
        if !matches!(protocol, "HTTP" | "HTTPS") {
            return Err(AwsError::bad("UnsupportedProtocol", format!("'{protocol}'")));
        }
        thing.set("Protocol", protocol);
    }
    let actions = call.list("DefaultActions");
    if !actions.is_empty() {
        let actions = actions.into_iter().map(|one| action(call, one)).collect::<Result<_, _>>()?;
        thing.set("$actions", Value::Array(actions));
    } else if new {
        return Err(invalid("A default action must be specified"));
    }
    if thing.text("Protocol") == "HTTPS" {
        secure(call, &mut thing)?;
    } else {
        ["SslPolicy", "$certificate"].iter().for_each(|name| drop(thing.attrs.remove(*name)));
    }
    let groups = thing.attrs.get("$actions").and_then(Value::as_array).into_iter().flatten();
    let groups = groups.filter_map(|one| one.get("TargetGroupArn")?.as_str().map(str::to_owned));
    let certificate = Some(thing.text("$certificate").to_owned()).filter(|arn| !arn.is_empty());
    let more = certificates::more(&thing);
    thing.refs = groups.chain(certificate).chain(more).collect();
    Ok(thing)
}

fn action(call: &Call<'_>, mut action: Value) -> Result<Value, AwsError> {
    let text = |name: &str| action.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("Type").unwrap_or_default().as_str() {
        "forward" => {
            let Some(group) = text("TargetGroupArn") else {
                return Err(AwsError::unimplemented("forward actions with a ForwardConfig"));
            };
            call.world.expect("target_group", &group)?;
        }
        "redirect" => {
            let mut to = json!({"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}",
                "Protocol": "#{protocol}", "Port": "#{port}"});
            let given = action.get("RedirectConfig").and_then(Value::as_object).cloned();
            for (name, value) in given.unwrap_or_default() {
                to[name] = value;
            }
            if to.get("StatusCode").is_none() {
                return Err(invalid("A redirect action needs a status code"));
            }
            action["RedirectConfig"] = to;
        }
        "fixed-response" => {}
        other => return Err(AwsError::unimplemented(format!("listener actions `{other}`"))),
    }
    action["Order"] = 1.into();
    Ok(action)
}

/// HTTPS needs a certificate that is issued, in the balancer's region.
fn secure(call: &mut Call<'_>, thing: &mut Thing) -> Result<(), AwsError> {
    let asked = call.list("Certificates");
    if let Some(arn) = asked.first().and_then(|one| one.get("CertificateArn")?.as_str()) {
        certificates::check(call, arn)?;
        thing.set("$certificate", arn);
    }
    if thing.text("$certificate").is_empty() {
        return Err(AwsError::bad(
            "ValidationError",
            "A certificate must be specified for HTTPS listeners",
        ));
    }
    let policy = call.text("SslPolicy").unwrap_or(thing.text("SslPolicy")).to_owned();
    let policy = if policy.is_empty() { TLS_POLICIES[0].to_owned() } else { policy };
    if !TLS_POLICIES.contains(&policy.as_str()) {
        return Err(AwsError::bad("SSLPolicyNotFound", format!("SSL policy '{policy}' not found")));
    }
    thing.set("SslPolicy", policy);
    Ok(())
}

fn shape(listener: &Thing) -> Value {
    let mut shape = listener.attrs.clone();
    shape.retain(|name, _| !name.starts_with('$'));
    let actions = listener.attrs.get("$actions").and_then(Value::as_array).cloned();
    shape.insert("DefaultActions".to_owned(), member(actions.unwrap_or_default()));
    let certificate = listener.text("$certificate");
    if !certificate.is_empty() {
        let shown = member(vec![json!({"CertificateArn": certificate})]);
        shape.insert("Certificates".to_owned(), shown);
    }
    Value::Object(shape)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let arns = call.texts("ListenerArns");
    for arn in &arns {
        call.world.expect("listener", arn)?;
    }
    let balancer = call.text("LoadBalancerArn");
    if let Some(balancer) = balancer {
        let thing = call.world.expect("load_balancer", balancer)?;
        if thing.gone.is_some() {
            return Err(crate::rules::not_found("load_balancer", balancer));
        }
    } else if arns.is_empty() {
        return Err(invalid("You must specify either listener ARNs or a load balancer ARN"));
    }
    let fits = |listener: &&Thing| {
        arns.contains(&listener.id)
            || balancer.is_some_and(|balancer| listener.parent.as_deref() == Some(balancer))
    };
    let shown = call.here("listener").filter(fits).map(shape).collect();
    let (page, next) = call.page(shown, "PageSize", "Marker");
    Ok(json!({"Listeners": member(page), "NextMarker": next}))
}

/// Nobody can set them here; of AWS's, only this one has a value from the start.
fn describe_attributes(call: &mut Call<'_>) -> Answer {
    let arn = call.required("ListenerArn")?;
    call.world.expect("listener", &arn)?;
    let server = json!({"Key": "routing.http.response.server.enabled", "Value": "true"});
    Ok(json!({"Attributes": member(vec![server])}))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let arn = call.required("ListenerArn")?;
    if call.text("Port").is_some() {
        return Err(AwsError::unimplemented("ModifyListener with `Port`"));
    }
    let old = call.world.expect("listener", &arn)?.clone();
    let new = configured(call, old, false)?;
    crate::rules::check_references(call.world, &new)?;
    let listener = call.world.expect_mut("listener", &arn)?;
    *listener = new;
    Ok(json!({"Listeners": member(vec![shape(listener)])}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.required("ListenerArn")?;
    call.world.delete("listener", &arn, call.now)?;
    done()
}
