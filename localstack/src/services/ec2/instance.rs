//! Instances, which node groups start here, and what AWS says about instance types.

use serde_json::{Map, Value, json};

use super::super::Operation;
use super::{dry_run, field, id, known, owner, page, picked, place, refuse, shape};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::world::{ACCOUNT, Thing};

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeInstances", describe),
    ("TerminateInstances", terminate),
    ("DescribeInstanceTypes", describe_types),
    ("DescribeInstanceTypeOfferings", describe_offerings),
];

/// Facts from AWS's own DescribeInstanceTypes (moto's dump of 2026-08-02, checked with eksctl's).
const TYPES: &str = include_str!("instance_types.csv");

fn with_state(instance: &Thing, now: f64) -> Thing {
    let mut instance = instance.clone();
    let words = ["pending", "running", "running", "terminated", "shutting-down"];
    let word = instance.status(now, words);
    let code = match word {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        _ => 48,
    };
    instance.set("instanceState", json!({"code": code, "name": word}));
    instance
}

fn state(instance: &Thing, _now: f64) -> Vec<String> {
    let name = instance.attrs.get("instanceState").and_then(|state| state.get("name")?.as_str());
    name.map(str::to_owned).into_iter().collect()
}

fn zone(instance: &Thing, _now: f64) -> Vec<String> {
    let placement = instance.attrs.get("placement");
    let zone = placement.and_then(|placement| placement.get("availabilityZone")?.as_str());
    zone.map(str::to_owned).into_iter().collect()
}

fn describe(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = call.here("instance").map(|one| with_state(one, call.now)).collect();
    let fields = &[
        ("instance-id", id as fn(&Thing, f64) -> _),
        ("instance-state-name", state),
        ("instance-type", field!("instanceType")),
        ("vpc-id", field!("vpcId")),
        ("subnet-id", field!("subnetId")),
        ("availability-zone", zone),
        ("private-dns-name", field!("privateDnsName")),
        ("private-ip-address", field!("privateIpAddress")),
        ("image-id", field!("imageId")),
        ("owner-id", owner),
    ];
    let found = picked(call, "instance", &all, "InstanceId", fields)?;
    let shown = found.into_iter().map(|one| reservation(call, one)).collect();
    page(call, "reservationSet", shown)
}

fn reservation(call: &Call<'_>, instance: &Thing) -> Map<String, Value> {
    let mut shape = shape(instance);
    let interface =
        call.world.children(&instance.id).find(|child| child.kind == "network_interface");
    if let Some(groups) = interface.and_then(|one| one.attrs.get("groupSet")) {
        shape.entry("groupSet").or_insert_with(|| groups.clone());
    }
    let mut reservation = Map::new();
    reservation.insert("reservationId".to_owned(), instance.id.replacen("i-", "r-", 1).into());
    reservation.insert("ownerId".to_owned(), ACCOUNT.into());
    reservation.insert("instancesSet".to_owned(), json!({"item": [shape]}));
    reservation
}

fn terminate(call: &mut Call<'_>) -> Answer {
    let ids = call.texts("InstanceId");
    for id in &ids {
        known(call, "instance", id)?;
    }
    dry_run(call)?;
    let mut shown = Vec::new();
    for id in ids {
        call.world.delete("instance", &id, call.now)?;
        shown.push(json!({"instanceId": id, "currentState": {"code": 32, "name": "shutting-down"},
            "previousState": {"code": 16, "name": "running"}}));
    }
    Ok(json!({"instancesSet": {"item": shown}}))
}

/// One line of the table.
struct Type {
    name: &'static str,
    cpus: u64,
    memory: u64,
    arch: &'static str,
    interfaces: u64,
    addresses: u64,
    burstable: bool,
}

fn types() -> impl Iterator<Item = Type> {
    TYPES.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        let mut cell = || cells.next();
        let (name, cpus, memory, arch) = (cell()?, cell()?, cell()?, cell()?);
        let (interfaces, addresses, burstable) = (cell()?, cell()?, cell()?);
        Some(Type {
            name,
            cpus: cpus.parse().ok()?,
            memory: memory.parse().ok()?,
            arch,
            interfaces: interfaces.parse().ok()?,
            addresses: addresses.parse().ok()?,
            burstable: burstable == "yes",
        })
    })
}

