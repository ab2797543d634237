//! Questions about instances, volumes, clusters, load balancers and the network.

use crate::cost::refresh::question::{Question, ask, pick};
use crate::cost::refresh::unit::Unit;

pub(super) const QUESTIONS: &[Question] = &[
    ask(
        "AmazonEC2",
        &[
            ("productFamily", "Compute Instance"),
            ("operatingSystem", "Linux"),
            ("tenancy", "Shared"),
            ("capacitystatus", "Used"),
            ("preInstalledSw", "NA"),
            ("licenseModel", "No License required"),
        ],
        &[pick(["ec2", "on-demand", "*"], "BoxUsage:*", Unit::Hours)],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "CPU Credits"), ("operatingSystem", "Linux")],
        &[pick(["ec2", "cpu-credits", "t3"], "CPUCredits:t3", Unit::VcpuHours)],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "Storage")],
        &[
            pick(["ebs", "storage", "gp2"], "EBS:VolumeUsage.gp2", Unit::GbMonths),
            pick(["ebs", "storage", "gp3"], "EBS:VolumeUsage.gp3", Unit::GbMonths),
            pick(["ebs", "storage", "io1"], "EBS:VolumeUsage.piops", Unit::GbMonths),
            pick(["ebs", "storage", "io2"], "EBS:VolumeUsage.io2", Unit::GbMonths),
            pick(["ebs", "storage", "sc1"], "EBS:VolumeUsage.sc1", Unit::GbMonths),
            pick(["ebs", "storage", "st1"], "EBS:VolumeUsage.st1", Unit::GbMonths),
            pick(["ebs", "storage", "standard"], "EBS:VolumeUsage", Unit::GbMonths),
        ],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "System Operation")],
        &[
            pick(["ebs", "iops", "gp3"], "EBS:VolumeP-IOPS.gp3", Unit::IopsMonths),
            pick(["ebs", "iops", "io1"], "EBS:VolumeP-IOPS.piops", Unit::IopsMonths),
            pick(["ebs", "iops", "io2"], "EBS:VolumeP-IOPS.io2", Unit::IopsMonths),
        ],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "Provisioned Throughput"), ("volumeApiName", "gp3")],
        &[pick(["ebs", "throughput", "gp3"], "EBS:VolumeP-Throughput.gp3", Unit::GibpsMonths)
            .divided(1024)],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "Storage Snapshot")],
        &[pick(["ebs", "snapshot", "standard"], "EBS:SnapshotUsage", Unit::GbMonths)],
    ),
    ask(
        "AmazonEC2",
        &[("productFamily", "NAT Gateway"), ("operation", "NatGateway")],
        &[
            pick(["nat", "hours", "gateway"], "NatGateway-Hours", Unit::Hours),
            pick(["nat", "data", "gateway"], "NatGateway-Bytes", Unit::Gb),
        ],
    ),
    ask(
        "AmazonVPC",
        &[],
        &[
            pick(["vpc", "public-ipv4", "in-use"], "PublicIPv4:InUseAddress", Unit::Hours),
            pick(["vpc", "public-ipv4", "idle"], "PublicIPv4:IdleAddress", Unit::Hours),
        ],
    ),
    ask(
        "AmazonVPC",
        &[("productFamily", "VpcEndpoint"), ("endpointType", "PrivateLink")],
        &[
            pick(["vpc", "interface-endpoint-hours", "az"], "VpcEndpoint-Hours", Unit::Hours),
            pick(["vpc", "interface-endpoint-data", "endpoint"], "VpcEndpoint-Bytes", Unit::Gb),
        ],
    ),
    ask(
        "AmazonEKS",
        &[("productFamily", "Compute")],
        &[
            pick(["eks", "cluster", "standard"], "AmazonEKS-Hours:perCluster", Unit::Hours),
            pick(
                ["eks", "cluster", "extended-support"],
                "AmazonEKS-Hours:extendedSupport",
                Unit::Hours,
            ),
            pick(
                ["eks", "provisioned-control-plane", "*"],
                "AmazonEKS-Hours:*-ProvisionedTier",
                Unit::Hours,
            ),
        ],
    ),
    ask(
        "AmazonEKS",
        &[],
        &[pick(["eks", "auto-mode", "*"], "EKS-Auto:*-management-hours", Unit::Hours)],
    ),
    ask(
        "AWSELB",
        &[("productFamily", "Load Balancer-Application"), ("locationType", "AWS Region")],
        &[
            pick(["elb", "hours", "alb"], "LoadBalancerUsage", Unit::Hours),
            pick(["elb", "lcu", "alb"], "LCUUsage", Unit::LcuHours),
        ],
    ),
    ask(
        "AWSELB",
        &[("productFamily", "Load Balancer-Network"), ("locationType", "AWS Region")],
        &[
            pick(["elb", "hours", "nlb"], "LoadBalancerUsage", Unit::Hours),
            pick(["elb", "lcu", "nlb"], "LCUUsage", Unit::LcuHours),
        ],
    ),
    ask(
        "AWSELB",
        &[("productFamily", "Load Balancer"), ("locationType", "AWS Region")],
        &[
            pick(["elb", "hours", "classic"], "LoadBalancerUsage", Unit::Hours),
            pick(["elb", "data", "classic"], "DataProcessing-Bytes", Unit::Gb),
        ],
    ),
];
