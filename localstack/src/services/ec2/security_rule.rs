//! The rules of security groups, each a thing of its own: it goes with its group, and one that
//! speaks of another group holds that group back.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::range::Range;
use super::{dry_run, field, id, invalid, known, page, refuse, selected, shape, tags};
use crate::call::{Answer, Call, items, number};
use crate::error::AwsError;
use crate::rules;
use crate::world::{ACCOUNT, Owner, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("AuthorizeSecurityGroupIngress", |call| authorize(call, Direction::In)),
    ("AuthorizeSecurityGroupEgress", |call| authorize(call, Direction::Out)),
    ("RevokeSecurityGroupIngress", |call| revoke(call, Direction::In)),
    ("RevokeSecurityGroupEgress", |call| revoke(call, Direction::Out)),
    ("ModifySecurityGroupRules", modify),
    ("DescribeSecurityGroupRules", describe),
];

const KIND: &str = "security_group_rule";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// What makes a rule that rule: two of a group never share it.
#[derive(Debug, Clone, PartialEq)]
struct Peer {
    protocol: String,
    ports: (i64, i64),
    /// `cidrIpv4`, `cidrIpv6`, `prefixListId` or `referencedGroupId`, and its value.
    source: (&'static str, String),
}

impl Peer {
    fn of(rule: &Thing) -> Self {
        let port = |name: &str| rule.attrs.get(name).and_then(number).unwrap_or(-1);
        let kinds = ["cidrIpv4", "cidrIpv6", "prefixListId"];
        let plain = kinds.into_iter().find(|name| rule.attrs.contains_key(*name));
        let source = match plain {
            Some(name) => (name, rule.text(name).to_owned()),
            None => ("referencedGroupId", rule.text("$group").to_owned()),
        };
        let ports = (port("fromPort"), port("toPort"));
        Self { protocol: rule.text("ipProtocol").to_owned(), ports, source }
    }

    fn write(&self, rule: &mut Thing) {
        for name in ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedGroupInfo", "$group"] {
            rule.attrs.remove(name);
        }
        rule.set("ipProtocol", self.protocol.clone());
        rule.set("fromPort", self.ports.0);
        rule.set("toPort", self.ports.1);
        rule.refs.clear();
        let (kind, value) = &self.source;
        if *kind != "referencedGroupId" {
            rule.set(kind, value.clone());
            return;
        }
        rule.set("referencedGroupInfo", json!({"groupId": value, "userId": ACCOUNT}));
        rule.set("$group", value.clone());
        // A group may speak of itself and still go.
        if rule.text("groupId") != value {
            rule.refs.insert(value.clone());
        }
    }
}

fn new(call: &mut Call<'_>, group: &str, direction: Direction, peer: &Peer, about: &str) -> Thing {
    let id = call.world.new_id("sgr");
    let arn = call.arn("ec2", &format!("security-group-rule/{id}"));
    let mut rule = Thing::new(KIND, &id)
        .with("securityGroupRuleId", id.clone())
        .with("securityGroupRuleArn", arn)
        .with("groupId", group)
        .with("groupOwnerId", ACCOUNT)
        .with("isEgress", direction == Direction::Out)
        .child_of(group);
    if !about.is_empty() {
        rule.set("description", about);
    }
    peer.write(&mut rule);
    rule
}

/// What AWS puts into a new group: everything out; in the default group also everything from itself.
pub fn create_defaults(
    call: &mut Call<'_>,
    group: &str,
    directions: &[Direction],
) -> Result<(), AwsError> {
    for direction in directions {
        let source = match direction {
            Direction::In => ("referencedGroupId", group.to_owned()),
            Direction::Out => ("cidrIpv4", "0.0.0.0/0".to_owned()),
        };
        let peer = Peer { protocol: "-1".to_owned(), ports: (-1, -1), source };
        let rule = new(call, group, *direction, &peer, "").owned_by(Owner::Aws);
        call.create(rule)?;
    }
    Ok(())
}

