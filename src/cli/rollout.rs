//! `edxaws restart` and `edxaws scale`: a service's pods, anew or in another number.

use std::time::Duration;

use serde_json::{Value, json};

use super::args::{Global, RestartArgs, ScaleArgs};
use super::site::Site;
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::{ObjectId, Progress, explain, progress};
use crate::view;

const MOST: Duration = Duration::from_secs(15 * 60);
const PAUSE: Duration = Duration::from_secs(3);

pub async fn restart(global: &Global, args: &RestartArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let (id, _) = site.workload(&args.service).await?;
    let now = site.scope.clock.stamp().to_string();
    // The annotation kubectl uses: each sees the other's restarts.
    let notes = json!({"kubectl.kubernetes.io/restartedAt": now});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": notes}}}});
    site.api.merge(&id, &patch).await?;
    complete(&site, &id).await
}

pub async fn scale(global: &Global, args: &ScaleArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let (id, object) = site.workload(&args.service).await?;
    if args.replicas > 1 && has_a_volume(&object) {
        return Err(Problem::user(format!("`{}` keeps its data on one volume", id.name))
            .because("a second pod would wait for it, or write to it at the same time")
            .hint("give it more room instead: `[openedx.services.NAME]` in the profile"));
    }
    if let Some(autoscaler) = autoscaler(&site, &id).await? {
        return Err(Problem::user(format!(
            "`{}` is scaled by the autoscaler `{autoscaler}`",
            id.name
        ))
        .hint("change its range in the profile, `[openedx]`, and run `edxaws up`"));
    }
    site.api.merge(&id, &json!({"spec": {"replicas": args.replicas}})).await?;
    view::err("the next `edxaws up` sets what the profile says\n");
    complete(&site, &id).await
}

fn has_a_volume(object: &Value) -> bool {
    let volumes = object.pointer("/spec/template/spec/volumes").and_then(Value::as_array);
    volumes.into_iter().flatten().any(|volume| volume.get("persistentVolumeClaim").is_some())
}

/// The HorizontalPodAutoscaler that would undo it.
async fn autoscaler(site: &Site, id: &ObjectId) -> Result<Option<String>> {
    let like = site.id("autoscaling/v2", "HorizontalPodAutoscaler", "");
    let all = site.api.list(&like, "").await?;
    let targets = |one: &&Value| {
        one.pointer("/spec/scaleTargetRef/name").and_then(Value::as_str) == Some(&id.name)
            && one.pointer("/spec/scaleTargetRef/kind").and_then(Value::as_str) == Some(&id.kind)
    };
    Ok(all.iter().find(targets).and_then(ObjectId::of).map(|id| id.name))
}

/// Waits as `kubectl rollout status` does, and says why it waits.
async fn complete(site: &Site, id: &ObjectId) -> Result<Exit> {
    let began = site.scope.clock.elapsed();
    let mut said = String::new();
    loop {
        let Some(object) = site.api.get(id).await? else {
            return Err(Problem::user(format!("{id} was deleted")));
        };
        match explain(&site.api, &object, progress(&object), site.scope.clock.stamp()).await? {
            Progress::Done => {
                view::err(&format!("{id}: rolled out\n"));
                return Ok(Exit::Done);
            }
            Progress::Failed(why) => {
                return Err(Problem::user(format!("{id} does not come up")).because(why));
            }
            Progress::Waiting(why) if why != said => {
                view::err(&format!("{id}: {why}\n"));
                said = why;
            }
            Progress::Waiting(_) => {}
        }
        if site.scope.clock.elapsed().saturating_sub(began) > MOST {
            return Err(Problem::user(format!("{id} is not rolled out after 15 minutes: {said}"))
                .hint(format!("look with `edxaws logs {}`", id.name)));
        }
        site.scope.clock.sleep(PAUSE).await;
    }
}
