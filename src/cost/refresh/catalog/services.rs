//! Questions about S3, data transfer and the services that are billed by use.

use crate::cost::refresh::question::{Place, Question, ask, pick};
use crate::cost::refresh::unit::Unit;

const K: u32 = 1_000;
const M: u32 = 1_000_000;

pub(super) const QUESTIONS: &[Question] = &[
    ask(
        "AmazonS3",
        &[("productFamily", "Storage"), ("volumeType", "Standard")],
        &[pick(["s3", "storage", "standard"], "TimedStorage-ByteHrs", Unit::GbMonths)],
    ),
    ask(
        "AmazonS3",
        &[("productFamily", "API Request")],
        &[
            pick(["s3", "requests", "write"], "Requests-Tier1", Unit::Requests).times(K),
            pick(["s3", "requests", "read"], "Requests-Tier2", Unit::Requests).times(K),
        ],
    ),
    ask(
        "AWSDataTransfer",
        &[("transferType", "AWS Outbound")],
        &[pick(["data-transfer", "internet-out", "out"], "DataTransfer-Out-Bytes", Unit::Gb)],
    )
    .at(Place::FromRegion),
    ask(
        "AWSDataTransfer",
        &[("transferType", "IntraRegion")],
        &[pick(
            ["data-transfer", "inter-az", "each-direction"],
            "DataTransfer-Regional-Bytes",
            Unit::Gb,
        )],
    )
    .at(Place::FromRegion),
    ask(
        "AmazonCloudFront",
        &[("productFamily", "Data Transfer")],
        &[
            pick(["cloudfront", "data-out", "eu"], "EU-DataTransfer-Out-Bytes", Unit::Gb),
            pick(["cloudfront", "data-out", "japan"], "JP-DataTransfer-Out-Bytes", Unit::Gb),
            pick(
                ["cloudfront", "data-out", "south-america"],
                "SA-DataTransfer-Out-Bytes",
                Unit::Gb,
            ),
            pick(["cloudfront", "data-out", "us"], "US-DataTransfer-Out-Bytes", Unit::Gb),
        ],
    )
    .at(Place::Global),
    ask(
        "AmazonCloudFront",
        &[("productFamily", "Request")],
        &[
            pick(["cloudfront", "requests", "us-http"], "US-Requests-Tier1", Unit::Requests)
                .times(10 * K),
            pick(["cloudfront", "requests", "us-https"], "US-Requests-Tier2-HTTPS", Unit::Requests)
                .times(10 * K),
        ],
    )
    .at(Place::Global),
    ask(
        "AmazonRoute53",
        &[("productFamily", "DNS Zone")],
        &[pick(["route53", "zone", "hosted"], "HostedZone", Unit::Months)],
    )
    .at(Place::Global),
    ask(
        "AmazonRoute53",
        &[("productFamily", "DNS Query"), ("routingType", "Standard")],
        &[pick(["route53", "queries", "standard"], "DNS-Queries", Unit::Requests).times(M)],
    )
    .at(Place::Global),
    ask(
        "awskms",
        &[("productFamily", "Encryption Key")],
        &[pick(["kms", "key", "customer"], "KMS-Keys", Unit::Months)],
    ),
    ask(
        "awskms",
        &[("productFamily", "API Request")],
        &[pick(["kms", "requests", "symmetric"], "KMS-Requests", Unit::Requests).times(10 * K)],
    ),
    ask(
        "AWSSecretsManager",
        &[("productFamily", "Secret")],
        &[pick(["secretsmanager", "secret", "secret"], "AWSSecretsManager-Secrets", Unit::Months)],
    ),
    ask(
        "AWSSecretsManager",
        &[("productFamily", "API Request")],
        &[pick(
            ["secretsmanager", "requests", "api"],
            "AWSSecretsManagerAPIRequest",
            Unit::Requests,
        )
        .times(10 * K)],
    ),
    ask(
        "AmazonCloudWatch",
        &[],
        &[
            pick(["cloudwatch", "logs-ingested", "standard"], "DataProcessing-Bytes", Unit::Gb),
            pick(["cloudwatch", "logs-stored", "standard"], "TimedStorage-ByteHrs", Unit::GbMonths),
            pick(["cloudwatch", "metrics", "custom"], "CW:MetricMonitorUsage", Unit::Months),
            pick(["cloudwatch", "alarms", "standard"], "CW:AlarmMonitorUsage", Unit::Months),
        ],
    ),
    ask(
        "AmazonECR",
        &[("productFamily", "EC2 Container Registry")],
        &[pick(["ecr", "storage", "private"], "TimedStorage-ByteHrs", Unit::GbMonths)],
    ),
    ask(
        "AmazonEFS",
        &[("productFamily", "Storage"), ("storageClass", "General Purpose")],
        &[pick(["efs", "storage", "standard"], "TimedStorage-ByteHrs", Unit::GbMonths)],
    ),
    ask(
        "AmazonSES",
        &[("productFamily", "Sending Email")],
        &[pick(["ses", "sending", "email"], "Recipients", Unit::Requests).times(K)],
    ),
    ask(
        "awswaf",
        &[("productFamily", "Web Application Firewall")],
        &[
            pick(["waf", "web-acl", "web-acl"], "WebACLV2", Unit::Months),
            pick(["waf", "rule", "rule"], "RuleV2", Unit::Months),
            pick(["waf", "requests", "inspected"], "RequestV2-Tier1", Unit::Requests).times(M),
        ],
    ),
];
