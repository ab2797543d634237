//! `edxaws course import-demo`: Open edX's demo course, imported by a Job of its own.

use std::time::Duration;

use kube::api::PropagationPolicy;
use serde_json::{Value, json};

use super::args::{CourseCommand, Global};
use super::site::{NO_CONTAINERS, Site};
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::{Conflicts, ObjectId, Progress, explain, progress};
use crate::view;

const NAME: &str = "cms-import-demo";
/// An import is minutes of work.
const MOST: Duration = Duration::from_secs(30 * 60);
const PAUSE: Duration = Duration::from_secs(5);

const SCRIPT: &str = "\
git clone --depth 1 https://github.com/openedx/openedx-demo-course -b \"$OPENEDX_RELEASE\" /tmp/demo \
  || git clone --depth 1 https://github.com/openedx/openedx-demo-course /tmp/demo
./manage.py cms import /openedx/data /tmp/demo/demo-course/course
./manage.py cms reindex_course --all --setup
";

pub async fn run(global: &Global, command: &CourseCommand) -> Result<Exit> {
    let CourseCommand::ImportDemo(args) = command;
    let site = Site::open(global, args).await?;
    let (_, studio) = site.workload("cms").await?;
    let id = site.id("batch/v1", "Job", NAME);
    let job = job(&id, &studio)
        .ok_or_else(|| Problem::user("the Deployment `cms` has no pod template"))?;
    start(&site, &id, &job).await?;
    wait(&site, &id).await?;
    match site.sandbox {
        true => view::err(NO_CONTAINERS),
        false => view::err(&format!("the demo course is at https://{}/\n", site.settings.lms_host)),
    }
    Ok(Exit::Done)
}

/// Studio's own container with another command: same image, settings, secrets, account.
fn job(id: &ObjectId, studio: &Value) -> Option<Value> {
    let mut pod = studio.pointer("/spec/template/spec")?.clone();
    let container = pod.pointer_mut("/containers/0")?;
    for probe in ["livenessProbe", "readinessProbe", "startupProbe", "ports", "lifecycle"] {
        container.as_object_mut()?.remove(probe);
    }
    container["command"] = json!(["sh", "-e", "-c", SCRIPT]);
    container["args"] = json!([]);
    pod["restartPolicy"] = "Never".into();
    pod.as_object_mut()?.remove("topologySpreadConstraints");
    Some(json!({
        "apiVersion": id.api_version,
        "kind": id.kind,
        "metadata": {"name": id.name, "namespace": id.namespace},
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": 3600,
            "template": {"metadata": {"labels": {"app.kubernetes.io/name": NAME}}, "spec": pod},
        },
    }))
}

/// A Job cannot be run twice: an earlier one makes room, one that runs is waited for.
async fn start(site: &Site, id: &ObjectId, job: &Value) -> Result<()> {
    if let Some(earlier) = site.api.get(id).await? {
        if matches!(progress(&earlier), Progress::Waiting(_)) {
            view::err("an import runs already; waiting for it\n");
            return Ok(());
        }
        let uid = earlier.pointer("/metadata/uid").and_then(Value::as_str);
        site.api.delete(id, uid, PropagationPolicy::Background).await?;
        while site.api.get(id).await?.is_some() {
            site.scope.clock.sleep(PAUSE).await;
        }
    }
    site.api.apply(id, job, Conflicts::TakeOver).await?;
    Ok(())
}

async fn wait(site: &Site, id: &ObjectId) -> Result<()> {
    let began = site.scope.clock.elapsed();
    let mut said = String::new();
    loop {
        let Some(job) = site.api.get(id).await? else {
            return Err(Problem::user(format!("{id} was deleted before it ended")));
        };
        let now = site.scope.clock.stamp();
        match explain(&site.api, &job, progress(&job), now).await? {
            Progress::Done => return Ok(()),
            Progress::Failed(why) => {
                return Err(Problem::user("the demo course was not imported").because(why));
            }
            Progress::Waiting(why) if why != said => {
                view::err(&format!("{id}: {why}\n"));
                said = why;
            }
            Progress::Waiting(_) => {}
        }
        if site.scope.clock.elapsed().saturating_sub(began) > MOST {
            return Err(Problem::user(format!("{id} still runs after half an hour: {said}"))
                .hint("`edxaws jobs` shows it; run this again to go on waiting"));
        }
        site.scope.clock.sleep(PAUSE).await;
    }
}
