//! Certificates beside a listener's own, of which each request takes the one that holds its host.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::Certificate;

use super::ListenerLive;
use crate::resource::{Facts, Ref, Result, Scope};
use crate::resources::acm::CertificateValidation;

/// Their ARNs, sorted; `None` while one of them is unknown.
pub fn wanted(facts: &Facts, of: &[Ref<CertificateValidation>]) -> Option<Vec<String>> {
    let mut arns = facts.map_all(of, |one| one.arn)?;
    arns.sort();
    Some(arns)
}

/// Fills them in; a quick look does with what is recorded.
pub async fn look(
    scope: &Scope,
    live: &mut ListenerLive,
    recorded: Option<&ListenerLive>,
) -> Result<()> {
    if live.certificate_arn.is_none() {
        return Ok(());
    }
    live.more_certificate_arns = match scope.recorded(recorded) {
        Some(recorded) => recorded.more_certificate_arns.clone(),
        None => read(scope, &live.arn).await?,
    };
    Ok(())
}

async fn read(scope: &Scope, listener: &str) -> Result<Vec<String>> {
    let call = scope.aws.elbv2.describe_listener_certificates().listener_arn(listener);
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await?;
    let more = all.iter().filter(|one| one.is_default() != Some(true));
    let mut arns: Vec<String> =
        more.filter_map(|one| one.certificate_arn().map(str::to_owned)).collect();
    arns.sort();
    Ok(arns)
}

/// Adds what is missing before it takes anything away: no host is ever without.
pub async fn set(scope: &Scope, live: &ListenerLive, wanted: &[String]) -> Result<()> {
    let there: BTreeSet<&String> = live.more_certificate_arns.iter().collect();
    let wanted: BTreeSet<&String> = wanted.iter().collect();
    let of = |arn: &&&String| Certificate::builder().certificate_arn(**arn).build();
    for arn in wanted.difference(&there) {
        let call = scope.aws.elbv2.add_listener_certificates().listener_arn(&live.arn);
        call.certificates(of(&arn)).send().await?;
    }
    for arn in there.difference(&wanted) {
        let call = scope.aws.elbv2.remove_listener_certificates().listener_arn(&live.arn);
        call.certificates(of(&arn)).send().await?;
    }
    Ok(())
}
