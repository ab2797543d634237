//! Names and permissions: is what we want free, and may we take it?

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{Finding, Patient};
use crate::aws::{Failure, Verdict, verdict};
use crate::stack::actions;

/// Bucket names are global: somebody anywhere may have them.
pub async fn bucket_names(patient: &Patient<'_>) -> Vec<Finding> {
    const CHECK: &str = "bucket";
    let mut findings = Vec::new();
    for node in patient.graph.nodes().filter(|node| node.address.kind() == "bucket") {
        let name = node.desired.get("name").and_then(serde_json::Value::as_str);
        let recorded = patient.state.records.contains_key(&node.address);
        let (Some(name), false) = (name, recorded) else { continue };
        let answer = patient.scope.aws.s3.head_bucket().bucket(name).send().await;
        findings.push(match answer.map_err(Failure::from) {
            Ok(_) => Finding::bad(
                CHECK,
                format!("`{name}` exists already in this account"),
                "run `edxaws state rescue` if it is this stack's, else name another",
            ),
            Err(failure) if verdict(&failure) == Verdict::Gone => {
                Finding::fine(CHECK, format!("`{name}` is free"))
            }
            Err(failure) if failure.code.contains("404") => {
                Finding::fine(CHECK, format!("`{name}` is free"))
            }
            Err(_) => Finding::bad(
                CHECK,
                format!("`{name}` belongs to somebody else"),
                "set `media_bucket` of the platform to another name",
            ),
        });
    }
    findings
}

/// Without delegation no certificate is ever issued.
pub async fn parent_zone(patient: &Patient<'_>) -> Finding {
    const CHECK: &str = "delegation";
    let zone = &patient.settings.edge.zone;
    let Some(parent) = &patient.settings.edge.parent_zone else {
        let hint = format!(
            "after the zone is made, `edxaws outputs` names its servers: enter them as NS records \
             for `{zone}` where its parent is kept"
        );
        let message = format!("`{zone}` is delegated by hand");
        return Finding { hint: Some(hint), ..Finding::fine(CHECK, message) };
    };
    let call = patient.scope.aws.route53.list_hosted_zones_by_name().dns_name(parent);
    match call.send().await.map_err(Failure::from) {
        Err(failure) => Finding::unchecked(CHECK, &failure),
        Ok(answer) => {
            let found = answer
                .hosted_zones()
                .iter()
                .any(|one| one.name().trim_end_matches('.') == parent.trim_end_matches('.'));
            match found {
                true => Finding::fine(CHECK, format!("`{zone}` is delegated in `{parent}`")),
                false => Finding::bad(
                    CHECK,
                    format!("the parent zone `{parent}` is not in this account"),
                    "remove `edge.parent_zone` and delegate by hand",
                ),
            }
        }
    }
}

/// EC2 says whether it would do it.
pub async fn dry_run(patient: &Patient<'_>) -> Finding {
    const CHECK: &str = "dry run";
    let call = patient.scope.aws.ec2.create_vpc().cidr_block("10.0.0.0/16").dry_run(true);
    match call.send().await {
        Err(error) if error.code() == Some("DryRunOperation") => {
            Finding::fine(CHECK, "EC2 would make a VPC")
        }
        Err(error) => {
            let failure = Failure::from(error);
            let hint = crate::engine::hint(&failure).unwrap_or_default();
            Finding::bad(CHECK, format!("EC2 would not make a VPC: {failure}"), hint)
        }
        Ok(_) => Finding::bad(
            CHECK,
            "this endpoint ignores DryRun and has made a VPC",
            "delete the VPC; this endpoint is not AWS",
        ),
    }
}

/// IAM says which of all declared actions the caller may not use.
pub async fn simulate(patient: &Patient<'_>) -> Finding {
    const CHECK: &str = "permissions";
    let actions: Vec<String> = actions(patient.graph).into_iter().map(str::to_owned).collect();
    let mut denied = Vec::new();
    // IAM takes 128 characters of each name and a limited number a call.
    for some in actions.chunks(100) {
        let call = patient
            .scope
            .aws
            .iam
            .simulate_principal_policy()
            .policy_source_arn(patient.caller)
            .set_action_names(Some(some.to_vec()));
        let answer = match call.send().await.map_err(Failure::from) {
            Ok(answer) => answer,
            Err(failure) => return Finding::unchecked(CHECK, &failure),
        };
        denied.extend(
            answer
                .evaluation_results()
                .iter()
                .filter(|result| result.eval_decision().as_str() != "allowed")
                .map(|result| result.eval_action_name().to_owned()),
        );
    }
    if denied.is_empty() {
        return Finding::fine(CHECK, format!("all {} actions are allowed", actions.len()));
    }
    Finding::bad(
        CHECK,
        format!("{} actions are not allowed: {}", denied.len(), denied.join(", ")),
        "attach what `edxaws policy` prints to the caller",
    )
}
