//! Clusters: create, show, delete; with the security group and interfaces AWS makes for them.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{
    TOKEN, assumable, cluster, cluster_id, in_use, in_wrong_state, invalid, nodes, repeated, shown,
    subnets, versions, with_token,
};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::kubernetes;
use crate::world::{Stage, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateCluster", create),
    ("ListClusters", list),
    ("DescribeCluster", describe),
    ("DeleteCluster", delete),
];

pub const LOG_TYPES: [&str; 5] =
    ["api", "audit", "authenticator", "controllerManager", "scheduler"];

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("name")?;
    let role = call.required("roleArn")?;
    if let Some(id) = repeated(call, "eks_cluster")? {
        let made = call.world.expect("eks_cluster", &id)?.clone();
        return Ok(json!({"cluster": render(&made, call.now)}));
    }
    check_name(&name)?;
    if call.world.get(&cluster_id(&name)).is_some() {
        return Err(in_use(format!("Cluster already exists with name: {name}")));
    }
    let version = call.text("version").unwrap_or(versions::default_version()).to_owned();
    versions::check(&version)?;
    let network = Network::asked(call)?;
    assumable(call, &role, "eks.amazonaws.com")?;
    let thing = desired(call, &name, &role, &version, &network)?;
    let made = call.create(with_token(thing, call))?;
    children(call, &made, &network)?;
    let made = call.world.expect("eks_cluster", &made.id)?.clone();
    Ok(json!({"cluster": render(&made, call.now)}))
}

/// EKS API reference, CreateCluster: alphanumeric first, then also dashes and underscores.
fn check_name(name: &str) -> Result<(), AwsError> {
    let fine = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if fine && name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.len() <= 100 {
        Ok(())
    } else {
        Err(invalid(format!("Invalid cluster name: {name}")))
    }
}

/// Where the control plane's interfaces stand.
struct Network {
    subnets: Vec<Thing>,
    groups: Vec<String>,
    vpc: String,
}

impl Network {
    fn asked(call: &Call<'_>) -> Result<Self, AwsError> {
        let ids = call.texts("resourcesVpcConfig.subnetIds");
        let subnets = subnets(call, &ids)?;
        spread(&subnets)?;
        let groups = call.texts("resourcesVpcConfig.securityGroupIds");
        check_groups(call, &groups)?;
        let vpc = subnets.first().map(|subnet| subnet.text("vpcId").to_owned());
        Ok(Self { subnets, groups, vpc: vpc.unwrap_or_default() })
    }
}

/// EKS user guide, network requirements: subnets in at least two zones.
pub fn spread(subnets: &[Thing]) -> Result<(), AwsError> {
    let mut zones: Vec<_> = subnets.iter().map(|subnet| subnet.text("availabilityZone")).collect();
    zones.sort_unstable();
    zones.dedup();
    if zones.len() < 2 {
        return Err(invalid("Subnets specified must be in at least two different AZs"));
    }
    Ok(())
}

pub fn check_groups(call: &Call<'_>, ids: &[String]) -> Result<(), AwsError> {
    let missing = ids.iter().find(|id| {
        !call.here("security_group").any(|group| group.id == **id && group.gone.is_none())
    });
    match missing {
        Some(id) => Err(invalid(format!("The security group ID '{id}' does not exist"))),
        None => Ok(()),
    }
}

