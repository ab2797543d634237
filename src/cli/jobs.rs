//! `edxaws jobs`: the tasks that ran, run, or failed.

use serde_json::{Value, json};

use super::args::{Format, Global, SiteArgs};
use super::site::Site;
use crate::error::{Exit, Result};
use crate::kubernetes::{Progress, progress};
use crate::view::{self, Table};

pub async fn run(global: &Global, args: &SiteArgs) -> Result<Exit> {
    let site = Site::open(global, args).await?;
    let jobs = site.api.list(&site.id("batch/v1", "Job", ""), "").await?;
    let text = |job: &Value, path: &str| {
        job.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let rows = jobs.iter().map(|job| {
        let (state, why) = match progress(job) {
            Progress::Done => ("complete", String::new()),
            Progress::Waiting(why) => ("running", why),
            Progress::Failed(why) => ("failed", why),
        };
        let (name, began) = (text(job, "/metadata/name"), text(job, "/status/startTime"));
        (name, state, began, text(job, "/status/completionTime"), why)
    });
    match global.format {
        Format::Json => {
            let all: Vec<Value> = rows
                .map(|(name, state, began, ended, why)| {
                    json!({"name": name, "state": state, "began": began, "ended": ended, "why": why})
                })
                .collect();
            view::out(&format!("{}\n", Value::Array(all)))?;
        }
        _ => {
            let mut table = Table::new(["JOB", "STATE", "BEGAN", "ENDED", "WHY"]);
            rows.for_each(|(name, state, began, ended, why)| {
                table.row([name, state.to_owned(), began, ended, why]);
            });
            view::out(&table.render())?;
        }
    }
    Ok(Exit::Done)
}
