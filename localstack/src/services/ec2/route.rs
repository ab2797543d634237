//! Routes: entries of a route table, black holes when their target is gone.

use serde_json::{Value, json};

use super::super::{Operation, done};
use super::range::Range;
use super::{dry_run, endpoint, invalid, known, refuse};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Thing, World};

pub const OPERATIONS: &[(&str, Operation)] =
    &[("CreateRoute", create), ("ReplaceRoute", replace), ("DeleteRoute", delete)];

/// Targets this local AWS does not have.
const OTHERS: &[&str] = &[
    "CarrierGatewayId",
    "CoreNetworkArn",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
];

fn entries(table: &Thing) -> &[Value] {
    table.attrs.get("$routes").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn destination(route: &Value) -> &str {
    route.get("destinationCidrBlock").and_then(Value::as_str).unwrap_or_default()
}

fn target(route: &Value) -> &str {
    let id = route.get("natGatewayId").or_else(|| route.get("gatewayId"));
    id.and_then(Value::as_str).unwrap_or_default()
}

fn works(world: &World, route: &Value) -> bool {
    world.get(target(route)).is_some_and(|thing| match thing.kind.as_str() {
        "internet_gateway" => !thing.text("$vpc").is_empty(),
        _ => thing.gone.is_none() && thing.failure.is_none(),
    })
}

/// All routes of a table as AWS shows them: the VPC's own, the clients', the endpoints'.
pub fn shown(call: &Call<'_>, table: &Thing) -> Vec<Value> {
    let vpc = call.world.get(table.text("vpcId")).map(|vpc| vpc.text("cidrBlock"));
    let local = json!({"destinationCidrBlock": vpc, "gatewayId": "local", "state": "active",
        "origin": "CreateRouteTable"});
    let made = entries(table).iter().map(|route| {
        let mut route = route.clone();
        let state = if works(call.world, &route) { "active" } else { "blackhole" };
        route["state"] = state.into();
        route["origin"] = "CreateRoute".into();
        route
    });
    let mut all = vec![local];
    all.extend(made);
    all.extend(endpoint::routes(call, &table.id));
    all
}

/// The request as an entry: its target exists and stands in the table's VPC.
fn entry(call: &Call<'_>, table: &Thing) -> Result<Value, AwsError> {
    refuse(call, OTHERS)?;
    let to = Range::parse(&call.required("DestinationCidrBlock")?)?.to_string();
    let (gateway, nat) = (call.text("GatewayId"), call.text("NatGatewayId"));
    match (gateway, nat) {
        (Some(id), None) if id.starts_with("igw-") => {
            let attached = known(call, "internet_gateway", id)?.text("$vpc");
            if attached != table.text("vpcId") {
                let message = format!(
                    "route table {} and network gateway {id} belong to different networks",
                    table.id
                );
                return Err(invalid(message));
            }
            Ok(json!({"destinationCidrBlock": to, "gatewayId": id}))
        }
        (None, Some(id)) => {
            let nat = known_nat(call, id)?;
            if nat.text("vpcId") != table.text("vpcId") {
                let message = format!(
                    "route table {} and NAT gateway {id} belong to different networks",
                    table.id
                );
                return Err(invalid(message));
            }
            Ok(json!({"destinationCidrBlock": to, "natGatewayId": id}))
        }
        (Some(id), None) => Err(AwsError::unimplemented(format!("a route to the gateway `{id}`"))),
        _ => Err(AwsError::bad(
            "InvalidParameterCombination",
            "The request must contain exactly one of gatewayId, natGatewayId",
        )),
    }
}

/// Routes have a code of their own for a NAT gateway that is not there.
fn known_nat<'t>(call: &'t Call<'_>, id: &str) -> Result<&'t Thing, AwsError> {
    let nat = known(call, "nat_gateway", id).ok().filter(|nat| nat.gone.is_none());
    nat.ok_or_else(|| {
        let message = format!("The natGateway ID '{id}' does not exist");
        AwsError::bad("InvalidNatGatewayID.NotFound", message)
    })
}

fn write(call: &mut Call<'_>, table: &str, routes: Vec<Value>) -> Answer {
    call.world.expect_mut("route_table", table)?.set("$routes", Value::Array(routes));
    Ok(json!({"return": true}))
}

fn create(call: &mut Call<'_>) -> Answer {
    let id = call.required("RouteTableId")?;
    let table = known(call, "route_table", &id)?.clone();
    let entry = entry(call, &table)?;
    dry_run(call)?;
    let vpc = call.world.expect("vpc", table.text("vpcId"))?.text("cidrBlock");
    let to = destination(&entry);
    if to == vpc || entries(&table).iter().any(|route| destination(route) == to) {
        let message = format!("The route identified by {to} already exists.");
        return Err(AwsError::bad("RouteAlreadyExists", message));
    }
    let mut routes = entries(&table).to_vec();
    routes.push(entry);
    write(call, &id, routes)
}

fn absent(table: &str, to: &str) -> AwsError {
    let message = format!("no route with destination-cidr-block {to} in route table {table}");
    AwsError::bad("InvalidRoute.NotFound", message)
}

fn replace(call: &mut Call<'_>) -> Answer {
    let id = call.required("RouteTableId")?;
    let table = known(call, "route_table", &id)?.clone();
    let entry = entry(call, &table)?;
    dry_run(call)?;
    let mut routes = entries(&table).to_vec();
    let to = destination(&entry).to_owned();
    let old = routes.iter_mut().find(|route| destination(route) == to);
    *old.ok_or_else(|| {
        let message = format!(
            "There is no route defined for '{to}' in the route table. Use CreateRoute instead."
        );
        AwsError::bad("InvalidParameterValue", message)
    })? = entry;
    write(call, &id, routes)
}

fn delete(call: &mut Call<'_>) -> Answer {
    refuse(call, &["DestinationIpv6CidrBlock", "DestinationPrefixListId"])?;
    let (id, to) = (call.required("RouteTableId")?, call.required("DestinationCidrBlock")?);
    let table = known(call, "route_table", &id)?.clone();
    dry_run(call)?;
    let mut routes = entries(&table).to_vec();
    let before = routes.len();
    routes.retain(|route| destination(route) != to);
    if routes.len() == before {
        return Err(absent(&id, &to));
    }
    write(call, &id, routes)?;
    done()
}

/// Whether the route table that a subnet follows leads to the world.
pub fn leads_out(world: &World, subnet: &str) -> bool {
    let Some(subnet) = world.get(subnet) else { return false };
    let associated = world
        .children(&subnet.id)
        .find(|child| child.kind == "route_table_association")
        .and_then(|association| world.get(association.text("routeTableId")));
    let main = || {
        world
            .children(subnet.text("vpcId"))
            .find(|child| child.kind == "route_table" && !child.text("$main").is_empty())
    };
    let Some(table) = associated.or_else(main) else { return false };
    let out = |route: &Value| destination(route) == "0.0.0.0/0" && works(world, route);
    entries(table).iter().any(out)
}
