//! Profiles as a user meets them: what ships, what is found wrong and how it is said, what is
//! generated from the schema.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use edxaws::profile::{self, Answers, Capacity, Nat, Profile, Settings, Size, Target};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

const SHIPPED: [&str; 4] = ["dev", "staging", "prod", "sandbox"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped(name: &str) -> Profile {
    profile::load(name, &root().join("profiles")).unwrap_or_else(|error| panic!("{error}"))
}

/// What is said about a profile of this text.
fn findings(text: &str) -> String {
    match profile::from_text("school.toml", text) {
        Ok(_) => "sound".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A sound profile in eleven lines, so that what is added starts in line 12.
const SOUND: &str = r#"extends = "base"
stack = "school"
region = "eu-west-1"

[edge]
zone = "edx.school.org"

[platforms.main]
lms_host = "edx.school.org"

# more
"#;

fn with(more: &str) -> String {
    findings(&format!("{SOUND}{more}"))
}

/// `SOUND` with one piece replaced.
fn instead(old: &str, new: &str) -> String {
    assert!(SOUND.contains(old));
    findings(&SOUND.replace(old, new))
}

// ---- what ships

#[test]
fn every_shipped_profile_loads_from_the_folder_and_from_inside_the_program() {
    for name in SHIPPED {
        let from_folder = shipped(name);
        let from_inside = profile::load(name, Path::new("no-such-folder")).unwrap();
        assert_eq!(from_folder.settings, from_inside.settings);
        assert!(from_folder.source.ends_with(format!("profiles/{name}.toml")));
        assert_eq!(from_inside.source, Path::new(&format!("built-in/{name}.toml")));
        assert_eq!(from_folder.settings.stack, name);
    }
    assert_eq!(profile::available(&root().join("profiles")), ["dev", "prod", "sandbox", "staging"]);
}

#[test]
fn shipped_profiles_are_what_the_table_says() {
    let [dev, staging, prod] = ["dev", "staging", "prod"].map(|name| shipped(name).settings);
    let row = |pick: fn(&Settings) -> String| [&dev, &staging, &prod].map(pick).join(" | ");
    let groups = |s: &Settings| {
        let group = |(name, g): (&String, &profile::NodeGroupSettings)| {
            let capacity = if g.capacity == Capacity::Spot { "spot" } else { "on-demand" };
            format!("{name} {capacity} {} ({}-{})", g.desired, g.min, g.max)
        };
        s.cluster.node_groups.iter().map(group).collect::<Vec<_>>().join(", ")
    };
    let rows = [
        row(|s| format!("{} {}", s.network.zones, s.network.cidr)),
        row(|s| format!("{:?}", s.network.nat)),
        row(|s| format!("/{}", s.network.private_prefix)),
        row(groups),
        row(|s| s.cluster.node_groups["workers"].instance_types.join(" ")),
        row(|s| format!("{} {} GiB", s.mysql.instance_class, s.mysql.storage_gib)),
        row(|s| format!("multi-az {} {} d", s.mysql.multi_az, s.mysql.backup_days)),
        row(|s| format!("{} x{}", s.cache.node_type, s.cache.nodes)),
        row(|s| format!("logs {} versioned {}", s.storage.logs, s.storage.versioned)),
        row(|s| format!("cdn {} ses {}", s.edge.cdn, s.mail.ses)),
        row(|s| format!("{:?}", s.alerts.level)),
        row(|s| format!("{} {} {}", s.backup.enabled, s.backup.daily_days, s.backup.weekly_days)),
        row(|s| format!("protected {}", s.mysql.deletion_protection)),
    ];
    assert_snapshot!(rows.join("\n"), @"
    2 10.20.0.0/16 | 2 10.30.0.0/16 | 3 10.40.0.0/16
    Single | Single | PerZone
    /20 | /20 | /19
    workers spot 2 (1-4) | system on-demand 1 (1-2), workers spot 2 (1-6) | system on-demand 2 (2-4), workers on-demand 3 (3-10)
    m7a.large m6a.large t3a.large t3.large | m7a.large m6a.large t3a.large t3.large | m7i.xlarge
    db.t4g.small 20 GiB | db.t4g.medium 50 GiB | db.m7g.large 100 GiB
    multi-az false 1 d | multi-az false 7 d | multi-az true 14 d
    cache.t4g.micro x1 | cache.t4g.small x1 | cache.t4g.medium x2
    logs false versioned false | logs true versioned false | logs true versioned true
    cdn false ses false | cdn false ses true | cdn true ses true
    None | Basic | Full
    false 7 0 | true 7 0 | true 35 90
    protected false | protected false | protected true
    ");
    assert_eq!(prod.network.nat, Nat::PerZone);
}

#[test]
fn shipped_profiles_hold_only_differences() {
    let base = toml_leaves(profile::built_in("base").unwrap());
    for name in SHIPPED {
        for (path, value) in toml_leaves(profile::built_in(name).unwrap()) {
            assert_ne!(base.get(&path), Some(&value), "`{path}` in {name}.toml is what base says");
        }
    }
}

fn toml_leaves(text: &str) -> BTreeMap<String, toml::Value> {
    fn walk(path: &str, value: toml::Value, found: &mut BTreeMap<String, toml::Value>) {
        match value {
            toml::Value::Table(table) => {
                table
                    .into_iter()
                    .for_each(|(key, inner)| walk(&format!("{path}.{key}"), inner, found));
            }
            leaf => {
                found.insert(path.to_owned(), leaf);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", toml::from_str(text).unwrap(), &mut found);
    found
}

#[test]
fn the_sandbox_is_shaped_like_production() {
    let prod = shipped("prod").settings;
    let sandbox = shipped("sandbox").settings;
    assert_eq!(sandbox.target, Target::Sandbox);
    let mut same = sandbox.clone();
    same.stack = prod.stack.clone();
    same.target = prod.target;
    same.network.cidr = prod.network.cidr.clone();
    same.cluster.public_access_cidrs = prod.cluster.public_access_cidrs.clone();
    same.edge.zone = prod.edge.zone.clone();
    same.alerts.email = prod.alerts.email.clone();
    same.platforms = prod.platforms.clone();
    // It needs no Python, and nobody keeps anything on its volumes.
    same.openedx = prod.openedx.clone();
    // Protection is off, so that one `destroy` leaves nothing.
    same.cluster.deletion_protection = true;
    same.mysql.deletion_protection = true;
    same.mysql.final_snapshot = true;
    same.edge.deletion_protection = true;
    same.storage.keep_on_destroy = true;
    assert_eq!(same, prod);
}

#[test]
fn examples_left_in_a_shipped_profile_are_found() {
    let found = shipped("prod").placeholders();
    let paths: Vec<_> = found.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["edge.zone", "alerts.email", "cluster.public_access_cidrs[0]"]);
    assert!(shipped("sandbox").placeholders().is_empty());
    assert!(profile::from_text("school.toml", SOUND).unwrap().placeholders().is_empty());
}

// ---- what is wrong, and how it is said

#[test]
fn the_sound_one_is_sound() {
    assert_eq!(with(""), "sound");
}

#[test]
fn unknown_fields() {
    let text = "[network]\nzone = 3\ncidrr = \"10.40.0.0/16\"\n[mysqll]\n[cache]\ncolour = \"red\"";
    assert_snapshot!(with(text), @"
    school.toml:13:1: unknown field `network.zone`
      hint: did you mean `zones`?
    school.toml:14:1: unknown field `network.cidrr`
      hint: did you mean `cidr`?
    school.toml:15:2: unknown field `mysqll`
      hint: did you mean `mysql`?
    school.toml:17:1: unknown field `cache.colour`
      hint: allowed are `mode`, `engine`, `node_type`, `nodes`, `snapshot_days`
    ");
    assert_snapshot!(instead("[edge]", "cidr = \"10.40.0.0/16\"\n[edge]"), @"
    school.toml:5:1: unknown field `cidr`
      hint: `cidr` belongs under `[network]`
    ");
}

#[test]
fn wrong_types() {
    let text = "[network]\nzones = \"three\"\nnat = 1\ns3_endpoint = \"yes\"\n\
                [cluster]\nlogs = \"api\"\nadmins = [\"arn:aws:iam::123456789012:role/a\", 7]\n\
                [mysql]\nbackup_days = 7.5\nstorage_gib = 99999999999999999999\n\
                [cluster.node_groups]\nextra = \"big\"\n[budget]\nmonthly_usd = false";
    assert_snapshot!(with(text), @r#"
    school.toml:13:9: `network.zones` must be a whole number, not `"three"`
      hint: number of availability zones to spread over (EKS and RDS need two)
    school.toml:14:7: `network.nat` must be a string in quotes, not `1`
      hint: NAT gateways: one per zone, a single one, or none (nodes then stand in public subnets)
    school.toml:15:15: `network.s3_endpoint` must be `true` or `false`, not `"yes"`
      hint: free gateway endpoint that keeps S3 traffic away from the NAT gateways
    school.toml:17:8: `cluster.logs` must be a list, not `"api"`
      hint: control plane logs to keep: `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`
    school.toml:18:47: `cluster.admins[1]` must be a string in quotes, not `7`
    school.toml:20:15: `mysql.backup_days` cannot be a fraction
    school.toml:21:15: `mysql.storage_gib` cannot be a number of this size
    school.toml:23:9: `cluster.node_groups.extra` must be a table, not `"big"`
      hint: one managed node group
    school.toml:25:15: `budget.monthly_usd` must be a whole number, not `false`
      hint: `false` takes an inherited value away, and nothing is inherited here
    "#);
}

#[test]
fn words_that_are_not_allowed() {
    let text = "[network]\nnat = \"per-zones\"\n[cluster]\nlogs = [\"api\", \"kubelet\"]\n\
                [mongodb]\nmode = \"\"";
    assert_snapshot!(with(text), @r#"
    school.toml:13:7: `network.nat` cannot be `per-zones`
      hint: did you mean `per-zone`?
    school.toml:15:16: `cluster.logs[1]` cannot be `kubelet`
      hint: allowed are `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`
    school.toml:17:8: `mongodb.mode` cannot be `""`
      hint: allowed are `in-cluster`, `documentdb`, `external`
    "#);
    assert_snapshot!(instead("[edge]", "[edge]\nprice_class = \"PriceClass_150\""), @"
    school.toml:6:15: `edge.price_class` cannot be `PriceClass_150`
      hint: did you mean `PriceClass_100`?
    ");
}

#[test]
fn numbers_out_of_range() {
    let text = "[network]\nzones = 9\npublic_prefix = 28\n[mysql]\nbackup_days = 36\n\
                [cache]\nnodes = 0\n[cluster.node_groups.workers]\ndisk_gib = 5000000000";
    assert_snapshot!(with(text), @"
    school.toml:13:9: `network.zones` is 9, at most 6 is allowed
      hint: number of availability zones to spread over (EKS and RDS need two)
    school.toml:14:17: `network.public_prefix` is 28, at most 27 is allowed
      hint: prefix length of each public subnet (balancer, NAT); a balancer needs `/27`
    school.toml:16:15: `mysql.backup_days` is 36, at most 35 is allowed
      hint: days of automatic backups; 0 switches them off
    school.toml:18:9: `cache.nodes` is 0, at least 1 is needed
      hint: one primary and `nodes - 1` replicas; two or more fail over by themselves
    school.toml:20:12: `cluster.node_groups.workers.disk_gib` is 5000000000, at most 16384 is allowed
      hint: root volume (gp3) in GiB
    ");
}

#[test]
fn missing_fields() {
    let text = "[cluster.node_groups.batch]\nmin = 0\nmax = 4\n[platforms.second]";
    assert_snapshot!(with(text), @"
    school.toml:12:22: missing field `cluster.node_groups.batch.capacity`
      hint: `on-demand`, or `spot`: much cheaper, and taken back at two minutes' notice
    school.toml:12:22: missing field `cluster.node_groups.batch.desired`
      hint: nodes at creation; afterwards the autoscaler's business and never a difference
    school.toml:12:22: missing field `cluster.node_groups.batch.disk_gib`
      hint: root volume (gp3) in GiB
    school.toml:12:22: missing field `cluster.node_groups.batch.instance_types`
      hint: EC2 instance types of one architecture; several make spot capacity likelier
    school.toml:15:12: missing field `platforms.second.lms_host`
      hint: host of the LMS, in `edge.zone`
    ");
    assert_snapshot!(findings("extends = \"base\"\n"), @"
    school.toml:1:1: missing field `edge.zone`
      hint: DNS zone that edxaws makes and fills, for example `edx.example.org`
    school.toml:1:1: missing field `platforms`
      hint: the Open edX sites, by name; they share network, cluster and databases
    school.toml:1:1: missing field `region`
      hint: AWS region, for example `eu-west-1`
    school.toml:1:1: missing field `stack`
      hint: name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters
    ");
}

#[test]
fn names_over_the_limit() {
    assert_snapshot!(instead("\"school\"", "\"a-school-with-a-very-long-name\""), @"
    school.toml:2:9: `stack` has 30 characters, at most 20 are allowed
      hint: name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters
    ");
    assert_snapshot!(instead("\"school\"", "\"School_1\""), @"
    school.toml:2:9: `stack` cannot be `School_1`
      hint: name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters
    ");
    assert_snapshot!(instead("\"school\"", "\"s\""), @"
    school.toml:2:9: `stack` needs at least 2 characters
      hint: name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters
    ");
    let text = "[platforms.Second]\nlms_host = \"two.edx.school.org\"\n\
                [platforms.a-platform-with-a-long-name]\nlms_host = \"three.edx.school.org\"\n\
                [cluster.node_groups.\"spot_nodes\"]\ncapacity = \"spot\"\ninstance_types = [\"t3.large\"]\n\
                min = 0\ndesired = 0\nmax = 4\ndisk_gib = 50";
    assert_snapshot!(with(text), @"
    school.toml:12:12: `Second` cannot be a name in `platforms`
      hint: lower-case letters, digits and single dashes, a letter first, at most 20 characters
    school.toml:14:12: `a-platform-with-a-long-name` cannot be a name in `platforms`
      hint: lower-case letters, digits and single dashes, a letter first, at most 20 characters
    school.toml:16:22: `spot_nodes` cannot be a name in `cluster.node_groups`
      hint: lower-case letters, digits and single dashes, a letter first, at most 20 characters
    ");
    let long = SOUND
        .replace("\"school\"", "\"twenty-letters-abcde\"")
        .replace("[platforms.main]", "[platforms.eighteen-letters-12]");
    assert_snapshot!(findings(&long), @"
    school.toml:8:12: `eighteen-letters-12` and the stack's name have 39 characters together, the name of the media bucket leaves room for 36
      hint: shorten one of them, or name the bucket: `platforms.eighteen-letters-12.media_bucket`
    ");
}

#[test]
fn regions() {
    assert_snapshot!(instead("eu-west-1", "eu-west-7"), @"
    school.toml:3:10: AWS has no region `eu-west-7`
      hint: did you mean `eu-west-1`?
    ");
    assert_snapshot!(instead("eu-west-1", "eu-wset-1"), @"
    school.toml:3:10: AWS has no region `eu-wset-1`
      hint: did you mean `eu-west-1`?
    ");
    assert_snapshot!(instead("eu-west-1", "mars-north-1"), @"school.toml:3:10: AWS has no region `mars-north-1`");
    assert_snapshot!(instead("eu-west-1", "Ireland"), @"
    school.toml:3:10: `region` cannot be `Ireland`
      hint: AWS region, for example `eu-west-1`
    ");
}

#[test]
fn ranges_of_the_network() {
    let cidr = |cidr: &str| with(&format!("[network]\ncidr = \"{cidr}\""));
    assert_snapshot!(cidr("10.40.0.0"), @"
    school.toml:13:8: `10.40.0.0` is no IPv4 range
      hint: write it like `10.40.0.0/16`
    ");
    assert_snapshot!(cidr("10.40.0.0/33"), @"
    school.toml:13:8: `10.40.0.0/33` is no IPv4 range
      hint: write it like `10.40.0.0/16`
    ");
    assert_snapshot!(cidr("10.0.0.0/8"), @"
    school.toml:13:8: `10.0.0.0/8` is outside `/16` to `/24`
      hint: AWS allows no larger VPC, and Open edX fits into no smaller one
    ");
    assert_snapshot!(cidr("10.40.0.0/25"), @"
    school.toml:13:8: `10.40.0.0/25` is outside `/16` to `/24`
      hint: AWS allows no larger VPC, and Open edX fits into no smaller one
    ");
    assert_snapshot!(cidr("10.40.7.0/16"), @"
    school.toml:13:8: `10.40.7.0/16` does not start at its first address
      hint: did you mean `10.40.0.0/16`?
    ");
    assert_snapshot!(cidr("10.100.128.0/18"), @"
    school.toml:13:8: `10.100.128.0/18` overlaps `10.100.0.0/16`, the range of Kubernetes services
      hint: take another range, for example `10.40.0.0/16`
    ");
    assert_snapshot!(cidr("172.20.0.0/16"), @"
    school.toml:13:8: `172.20.0.0/16` overlaps `172.20.0.0/16`, the range of Kubernetes services
      hint: take another range, for example `10.40.0.0/16`
    ");
    assert_snapshot!(cidr("52.10.0.0/16"), @"
    school.toml:13:8: `52.10.0.0/16` is made of public addresses
      hint: take a part of `10.0.0.0/8`, `172.16.0.0/12` or `192.168.0.0/16`
    ");
    assert_snapshot!(cidr("10.40.0.0/20"), @"
    school.toml:13:8: `10.40.0.0/20` is too small: 2 zones of subnets need 9216 addresses, it has 4096
      hint: take a `/18`, or smaller subnets (larger prefixes)
    ");
    assert_eq!(cidr("100.64.0.0/16"), "sound");
    assert_eq!(cidr("10.99.0.0/16"), "sound");
    assert_eq!(cidr("10.40.0.0/18"), "sound");
    let tight = "[network]\ncidr = \"10.40.0.0/24\"\nprivate_prefix = 26\npublic_prefix = 27\ndata_prefix = 27";
    assert_eq!(with(tight), "sound");
    assert_snapshot!(with(&tight.replace("data_prefix = 27", "data_prefix = 26")), @"
    school.toml:13:8: `10.40.0.0/24` is too small: 2 zones of subnets need 320 addresses, it has 256
      hint: take a `/23`, or smaller subnets (larger prefixes)
    ");
}

#[test]
fn sizes_of_node_groups() {
    let sizes = |text: &str| with(&format!("[cluster.node_groups.workers]\n{text}"));
    assert_snapshot!(sizes("min = 5"), @"school.toml:13:7: `cluster.node_groups.workers.min` is 5, more than `max`, which is 4");
    assert_snapshot!(sizes("min = 3"), @"school.toml:13:7: `cluster.node_groups.workers.desired` is 2, less than `min`, which is 3");
    assert_snapshot!(sizes("desired = 8"), @"school.toml:13:11: `cluster.node_groups.workers.desired` is 8, more than `max`, which is 4");
    assert_snapshot!(sizes("min = 0\ndesired = 0"), @"
    school.toml:12:10: no node group starts with a node
      hint: set `desired = 1` or more in one of them
    ");
    assert_eq!(sizes("min = 4\ndesired = 4"), "sound");
}

#[test]
fn instance_types() {
    let types =
        |text: &str| with(&format!("[cluster.node_groups.workers]\ninstance_types = [{text}]"));
    assert_snapshot!(types(r#""m7i.large", "m7g.large", "t4g.large""#), @"
    school.toml:13:32: `m7g.large` is arm64, `m7i.large` is x86_64: a node group has one architecture
      hint: make a second node group for the other architecture
    school.toml:13:45: `t4g.large` is arm64, `m7i.large` is x86_64: a node group has one architecture
      hint: make a second node group for the other architecture
    ");
    assert_snapshot!(types(r#""large", "M7i.large""#), @"
    school.toml:13:19: `large` is no instance type
      hint: write it like `m7i.large`
    school.toml:13:28: `M7i.large` is no instance type
      hint: write it like `m7i.large`
    ");
    assert_snapshot!(types(""), @"
    school.toml:13:18: `cluster.node_groups.workers.instance_types` is empty, at least one entry is needed
      hint: EC2 instance types of one architecture; several make spot capacity likelier
    ");
    assert_eq!(types(r#""g4dn.xlarge", "m5.large", "u7i-12tb.224xlarge", "i4i.large""#), "sound");
    assert_eq!(
        types(r#""c7gn.large", "a1.large", "x2gd.large", "im4gn.large", "g5g.xlarge""#),
        "sound"
    );
}

#[test]
fn the_cluster() {
    let text = r#"[cluster]
version = "1.19"
public_access_cidrs = ["198.18.0.1/24", "office", "10.0.0.0/8", "0.0.0.0/0"]
log_retention_days = 100
admins = [
  "arn:aws:iam::123456789012:role/admin",
  "arn:aws:sts::123456789012:assumed-role/Admin/me@school.org",
  "arn:aws:iam::123456789012:root",
  "arn:aws:iam::123456789012:role/admin",
  "admin",
]"#;
    assert_snapshot!(with(text), @"
    school.toml:13:11: EKS runs no Kubernetes `1.19`
      hint: leave it out for the newest in standard support
    school.toml:14:24: `198.18.0.1/24` does not start at its first address
      hint: did you mean `198.18.0.0/24`?
    school.toml:14:41: `office` is no IPv4 range
      hint: a single address is written with `/32`
    school.toml:14:51: `10.0.0.0/8` is private, nobody comes from there
      hint: the VPC always has access; name the public addresses of people here
    school.toml:15:22: AWS cannot keep logs for 100 days
      hint: the next it can is 120
    school.toml:18:3: `arn:aws:sts::123456789012:assumed-role/Admin/me@school.org` is a session, not a role
      hint: did you mean `arn:aws:iam::123456789012:role/Admin`?
    school.toml:19:3: `arn:aws:iam::123456789012:root` is no IAM user or role
      hint: write its ARN, like `arn:aws:iam::123456789012:role/admin`
    school.toml:20:3: `arn:aws:iam::123456789012:role/admin` is named twice
    school.toml:21:3: `admin` is no IAM user or role
      hint: write its ARN, like `arn:aws:iam::123456789012:role/admin`
    ");
    assert_snapshot!(with("[cluster]\nversion = \"v1.35\""), @"
    school.toml:13:11: `cluster.version` cannot be `v1.35`
      hint: Kubernetes minor version; the newest in standard support when left out
    ");
    assert_eq!(with("[cluster]\nversion = \"1.35\""), "sound");
}

#[test]
fn the_databases() {
    let text = r#"[mysql]
version = "8.0"
storage_gib = 200
performance_insights = true
[mongodb]
mode = "documentdb"
instance_class = "db.m7g.large""#;
    assert_snapshot!(with(text), @r#"
    school.toml:13:11: Open edX does not run on MySQL `8.0`
      hint: set `version = "8.4"`
    school.toml:14:15: `mysql.max_storage_gib` is 100, less than `storage_gib`, which is 200
      hint: set it to 220 or more, or to 200 for a disk that does not grow
    school.toml:15:24: `db.t4g.small` has no Performance Insights
      hint: set it to `false`, or take `db.t4g.medium` or larger
    school.toml:18:18: DocumentDB has no class `db.m7g.large`
      hint: take `db.t4g.medium`, or `db.r6g.large` and larger
    "#);
    assert_snapshot!(with("[mysql]\nstorage_gib = 95"), @"
    school.toml:13:15: `mysql.max_storage_gib` is 100, which leaves less than a tenth to grow
      hint: set it to 105 or more, or to 95 for a disk that does not grow
    ");
    assert_eq!(with("[mysql]\nstorage_gib = 100"), "sound");
    assert_snapshot!(with("[mongodb]\nmode = \"external\""), @"
    school.toml:13:8: an external MongoDB needs its secret
      hint: store the connection URI in Secrets Manager and set `mongodb.external_secret` to the secret's ARN
    ");
    let uri = "[mongodb]\nmode = \"external\"\nexternal_secret = \"mongodb+srv://user:word@atlas\"";
    let said = with(uri);
    assert!(!said.contains("user:word"), "a secret must not be repeated: {said}");
    assert_snapshot!(said, @"
    school.toml:14:19: `mongodb.external_secret` is no ARN of a secret
      hint: write it like `arn:aws:secretsmanager:us-east-1:123456789012:secret:mongodb-a1b2c3`; the URI itself stays out of the profile
    ");
}

#[test]
fn hosts_and_buckets() {
    let text = r#"cms_host = "https://studio.edx.school.org/"
media_bucket = "media.school.org"
[platforms.second]
lms_host = "learn.other.org"
mfe_host = "apps.edx.school.org"
media_bucket = "media.school.org"
[platforms.third]
lms_host = "edx.school.org"
"#;
    assert_snapshot!(instead("\n# more\n", text), @"
    school.toml:10:12: `https://studio.edx.school.org/` is no domain name
      hint: did you mean `studio.edx.school.org`?
    school.toml:13:12: `platforms.second.lms_host` is `learn.other.org`, which is not inside the zone `edx.school.org`
      hint: take a name like `learn.edx.school.org`, or change `edge.zone`
    school.toml:14:12: the host `apps.edx.school.org` is used twice
      hint: the first is at `platforms.main.lms_host`
    school.toml:15:16: the bucket `media.school.org` is used twice
      hint: the first is at `platforms.main.media_bucket`
    school.toml:17:12: the host `edx.school.org` is used twice
      hint: the first is at `platforms.main.lms_host`
    ");
    assert_snapshot!(instead("zone = \"edx", "parent_zone = \"other.org\"\nzone = \"edx"), @"
    school.toml:6:15: `edx.school.org` is not inside its parent zone `other.org`
      hint: leave it out when the delegation is made by hand
    ");
    assert_snapshot!(instead("zone = \"edx.school.org\"", "zone = \"school\""), @"
    school.toml:6:8: `school` is no domain name
      hint: write it like `edx.example.org`, in lower case
    ");
}

#[test]
fn mail_tags_and_money() {
    let text = "[alerts]\nemail = \"ops at school.org\"\n[tags]\n\"aws:x\" = \"1\"\nName = \"x\"\n\
                owner = \"a|b\"\nteam = \"learning\"\ncount = 3";
    assert_snapshot!(with(text), @"
    school.toml:13:9: `ops at school.org` is no e-mail address
      hint: write it like `ops@school.org`
    school.toml:15:1: the tag `aws:x` is not yours to set
    school.toml:16:1: the tag `Name` is not yours to set
    school.toml:17:9: the value of the tag `owner` is refused by AWS
      hint: at most 256 letters, digits, spaces and `+-=._:/@`
    school.toml:19:9: `tags.count` must be a string in quotes, not `3`
    ");
    assert_snapshot!(with("[budget]\nmonthly_usd = 100"), @"
    school.toml:13:15: nobody would be told about this budget
      hint: set `alerts.email`
    ");
    assert_eq!(with("[budget]\nmonthly_usd = 100\n[alerts]\nemail = \"ops@school.org\""), "sound");
}

#[test]
fn everything_at_once() {
    let text = r#"extends = "prod"
stack = "Our School"
regoin = "eu-west-1"

[network]
cidr = "10.100.0.0/16"
zones = "three"

[cluster.node_groups.workers]
min = 20
instance_types = ["m7i.large", "m7g.large"]

[cluster.node_groups.extra]
capacity = "spots"
min = 4
desired = 2
max = 6

[edge]
zone = "edx.school.org"
"#;
    assert_snapshot!(findings(text), @r#"
    school.toml:2:9: `stack` cannot be `Our School`
      hint: name of the stack: lower-case letters, digits and single dashes, 2 to 20 characters
    school.toml:3:1: unknown field `regoin`
      hint: did you mean `region`?
    school.toml:6:8: `10.100.0.0/16` overlaps `10.100.0.0/16`, the range of Kubernetes services
      hint: take another range, for example `10.40.0.0/16`
    school.toml:7:9: `network.zones` must be a whole number, not `"three"`
      hint: number of availability zones to spread over (EKS and RDS need two)
    school.toml:10:7: `cluster.node_groups.workers.min` is 20, more than `max`, which is 10
    school.toml:11:32: `m7g.large` is arm64, `m7i.large` is x86_64: a node group has one architecture
      hint: make a second node group for the other architecture
    school.toml:13:22: missing field `cluster.node_groups.extra.disk_gib`
      hint: root volume (gp3) in GiB
    school.toml:13:22: missing field `cluster.node_groups.extra.instance_types`
      hint: EC2 instance types of one architecture; several make spot capacity likelier
    school.toml:14:12: `cluster.node_groups.extra.capacity` cannot be `spots`
      hint: did you mean `spot`?
    school.toml:16:11: `cluster.node_groups.extra.desired` is 2, less than `min`, which is 4
    school.toml:20:8: `platforms.main.lms_host` is `edx.example.org`, which is not inside the zone `edx.school.org`
      hint: take a name like `learn.edx.school.org`, or change `edge.zone`
    "#);
}

#[test]
fn text_that_is_not_toml() {
    assert_snapshot!(findings("stack = \n"), @"school.toml:1:9: not TOML: string values must be quoted, expected literal string");
    assert_snapshot!(findings("extends = \"base\"\nstack = \"é\" oops\n"), @"school.toml:2:13: not TOML: unexpected key or value, expected newline, `#`");
    assert_snapshot!(findings("[edge]\n[edge]\n"), @"school.toml:2:2: not TOML: duplicate key");
    assert_snapshot!(findings("extends = [\"base\"]"), @r#"
    school.toml:1:11: `extends` must be the name of a profile
      hint: write `extends = "base"`
    "#);
}

// ---- one profile on another

/// A folder with these profiles.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

fn error(folder: &tempfile::TempDir, name: &str) -> String {
    let error = profile::load(name, folder.path()).unwrap_err().to_string();
    error.replace(folder.path().to_str().unwrap(), "<folder>")
}

#[test]
fn a_chain_merges_and_takes_away() {
    let middle = "extends = \"staging\"\n[tags]\nteam = \"learning\"\nold = \"yes\"\n\
                  [cluster.node_groups]\nsystem = false\n[platforms]\nmain = false\n\
                  [platforms.ours]\nlms_host = \"edx.school.org\"\n\
                  [edge]\nzone = \"edx.school.org\"\n[budget]\nmonthly_usd = false";
    let top = "extends = \"middle\"\nstack = \"school\"\n[tags]\nold = false\n\
               [mysql]\nbackup_days = 9";
    let folder = folder(&[("middle", middle), ("top", top)]);
    let profile = profile::load("top", folder.path()).unwrap();
    let settings = &profile.settings;
    assert_eq!(settings.cluster.node_groups.keys().collect::<Vec<_>>(), ["workers"]);
    assert_eq!(settings.platforms.keys().collect::<Vec<_>>(), ["ours"]);
    assert_eq!(settings.tags.keys().collect::<Vec<_>>(), ["team"]);
    assert_eq!(settings.budget.monthly_usd, None);
    let file = |path: &str| {
        let origin = &profile.origins[path];
        let name = Path::new(&origin.file).file_name().unwrap().to_str().unwrap().to_owned();
        format!("{name}:{}:{}", origin.line, origin.column)
    };
    assert_eq!(file("mysql.backup_days"), "top.toml:6:15");
    assert_eq!(file("tags.team"), "middle.toml:3:8");
    assert_eq!(file("cluster.node_groups.workers.max"), "staging.toml:28:7");
    assert!(profile.origins["stack"].file.ends_with("top.toml"));
    assert_eq!(profile.origins["network.zones"].file, "built-in/base.toml");
    assert_eq!(profile.files.len(), 4);
}

#[test]
fn a_folder_goes_before_the_program() {
    let folder = folder(&[("staging", "extends = \"prod\"\nstack = \"mine\"")]);
    assert_eq!(profile::load("staging", folder.path()).unwrap().settings.network.zones, 3);
    let path = folder.path().join("staging.toml");
    let by_path = profile::load(path.to_str().unwrap(), Path::new("elsewhere")).unwrap();
    assert_eq!(by_path.settings.stack, "mine");
}

#[test]
fn profiles_that_are_not_there() {
    let files = [
        ("a", "extends = \"b\""),
        ("b", "\nextends = \"c\""),
        ("c", "extends = \"a\""),
        ("self", "extends = \"self\""),
        ("typo", "extends = \"stagin\""),
        ("file", "extends = \"base.toml\""),
        ("way", "extends = \"../x\""),
    ];
    let folder = folder(&files);
    assert_snapshot!(error(&folder, "a"), @"
    <folder>/c.toml:1:11: `extends` goes in a circle: <folder>/a.toml → <folder>/b.toml → <folder>/c.toml → <folder>/a.toml
      hint: let one of them extend `base`
    ");
    assert_snapshot!(error(&folder, "self"), @"
    <folder>/self.toml:1:11: `extends` goes in a circle: <folder>/self.toml → <folder>/self.toml
      hint: let one of them extend `base`
    ");
    assert_snapshot!(error(&folder, "typo"), @"
    <folder>/typo.toml:1:11: extends an unknown profile `stagin`
      hint: did you mean `staging`?
    ");
    assert_snapshot!(error(&folder, "file"), @"
    <folder>/file.toml:1:11: extends an unknown profile `base.toml`
      hint: write the name alone: `base`
    ");
    assert_snapshot!(error(&folder, "way"), @"
    <folder>/way.toml:1:11: extends an unknown profile `../x`
      hint: write the name alone, without a folder
    ");
    assert_snapshot!(error(&folder, "stagin"), @"
    <folder>: unknown profile `stagin`
      hint: did you mean `staging`? there are `a`, `b`, `c`, `dev`, `file`, `prod`, `sandbox`, `self`, `staging`, `typo`, `way`
    ");
    assert_snapshot!(error(&folder, "nothing-like-it"), @"
    <folder>: unknown profile `nothing-like-it`
      hint: there are `a`, `b`, `c`, `dev`, `file`, `prod`, `sandbox`, `self`, `staging`, `typo`, `way`
    ");
    assert_snapshot!(error(&folder, ""), @"
    <folder>: unknown profile ``
      hint: there are `a`, `b`, `c`, `dev`, `file`, `prod`, `sandbox`, `self`, `staging`, `typo`, `way`
    ");
    let path = folder.path().join("none.toml");
    assert_snapshot!(error(&folder, path.to_str().unwrap()), @"
    <folder>/none.toml: there is no such file
      hint: profiles by name: `a`, `b`, `c`, `dev`, `file`, `prod`, `sandbox`, `self`, `staging`, `typo`, `way`
    ");
}

// ---- what is generated

#[test]
fn what_is_shown_reads_back_the_same() {
    for name in SHIPPED {
        let profile = shipped(name);
        let shown = profile::show(&profile);
        let again = profile::from_text("shown.toml", &shown).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.settings, profile.settings);
    }
    let odd = format!(
        "{SOUND}[tags]\n\"a.b c\" = \"x@y\"\n[cluster.node_groups.workers]\n\
         labels = {{ \"edx/a\" = 'quote \"' }}\ntaints = [{{ key = \"k\", effect = \"NoSchedule\" }}]"
    );
    let profile = profile::from_text("school.toml", &odd).unwrap();
    let shown = profile::show(&profile);
    assert_eq!(profile::from_text("shown.toml", &shown).unwrap().settings, profile.settings);
    let lines: Vec<_> = shown.lines().filter(|line| line.contains("school.toml")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    # school.toml, which extends built-in/base.toml
    stack = "school"  # from school.toml:2
    region = "eu-west-1"  # from school.toml:3
    "a.b c" = "x@y"  # from school.toml:13
    taints = [{ effect = "NoSchedule", key = "k" }]  # from school.toml:16
    "edx/a" = "quote \""  # from school.toml:15
    zone = "edx.school.org"  # from school.toml:6
    lms_host = "edx.school.org"  # from school.toml:9
    "#);
}

#[test]
fn the_settings_survive_json() {
    for name in SHIPPED {
        let settings = shipped(name).settings;
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    }
}

/// Generated files are committed; `EDXAWS_BLESS=1` writes them anew.
fn committed(path: &str, generated: &str) {
    let file = root().join(path);
    if env::var_os("EDXAWS_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, generated).unwrap();
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    assert!(there == generated, "{path} is out of date: EDXAWS_BLESS=1 cargo test --test profiles");
}

#[test]
fn the_schema_is_up_to_date() {
    committed("profiles/profile.schema.json", &profile::schema());
}

#[test]
fn the_reference_is_up_to_date() {
    committed("docs/profiles.md", &profile::reference_markdown());
}

#[test]
fn the_schema_of_files_accepts_each_shipped_file_by_itself() {
    let schema: Value = serde_json::from_str(&profile::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["base", "dev", "staging", "prod", "sandbox"] {
        let text = profile::built_in(name).unwrap();
        assert!(text.starts_with("#:schema ./profile.schema.json\n"), "{name}");
        let value: Value = toml::from_str(text).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    let removed: Value = toml::from_str("cluster.node_groups.system = false").unwrap();
    assert!(validator.is_valid(&removed));
    let wrong: Value = toml::from_str("network.zones = false").unwrap();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn every_field_is_described() {
    let schema: Value = serde_json::from_str(&profile::schema()).unwrap();
    let mut tables: Vec<&Value> = schema["$defs"].as_object().unwrap().values().collect();
    tables.push(&schema);
    for table in tables {
        for (name, property) in table["properties"].as_object().into_iter().flatten() {
            let by_itself = property["description"].is_string();
            let by_type = property["$ref"].as_str().is_some_and(|reference| {
                schema.pointer(reference.trim_start_matches('#')).unwrap()["description"]
                    .is_string()
            });
            assert!(by_itself || by_type, "`{name}` has no description");
        }
    }
}

// ---- new profiles

fn answers(size: Size) -> Answers {
    Answers {
        stack: "school".to_owned(),
        region: "eu-west-1".to_owned(),
        zone: "edx.school.org".to_owned(),
        size,
        platform: "campus".to_owned(),
        email: "ops@school.org".to_owned(),
        public_access_cidrs: vec!["8.8.4.0/24".to_owned()],
    }
}

#[test]
fn a_new_profile_loads_with_nothing_left_to_fill_in() {
    for size in Size::ALL {
        let text = profile::init(&answers(size));
        let profile = profile::from_text("school.toml", &text).unwrap_or_else(|e| panic!("{e}"));
        let settings = &profile.settings;
        assert_eq!(settings.stack, "school");
        assert_eq!(settings.region, "eu-west-1");
        assert_eq!(settings.platforms.keys().collect::<Vec<_>>(), ["campus"]);
        assert_eq!(settings.platforms["campus"].hosts()[1], "studio.edx.school.org");
        assert_eq!(settings.alerts.email.as_deref(), Some("ops@school.org"));
        assert!(profile.placeholders().is_empty());
        assert_eq!(settings.network, shipped(size.name()).settings.network);
        assert!(text.lines().filter(|line| line.starts_with('#')).count() > 4, "has comments");
        assert!(!text.contains("edx.example.org"), "{text}");
    }
}

#[test]
fn a_new_profile_without_ranges_says_what_is_left_to_fill_in() {
    let text = profile::init(&Answers { public_access_cidrs: Vec::new(), ..answers(Size::Dev) });
    let left = profile::from_text("school.toml", &text).unwrap().placeholders();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].path, "cluster.public_access_cidrs[0]");
}

#[test]
fn answers_cannot_break_out_of_their_quotes() {
    let stack = "x\"\nregion = \"y".to_owned();
    let text = profile::init(&Answers { stack, platform: "a b".to_owned(), ..answers(Size::Prod) });
    let error = profile::from_text("school.toml", &text).unwrap_err();
    let paths: Vec<_> = error.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["stack", "platforms.\"a b\""]);
    assert_eq!("staging".parse(), Ok(Size::Staging));
    assert_eq!(
        "huge".parse::<Size>().unwrap_err().to_string(),
        "`huge` is none of `dev`, `staging`, `prod`"
    );
}

// ---- anything at all

/// One change to the lines of a profile.
#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Twice(usize),
    Value(usize, String),
    Key(usize, String),
    Insert(usize, String),
    Letter(usize, char),
}

fn a_value() -> impl Strategy<Value = String> {
    let odd = "0|-1|7|99999999999999999999|2.5|nan|true|false|\"\"|\"x\"|\\[\\]|\\[1, \"a\"\\]|\\{\\}|\\{ a = 1 \\}|1979-05-27|\"10.1.0.0/20\"|\"none\"|";
    prop_oneof![odd, "\"\\PC{0,30}\"", "\\PC{0,12}"]
}

fn a_change() -> impl Strategy<Value = Change> {
    let at = 0_usize..4000;
    prop_oneof![
        at.clone().prop_map(Change::Drop),
        at.clone().prop_map(Change::Twice),
        (at.clone(), a_value()).prop_map(|(at, value)| Change::Value(at, value)),
        (at.clone(), "[a-z_]{1,8}|cidr|zones|min|max").prop_map(|(at, key)| Change::Key(at, key)),
        (at.clone(), "\\[[a-z_.]{1,12}\\]|extends = \"(prod|base|x)\"|\\PC{0,20}")
            .prop_map(|(at, line)| Change::Insert(at, line)),
        (at, any::<char>()).prop_map(|(at, letter)| Change::Letter(at, letter)),
    ]
}

fn changed(text: &str, changes: Vec<Change>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        let count = lines.len().max(1);
        match change {
            Change::Drop(at) if !lines.is_empty() => {
                lines.remove(at % count);
            }
            Change::Twice(at) if !lines.is_empty() => {
                let line = lines[at % count].clone();
                lines.push(line);
            }
            Change::Insert(at, line) => lines.insert(at % count, line),
            Change::Value(at, value) => {
                if let Some((key, _)) = nth_setting(&lines, at) {
                    let (position, key) = (key.0, key.1);
                    lines[position] = format!("{key} = {value}");
                }
            }
            Change::Key(at, new) => {
                if let Some((key, value)) = nth_setting(&lines, at) {
                    lines[key.0] = format!("{new} ={value}");
                }
            }
            Change::Letter(at, letter) => {
                let mut whole: Vec<char> = lines.join("\n").chars().collect();
                let position = at % whole.len().max(1);
                whole.insert(position, letter);
                lines = whole.iter().collect::<String>().split('\n').map(str::to_owned).collect();
            }
            Change::Drop(_) | Change::Twice(_) => {}
        }
    }
    lines.join("\n")
}

/// Position and key of some line that sets something, and its value.
fn nth_setting(lines: &[String], at: usize) -> Option<((usize, String), String)> {
    let settings: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
        .filter_map(|(position, line)| Some((position, line.split_once('=')?)))
        .collect();
    let (position, (key, value)) = settings.get(at % settings.len().max(1))?;
    Some(((*position, key.trim().to_owned()), (*value).to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_profile_gives_settings_or_findings(
        name in prop::sample::select(&SHIPPED[..]),
        changes in prop::collection::vec(a_change(), 1..6),
    ) {
        let text = changed(profile::built_in(name).unwrap(), changes);
        match profile::from_text("any.toml", &text) {
            Ok(profile) => {
                let shown = profile::show(&profile);
                let again = profile::from_text("shown.toml", &shown);
                prop_assert_eq!(again.map(|p| p.settings), Ok(profile.settings));
            }
            Err(error) => {
                prop_assert!(!error.findings.is_empty());
                for finding in &error.findings {
                    prop_assert!(!finding.message.is_empty());
                    prop_assert!(finding.origin.file == "any.toml" || finding.origin.file.starts_with("built-in/"));
                    prop_assert!(finding.origin.line >= 1, "{}", finding);
                }
            }
        }
    }
}
