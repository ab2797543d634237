//! Least privilege: what each kind calls it declares, and what is declared is called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use edxaws::resources::KINDS;
use edxaws_localstack::{Owner, Thing};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::privilege;
use crate::stage::Stage;

type Used = BTreeMap<String, BTreeSet<String>>;

/// Collects from the debug log which kind made which call.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Used>>);

struct KindName(String);

#[derive(Default)]
struct Words(BTreeMap<&'static str, String>);

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.entry(field.name()).or_insert_with(|| format!("{value:?}"));
    }
}

impl<S: tracing::Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Recorder {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: Context<'_, S>,
    ) {
        if attributes.metadata().name() != "kind" {
            return;
        }
        let mut words = Words::default();
        attributes.record(&mut words);
        let name = words.0.remove("kind").unwrap();
        context.span(id).unwrap().extensions_mut().insert(KindName(name));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "edxaws::aws::trace" {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let spans = context.event_scope(event).into_iter().flatten();
        let mut kinds =
            spans.filter_map(|span| Some(span.extensions().get::<KindName>()?.0.clone()));
        let Some(kind) = kinds.next() else { return };
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
        };
        let service = plain(&words.0["service"]).replace("taggingapi", "tagging");
        // Kubernetes has permissions of its own: the cluster's administrator may do all of it.
        if service == "kubernetes" {
            return;
        }
        let action = privilege::action(&service, &words.0["action"]);
        self.0.lock().unwrap().entry(kind).or_default().insert(action);
    }
}

/// Up, an edit of what can be edited, and away again, with something left behind to sweep.
async fn life(profile: &str, seed: u64) {
    let mut stage = Stage::new(profile, seed).await;
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{profile}: {:#?}", summary.failed);
    let settings = &mut stage.settings;
    settings.tags.insert("team".to_owned(), "platform".to_owned());
    settings.budget.monthly_usd = settings.budget.monthly_usd.map(|usd| usd + 1);
    settings.mysql.backup_days += 1;
    let groups = &mut settings.cluster.node_groups;
    // A group whose template is its own gets another one with another size: a new group.
    let grown = if groups.len() == 1 { 10 } else { 0 };
    groups.values_mut().for_each(|group| {
        group.max += 1;
        group.disk_gib += grown;
    });
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{profile}: {:#?}", summary.failed);
    let region = stage.settings.region.clone();
    let name = format!("edxaws-{}-main", stage.settings.stack);
    stage
        .local
        .world(|world| {
            let tags = [(format!("kubernetes.io/cluster/{name}"), "owned".to_owned())];
            let volume = Thing::new("volume", "vol-0left").with("volumeId", "vol-0left");
            let volume = volume.tagged(tags.into()).owned_by(Owner::Kubernetes);
            world.create(Thing { region, ..volume }, 0.0).map(|_| ()).unwrap();
            let groups = world.things.values_mut().filter(|thing| thing.kind == "eks_nodegroup");
            groups.for_each(|group| group.set("$leaks", true));
        })
        .unwrap();
    let summary = stage.destroy().await;
    assert!(summary.failed.is_empty(), "{profile}: {:#?}", summary.failed);
}

/// Declared, never called by name here: AWS checks them behind another call, or only a change that
/// this life does not make needs them.
const NOT_CALLED: &[(&str, &str)] = &[
    ("iam:PassRole", "checked behind every call that hands a role over"),
    ("kms:CreateGrant", "checked behind encrypted storage"),
    ("kms:DescribeKey", "checked behind encrypted storage"),
    ("backup-storage:MountCapsule", "checked behind making a vault"),
    ("ec2:RunInstances", "checked behind a node group with a launch template"),
    ("kms:GenerateDataKey", "checked behind encrypted storage"),
    ("kms:RetireGrant", "checked behind encrypted storage"),
];

/// Edits, repairs and removals that this life does not come to; `tests/kind_*.rs`, `tests/contract/`
/// and `tests/platforms.rs` make them.
const OTHER_LIVES: &[&str] = &[
    "backup:DeleteRecoveryPoint",
    "backup:GetBackupPlan",
    "backup:GetBackupSelection",
    "backup:UpdateBackupPlan",
    "ec2:ModifySecurityGroupRules",
    "ec2:ModifySubnetAttribute",
    "ec2:ModifyVpcEndpoint",
    "ec2:ReplaceRoute",
    "ec2:ReplaceRouteTableAssociation",
    "ec2:RevokeSecurityGroupEgress",
    "ecr:PutImageScanningConfiguration",
    "eks:DescribeAddonVersions",
    "eks:DescribePodIdentityAssociation",
    "eks:UpdateAddon",
    "eks:UpdateClusterVersion",
    "eks:UpdatePodIdentityAssociation",
    "elasticache:DecreaseReplicaCount",
    "elasticache:IncreaseReplicaCount",
    "elasticache:ModifyCacheSubnetGroup",
    "elasticache:ModifyReplicationGroup",
    "elasticache:ResetCacheParameterGroup",
    "elasticloadbalancing:AddListenerCertificates",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:RemoveListenerCertificates",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:SetSubnets",
    "iam:GetRole",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:UpdateAssumeRolePolicy",
    "rds:CreateDBSnapshot",
    "rds:ModifyDBSubnetGroup",
    "rds:ResetDBParameterGroup",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPublicAccessBlock",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RestoreSecret",
    "secretsmanager:UpdateSecret",
    "sns:GetTopicAttributes",
    "sns:SetTopicAttributes",
    "sns:Unsubscribe",
];

/// Tags go with the create that carries them, and are read of what has no record only.
fn is_about_tags(action: &str) -> bool {
    action.contains("Tag")
}

#[tokio::test(start_paused = true)]
async fn every_kind_declares_what_it_calls_and_calls_what_it_declares() {
    let recorder = Recorder::default();
    let guard =
        tracing::subscriber::set_default(Registry::default().with(recorder.clone().with_filter(
            tracing_subscriber::filter::Targets::new().with_target("edxaws", tracing::Level::DEBUG),
        )));
    for (seed, profile) in ["dev", "staging", "prod"].into_iter().enumerate() {
        life(profile, seed as u64).await;
    }
    drop(guard);
    let used = recorder.0.lock().unwrap().clone();
    assert!(used.len() > 35, "{} kinds were seen to call", used.len());
    let mut wrong = Vec::new();
    for (name, actions) in &used {
        let kind = KINDS.iter().find(|kind| kind.name() == name).unwrap();
        for action in actions.iter().filter(|action| !kind.actions().contains(&action.as_str())) {
            wrong.push(format!("`{name}` calls {action} and does not declare it"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let called: BTreeSet<&str> = used.values().flatten().map(String::as_str).collect();
    let live = KINDS.iter().filter(|kind| used.contains_key(kind.name()));
    let declared: BTreeSet<&str> = live.flat_map(|kind| kind.actions()).copied().collect();
    let excused = |action: &&&str| {
        is_about_tags(action)
            || OTHER_LIVES.contains(*action)
            || NOT_CALLED.iter().any(|(name, _)| *name == **action)
    };
    let idle: Vec<&&str> = declared.difference(&called).filter(|one| !excused(one)).collect();
    assert!(idle.is_empty(), "declared and never called: {idle:#?}");
    let outdated = NOT_CALLED.iter().filter(|(name, _)| called.contains(name));
    let outdated: Vec<_> = outdated.collect();
    assert!(outdated.is_empty(), "called after all: {outdated:#?}");
}
