//! What AWS makes for clusters and node groups: security group, interfaces, Auto Scaling group,
//! instances, root volumes; and whether nodes can join.

use serde_json::{Value, json};

use super::super::ec2::leads_out;
use super::{cluster_id, updates};
use crate::call::Call;
use crate::error::AwsError;
use crate::world::{Owner, Thing, World};

/// The security group that EKS makes for a cluster.
pub fn cluster_group(call: &mut Call<'_>, cluster: &Thing, vpc: &str) -> Result<String, AwsError> {
    let name = cluster.text("name");
    let id = call.world.new_id("sg");
    let number = call.world.random() % 1_000_000_000;
    let about = "EKS created security group applied to ENI that is attached to EKS Control Plane \
                 master nodes, as well as any managed workloads.";
    let owned = format!("kubernetes.io/cluster/{name}");
    let group = Thing::new("security_group", &id)
        .with("groupId", id.clone())
        .with("groupName", format!("eks-cluster-sg-{name}-{number}"))
        .with("groupDescription", about)
        .with("vpcId", vpc)
        .tagged([("aws:eks:cluster-name", name), (&owned, "owned")].map(pair).into())
        .uses(vpc)
        .owned_by(Owner::Aws)
        .child_of(cluster.id.clone());
    call.create(group)?;
    Ok(id)
}