impl Type {
    fn family(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// us-east-1e is an old zone without the newer types (t3.micro: Getting-Started-Terraform#44,
    /// c5.large: compiler-explorer/infra#601, r5d.xlarge: provider-aws-test-infra#354).
    fn offered(&self, zone: &str) -> bool {
        zone != "us-east-1e" || self.family() == "t2"
    }

    fn thing(&self) -> Thing {
        let name = |text: &str| json!({"item": [text]});
        let threads = if self.arch == "arm64" || self.cpus == 1 { 1 } else { 2 };
        let family = self.family();
        let maker = match (self.arch, family.ends_with('a')) {
            ("arm64", _) => "AWS",
            (_, true) => "AMD",
            _ => "Intel",
        };
        Thing::new("instance_type", self.name)
            .with("instanceType", self.name)
            .with("currentGeneration", family != "t2")
            .with("bareMetal", false)
            .with("hypervisor", if family == "t2" { "xen" } else { "nitro" })
            .with("instanceStorageSupported", false)
            .with("burstablePerformanceSupported", self.burstable)
            .with("supportedUsageClasses", json!({"item": ["on-demand", "spot"]}))
            .with("supportedRootDeviceTypes", name("ebs"))
            .with("supportedVirtualizationTypes", name("hvm"))
            .with(
                "processorInfo",
                json!({"supportedArchitectures": name(self.arch), "manufacturer": maker}),
            )
            .with(
                "vCpuInfo",
                json!({"defaultVCpus": self.cpus, "defaultCores": self.cpus / threads,
                    "defaultThreadsPerCore": threads}),
            )
            .with("memoryInfo", json!({"sizeInMiB": self.memory}))
            .with(
                "networkInfo",
                json!({"maximumNetworkInterfaces": self.interfaces,
                    "ipv4AddressesPerInterface": self.addresses, "ipv6Supported": true}),
            )
            .with("$arch", self.arch)
            .with("$generation", (family != "t2").to_string())
            .with("$burstable", self.burstable.to_string())
    }
}

fn describe_types(call: &mut Call<'_>) -> Answer {
    let all: Vec<Thing> = types().map(|one| one.thing()).collect();
    let asked = call.texts("InstanceType");
    let unknown: Vec<&str> = asked
        .iter()
        .map(String::as_str)
        .filter(|name| !all.iter().any(|one| one.id == **name))
        .collect();
    if !unknown.is_empty() {
        let list = unknown.join(", ");
        let message = format!("The following supplied instance types do not exist: [{list}]");
        return Err(AwsError::bad("InvalidInstanceType", message));
    }
    let fields = &[
        ("instance-type", id as fn(&Thing, f64) -> _),
        ("processor-info.supported-architecture", field!("$arch")),
        ("current-generation", field!("$generation")),
        ("burstable-performance-supported", field!("$burstable")),
        ("bare-metal", |_, _| vec!["false".to_owned()]),
    ];
    let found = call.filtered(all.iter(), fields)?.into_iter();
    let found = found.filter(|one| asked.is_empty() || asked.contains(&one.id));
    page(call, "instanceTypeSet", found.map(plain).collect())
}

fn plain(thing: &Thing) -> Map<String, Value> {
    let mut attrs = thing.attrs.clone();
    attrs.retain(|name, _| !name.starts_with('$'));
    attrs
}

fn describe_offerings(call: &mut Call<'_>) -> Answer {
    let kind = call.text("LocationType").unwrap_or("region").to_owned();
    let zones = place::zones(call.region());
    let region = call.region().to_owned();
    // Where a type is offered, and the zone that decides it.
    let places: Vec<(String, Option<String>)> = match kind.as_str() {
        "region" => vec![(region, None)],
        "availability-zone" => zones.into_iter().map(|z| (z.name.clone(), Some(z.name))).collect(),
        "availability-zone-id" => zones.into_iter().map(|z| (z.id, Some(z.name))).collect(),
        other => return Err(AwsError::unimplemented(format!("the location type `{other}`"))),
    };
    refuse(call, &["DryRun"])?;
    let mut all = Vec::new();
    for one in types() {
        for (location, zone) in &places {
            if zone.as_deref().is_none_or(|zone| one.offered(zone)) {
                let offering = Thing::new("offering", format!("{}/{location}", one.name))
                    .with("instanceType", one.name)
                    .with("locationType", kind.clone())
                    .with("location", location.clone());
                all.push(offering);
            }
        }
    }
    let fields = &[
        ("instance-type", field!("instanceType") as fn(&Thing, f64) -> _),
        ("location", field!("location")),
    ];
    let found = call.filtered(all.iter(), fields)?;
    page(call, "instanceTypeOfferingSet", found.into_iter().map(plain).collect())
}
