//! The launch template of a node group.

use serde_json::{Value, json};

use super::super::ec2::version_data;
use super::invalid;
use crate::call::{Call, number};
use crate::error::AwsError;
use crate::world::Thing;

/// The launch template a node group is asked to use, or EKS's own.
pub struct Template {
    /// `{id, name, version}` as a node group shows it; null for EKS's own.
    pub shown: Value,
    pub security_groups: Vec<String>,
    pub disk: i64,
}

impl Template {
    pub fn asked(call: &Call<'_>, cluster: &Thing) -> Result<Self, AwsError> {
        let own = call.value("launchTemplate").is_none_or(Value::is_null);
        if own {
            let disk = call.number("diskSize").unwrap_or(20);
            return Ok(Self { shown: Value::Null, security_groups: own_groups(cluster), disk });
        }
        if call.number("diskSize").is_some() || call.value("remoteAccess").is_some() {
            let message =
                "Disk size and remote access must be specified within the launch template.";
            return Err(invalid(message));
        }
        let mut template = Self::named(call)?;
        if template.security_groups.is_empty() {
            template.security_groups = own_groups(cluster);
        }
        Ok(template)
    }

    /// The template that `launchTemplate` names by id or name, at its version.
    pub fn named(call: &Call<'_>) -> Result<Self, AwsError> {
        let (id, name) = (call.text("launchTemplate.id"), call.text("launchTemplate.name"));
        if id.is_some() == name.is_some() {
            return Err(invalid("You must specify either the launch template ID or the name."));
        }
        let found = call.here("launch_template").find(|one| {
            Some(one.id.as_str()) == id || Some(one.text("launchTemplateName")) == name
        });
        let found = found.ok_or_else(|| {
            invalid(format!("Launch template {} not found", id.or(name).unwrap_or_default()))
        })?;
        let latest = found.attrs.get("latestVersionNumber").and_then(number);
        let default = found.attrs.get("defaultVersionNumber").and_then(number);
        let version = match call.text("launchTemplate.version") {
            Some(text) => text.parse().ok(),
            None => default,
        };
        let (latest, version) = (latest.unwrap_or(1), version.unwrap_or(0));
        if version < 1 || version > latest {
            return Err(invalid(format!("Launch template version {version} does not exist")));
        }
        let (security_groups, disk) = template_data(found, version);
        let shown = json!({"id": found.id, "name": found.text("launchTemplateName"),
            "version": version.to_string()});
        Ok(Self { shown, security_groups, disk })
    }
}

fn own_groups(cluster: &Thing) -> Vec<String> {
    let config = cluster.attrs.get("resourcesVpcConfig");
    let group = config.and_then(|config| config.get("clusterSecurityGroupId")?.as_str());
    group.map(str::to_owned).into_iter().collect()
}

/// The security groups and disk size of one version of a template; 20 GiB is the image's own.
fn template_data(template: &Thing, version: i64) -> (Vec<String>, i64) {
    let data = version_data(template, version).cloned().unwrap_or_default();
    let list = |name: &str| data.get(name).and_then(|set| set.get("item")?.as_array()).cloned();
    let groups = list("securityGroupIdSet").unwrap_or_default();
    let disks = list("blockDeviceMappingSet").unwrap_or_default();
    let size = disks.iter().find_map(|disk| number(disk.get("ebs")?.get("volumeSize")?));
    let groups = groups.iter().filter_map(|group| group.as_str().map(str::to_owned));
    (groups.collect(), size.unwrap_or(20))
}