fn of_group<'t>(
    call: &'t Call<'_>,
    group: &'t str,
    direction: Direction,
) -> impl Iterator<Item = &'t Thing> {
    let egress = Value::Bool(direction == Direction::Out);
    call.here(KIND).filter(move |rule| {
        rule.text("groupId") == group && rule.attrs.get("isEgress") == Some(&egress)
    })
}

/// The rules of a group in the older form.
pub fn permissions(call: &Call<'_>, group: &str, direction: Direction) -> Vec<Value> {
    let permission = |rule: &Thing| {
        let peer = Peer::of(rule);
        let about = rule.attrs.get("description").cloned();
        let (kind, value) = &peer.source;
        let with = |name: &str| json!({"item": [{name: value, "description": about}]});
        let (set, list) = match *kind {
            "cidrIpv4" => ("ipRanges", with("cidrIp")),
            "cidrIpv6" => ("ipv6Ranges", with("cidrIpv6")),
            "prefixListId" => ("prefixListIds", with("prefixListId")),
            _ => {
                let pair = json!({"groupId": value, "userId": ACCOUNT, "description": about});
                ("groups", json!({"item": [pair]}))
            }
        };
        let ports = (peer.protocol != "-1").then_some(peer.ports);
        json!({"ipProtocol": peer.protocol, "fromPort": ports.map(|p| p.0),
            "toPort": ports.map(|p| p.1), set: list})
    };
    of_group(call, group, direction).map(permission).collect()
}

/// Protocol and ports of a permission or a rule of a request.
fn traffic(one: &Value) -> Result<(String, (i64, i64)), AwsError> {
    let protocol = one.get("IpProtocol").and_then(Value::as_str);
    let protocol = protocol.ok_or_else(|| AwsError::missing("IpProtocol"))?.to_lowercase();
    let protocol = match protocol.as_str() {
        "all" => "-1",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        other => other,
    };
    if protocol == "-1" {
        return Ok((protocol.to_owned(), (-1, -1)));
    }
    let port = |name: &str| one.get(name).and_then(number).ok_or_else(|| AwsError::missing(name));
    let ports = (port("FromPort")?, port("ToPort")?);
    let fine = -1 <= ports.0 && ports.0 <= ports.1 && ports.1 <= 65535;
    if ["tcp", "udp"].contains(&protocol) && !fine {
        let message = format!("Invalid value '{}-{}' for port range", ports.0, ports.1);
        return Err(invalid(message));
    }
    Ok((protocol.to_owned(), ports))
}

/// One peer, with its description, for each range and group of the request's permissions.
fn peers(call: &Call<'_>) -> Result<Vec<(Peer, String)>, AwsError> {
    refuse(call, &["CidrIp", "IpProtocol", "SourceSecurityGroupName", "GroupName"])?;
    let mut all = Vec::new();
    for permission in call.list("IpPermissions") {
        let (protocol, ports) = traffic(&permission)?;
        let lists = [
            ("IpRanges", "CidrIp", "cidrIpv4"),
            ("Ipv6Ranges", "CidrIpv6", "cidrIpv6"),
            ("PrefixListIds", "PrefixListId", "prefixListId"),
            ("Groups", "GroupId", "referencedGroupId"),
        ];
        for (list, name, kind) in lists {
            for entry in permission.get(list).map(items).unwrap_or_default() {
                let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
                check_source(call, kind, text(name))?;
                let source = (kind, text(name).to_owned());
                let peer = Peer { protocol: protocol.clone(), ports, source };
                all.push((peer, text("Description").to_owned()));
            }
        }
    }
    if all.is_empty() { Err(AwsError::missing("IpPermissions")) } else { Ok(all) }
}

fn check_source(call: &Call<'_>, kind: &str, value: &str) -> Result<(), AwsError> {
    match kind {
        "cidrIpv4" => Range::parse(value)
            .map(drop)
            .map_err(|_| invalid(format!("CIDR block {value} is malformed"))),
        "referencedGroupId" => known(call, "security_group", value).map(drop),
        _ => Ok(()),
    }
}

