//! Changes to a cluster: one kind of change a call, upwards one minor version at a time.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::cluster::{check_endpoint, check_groups, logging, logs_on, public_cidrs, spread};
use super::{cluster, invalid, subnets, updates, versions};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::Thing;

pub const OPERATIONS: &[(&str, Operation)] =
    &[("UpdateClusterConfig", config), ("UpdateClusterVersion", version)];

type Promised = Result<Map<String, Value>, AwsError>;

/// EKS API reference, UpdateClusterConfig: the parameters that name a kind of change. More than one
/// in a call is refused (aws-cdk#33452, crossplane-contrib/provider-aws#1014).
const KINDS: [(&str, &str); 7] = [
    ("logging", "LoggingUpdate"),
    ("accessConfig", "AccessConfigUpdate"),
    ("upgradePolicy", "UpgradePolicyUpdate"),
    ("deletionProtection", "DeletionProtectionUpdate"),
    ("resourcesVpcConfig.endpointPublicAccess", "EndpointAccessUpdate"),
    ("resourcesVpcConfig.subnetIds", "VpcConfigUpdate"),
    ("resourcesVpcConfig.securityGroupIds", "VpcConfigUpdate"),
];

/// Kinds of change this local AWS does not know, refused rather than ignored.
const UNKNOWN: [&str; 6] = [
    "zonalShiftConfig",
    "computeConfig",
    "kubernetesNetworkConfig",
    "storageConfig",
    "remoteNetworkConfig",
    "controlPlaneScalingConfig",
];

fn kind_of_change(call: &Call<'_>) -> Result<&'static str, AwsError> {
    if let Some(name) = UNKNOWN.iter().find(|name| call.value(name).is_some_and(|v| !v.is_null())) {
        return Err(AwsError::unimplemented(format!("UpdateClusterConfig with `{name}`")));
    }
    let asked = KINDS.iter().filter(|(path, _)| call.value(path).is_some_and(|v| !v.is_null()));
    let mut kinds: Vec<&str> = asked.map(|(_, kind)| *kind).collect();
    let endpoint = ["endpointPrivateAccess", "publicAccessCidrs"];
    if endpoint.iter().any(|name| call.value(&format!("resourcesVpcConfig.{name}")).is_some()) {
        kinds.push("EndpointAccessUpdate");
    }
    kinds.sort_unstable();
    kinds.dedup();
    match kinds.as_slice() {
        [] => Err(invalid("The type for cluster update was not provided.")),
        [kind] => Ok(kind),
        _ => Err(invalid("Only one type of update can be allowed.")),
    }
}

fn config(call: &mut Call<'_>) -> Answer {
    let name = call.required("name")?;
    let found = cluster(call, &name)?;
    let what = kind_of_change(call)?;
    updates::free(call, &found, what)?;
    let promised = match what {
        "LoggingUpdate" => logging_change(call, &found),
        "AccessConfigUpdate" => access_change(call, &found),
        "UpgradePolicyUpdate" => {
            let policy = call.text("upgradePolicy.supportType").unwrap_or("EXTENDED");
            Ok(one("upgradePolicy", json!({"supportType": policy})))
        }
        "DeletionProtectionUpdate" => {
            Ok(one("deletionProtection", call.flag("deletionProtection").into()))
        }
        "EndpointAccessUpdate" => endpoint_change(call, &found),
        _ => vpc_change(call, &found),
    }?;
    let same = promised.iter().all(|(name, value)| found.attrs.get(name) == Some(value));
    if same {
        // quickstart-amazon-eks-cluster-resource-provider#38 for logging, aws-controllers-k8s/
        // community#1855 for the endpoint; the other kinds are taken to say the same.
        return Err(invalid(match what {
            "LoggingUpdate" => "No changes needed for the logging config provided".to_owned(),
            _ => format!("Cluster is already at the desired configuration with {what}"),
        }));
    }
    updates::begin(call, &found, what, promised)
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

fn logging_change(call: &Call<'_>, found: &Thing) -> Promised {
    let rows = call.list("logging.clusterLogging");
    Ok(one("logging", logging(&rows, &logs_on(found))))
}

/// EKS user guide: the mode can only move towards `API`.
fn access_change(call: &Call<'_>, found: &Thing) -> Promised {
    const MODES: [&str; 3] = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
    let rank = |mode: &str| MODES.iter().position(|known| *known == mode);
    let asked = call.required("accessConfig.authenticationMode")?;
    let before =
        found.attrs.get("accessConfig").and_then(|config| config.get("authenticationMode"));
    let before = before.and_then(Value::as_str).unwrap_or("CONFIG_MAP");
    if rank(&asked).is_none() || rank(&asked) < rank(before) {
        return Err(invalid(format!(
            "Unsupported authentication mode update from {before} to {asked}"
        )));
    }
    Ok(one("accessConfig", json!({"authenticationMode": asked})))
}

fn network(found: &Thing) -> Map<String, Value> {
    let config = found.attrs.get("resourcesVpcConfig").and_then(Value::as_object);
    config.cloned().unwrap_or_default()
}

fn endpoint_change(call: &Call<'_>, found: &Thing) -> Promised {
    let mut config = network(found);
    let before = |name: &str| config.get(name).and_then(Value::as_bool).unwrap_or(false);
    let asked = |name: &str| call.flag(&format!("resourcesVpcConfig.{name}"));
    let public = asked("endpointPublicAccess").unwrap_or(before("endpointPublicAccess"));
    let private = asked("endpointPrivateAccess").unwrap_or(before("endpointPrivateAccess"));
    check_endpoint(public, private)?;
    let cidrs = match call.value("resourcesVpcConfig.publicAccessCidrs") {
        Some(_) => call.texts("resourcesVpcConfig.publicAccessCidrs"),
        None => texts(config.get("publicAccessCidrs")),
    };
    config.insert("endpointPublicAccess".to_owned(), public.into());
    config.insert("endpointPrivateAccess".to_owned(), private.into());
    config.insert("publicAccessCidrs".to_owned(), json!(public_cidrs(public, cidrs)));
    Ok(one("resourcesVpcConfig", Value::Object(config)))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn vpc_change(call: &Call<'_>, found: &Thing) -> Promised {
    let mut config = network(found);
    if call.value("resourcesVpcConfig.subnetIds").is_some() {
        let asked = subnets(call, &call.texts("resourcesVpcConfig.subnetIds"))?;
        spread(&asked)?;
        if asked.iter().any(|subnet| Some(subnet.text("vpcId")) != config["vpcId"].as_str()) {
            return Err(invalid("Provided subnets must belong to the VPC of the cluster"));
        }
        config.insert("subnetIds".to_owned(), json!(call.texts("resourcesVpcConfig.subnetIds")));
    }
    if call.value("resourcesVpcConfig.securityGroupIds").is_some() {
        let asked = call.texts("resourcesVpcConfig.securityGroupIds");
        check_groups(call, &asked)?;
        config.insert("securityGroupIds".to_owned(), json!(asked));
    }
    Ok(one("resourcesVpcConfig", Value::Object(config)))
}

fn version(call: &mut Call<'_>) -> Answer {
    let (name, asked) = (call.required("name")?, call.required("version")?);
    let found = cluster(call, &name)?;
    versions::check(&asked)?;
    updates::free(call, &found, "VersionUpdate")?;
    let before = found.text("version").to_owned();
    if versions::minor(&asked) != versions::minor(&before) + 1 {
        let message =
            format!("Unsupported Kubernetes minor version update from {before} to {asked}");
        return Err(invalid(message));
    }
    updates::begin(call, &found, "VersionUpdate", one("version", asked.into()))
}
