//! VPC endpoints: free gateways into route tables, or interfaces into subnets.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{
    dry_run, field, id, invalid, known, network, page, refuse, replay, selected, tags, texts,
    with_state,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::rules;
use crate::world::{Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateVpcEndpoint", create),
    ("DescribeVpcEndpoints", describe),
    ("ModifyVpcEndpoint", modify),
    ("DeleteVpcEndpoints", delete),
    ("DescribePrefixLists", describe_prefix_lists),
];

/// The services with a gateway, and the ids of their prefix lists.
const GATEWAYS: &[(&str, &str)] = &[("s3", "pl-63a5400a"), ("dynamodb", "pl-02cd2c6b")];
const WORDS: [&str; 5] = ["pending", "available", "available", "failed", "deleting"];

/// `s3` of `com.amazonaws.us-east-1.s3`, and its prefix list when there is a gateway to it.
fn prefix_list(service: &str) -> Option<&'static str> {
    let short = service.rsplit('.').next()?;
    GATEWAYS.iter().find(|(name, _)| *name == short).map(|(_, list)| *list)
}

fn create(call: &mut Call<'_>) -> Answer {
    let (vpc, service) = (call.required("VpcId")?, call.required("ServiceName")?);
    refuse(call, &["ServiceNetworkArn", "ResourceConfigurationArn", "SubnetConfiguration"])?;
    let token = match replay(call, "vpc_endpoint")? {
        Ok(made) => return Ok(json!({"vpcEndpoint": show(&made, call.now)})),
        Err(token) => token,
    };
    known(call, "vpc", &vpc)?;
    let kind = call.text("VpcEndpointType").unwrap_or("Gateway").to_owned();
    check_service(call, &service, &kind)?;
    let tables = tables(call, "RouteTableId", &vpc, &service)?;
    let subnets = members(call, "subnet", "SubnetId", &vpc)?;
    let groups = members(call, "security_group", "SecurityGroupId", &vpc)?;
    let tags = tags::of_new(call, "vpc_endpoint")?;
    dry_run(call)?;
    let id = call.world.new_id("vpce");
    let policy = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let named: Vec<Value> = groups.iter().map(|group| json!({"groupId": group})).collect();
    let mut endpoint = Thing::new("vpc_endpoint", &id)
        .called(&service)
        .with("vpcEndpointId", id.clone())
        .with("vpcEndpointType", kind)
        .with("vpcId", vpc.clone())
        .with("serviceName", service)
        .with("policyDocument", call.text("PolicyDocument").unwrap_or(policy))
        .with("privateDnsEnabled", call.flag("PrivateDnsEnabled").unwrap_or(false))
        .with("requesterManaged", false)
        .with("creationTimestamp", call.date(call.now))
        .with("subnetIdSet", json!({"item": subnets}))
        .with("groupSet", json!({"item": named}))
        .with("$tables", json!(tables))
        .tagged(tags)
        .uses(vpc);
    endpoint.token = token;
    let endpoint = call.create(endpoint)?;
    for subnet in &subnets {
        create_interface(call, &endpoint, subnet, &groups)?;
    }
    Ok(json!({"vpcEndpoint": show(&endpoint, call.now), "clientToken": call.text("ClientToken")}))
}

fn check_service(call: &Call<'_>, service: &str, kind: &str) -> Result<(), AwsError> {
    let here = service.strip_prefix(&format!("com.amazonaws.{}.", call.region()));
    let gateway = kind == "Gateway";
    if here.is_none() || (gateway && prefix_list(service).is_none()) {
        let message = format!("The Vpc Endpoint Service '{service}' does not exist");
        return Err(AwsError::bad("InvalidServiceName", message));
    }
    let foreign: &[&str] =
        if gateway { &["SubnetId", "SecurityGroupId"] } else { &["RouteTableId"] };
    if let Some(name) = foreign.iter().find(|name| !call.texts(name).is_empty()) {
        let message = format!("{name} cannot be given for an endpoint of type {kind}");
        return Err(AwsError::bad("InvalidParameter", message));
    }
    Ok(())
}

/// The things of a list parameter, all in the VPC.
fn members(call: &Call<'_>, kind: &str, name: &str, vpc: &str) -> Result<Vec<String>, AwsError> {
    let ids = call.texts(name);
    for id in &ids {
        if known(call, kind, id)?.text("vpcId") != vpc {
            return Err(invalid(format!("{id} does not belong to {vpc}")));
        }
    }
    Ok(ids)
}

/// Route tables that have no endpoint to the same service yet.
fn tables(call: &Call<'_>, name: &str, vpc: &str, service: &str) -> Result<Vec<String>, AwsError> {
    let tables = members(call, "route_table", name, vpc)?;
    for table in &tables {
        let taken = call.here("vpc_endpoint").any(|other| {
            other.text("serviceName") == service && texts(other, "$tables").contains(table)
        });
        if taken {
            let list = prefix_list(service).unwrap_or_default();
            let message = format!(
                "route table {table} already has a route with destination-prefix-list-id {list}"
            );
            return Err(AwsError::bad("RouteAlreadyExists", message));
        }
    }
    Ok(tables)
}