fn pair((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// A network interface that AWS holds in a subnet as long as its owner exists.
pub fn interface(
    call: &mut Call<'_>,
    subnet: &Thing,
    groups: &[String],
    about: &str,
    parent: &str,
) -> Result<Thing, AwsError> {
    let interface = loose_interface(call, subnet, groups, about).child_of(parent);
    call.create(interface)
}

fn loose_interface(call: &mut Call<'_>, subnet: &Thing, groups: &[String], about: &str) -> Thing {
    let id = call.world.new_id("eni");
    let address = free_address(call.world, subnet);
    let set: Vec<Value> = groups.iter().map(|group| json!({"groupId": group})).collect();
    Thing::new("network_interface", &id)
        .with("networkInterfaceId", id.clone())
        .with("subnetId", subnet.id.clone())
        .with("vpcId", subnet.text("vpcId"))
        .with("availabilityZone", subnet.text("availabilityZone"))
        .with("description", about)
        .with("interfaceType", "interface")
        .with("requesterManaged", false)
        .with("status", "in-use")
        .with("privateIpAddress", address)
        .with("groupSet", json!({"item": set}))
        .uses(subnet.id.clone())
        .uses_all(groups.to_vec())
        .owned_by(Owner::Aws)
}

/// The first address of a subnet that no interface has; AWS keeps the first four.
fn free_address(world: &World, subnet: &Thing) -> String {
    let base = subnet.text("cidrBlock").split('/').next().and_then(|text| text.parse().ok());
    let base = u32::from(base.unwrap_or(std::net::Ipv4Addr::UNSPECIFIED));
    let here = world.of_kind("network_interface").filter(|one| one.text("subnetId") == subnet.id);
    let taken: Vec<&str> = here.map(|one| one.text("privateIpAddress")).collect();
    let mut addresses = (4..).map(|offset| std::net::Ipv4Addr::from(base + offset).to_string());
    addresses.find(|address| !taken.contains(&address.as_str())).unwrap_or_default()
}

/// What a node group needs to know to make its nodes.
pub struct Fleet {
    pub cluster: String,
    pub group: String,
    pub subnets: Vec<Thing>,
    pub security_groups: Vec<String>,
    pub instance_types: Vec<String>,
    pub disk: i64,
    pub sizes: [i64; 3],
    pub template: Value,
}

/// The Auto Scaling group behind a node group, with its first instances; its name.
pub fn scaling_group(call: &mut Call<'_>, parent: &str, fleet: &Fleet) -> Result<String, AwsError> {
    let Fleet { cluster, group, subnets, sizes: [min, max, desired], .. } = fleet;
    let name = format!("eks-{group}-{}", updates::uuid(call));
    let mut zones: Vec<&str> = subnets.iter().map(|one| one.text("availabilityZone")).collect();
    zones.sort_unstable();
    zones.dedup();
    let ids: Vec<&str> = subnets.iter().map(|subnet| subnet.id.as_str()).collect();
    let rest = format!("autoScalingGroup:{}:autoScalingGroupName/{name}", updates::uuid(call));
    let (scaler, owned) = (
        format!("k8s.io/cluster-autoscaler/{cluster}"),
        format!("kubernetes.io/cluster/{cluster}"),
    );
    let tags = [
        ("eks:cluster-name", cluster.as_str()),
        ("eks:nodegroup-name", group),
        ("k8s.io/cluster-autoscaler/enabled", "true"),
        (&scaler, "owned"),
        (&owned, "owned"),
    ];
    let thing = Thing::new("auto_scaling_group", format!("auto_scaling_group/{name}"))
        .with("AutoScalingGroupName", name.clone())
        .with("AutoScalingGroupARN", call.arn("autoscaling", &rest))
        .with("MinSize", *min)
        .with("MaxSize", *max)
        .with("DesiredCapacity", *desired)
        .with("DefaultCooldown", 300)
        .with("HealthCheckType", "EC2")
        .with("HealthCheckGracePeriod", 15)
        .with("AvailabilityZones", json!({"member": zones}))
        .with("VPCZoneIdentifier", ids.join(","))
        .with("CreatedTime", call.date(call.now))
        .with("CapacityRebalance", true)
        .with("$subnets", json!(ids))
        .with("$securityGroups", json!(fleet.security_groups))
        .with("$instanceTypes", json!(fleet.instance_types))
        .with("$disk", fleet.disk)
        .with("$template", fleet.template.clone())
        .with("$sources", json!([]))
        .tagged(tags.map(pair).into())
        .owned_by(Owner::Aws)
        .child_of(parent);
    let made = call.create(thing)?;
    reconcile(call, &made.id)?;
    Ok(name)
}

fn texts(thing: &Thing, name: &str) -> Vec<String> {
    let items = thing.attrs.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Starts or ends instances until there are as many as the group wants.
pub fn reconcile(call: &mut Call<'_>, group: &str) -> Result<(), AwsError> {
    let thing = call.world.expect("auto_scaling_group", group)?.clone();
    let wanted = thing.attrs.get("DesiredCapacity").and_then(Value::as_i64).unwrap_or(0);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let have = instances(call.world, group);
    // The newest go first: AWS's default policy is older-template first, then any.
    have.iter().skip(wanted).for_each(|id| call.world.remove(id));
    let subnets = texts(&thing, "$subnets");
    for number in have.len()..wanted {
        let subnet = subnets.get(number % subnets.len().max(1)).cloned().unwrap_or_default();
        start(call, &thing, &subnet)?;
    }
    Ok(())
}

/// Ends all instances and starts others, as a rolling update has done when it is over.
pub fn replace(call: &mut Call<'_>, group: &str) -> Result<(), AwsError> {
    instances(call.world, group).iter().for_each(|id| call.world.remove(id));
    reconcile(call, group)
}

/// The group's instances, oldest first.
pub fn instances(world: &World, group: &str) -> Vec<String> {
    let mut found: Vec<&Thing> =
        world.children(group).filter(|child| child.kind == "instance").collect();
    found.sort_by(|a, b| a.created.total_cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    found.iter().map(|thing| thing.id.clone()).collect()
}

fn start(call: &mut Call<'_>, group: &Thing, subnet: &str) -> Result<(), AwsError> {
    let subnet = call.world.expect("subnet", subnet)?.clone();
    let id = call.world.new_id("i");
    let kind = texts(group, "$instanceTypes").into_iter().next();
    let address = free_address(call.world, &subnet);
    let (zone, region) = (subnet.text("availabilityZone").to_owned(), call.region().to_owned());
    let host = format!("ip-{}.{region}.compute.internal", address.replace('.', "-"));
    let mut tags = group.tags.clone();
    tags.retain(|key, _| !key.starts_with("k8s.io/cluster-autoscaler"));
    let name = group.text("AutoScalingGroupName");
    tags.insert("aws:autoscaling:groupName".to_owned(), name.to_owned());
    let instance = Thing::new("instance", &id)
        .with("instanceId", id.clone())
        .with("imageId", "ami-0eks0al2023000001")
        .with("instanceType", kind.unwrap_or_else(|| "t3.medium".to_owned()))
        .with("instanceState", json!({"code": 16, "name": "running"}))
        .with("privateIpAddress", address)
        .with("privateDnsName", host)
        .with("subnetId", subnet.id.clone())
        .with("vpcId", subnet.text("vpcId"))
        .with("placement", json!({"availabilityZone": zone, "tenancy": "default"}))
        .with("launchTime", call.date(call.now))
        .with("rootDeviceName", "/dev/xvda")
        .with("$group", name)
        .tagged(tags)
        .owned_by(Owner::Aws)
        .child_of(group.id.clone());
    call.create(instance)?;
    interface(call, &subnet, &texts(group, "$securityGroups"), "", &id)?;
    root_volume(call, group, &id, &zone)
}

fn root_volume(
    call: &mut Call<'_>,
    group: &Thing,
    instance: &str,
    zone: &str,
) -> Result<(), AwsError> {
    let id = call.world.new_id("vol");
    let attachment = json!({"volumeId": id, "instanceId": instance, "device": "/dev/xvda",
        "status": "attached", "deleteOnTermination": true});
    let volume = Thing::new("volume", &id)
        .with("volumeId", id.clone())
        .with("size", group.attrs.get("$disk").cloned().unwrap_or_default())
        .with("volumeType", "gp3")
        .with("encrypted", true)
        .with("status", "in-use")
        .with("availabilityZone", zone)
        .with("createTime", call.date(call.now))
        .with("attachmentSet", json!({"item": [attachment]}))
        .owned_by(Owner::Aws)
        .child_of(instance);
    call.create(volume).map(drop)
}

/// What the VPC CNI leaves behind when nodes die before it has cleaned up
/// (amazon-vpc-cni-k8s#608): one interface a node, detached, in nobody's hand. Only for node groups
/// whose `$leaks` a test has set.
pub fn leak(call: &mut Call<'_>, group: &str) -> Result<(), AwsError> {
    for instance in instances(call.world, group) {
        let about = format!("aws-K8S-{instance}");
        let held = call.world.children(&instance).find(|child| child.kind == "network_interface");
        let Some(held) = held.cloned() else { continue };
        let subnet = call.world.expect("subnet", held.text("subnetId"))?.clone();
        let groups: Vec<String> =
            held.refs.iter().filter(|id| id.starts_with("sg-")).cloned().collect();
        let left = loose_interface(call, &subnet, &groups, &about).with("status", "available");
        call.create(
            left.owned_by(Owner::Kubernetes)
                .tagged([pair(("node.k8s.amazonaws.com/instance_id", instance.as_str()))].into()),
        )?;
    }
    Ok(())
}

/// Why nodes in these subnets cannot join the cluster, if they cannot: they have no network, or no
/// way to the EKS, ECR and S3 endpoints (EKS user guide, "Nodes fail to join cluster").
pub fn obstacle(world: &World, cluster: &str, subnets: &[String]) -> Option<String> {
    let cluster = world.get(&cluster_id(cluster))?;
    let network = world.children(&cluster.id).find(|child| {
        child.kind == "eks_addon" && child.text("addonName") == "vpc-cni" && child.gone.is_none()
    });
    // "cni plugin not initialized" (terraform-aws-eks#3160 and #3446).
    if network.is_none() && cluster.attrs.get("$selfManaged") != Some(&Value::Bool(true)) {
        return Some("the cluster has no vpc-cni add-on".to_owned());
    }
    let cut_off = subnets.iter().find(|subnet| !leads_out(world, subnet));
    cut_off.map(|subnet| format!("the route table of {subnet} has no route to 0.0.0.0/0"))
}
