//! `edxaws policy`: the least IAM policy this stack needs, from what its kinds declare.

use std::collections::BTreeMap;

use serde_json::json;

use super::args::Global;
use super::session::Session;
use crate::error::{Exit, Result};
use crate::stack::actions;
use crate::view;

/// What `edxaws doctor` asks beside the rest.
const DOCTOR: &[&str] = &[
    "iam:SimulatePrincipalPolicy",
    "rds:DescribeOrderableDBInstanceOptions",
    "servicequotas:GetServiceQuota",
];

pub async fn run(global: &Global) -> Result<Exit> {
    let session = Session::whole(global).await?;
    let actions = actions(&session.graph);
    let mut by_service: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions.iter().copied().chain(DOCTOR.iter().copied()) {
        let service = action.split(':').next().unwrap_or(action);
        by_service.entry(service).or_default().push(action);
    }
    let statements: Vec<_> = by_service
        .into_iter()
        .map(|(service, actions)| {
            let sid: String = service.chars().filter(char::is_ascii_alphanumeric).collect();
            json!({"Sid": format!("Edxaws{sid}"), "Effect": "Allow", "Action": actions,
                   "Resource": "*"})
        })
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    view::out(&format!("{policy:#}\n"))?;
    Ok(Exit::Done)
}
