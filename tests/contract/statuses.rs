//! Waiting ends: every status word that AWS documents is read as good, as bad, or as a wait with a
//! deadline; a word that nobody has heard of yet is waited for, never taken for good.

use std::time::Duration;

use edxaws::engine::Action;
use edxaws::resource::{Ready, Times};
use serde_json::{Value, json};

use crate::every_kind;
use crate::scene::scenes;

/// What AWS documents: kind, words that are good, words that no wait will mend, words to wait at.
type Row =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);
const WORDS: &[Row] = &[
    // EC2 API reference: Vpc, Subnet, NatGateway, Route, VpcEndpoint
    ("vpc", &["available"], &[], &["pending"]),
    (
        "subnet",
        &["available"],
        &["failed", "failed-insufficient-capacity"],
        &["pending", "unavailable"],
    ),
    ("nat_gateway", &["available"], &["failed"], &["pending", "deleting"]),
    // A `blackhole` is a difference, mended at once.
    ("route", &["active", "blackhole"], &[], &["filtered"]),
    (
        "vpc_endpoint",
        &["available"],
        &["failed", "rejected", "expired"],
        &["pending", "pendingacceptance", "deleting", "deleted", "partial"],
    ),
    // EKS API reference: Cluster, Nodegroup, Addon
    ("eks_cluster", &["ACTIVE"], &["FAILED"], &["CREATING", "DELETING", "UPDATING", "PENDING"]),
    (
        "eks_nodegroup",
        &["ACTIVE"],
        &["CREATE_FAILED", "DELETE_FAILED"],
        &["CREATING", "DELETING", "UPDATING", "DEGRADED"],
    ),
    (
        "eks_addon",
        &["ACTIVE"],
        &["CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"],
        &["CREATING", "UPDATING", "DELETING", "DEGRADED"],
    ),
    (
        "eks_addon_check",
        &["ACTIVE"],
        &["CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"],
        &["CREATING", "UPDATING", "DELETING", "DEGRADED"],
    ),
    // ELBv2 API reference: LoadBalancerState
    ("load_balancer", &["active", "active_impaired"], &["failed"], &["provisioning"]),
    // ACM API reference: CertificateDetail. A certificate stands as soon as its records are known.
    (
        "certificate_validation",
        &["ISSUED"],
        &["INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"],
        &["PENDING_VALIDATION"],
    ),
    (
        "certificate",
        &["ISSUED", "PENDING_VALIDATION"],
        &["INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"],
        &[],
    ),
    // RDS user guide: DB instance status
    (
        "db_instance",
        &["available", "backing-up", "storage-optimization"],
        &[
            "failed",
            "inaccessible-encryption-credentials",
            "incompatible-network",
            "incompatible-option-group",
            "incompatible-parameters",
            "incompatible-restore",
            "storage-full",
        ],
        &[
            "configuring-enhanced-monitoring",
            "configuring-log-exports",
            "converting-to-vpc",
            "creating",
            "deleting",
            "inaccessible-encryption-credentials-recoverable",
            "maintenance",
            "modifying",
            "rebooting",
            "renaming",
            "resetting-master-credentials",
            "restore-error",
            "starting",
            "stopped",
            "stopping",
            "upgrading",
        ],
    ),
    ("db_subnet_group", &["Complete"], &[], &["Incomplete"]),
    // DocumentDB developer guide: cluster and instance status
    (
        "docdb_cluster",
        &["available"],
        &["failed", "inaccessible-encryption-credentials"],
        &[
            "backing-up",
            "creating",
            "deleting",
            "failing-over",
            "maintenance",
            "migrating",
            "modifying",
            "renaming",
            "resetting-master-credentials",
            "upgrading",
            "starting",
        ],
    ),
    (
        "docdb_instance",
        &["available"],
        &["failed", "incompatible-network"],
        &[
            "backing-up",
            "creating",
            "deleting",
            "maintenance",
            "modifying",
            "rebooting",
            "renaming",
            "starting",
            "stopped",
            "upgrading",
        ],
    ),
    // ElastiCache API reference: ReplicationGroup
    (
        "replication_group",
        &["available"],
        &["create-failed"],
        &["creating", "modifying", "deleting", "snapshotting"],
    ),
    // Backup API reference: BackupVaultListMember; CloudFront API reference: Distribution
    ("backup_vault", &["AVAILABLE"], &["FAILED"], &["CREATING"]),
    ("distribution", &["Deployed"], &[], &["InProgress"]),
    // SES API v2 reference: VerificationStatus; `SUCCESS` counts with the flag that goes with it.
    ("email_verification", &[], &["FAILED"], &["PENDING", "TEMPORARY_FAILURE", "NOT_STARTED"]),
];

/// Kinds whose `status` or `state` says nothing about being ready.
const SAYS_NOTHING: &[&str] = &[
    // OK, ALARM, INSUFFICIENT_DATA: what is watched, not the alarm.
    "alarm",
];

fn field(live: &Value) -> Option<&'static str> {
    ["status", "state"].into_iter().find(|name| live.get(*name).is_some_and(Value::is_string))
}

#[test]
fn every_documented_status_is_good_bad_or_waited_for() {
    every_kind(async |bench, _| {
        bench.up().await;
        let mut live = bench.live();
        let Some(field) = field(&live) else { return };
        let kind = bench.kind.name();
        if SAYS_NOTHING.contains(&kind) {
            return;
        }
        let row = WORDS.iter().find(|row| row.0 == kind);
        let (_, good, bad, wait) = row.unwrap_or_else(|| panic!("no row in WORDS: {live}"));
        if let Some(verified) = live.get_mut("verified") {
            *verified = json!(false);
        }
        let mut check = |words: &[&str], fits: fn(&Ready) -> bool, what: &str| {
            for word in words {
                live[field] = json!(word);
                let ready = bench.ready(&live);
                assert!(fits(&ready), "`{word}` is {what}, not {ready:?}");
            }
        };
        check(good, |ready| *ready == Ready::Yes, "good");
        check(bad, |ready| matches!(ready, Ready::Failed(_)), "bad");
        check(wait, |ready| matches!(ready, Ready::Wait(_)), "passing");
        check(&["A_WORD_OF_NEXT_YEAR"], |ready| *ready != Ready::Yes, "unknown");
    });
}

#[test]
fn the_table_of_words_has_no_row_for_nothing() {
    for (kind, ..) in WORDS {
        assert!(scenes().iter().any(|scene| scene.kind.name() == *kind), "{kind}");
    }
}

#[test]
fn what_never_becomes_ready_fails_by_its_deadline() {
    every_kind(async |bench, _| {
        bench.up().await;
        bench.tamper(|thing| thing.ready = f64::MAX);
        ends(bench, "is stuck").await;
    });
}

#[test]
fn what_aws_calls_failed_ends_the_wait() {
    every_kind(async |bench, _| {
        bench.up().await;
        bench.tamper(|thing| thing.failure = Some("InsufficientCapacity: no room".to_owned()));
        ends(bench, "has failed").await;
    });
}

/// The step ends, well or with a reason, before the deadline of its kind is long over.
async fn ends(bench: &mut crate::bench::Bench, what: &str) {
    let deadline = Times::deadline(bench.kind.times().create.2) + Duration::from_secs(120);
    let step = tokio::time::timeout(deadline, bench.step(Action::Await)).await;
    let summary = step.unwrap_or_else(|_| panic!("it {what}, and is still waited for"));
    for error in &summary.failed {
        assert!(!error.why.is_empty() && error.hint.is_some(), "{error:?}");
    }
    assert_eq!(summary.failed.len() + summary.done.len(), 1);
}
