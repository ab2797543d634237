//! Which Kubernetes and add-on versions there are, as tables.

use serde_json::{Value, json};

use super::super::Operation;
use super::invalid;
use crate::call::{Answer, Call};
use crate::error::AwsError;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeClusterVersions", describe_cluster_versions),
    ("DescribeAddonVersions", describe_addon_versions),
];

struct Version {
    minor: &'static str,
    patch: &'static str,
    released: &'static str,
    standard_until: &'static str,
    extended_until: &'static str,
    status: &'static str,
}

const fn version(
    minor: &'static str,
    patch: &'static str,
    released: &'static str,
    standard_until: &'static str,
    extended_until: &'static str,
    status: &'static str,
) -> Version {
    Version { minor, patch, released, standard_until, extended_until, status }
}

/// Support dates of 1.33 to 1.35: EKS user guide, "Kubernetes version lifecycle", and
/// endoflife.date. 1.36 is named there without dates: its release here is a guess, its ends follow
/// from the rule of 14 months of standard support and 12 of extended. Patch versions are plausible,
/// not looked up. Support as of November 2026.
const VERSIONS: [Version; 4] = [
    version("1.36", "1.36.1", "2026-07-22", "2027-09-22", "2028-09-22", "STANDARD_SUPPORT"),
    version("1.35", "1.35.4", "2026-01-27", "2027-03-27", "2028-03-27", "STANDARD_SUPPORT"),
    version("1.34", "1.34.7", "2025-10-02", "2026-12-02", "2027-12-02", "STANDARD_SUPPORT"),
    version("1.33", "1.33.11", "2025-05-29", "2026-07-29", "2027-07-29", "EXTENDED_SUPPORT"),
];

/// What CreateCluster takes when no version is named.
pub fn default_version() -> &'static str {
    "1.35"
}

pub fn check(asked: &str) -> Result<(), AwsError> {
    if VERSIONS.iter().any(|version| version.minor == asked) {
        return Ok(());
    }
    Err(invalid(format!("unsupported Kubernetes version {asked}")))
}

/// `35` of `1.35`.
pub fn minor(version: &str) -> i64 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}

fn seconds(date: &str) -> i64 {
    let moment = format!("{date}T00:00:00Z").parse::<jiff::Timestamp>();
    moment.map_or(0, |moment| moment.as_second())
}

impl Version {
    fn shown(&self) -> Value {
        json!({
            "clusterVersion": self.minor,
            "clusterType": "eks",
            "defaultPlatformVersion": "eks.1",
            "defaultVersion": self.minor == default_version(),
            "releaseDate": seconds(self.released),
            "endOfStandardSupportDate": seconds(self.standard_until),
            "endOfExtendedSupportDate": seconds(self.extended_until),
            "status": self.status.to_lowercase().replace('_', "-"),
            "versionStatus": self.status,
            "kubernetesPatchVersion": self.patch,
        })
    }
}

fn describe_cluster_versions(call: &mut Call<'_>) -> Answer {
    let (asked, default_only) = (call.texts("clusterVersions"), call.flag("defaultOnly"));
    let status = call.text("versionStatus").map(str::to_owned);
    let old = call.text("status").map(|status| status.to_uppercase().replace('-', "_"));
    let fits = |version: &&Version| {
        (asked.is_empty() || asked.iter().any(|one| one == version.minor))
            && (default_only != Some(true) || version.minor == default_version())
            && status.as_ref().or(old.as_ref()).is_none_or(|one| one == version.status)
    };
    let found = VERSIONS.iter().filter(fits).map(Version::shown).collect();
    let (page, next) = call.page::<Value>(found, "maxResults", "nextToken");
    Ok(json!({"clusterVersions": page, "nextToken": next}))
}

/// One EKS add-on.
pub struct Addon {
    pub name: &'static str,
    /// The version without build, newest first; `{minor}` and `{patch}` are the cluster's.
    releases: &'static [&'static str],
    kind: &'static str,
    pub publisher: &'static str,
    /// Whether it runs as a Deployment, which needs a node to become active.
    pub needs_nodes: bool,
    /// The service account that must have a role before its pods work.
    pub account: Option<&'static str>,
}