fn desired(
    call: &mut Call<'_>,
    name: &str,
    role: &str,
    version: &str,
    network: &Network,
) -> Result<Thing, AwsError> {
    let public = call.flag("resourcesVpcConfig.endpointPublicAccess").unwrap_or(true);
    let private = call.flag("resourcesVpcConfig.endpointPrivateAccess").unwrap_or(false);
    check_endpoint(public, private)?;
    let cidrs = call.texts("resourcesVpcConfig.publicAccessCidrs");
    let mode = call.text("accessConfig.authenticationMode").unwrap_or("CONFIG_MAP").to_owned();
    let arn = call.arn("eks", &format!("cluster/{name}"));
    let id = call.world.new_name(32);
    let region = call.region().to_owned();
    let thing = Thing::new("eks_cluster", cluster_id(name))
        .with("$arn", arn.clone())
        .with("$id", id.clone())
        .with("$selfManaged", call.flag("bootstrapSelfManagedAddons").unwrap_or(true))
        .with("name", name)
        .with("arn", arn)
        .with("createdAt", call.now)
        .with("version", version)
        .with("roleArn", role)
        .with("platformVersion", "eks.1")
        .with("endpoint", format!("https://{id}.gr7.{region}.eks.amazonaws.com"))
        .with("certificateAuthority", json!({"data": kubernetes::authority(call.world)}))
        .with("$creator", creator(call))
        .with(
            "identity",
            json!({"oidc": {
            "issuer": format!("https://oidc.eks.{region}.amazonaws.com/id/{id}")}}),
        )
        .with(
            "kubernetesNetworkConfig",
            json!({
            "serviceIpv4Cidr": service_range(call, &network.vpc), "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": false}}),
        )
        .with(
            "resourcesVpcConfig",
            json!({
            "subnetIds": call.texts("resourcesVpcConfig.subnetIds"),
            "securityGroupIds": network.groups,
            "vpcId": network.vpc,
            "endpointPublicAccess": public,
            "endpointPrivateAccess": private,
            "publicAccessCidrs": public_cidrs(public, cidrs)}),
        )
        .with("logging", logging(&call.list("logging.clusterLogging"), &[]))
        .with("accessConfig", json!({"authenticationMode": mode}))
        .with(
            "upgradePolicy",
            json!({
            "supportType": call.text("upgradePolicy.supportType").unwrap_or("EXTENDED")}),
        )
        .with("deletionProtection", call.flag("deletionProtection").unwrap_or(false))
        .with("health", json!({"issues": []}))
        .with("clientRequestToken", call.text(TOKEN))
        .tagged(call.map("tags"))
        .uses_all(network.subnets.iter().map(|subnet| subnet.id.clone()))
        .uses_all(network.groups.clone());
    Ok(thing)
}

/// Who may enter without an access entry: whoever makes the cluster, unless the request says no.
fn creator(call: &Call<'_>) -> Option<String> {
    let name = "accessConfig.bootstrapClusterCreatorAdminPermissions";
    let bootstrap = call.flag(name).unwrap_or(true);
    bootstrap.then(|| crate::services::sts::caller(&call.request.access_key))
}

pub fn check_endpoint(public: bool, private: bool) -> Result<(), AwsError> {
    if public || private {
        return Ok(());
    }
    Err(invalid("Private and public endpoint access cannot both be disabled"))
}

/// Who may reach a public endpoint: everybody when nobody is named.
pub fn public_cidrs(public: bool, asked: Vec<String>) -> Vec<String> {
    match (public, asked.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => vec!["0.0.0.0/0".to_owned()],
        (true, false) => asked,
    }
}

