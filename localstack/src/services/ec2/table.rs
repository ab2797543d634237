//! Route tables and the subnets that follow them.

use serde_json::{Map, Value, json};

use super::super::{Operation, done};
use super::{
    dry_run, field, id, known, network, owner, page, picked, refuse, replay, route, shape, tags,
    texts,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateRouteTable", create),
    ("DescribeRouteTables", describe),
    ("AssociateRouteTable", associate),
    ("ReplaceRouteTableAssociation", replace_association),
    ("DisassociateRouteTable", disassociate),
    ("DeleteRouteTable", delete),
];

const ASSOCIATION: &str = "route_table_association";

/// The table that AWS makes with a VPC.
pub fn create_main(call: &mut Call<'_>, vpc: &str) -> Result<(), AwsError> {
    let id = call.world.new_id("rtb");
    let main = call.world.new_id("rtbassoc");
    let table = new(&id, vpc).with("$main", main).owned_by(Owner::Aws).child_of(vpc);
    call.create(table).map(drop)
}

fn new(id: &str, vpc: &str) -> Thing {
    Thing::new("route_table", id)
        .with("routeTableId", id)
        .with("vpcId", vpc)
        .with("$routes", json!([]))
}

fn create(call: &mut Call<'_>) -> Answer {
    let vpc = call.required("VpcId")?;
    let token = match replay(call, "route_table")? {
        Ok(made) => return Ok(json!({"routeTable": show(call, &made)})),
        Err(token) => token,
    };
    known(call, "vpc", &vpc)?;
    let tags = tags::of_new(call, "route_table")?;
    dry_run(call)?;
    let id = call.world.new_id("rtb");
    let mut table = new(&id, &vpc).tagged(tags).uses(vpc);
    table.token = token;
    let table = call.create(table)?;
    Ok(json!({"routeTable": show(call, &table), "clientToken": call.text("ClientToken")}))
}

fn associations<'t>(call: &'t Call<'_>, table: &'t str) -> impl Iterator<Item = &'t Thing> {
    call.here(ASSOCIATION).filter(move |one| one.text("routeTableId") == table)
}

fn show(call: &Call<'_>, table: &Thing) -> Map<String, Value> {
    let mut shape = shape(table);
    let associated = |state: &str| json!({"state": state});
    let mut all: Vec<Value> = associations(call, &table.id)
        .map(|one| {
            json!({"routeTableAssociationId": one.id, "routeTableId": table.id,
                "subnetId": one.text("subnetId"), "main": false,
                "associationState": associated("associated")})
        })
        .collect();
    if !table.text("$main").is_empty() {
        all.push(json!({"routeTableAssociationId": table.text("$main"), "routeTableId": table.id,
            "main": true, "associationState": associated("associated")}));
    }
    shape.insert("associationSet".to_owned(), json!({"item": all}));
    shape.insert("propagatingVgwSet".to_owned(), json!({"item": []}));
    shape.insert("routeSet".to_owned(), json!({"item": route::shown(call, table)}));
    shape
}

fn describe(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = call.here("route_table").map(|table| with_lists(call, table)).collect();
    let fields = &[
        ("route-table-id", id as fn(&Thing, f64) -> _),
        ("vpc-id", field!("vpcId")),
        ("association.subnet-id", |table, _| texts(table, "$subnets")),
        ("association.route-table-association-id", |table, _| texts(table, "$associations")),
        ("association.route-table-id", |table, _| texts(table, "$tables")),
        ("association.main", |table, _| vec![(!table.text("$main").is_empty()).to_string()]),
        ("route.destination-cidr-block", |table, _| texts(table, "$destinations")),
        ("owner-id", owner),
    ];
    let found = picked(call, "route_table", &all, "RouteTableId", fields)?;
    page(call, "routeTableSet", found.into_iter().map(|table| show(call, table)).collect())
}

/// With what the filters look at.
fn with_lists(call: &Call<'_>, table: &Thing) -> Thing {
    let mut table = table.clone();
    let (mut subnets, mut ids) = (Vec::new(), Vec::new());
    for association in associations(call, &table.id) {
        subnets.push(association.text("subnetId").to_owned());
        ids.push(association.id.clone());
    }
    ids.extend(Some(table.text("$main").to_owned()).filter(|main| !main.is_empty()));
    let tables: Vec<_> = ids.iter().map(|_| table.id.clone()).collect();
    let routes = route::shown(call, &table);
    let destinations = routes.iter().filter_map(|one| one.get("destinationCidrBlock").cloned());
    table.set("$destinations", Value::Array(destinations.collect()));
    table.set("$subnets", json!(subnets));
    table.set("$associations", json!(ids));
    table.set("$tables", json!(tables));
    table
}

fn associate(call: &mut Call<'_>) -> Answer {
    refuse(call, &["GatewayId"])?;
    let (table, subnet) = (call.required("RouteTableId")?, call.required("SubnetId")?);
    network::same_vpc(known(call, "route_table", &table)?, known(call, "subnet", &subnet)?)?;
    dry_run(call)?;
    let other = call.here(ASSOCIATION).find(|one| one.text("subnetId") == subnet);
    if let Some(other) = other {
        let message = format!(
            "the specified association for route table {table} conflicts with an existing \
             association ({})",
            other.id
        );
        return Err(AwsError::bad("Resource.AlreadyAssociated", message));
    }
    let id = put(call, &table, &subnet)?;
    Ok(json!({"associationId": id, "associationState": {"state": "associated"}}))
}

/// An association goes with its subnet and holds its table back.
fn put(call: &mut Call<'_>, table: &str, subnet: &str) -> Result<String, AwsError> {
    let id = call.world.new_id("rtbassoc");
    let association = Thing::new(ASSOCIATION, &id)
        .with("routeTableId", table)
        .with("subnetId", subnet)
        .uses(table)
        .child_of(subnet);
    call.create(association)?;
    Ok(id)
}

fn replace_association(call: &mut Call<'_>) -> Answer {
    let (id, table) = (call.required("AssociationId")?, call.required("RouteTableId")?);
    let old = known(call, ASSOCIATION, &id)?;
    let subnet = old.text("subnetId").to_owned();
    network::same_vpc(known(call, "route_table", &table)?, known(call, "subnet", &subnet)?)?;
    dry_run(call)?;
    call.world.remove(&id);
    let new = put(call, &table, &subnet)?;
    Ok(json!({"newAssociationId": new, "associationState": {"state": "associated"}}))
}

fn disassociate(call: &mut Call<'_>) -> Answer {
    let id = call.required("AssociationId")?;
    if call.here("route_table").any(|table| table.text("$main") == id) {
        let message = format!("cannot disassociate the main route table association {id}");
        return Err(AwsError::bad("InvalidParameterValue", message));
    }
    known(call, ASSOCIATION, &id)?;
    dry_run(call)?;
    call.world.remove(&id);
    Ok(json!({"return": true}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.required("RouteTableId")?;
    let main = !known(call, "route_table", &id)?.text("$main").is_empty();
    dry_run(call)?;
    if main {
        let message = format!("The routeTable '{id}' has dependencies and cannot be deleted.");
        return Err(AwsError::bad("DependencyViolation", message));
    }
    call.world.delete("route_table", &id, call.now)?;
    done()
}
