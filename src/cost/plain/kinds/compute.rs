//! Machines, disks, clusters.

use super::{Attribute, Date, Fallback, PlainKind, Sheet, Type, Values};
use super::{flag, kind, number, required, usage, word};
use crate::cost::Span;
use crate::cost::goods;
use crate::cost::line::Amount;
use crate::cost::support::{Release, Standing};
use crate::cost::tariff::{self, ControlPlane, Nodes, Purchase, Volume};

const VOLUMES: &[&str] = &["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"];
const BOUGHT: &[&str] = &["ON_DEMAND", "SPOT"];

pub const EKS_CLUSTER: PlainKind = kind(
    "eks_cluster",
    &[
        Attribute::new(
            "version",
            Type::Text,
            Fallback::Unstated,
            "Kubernetes minor version, `1.35`; past its standard support the surcharge is added",
        ),
        word(
            "support_type",
            &["EXTENDED", "STANDARD"],
            "EXTENDED",
            "upgrade policy; with `STANDARD` AWS raises the cluster and bills no surcharge",
        ),
    ],
    |sheet, values, today| {
        let release = Release::find("kubernetes", values.text("version"));
        let over = release.is_some_and(|release| release.standing(today) != Standing::Standard);
        let extended = over && values.text("support_type") == "EXTENDED";
        let support = if extended { ControlPlane::Extended } else { ControlPlane::Standard };
        tariff::control_plane(sheet, support);
    },
);

pub const EKS_NODE_GROUP: PlainKind = kind(
    "eks_node_group",
    &[
        required("instance_types", Type::Texts, "the first counts on demand, all of them as spot"),
        word("capacity_type", BOUGHT, "ON_DEMAND", "how capacity is bought"),
        number("desired_size", 1, "nodes expected"),
        Attribute::new("min_size", Type::Number, Fallback::As("desired_size"), "fewest nodes"),
        Attribute::new("max_size", Type::Number, Fallback::As("desired_size"), "most nodes"),
        number("disk_size", 20, "GiB of each node's disk; 0 for none"),
        word("disk_type", VOLUMES, "gp2", "type of each node's disk"),
        usage(
            "monthly_cpu_credit_vcpu_hours",
            "vCPU hours beyond earned credits, all nodes together",
        ),
    ],
    |sheet, values, _| {
        let number = |name| values.number(name);
        let count = Span::new(number("min_size"), number("desired_size"), number("max_size"));
        machines(sheet, values.texts("instance_types"), count, values.text("capacity_type"));
        credits(sheet, values, values.texts("instance_types").first());
        disk(sheet, values.text("disk_type"), values, "disk_size", count);
    },
);

pub const INSTANCE: PlainKind = kind(
    "instance",
    &[
        required("instance_type", Type::Text, "EC2 instance type, Linux, shared tenancy"),
        word("capacity_type", BOUGHT, "ON_DEMAND", "how capacity is bought"),
        number("count", 1, "machines alike"),
        word("root_volume_type", VOLUMES, "gp2", "type of the root disk"),
        number("root_volume_size", 8, "GiB of the root disk; 0 for none"),
        number("root_volume_iops", 0, "provisioned IOPS of the root disk, all of them"),
        number("root_volume_throughput", 0, "provisioned MiB/s of the root disk (gp3)"),
        usage("monthly_cpu_credit_vcpu_hours", "vCPU hours beyond earned credits (unlimited mode)"),
        flag("monitoring", "detailed monitoring: seven metrics each"),
    ],
    |sheet, values, _| {
        let count = Span::from(values.number("count"));
        let types = [values.text("instance_type").to_owned()];
        machines(sheet, &types, count, values.text("capacity_type"));
        credits(sheet, values, types.first());
        if values.is("monitoring") {
            let metrics = Amount::fixed(count.times(7));
            sheet.line("detailed monitoring", goods::metric(), metrics);
        }
        disk(sheet, values.text("root_volume_type"), values, "root_volume_size", count);
    },
);

fn machines(sheet: &mut Sheet<'_>, types: &[String], count: Span, bought: &str) {
    let purchase = if bought == "SPOT" { Purchase::Spot } else { Purchase::OnDemand };
    tariff::nodes(sheet, &Nodes { types, count, purchase });
}

fn credits(sheet: &mut Sheet<'_>, values: &Values, instance_type: Option<&String>) {
    let family = instance_type.and_then(|one| one.split('.').next());
    if let (Some(hours), Some(family)) = (values.stated("monthly_cpu_credit_vcpu_hours"), family) {
        tariff::cpu_credits(sheet, family, Some(hours));
    }
}

fn disk(sheet: &mut Sheet<'_>, kind: &str, values: &Values, size: &str, count: Span) {
    let gib = values.number(size);
    if !gib.is_zero() {
        let iops = values.number("root_volume_iops");
        let throughput = values.number("root_volume_throughput");
        tariff::volume(sheet, &Volume { kind, gib, iops, throughput, count });
    }
}

pub const EBS_VOLUME: PlainKind = kind(
    "ebs_volume",
    &[
        word("type", VOLUMES, "gp2", "volume type"),
        number("size", 8, "GiB"),
        number("iops", 0, "provisioned IOPS, all of them: gp3 brings 3,000 along"),
        number("throughput", 0, "provisioned MiB/s (gp3), all of it: 125 are free"),
        number("count", 1, "volumes alike"),
    ],
    |sheet, values, _| {
        let number = |name| values.number(name);
        let volume = Volume {
            kind: values.text("type"),
            gib: number("size"),
            iops: number("iops"),
            throughput: number("throughput"),
            count: Span::from(number("count")),
        };
        tariff::volume(sheet, &volume);
    },
);

pub const EBS_SNAPSHOT: PlainKind = kind(
    "ebs_snapshot",
    &[number("volume_size", 8, "GB that the snapshot holds; at most the volume's size")],
    |sheet, values, _: Date| {
        tariff::snapshot(sheet, Amount::fixed(values.number("volume_size")));
    },
);