/// AWS takes the range that does not lie in the VPC.
fn service_range(call: &Call<'_>, vpc: &str) -> &'static str {
    let ten = call.world.get(vpc).is_some_and(|vpc| vpc.text("cidrBlock").starts_with("10."));
    if ten { "172.20.0.0/16" } else { "10.100.0.0/16" }
}

/// The log types that are on after `asked` changed those in `before`, in EKS's two-row spelling.
pub fn logging(asked: &[Value], before: &[String]) -> Value {
    let mut on: Vec<String> = before.to_vec();
    for row in asked {
        let enabled = row.get("enabled").and_then(Value::as_bool).unwrap_or(false);
        let types = row.get("types").and_then(Value::as_array).into_iter().flatten();
        for name in types.filter_map(Value::as_str) {
            on.retain(|other| other != name);
            if enabled {
                on.push(name.to_owned());
            }
        }
    }
    let (on, off): (Vec<&str>, Vec<&str>) =
        LOG_TYPES.iter().partition(|name| on.iter().any(|other| other == *name));
    let rows = [(on, true), (off, false)];
    let rows = rows.iter().filter(|(types, _)| !types.is_empty());
    let rows: Vec<_> = rows.map(|(types, on)| json!({"types": types, "enabled": on})).collect();
    json!({"clusterLogging": rows})
}

/// The log types that are on.
pub fn logs_on(cluster: &Thing) -> Vec<String> {
    let rows = cluster.attrs.get("logging").and_then(|logging| logging.get("clusterLogging"));
    let rows = rows.and_then(Value::as_array).into_iter().flatten();
    rows.filter(|row| row.get("enabled") == Some(&Value::Bool(true)))
        .filter_map(|row| row.get("types")?.as_array())
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// The security group AWS makes for a cluster, and its interfaces in up to four of the subnets.
fn children(call: &mut Call<'_>, made: &Thing, network: &Network) -> Result<(), AwsError> {
    let name = made.text("name").to_owned();
    let group = nodes::cluster_group(call, made, &network.vpc)?;
    let mut groups = network.groups.clone();
    groups.insert(0, group.clone());
    for subnet in network.subnets.iter().take(4) {
        let about = format!("Amazon EKS {name}");
        nodes::interface(call, subnet, &groups, &about, &made.id)?;
    }
    let cluster = call.world.expect_mut("eks_cluster", &made.id)?;
    if let Some(Value::Object(config)) = cluster.attrs.get_mut("resourcesVpcConfig") {
        config.insert("clusterSecurityGroupId".to_owned(), group.into());
    }
    Ok(())
}

/// What an ACTIVE cluster has and one in CREATING has not.
const LATE: [&str; 3] = ["endpoint", "certificateAuthority", "identity"];

/// For some seconds a cluster that is being changed still shows as active
/// (rancher/eks-operator#1166).
const NOTICE: f64 = 8.0;

pub fn render(cluster: &Thing, now: f64) -> Map<String, Value> {
    let mut shape = shown(cluster);
    if matches!(cluster.stage(now), Stage::Creating) {
        LATE.iter().for_each(|name| {
            shape.remove(*name);
        });
        if let Some(Value::Object(config)) = shape.get_mut("resourcesVpcConfig") {
            config.remove("clusterSecurityGroupId");
        }
    }
    let words = ["CREATING", "ACTIVE", "UPDATING", "FAILED", "DELETING"];
    let begun = cluster.attrs.get("$changing").and_then(Value::as_f64);
    let unnoticed = begun.is_some_and(|begun| now < begun + NOTICE) && cluster.gone.is_none();
    let status = if unnoticed { "ACTIVE" } else { cluster.status(now, words) };
    shape.insert("status".to_owned(), status.into());
    shape
}

fn list(call: &mut Call<'_>) -> Answer {
    let names = call.here("eks_cluster").map(|cluster| cluster.text("name").to_owned()).collect();
    let (page, next) = call.page::<String>(names, "maxResults", "nextToken");
    Ok(json!({"clusters": page, "nextToken": next}))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let name = call.required("name")?;
    let found = cluster(call, &name)?;
    Ok(json!({"cluster": render(&found, call.now)}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let name = call.required("name")?;
    let found = cluster(call, &name)?;
    let stage = found.stage(call.now);
    // EKS user guide, "Protect EKS clusters from accidental deletion": the code, and that clusters
    // that are being created, have failed or are on their way out can go even so.
    let protected = found.attrs.get("deletionProtection") == Some(&Value::Bool(true));
    if protected && matches!(stage, Stage::Active | Stage::Changing) {
        let message = "Cluster cannot be deleted while deletion protection is enabled";
        return Err(in_wrong_state(message));
    }
    // aws-controllers-k8s/community#1191 for the code.
    if call.world.of_kind("eks_nodegroup").any(|group| group.refs.contains(&found.id)) {
        return Err(in_use("Cluster has nodegroups attached"));
    }
    if stage == Stage::Changing {
        return Err(in_use(format!(
            "Cannot delete because cluster {name} currently has an update in progress"
        )));
    }
    call.world.delete("eks_cluster", &found.id, call.now)?;
    let mut shape = render(&found, call.now);
    shape.insert("status".to_owned(), "DELETING".into());
    Ok(json!({"cluster": shape}))
}
