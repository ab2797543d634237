//! `edxaws logs`: what a service's pods write, all of them together, those that come later, too.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::io::AsyncBufReadExt;
use futures_util::stream::{BoxStream, SelectAll};
use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use serde_json::Value;

use super::args::{Global, LogsArgs};
use super::site::{Site, container_name, pod_name};
use crate::aws::{Failure, Verdict, verdict};
use crate::error::{Exit, Problem, Result};
use crate::kubernetes::{ObjectId, Progress, failure, progress};
use crate::view;

/// How often one looks for pods that have come.
const PAUSE: Duration = Duration::from_secs(2);

pub async fn run(global: &Global, args: &LogsArgs) -> Result<Exit> {
    let site = Site::open(global, &args.site).await?;
    let (id, workload) = site.running(&args.service).await?;
    let mut tail = Tail::of(&site, args);
    tail.look(&workload).await?;
    tail.speak()?;
    while args.follow || !tail.lines.is_empty() {
        tokio::select! {
            Some(line) = tail.lines.next(), if !tail.lines.is_empty() => tail.print(line)?,
            () = site.scope.clock.sleep(PAUSE), if args.follow => {
                tail.look(&workload).await?;
                if tail.lines.is_empty() && is_over(&site, &id).await? {
                    break;
                }
            }
            else => break,
        }
    }
    Ok(Exit::Done)
}

/// A task ends; what serves goes on.
async fn is_over(site: &Site, id: &ObjectId) -> Result<bool> {
    let Some(now) = site.api.get(id).await? else { return Ok(true) };
    Ok(id.kind == "Job" && !matches!(progress(&now), Progress::Waiting(_)))
}

/// A line, and the pod that wrote it.
type Line = std::io::Result<(String, String)>;

struct Tail<'a> {
    site: &'a Site,
    args: &'a LogsArgs,
    api: Api<Pod>,
    /// Containers whose log is read or was: a restarted one is another.
    read: BTreeSet<String>,
    pods: BTreeSet<String>,
    /// Why there is nothing of the others.
    silent: Vec<String>,
    lines: SelectAll<BoxStream<'static, Line>>,
}

impl<'a> Tail<'a> {
    fn of(site: &'a Site, args: &'a LogsArgs) -> Self {
        Self {
            site,
            args,
            api: Api::namespaced(site.api.client(), &site.name),
            read: BTreeSet::new(),
            pods: BTreeSet::new(),
            silent: Vec::new(),
            lines: SelectAll::new(),
        }
    }

    /// Begins to read the logs of pods that were not there before.
    async fn look(&mut self, workload: &Value) -> Result<()> {
        self.silent.clear();
        // Those that were there from the beginning have a past.
        let first = self.read.is_empty();
        for pod in self.site.pods_of(workload).await? {
            let (Some(name), Some(container)) = (pod_name(&pod), container_name(&pod)) else {
                continue;
            };
            match log_of(&pod, &container, self.args.previous) {
                Log::None(why) => self.silent.push(format!("pod `{name}`: {why}")),
                Log::Of { restarts } => {
                    let which = format!("{name} {restarts}");
                    if !self.read.contains(&which) {
                        match self.open(&name, &container, first).await {
                            Ok(()) => drop(self.read.insert(which)),
                            // It went, or began anew, since it was listed; the next look tells.
                            Err(failure) if is_passing(&failure) => {
                                self.silent.push(format!("pod `{name}`: {}", failure.message));
                            }
                            Err(failure) => return Err(failure.into()),
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn open(&mut self, name: &str, container: &str, first: bool) -> Result<(), Failure> {
        let params = LogParams {
            container: Some(container.to_owned()),
            follow: self.args.follow,
            previous: self.args.previous,
            tail_lines: first.then_some(self.args.tail),
            since_seconds: self.args.since.filter(|_| first),
            ..LogParams::default()
        };
        let stream = self.api.log_stream(name, &params).await;
        let action = || format!("log Pod {}/{name}", self.site.name);
        let stream = stream.map_err(|error| failure(&action(), error))?;
        self.pods.insert(name.to_owned());
        let name = name.to_owned();
        self.lines.push(stream.lines().map_ok(move |line| (name.clone(), line)).boxed());
        Ok(())
    }

    /// Says why there may be less than was expected.
    fn speak(&self) -> Result<()> {
        if !self.lines.is_empty() || self.args.follow {
            self.silent.iter().for_each(|why| view::err(&format!("{why}\n")));
            return Ok(());
        }
        let nothing = Problem::user(format!("`{}` has written nothing yet", self.args.service))
            .hint("`edxaws status` says what it waits for; `--follow` waits with it");
        Err(self.silent.iter().fold(nothing, |problem, why| problem.because(why)))
    }

    fn print(&self, line: Line) -> Result<()> {
        let (pod, line) = line.map_err(|error| {
            Problem::user("the log broke off").because(error.to_string()).hint("run it again")
        })?;
        // One pod's lines need no name.
        match self.pods.len() {
            1 => view::out(&format!("{line}\n")),
            _ => view::out(&format!("{pod}  {line}\n")),
        }
    }
}

fn is_passing(failure: &Failure) -> bool {
    verdict(failure) == Verdict::Gone || failure.code == "BadRequest"
}

/// Whether a container has a log.
enum Log {
    None(String),
    Of { restarts: u64 },
}

/// A container that has not begun has no log, and asking for it would be refused.
fn log_of(pod: &Value, container: &str, previous: bool) -> Log {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    let status = statuses.into_iter().flatten().find(|one| one["name"] == container);
    let Some(status) = status else {
        let phase = pod.pointer("/status/phase").and_then(text);
        return Log::None(phase.unwrap_or_else(|| "Pending".to_owned()));
    };
    let restarts = status["restartCount"].as_u64().unwrap_or_default();
    if previous {
        let ended = status.pointer("/lastState/terminated").is_some();
        return match ended {
            true => Log::Of { restarts },
            false => Log::None("it has not been restarted".to_owned()),
        };
    }
    match status.pointer("/state/waiting") {
        // What crashed and waits for its turn still has the log of its crash.
        Some(waiting) if restarts == 0 => {
            Log::None(text(&waiting["reason"]).unwrap_or_else(|| "waiting".to_owned()))
        }
        _ => Log::Of { restarts },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(status: Value, previous: bool) -> String {
        let pod = json!({"status": {"phase": "Pending", "containerStatuses": [status]}});
        match log_of(&pod, "lms", previous) {
            Log::None(why) => why,
            Log::Of { restarts } => format!("restarts: {restarts}"),
        }
    }

    #[test]
    fn a_container_that_has_not_begun_has_no_log() {
        let waiting = json!({"waiting": {"reason": "ContainerCreating"}});
        let status = json!({"name": "lms", "restartCount": 0, "state": waiting});
        assert_eq!(told(status, false), "ContainerCreating");
        assert_eq!(told(json!({"name": "another"}), false), "Pending");
        let running = json!({"name": "lms", "restartCount": 0, "state": {"running": {}}});
        assert_eq!(told(running.clone(), false), "restarts: 0");
        assert_eq!(told(running, true), "it has not been restarted");
    }

    #[test]
    fn one_that_crashes_has_the_log_of_its_crash() {
        let state = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let last = json!({"terminated": {"exitCode": 1}});
        let status = json!({"name": "lms", "restartCount": 3, "state": state, "lastState": last});
        assert_eq!(told(status.clone(), false), "restarts: 3");
        assert_eq!(told(status, true), "restarts: 3");
    }
}
