//! The scripts that initialise a platform, and the pods they run in.

use serde_json::{Value, json};

use super::files::filled;
use super::images::Images;
use super::web::django;
use crate::openedx::inputs::Inputs;
use crate::openedx::rendered::InitTask;

const SCRIPTS: &[(&str, &str)] = &[
    ("mysql", include_str!("tasks/mysql.sh")),
    ("lms", include_str!("tasks/search.sh")),
    ("lms", include_str!("tasks/lms.sh")),
    ("cms", include_str!("tasks/cms.sh")),
    ("lms", include_str!("tasks/theme.sh")),
    ("lms", include_str!("tasks/mfe.sh")),
];

/// Each may run again: what is there stays.
pub fn all(inputs: &Inputs) -> Vec<InitTask> {
    let task = |(service, script): &(&str, &str)| InitTask {
        service: (*service).to_owned(),
        script: filled(script, inputs).trim().to_owned(),
    };
    SCRIPTS.iter().map(task).collect()
}

/// Jobs without a script, which are never applied as they are.
pub fn templates(images: &Images) -> Vec<Value> {
    let mysql = json!({"containers": [{"name": "mysql", "image": images.mysql}]});
    let pods = [("lms", django(images, "lms", "lms")), ("cms", django(images, "cms", "cms"))];
    pods.into_iter().chain([("mysql", mysql)]).map(|(name, pod)| template(name, pod)).collect()
}

fn template(service: &str, mut pod: Value) -> Value {
    pod["restartPolicy"] = "Never".into();
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": format!("{service}-job"), "labels": {"app.kubernetes.io/component": "job"},
        },
        "spec": {"template": {"spec": pod}},
    })
}