/// Names are AWS's; versions are plausible, not looked up. The add-ons of AWS and, for metrics-server and external-dns, of the community catalog (EKS user
/// guide, "AWS add-ons" and "Community add-ons"). ebs-csi: from 1.33 on there is no fall-back to
/// the node's role (atlassian/data-center-terraform#474).
const ADDONS: [Addon; 7] = [
    addon("vpc-cni", &["v1.21.1", "v1.20.4"], "networking", false, None),
    addon("kube-proxy", &["v{patch}"], "networking", false, None),
    addon("eks-pod-identity-agent", &["v1.3.10", "v1.3.9"], "security", false, None),
    addon("coredns", &["v1.13.1", "v1.12.4"], "networking", true, None),
    addon(
        "aws-ebs-csi-driver",
        &["v1.55.0", "v1.54.0"],
        "storage",
        true,
        Some("kube-system/ebs-csi-controller-sa"),
    ),
    addon("metrics-server", &["v0.8.0", "v0.7.2"], "observability", true, None),
    addon("external-dns", &["v0.19.0"], "networking", true, None),
];

const fn addon(
    name: &'static str,
    releases: &'static [&'static str],
    kind: &'static str,
    needs_nodes: bool,
    account: Option<&'static str>,
) -> Addon {
    Addon { name, releases, kind, publisher: "eks", needs_nodes, account }
}

pub fn addon_named(name: &str) -> Result<&'static Addon, AwsError> {
    let known = ADDONS.iter().find(|addon| addon.name == name);
    known.ok_or_else(|| invalid(format!("Addon {name} specified is not supported")))
}

impl Addon {
    /// Its versions for a cluster's minor version, newest first.
    pub fn versions(&self, minor: &str) -> Vec<String> {
        let patch = VERSIONS.iter().find(|version| version.minor == minor).map(|v| v.patch);
        let release =
            |one: &&str| format!("{}-eksbuild.1", one.replace("{patch}", patch.unwrap_or(minor)));
        self.releases.iter().map(release).collect()
    }

    fn shown(&self, minor: Option<&str>) -> Value {
        let minors = VERSIONS.iter().map(|version| version.minor);
        let minors: Vec<_> = minors.filter(|one| minor.is_none_or(|asked| asked == *one)).collect();
        let mut all: Vec<String> = Vec::new();
        for version in minors.iter().flat_map(|minor| self.versions(minor)) {
            if !all.contains(&version) {
                all.push(version);
            }
        }
        let rows: Vec<Value> = all.iter().map(|version| self.row(version, &minors)).collect();
        json!({
            "addonName": self.name, "type": self.kind, "publisher": self.publisher,
            "owner": "aws", "addonVersions": rows,
        })
    }

    fn row(&self, version: &str, minors: &[&str]) -> Value {
        let fits = |minor: &&&str| self.versions(minor).iter().any(|one| one == version);
        let compatible = minors.iter().filter(fits).map(|minor| {
            let default = self.versions(minor).first().is_some_and(|first| first == version);
            json!({"clusterVersion": minor, "platformVersions": ["*"], "defaultVersion": default})
        });
        json!({
            "addonVersion": version,
            "architecture": ["amd64", "arm64"],
            "computeTypes": ["ec2", "auto"],
            "compatibilities": compatible.collect::<Vec<_>>(),
            "requiresConfiguration": false,
            "requiresIamPermissions": self.account.is_some(),
        })
    }
}

fn describe_addon_versions(call: &mut Call<'_>) -> Answer {
    for filter in ["types", "publishers", "owners"] {
        if call.value(filter).is_some() {
            return Err(AwsError::unimplemented(format!("DescribeAddonVersions by `{filter}`")));
        }
    }
    let (minor, name) = (call.text("kubernetesVersion"), call.text("addonName"));
    let asked = ADDONS.iter().filter(|addon| name.is_none_or(|name| name == addon.name));
    let found = asked.map(|addon| addon.shown(minor)).collect();
    let (page, next) = call.page::<Value>(found, "maxResults", "nextToken");
    Ok(json!({"addons": page, "nextToken": next}))
}
