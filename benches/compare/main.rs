//! edxaws and Terraform side by side: the same resources, each in a local AWS of its own.
//!
//! `cargo bench --bench compare`; docs/performance.md says how to read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench may fail loudly")]
#![allow(clippy::print_stdout, reason = "what a bench finds out is for people")]
#![allow(clippy::disallowed_methods, reason = "it measures the clock on the wall")]

mod measure;
mod report;
mod server;
mod tool;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use measure::Taken;
use report::Report;
use server::Server;
use tool::{Act, Tool};

const EDXAWS: &str = env!("CARGO_BIN_EXE_edxaws");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Seconds of AWS in one of ours, when the durations are not what is measured.
const SCALE: f64 = 60.0;

/// Plans in every run: they take seconds, and vary more than the rest.
const PLANS: usize = 3;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A bucket: shows in seconds that both tools still understand the local AWS.
    Smoke,
    Whole,
}

impl Extent {
    pub fn edxaws(self) -> &'static [&'static str] {
        if self == Self::Smoke { &["bucket.backups"] } else { &[] }
    }

    pub fn terraform(self) -> &'static [&'static str] {
        if self == Self::Smoke { &["aws_s3_bucket.main[\"backups\"]"] } else { &[] }
    }
}

/// One act of one tool.
pub struct Sample {
    pub tool: Tool,
    pub act: Act,
    pub taken: Taken,
    pub calls: usize,
}

fn main() {
    let wish = |name: &str| std::env::var(name).ok();
    let extent = if wish("EDXAWS_COMPARE_SMOKE").is_some() { Extent::Smoke } else { Extent::Whole };
    let runs: usize = wish("EDXAWS_COMPARE_RUNS").map_or(3, |text| text.parse().expect("a number"));
    let runs = if extent == Extent::Smoke { 1 } else { runs };
    let tools = tools();
    let report = if wish("EDXAWS_COMPARE_REAL").is_some() {
        let title = "one run at AWS's own durations".to_owned();
        Report { title, samples: side_by_side(&tools, extent) }
    } else {
        let title = format!("{runs} run(s), an AWS minute a second: no time of `up` or `destroy`");
        Report { title: title + " means anything", samples: in_turn(&tools, runs, extent) }
    };
    print!("{report}");
    fs::remove_dir_all(scratch()).expect("the folder that it worked in");
}

/// Those that are there; the other is named as left out.
fn tools() -> Vec<Tool> {
    let trial = folder("trial", 0);
    match tool::prepare(&trial) {
        Ok(()) => vec![Tool::Edxaws, Tool::Terraform],
        Err(why) => {
            println!("left out: Terraform, for {why}");
            vec![Tool::Edxaws]
        }
    }
}

/// One after the other, for what they take of the machine is measured.
fn in_turn(tools: &[Tool], runs: usize, extent: Extent) -> Vec<Sample> {
    let all = (0..runs).flat_map(|run| tools.iter().map(move |tool| (run, *tool)));
    all.flat_map(|(run, tool)| life(tool, run, SCALE, extent)).collect()
}

/// Both at the same time, so that both have the same machine.
fn side_by_side(tools: &[Tool], extent: Extent) -> Vec<Sample> {
    thread::scope(|scope| {
        let lives = tools.iter().map(|tool| scope.spawn(move || life(*tool, 0, 1.0, extent)));
        let lives: Vec<_> = lives.collect();
        lives.into_iter().flat_map(|life| life.join().expect("a life")).collect()
    })
}

/// Makes everything, finds nothing to do, and takes everything away again.
fn life(tool: Tool, run: usize, scale: f64, extent: Extent) -> Vec<Sample> {
    let folder = folder(tool.name(), run);
    if tool == Tool::Terraform {
        tool::prepare(&folder).expect("it was there a moment ago");
    }
    let server = Server::start(&folder, scale);
    let plans = [Act::Plan, Act::ThoroughPlan].into_iter().cycle().take(2 * PLANS);
    let acts = [Act::Up].into_iter().chain(plans).chain([Act::Destroy]);
    let done = acts.filter(|act| tool.has(*act)).map(|act| {
        server.forget_calls();
        let taken = tool.act(act, &server, &folder, extent);
        let sample = Sample { tool, act, taken, calls: server.calls() };
        println!("run {run}: {}", report::line(&sample));
        sample
    });
    done.collect()
}

/// Where this process writes; it stays when something fails, with the tools' logs.
fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compare-{}", std::process::id()))
}

/// An empty folder.
fn folder(name: &str, run: usize) -> PathBuf {
    let folder = scratch().join(format!("{name}-{run}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder to work in");
    folder
}
