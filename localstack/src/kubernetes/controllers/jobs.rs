//! Jobs: pods until one (or as many as asked) has done its work, or too many have failed.

use serde_json::{Value, json};

use super::{condition, key_of, owned, pods, replicasets, with_condition};
use crate::kubernetes::json::{dying, flag, list, moment, name, number, set, stamp, text};
use crate::kubernetes::scene::Scene;

pub fn look(scene: &mut Scene<'_>, key: &str, job: &Value) {
    if dying(job) || flag(job, "/spec/suspend") {
        return;
    }
    if condition(job, "Complete") || condition(job, "Failed") {
        return expire(scene, key, job);
    }
    let all = owned(scene, job, Some("pods"));
    let of =
        |phase: &str| all.iter().filter(|pod| text(pod, "/status/phase") == phase).count() as i64;
    let (done, failed) = (of("Succeeded"), of("Failed") + restarts(&all));
    let wanted = number(job, "/spec/completions").unwrap_or(1);
    let limit = number(job, "/spec/backoffLimit").unwrap_or(6);
    let late = deadline(scene, key, job);
    if done >= wanted {
        return finish(
            scene,
            key,
            &all,
            "Complete",
            ("CompletionsReached", "Reached expected number of succeeded pods"),
        );
    }
    if failed > limit {
        let why = ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        return finish(scene, key, &all, "Failed", why);
    }
    if late {
        let why = ("DeadlineExceeded", "Job was active longer than specified deadline");
        return finish(scene, key, &all, "Failed", why);
    }
    let active = all.iter().filter(|pod| !pods::over(pod)).count() as i64;
    let parallel = number(job, "/spec/parallelism").unwrap_or(1).min(wanted - done);
    if active < parallel {
        employ(scene, key, job, failed);
    }
    report(scene, key, &[]);
}

/// What its pods failed and tried again inside.
fn restarts(all: &[Value]) -> i64 {
    let again = all.iter().filter(|pod| text(pod, "/spec/restartPolicy") == "OnFailure");
    again.filter_map(|pod| number(pod, "/status/containerStatuses/0/restartCount")).sum()
}

/// Makes the next pod; after a failure 10 s later, doubled each time.
fn employ(scene: &mut Scene<'_>, key: &str, job: &Value, failed: i64) {
    if failed > 0 {
        let marked = scene.cluster.note(key, "retry").cloned();
        let known = marked.as_ref().and_then(|one| one[0].as_i64()) == Some(failed);
        let at = marked.as_ref().and_then(|one| one[1].as_f64()).unwrap_or(0.0);
        if !known {
            let doubled = 2_f64.powi(i32::try_from(failed - 1).unwrap_or(5).min(5));
            let at = scene.now + (10.0 * doubled).min(360.0);
            scene.cluster.set_note(key, "retry", json!([failed, at]));
            return scene.cluster.wake(key, at);
        }
        if scene.now < at {
            return scene.cluster.wake(key, at);
        }
    }
    let base = format!("{}-", name(job));
    if let Err(why) = replicasets::make_pod(scene, job, "/spec/template", &base, json!({})) {
        scene.event(job, "Warning", "FailedCreate", &why);
        let later = scene.now + 10.0;
        scene.cluster.wake(key, later);
    }
}

fn deadline(scene: &mut Scene<'_>, key: &str, job: &Value) -> bool {
    let Some(seconds) = number(job, "/spec/activeDeadlineSeconds") else { return false };
    let Some(since) = moment(text(job, "/status/startTime")) else { return false };
    let at = since + seconds as f64;
    if scene.now < at {
        scene.cluster.wake(key, at);
    }
    scene.now >= at
}

fn finish(scene: &mut Scene<'_>, key: &str, all: &[Value], kind: &str, why: (&str, &str)) {
    for pod in all.iter().filter(|pod| !pods::over(pod)) {
        scene.delete(&key_of(pod));
    }
    let first = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
    report(scene, key, &[(first, why), (kind, why)]);
    if let Some(job) = scene.cluster.get(key).cloned() {
        let (level, reason) =
            if kind == "Complete" { ("Normal", "Completed") } else { ("Warning", why.0) };
        scene.event(&job, level, reason, why.1);
    }
}

fn report(scene: &mut Scene<'_>, key: &str, conditions: &[(&str, (&str, &str))]) {
    let Some(job) = scene.cluster.get(key).cloned() else { return };
    let all = owned(scene, &job, Some("pods"));
    let of = |phase: &str| all.iter().filter(|pod| text(pod, "/status/phase") == phase).count();
    let (done, failed) = (of("Succeeded"), of("Failed"));
    let over = conditions.last().map(|(kind, _)| *kind);
    let active = if over.is_some() { 0 } else { all.len() - done - failed };
    let ready = if over.is_some() { 0 } else { all.iter().filter(|pod| pods::ready(pod)).count() };
    let time = stamp(scene.now);
    scene.change(key, |job| {
        let mut status = json!({"conditions": list(job, "/status/conditions"),
            "startTime": job["status"].get("startTime").cloned().unwrap_or_else(|| time.as_str().into()),
            "ready": ready, "terminating": 0, "uncountedTerminatedPods": {}});
        for (name, figure) in [("active", active), ("succeeded", done), ("failed", failed)] {
            if figure > 0 {
                status[name] = figure.into();
            }
        }
        if list(&status, "/conditions").is_empty() {
            crate::kubernetes::json::remove(&mut status, "/conditions");
        }
        for (kind, why) in conditions {
            with_condition(&mut status, kind, "True", *why, &time);
        }
        if over == Some("Complete") {
            status["completionTime"] = time.as_str().into();
        }
        set(job, "/status", status);
    });
}

/// A finished Job goes when its time to live is over.
fn expire(scene: &mut Scene<'_>, key: &str, job: &Value) {
    let Some(seconds) = number(job, "/spec/ttlSecondsAfterFinished") else { return };
    let last = list(job, "/status/conditions").last();
    let since = last.and_then(|one| moment(text(one, "/lastTransitionTime"))).unwrap_or(scene.now);
    let at = since + seconds as f64;
    if scene.now >= at {
        scene.erase(key);
    } else {
        scene.cluster.wake(key, at);
    }
}
