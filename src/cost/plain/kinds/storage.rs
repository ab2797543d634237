//! Objects, files, images, keys, logs.

use rust_decimal::dec;

use super::PlainKind;
use super::{kind, number, usage, word};
use crate::cost::goods;
use crate::cost::tariff::{self, Bucket, Logs};

const CLASSES: &[&str] =
    &["standard", "standard-ia", "one-zone-ia", "glacier-flexible", "glacier-deep-archive"];

pub const S3_BUCKET: PlainKind = kind(
    "s3_bucket",
    &[
        word("storage_class", CLASSES, "standard", "storage class of all objects"),
        usage("storage_gb", "GB kept"),
        usage("monthly_tier_1_requests", "PUT, COPY, POST and LIST requests"),
        usage("monthly_tier_2_requests", "GET and all other requests"),
        usage("monthly_retrieval_gb", "GB read back out of an infrequent class"),
    ],
    |sheet, values, _| {
        let class = values.text("storage_class");
        let bucket = Bucket {
            class,
            gb: values.used("storage_gb", 1),
            writes: values.used("monthly_tier_1_requests", 1_000),
            reads: values.used("monthly_tier_2_requests", 1_000),
        };
        tariff::bucket(sheet, &bucket);
        if let Some(gb) = values.rare("monthly_retrieval_gb", 1) {
            sheet.line("S3 retrieval", goods::bucket_retrieval(class), gb);
        }
    },
);

pub const EFS_FILE_SYSTEM: PlainKind = kind(
    "efs_file_system",
    &[
        word("storage_class", &["standard", "standard-ia", "one-zone"], "standard", "class"),
        usage("storage_gb", "GB kept"),
    ],
    |sheet, values, _| {
        tariff::files(sheet, values.text("storage_class"), values.used("storage_gb", 1));
    },
);

pub const ECR_REPOSITORY: PlainKind =
    kind("ecr_repository", &[usage("storage_gb", "GB of images")], |sheet, values, _| {
        tariff::images(sheet, values.used("storage_gb", 1))
    });

pub const BACKUP_VAULT: PlainKind = kind(
    "backup_vault",
    &[usage("monthly_ebs_snapshot_gb", "GB of recovery points of EBS volumes")],
    |sheet, values, _| tariff::vault_snapshots(sheet, values.used("monthly_ebs_snapshot_gb", 1)),
);

pub const KMS_KEY: PlainKind =
    kind("kms_key", &[usage("monthly_requests", "requests")], |sheet, values, _| {
        tariff::key(sheet, values.used("monthly_requests", 10_000))
    });

pub const SECRETSMANAGER_SECRET: PlainKind =
    kind("secretsmanager_secret", &[usage("monthly_requests", "requests")], |sheet, values, _| {
        tariff::secret(sheet, Some(values.used("monthly_requests", 10_000)))
    });

pub const CLOUDWATCH_LOG_GROUP: PlainKind = kind(
    "cloudwatch_log_group",
    &[
        usage("monthly_data_ingested_gb", "GB taken in"),
        usage("storage_gb", "GB kept"),
        usage("monthly_data_scanned_gb", "GB searched by Logs Insights"),
    ],
    |sheet, values, _| {
        let logs = Logs {
            ingested: values.used("monthly_data_ingested_gb", 1),
            kept: values.used("storage_gb", 1),
            scanned: Some(values.used("monthly_data_scanned_gb", 1)),
        };
        tariff::logs(sheet, logs);
    },
);

pub const CLOUDWATCH_METRIC_ALARM: PlainKind = kind(
    "cloudwatch_metric_alarm",
    &[
        number("period", 60, "seconds of one look; below 60 it is of high resolution"),
        number("metrics", 1, "metrics it looks at"),
    ],
    |sheet, values, _| {
        let fine = values.number("period") < dec!(60);
        let resolution = if fine { "high-resolution" } else { "standard" };
        tariff::alarm(sheet, resolution, values.number("metrics"));
    },
);