fn authorize(call: &mut Call<'_>, direction: Direction) -> Answer {
    let group = call.required("GroupId")?;
    known(call, "security_group", &group)?;
    let peers = peers(call)?;
    let tags = tags::of_new(call, KIND)?;
    dry_run(call)?;
    for (peer, _) in &peers {
        if of_group(call, &group, direction).any(|rule| Peer::of(rule) == *peer) {
            let Peer { protocol, ports, source } = peer;
            let message = format!(
                "the specified rule \"peer: {}, {}, from port: {}, to port: {}, ALLOW\" already \
                 exists",
                source.1,
                protocol.to_uppercase(),
                ports.0,
                ports.1
            );
            return Err(AwsError::bad("InvalidPermission.Duplicate", message));
        }
    }
    let mut made = Vec::new();
    for (peer, about) in &peers {
        let rule = new(call, &group, direction, peer, about).tagged(tags.clone());
        made.push(shape(&call.create(rule)?));
    }
    Ok(json!({"return": true, "securityGroupRuleSet": {"item": made}}))
}

fn revoke(call: &mut Call<'_>, direction: Direction) -> Answer {
    let group = call.required("GroupId")?;
    known(call, "security_group", &group)?;
    let named = call.texts("SecurityGroupRuleId");
    let mut doomed = Vec::new();
    for id in &named {
        let rule = of_group(call, &group, direction).find(|rule| rule.id == *id);
        doomed.push(rule.ok_or_else(|| rules::not_found(KIND, id))?.clone());
    }
    if named.is_empty() {
        for (peer, _) in peers(call)? {
            let rule = of_group(call, &group, direction).find(|rule| Peer::of(rule) == peer);
            let rule = rule.ok_or_else(|| {
                let message = "The specified rule does not exist in this security group.";
                AwsError::bad("InvalidPermission.NotFound", message)
            })?;
            doomed.push(rule.clone());
        }
    }
    dry_run(call)?;
    doomed.iter().for_each(|rule| call.world.remove(&rule.id));
    let shown: Vec<_> = doomed.iter().map(shape).collect();
    Ok(json!({"return": true, "revokedSecurityGroupRuleSet": {"item": shown}}))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let group = call.required("GroupId")?;
    known(call, "security_group", &group)?;
    dry_run(call)?;
    for update in call.list("SecurityGroupRule") {
        let id = update.get("SecurityGroupRuleId").and_then(Value::as_str).unwrap_or_default();
        let rule = update.get("SecurityGroupRule").cloned().unwrap_or_default();
        if known(call, KIND, id)?.text("groupId") != group {
            return Err(rules::not_found(KIND, id));
        }
        let (protocol, ports) = traffic(&rule)?;
        let kinds = [
            ("CidrIpv4", "cidrIpv4"),
            ("CidrIpv6", "cidrIpv6"),
            ("PrefixListId", "prefixListId"),
            ("ReferencedGroupId", "referencedGroupId"),
        ];
        let source = kinds.iter().find_map(|(name, kind)| {
            Some((*kind, rule.get(name).and_then(Value::as_str)?.to_owned()))
        });
        let source = source.ok_or_else(|| AwsError::missing("SecurityGroupRule.CidrIpv4"))?;
        check_source(call, source.0, &source.1)?;
        let thing = call.world.expect_mut(KIND, id)?;
        Peer { protocol, ports, source }.write(thing);
        let about = rule.get("Description").and_then(Value::as_str).unwrap_or_default();
        thing.set("description", about);
    }
    Ok(json!({"return": true}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let fields =
        &[("security-group-rule-id", id as fn(&Thing, f64) -> _), ("group-id", field!("groupId"))];
    let found = selected(call, KIND, "SecurityGroupRuleId", fields)?;
    let shown: Vec<Map<String, Value>> = found.into_iter().map(shape).collect();
    page(call, "securityGroupRuleSet", shown)
}