fn create_interface(
    call: &mut Call<'_>,
    endpoint: &Thing,
    subnet: &str,
    groups: &[String],
) -> Result<(), AwsError> {
    let subnet = known(call, "subnet", subnet)?.clone();
    let id = call.world.new_id("eni");
    let private = network::free_address(call, &subnet)?;
    let named: Vec<Value> = groups.iter().map(|group| json!({"groupId": group})).collect();
    let interface = Thing::new("network_interface", &id)
        .with("networkInterfaceId", id.clone())
        .with("subnetId", subnet.id.clone())
        .with("vpcId", subnet.text("vpcId"))
        .with("availabilityZone", subnet.text("availabilityZone"))
        .with("description", format!("VPC Endpoint Interface {}", endpoint.id))
        .with("interfaceType", "vpc_endpoint")
        .with("requesterManaged", true)
        .with("status", "in-use")
        .with("privateIpAddress", private)
        .with("groupSet", json!({"item": named}))
        .owned_by(Owner::Aws)
        .child_of(endpoint.id.clone())
        .uses(subnet.id.clone())
        .uses_all(groups.to_vec());
    call.create(interface).map(drop)
}

fn show(endpoint: &Thing, now: f64) -> Map<String, Value> {
    let mut shape = with_state(endpoint, now, WORDS);
    shape.insert("routeTableIdSet".to_owned(), json!({"item": texts(endpoint, "$tables")}));
    shape
}

/// What endpoints put into a route table.
pub fn routes(call: &Call<'_>, table: &str) -> Vec<Value> {
    let through = |endpoint: &&Thing| texts(endpoint, "$tables").iter().any(|id| id == table);
    let route = |endpoint: &Thing| {
        let list = prefix_list(endpoint.text("serviceName"))?;
        Some(json!({"destinationPrefixListId": list, "gatewayId": endpoint.id, "state": "active",
            "origin": "CreateRoute"}))
    };
    call.here("vpc_endpoint").filter(through).filter_map(route).collect()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields = &[
        ("vpc-endpoint-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("service-name", field!("serviceName")),
        ("vpc-endpoint-type", field!("vpcEndpointType")),
        ("vpc-endpoint-state", |one, now| vec![one.status(now, WORDS).to_owned()]),
    ];
    let found = selected(call, "vpc_endpoint", "VpcEndpointId", fields)?;
    page(call, "vpcEndpointSet", found.into_iter().map(|one| show(one, call.now)).collect())
}

fn modify(call: &mut Call<'_>) -> Answer {
    refuse(
        call,
        &["AddSubnetId", "RemoveSubnetId", "AddSecurityGroupId", "RemoveSecurityGroupId"],
    )?;
    let id = call.required("VpcEndpointId")?;
    let endpoint = known(call, "vpc_endpoint", &id)?.clone();
    let mut all = texts(&endpoint, "$tables");
    let less = call.texts("RemoveRouteTableId");
    let vpc = endpoint.text("vpcId");
    let more = tables(call, "AddRouteTableId", vpc, endpoint.text("serviceName"))?;
    if let Some(absent) = less.iter().find(|table| !all.contains(table)) {
        return Err(rules::not_found("route_table", absent));
    }
    dry_run(call)?;
    all.retain(|table| !less.contains(table));
    all.extend(more);
    let policy = call.text("PolicyDocument").map(str::to_owned);
    let endpoint = call.world.expect_mut("vpc_endpoint", &id)?;
    endpoint.set("$tables", json!(all));
    if let Some(policy) = policy {
        endpoint.set("policyDocument", policy);
    }
    Ok(json!({"return": true}))
}

/// AWS answers 200 and lists what it could not delete.
fn delete(call: &mut Call<'_>) -> Answer {
    let ids = call.texts("VpcEndpointId");
    if ids.is_empty() {
        return Err(AwsError::missing("VpcEndpointId"));
    }
    dry_run(call)?;
    let mut refused = Vec::new();
    for id in ids {
        let known = known(call, "vpc_endpoint", &id).map(drop);
        if let Err(error) = known.and_then(|()| call.world.delete("vpc_endpoint", &id, call.now)) {
            let AwsError { code, message, .. } = error;
            let error = json!({"code": code, "message": message});
            refused.push(json!({"resourceId": id, "error": error}));
        }
    }
    Ok(json!({"unsuccessful": {"item": refused}}))
}

fn describe_prefix_lists(call: &mut Call<'_>) -> Answer {
    let region = call.region().to_owned();
    let all: Vec<Thing> = GATEWAYS
        .iter()
        .map(|(service, list)| {
            Thing::new("prefix_list", *list)
                .with("prefixListId", *list)
                .with("prefixListName", format!("com.amazonaws.{region}.{service}"))
                .with("cidrSet", json!({"item": ["198.51.100.0/24"]}))
        })
        .collect();
    let fields = &[
        ("prefix-list-id", id as fn(&Thing, f64) -> _),
        ("prefix-list-name", field!("prefixListName")),
    ];
    let asked = call.texts("PrefixListId");
    let found = call.filtered(all.iter(), fields)?.into_iter();
    let found = found.filter(|one| asked.is_empty() || asked.contains(&one.id));
    page(call, "prefixListSet", found.map(|one| one.attrs.clone()).collect())
}
