//! Real processes against each other and against signals: one writer, clear words for the rest, and
//! nothing lost whichever way a process ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// Sandbox seconds per second: a whole `up` takes a few seconds.
const SCALE: &str = "300";
const PROCESSES: usize = 50;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.file("dev@sandbox.json")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edxaws"));
        command
            .args(args)
            .args(["--sandbox", "--profile", "dev", "--state"])
            .arg(self.0.path())
            .arg("--profiles")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
            .env("EDXAWS_SANDBOX_SCALE", SCALE)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    fn finish(&self, args: &[&str]) -> Output {
        let output = self.start(args).wait_with_output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        output
    }

    fn records(&self) -> BTreeMap<String, Value> {
        let Ok(bytes) = std::fs::read(self.state()) else { return BTreeMap::new() };
        let state: Value = serde_json::from_slice(&bytes).unwrap();
        serde_json::from_value(state["records"].clone()).unwrap()
    }

    /// Waits until so many resources are recorded, while the process lives.
    fn until_recorded(&self, child: &mut Child, records: usize) {
        while self.records().len() < records {
            assert!(child.try_wait().unwrap().is_none(), "it ended before");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Everything is up, recorded, and there once.
    fn sound(&self) {
        self.finish(&["up", "--yes"]);
        let plan = self.start(&["plan", "--detailed-exitcode"]).wait_with_output().unwrap();
        assert_eq!(plan.status.code(), Some(0), "{}", text(&plan.stdout));
        let world = std::fs::read(self.file("sandbox.world.json")).unwrap();
        let world: Value = serde_json::from_slice(&world).unwrap();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for thing in world["things"].as_object().unwrap().values() {
            let ours = thing["owner"] == "client" && thing["gone"].is_null();
            if let (true, Some(address)) = (ours, thing["tags"]["edxaws:address"].as_str()) {
                *counts.entry(address).or_default() += 1;
            }
        }
        let records = self.records();
        for (address, count) in counts {
            assert_eq!(count, 1, "{address} is there {count} times");
            assert!(records.contains_key(address), "{address} is an orphan");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn ends(child: &mut Child) -> ExitStatus {
    for _ in 0..60_000 {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("it does not end");
}

/// `EDXAWS_RACE_ROUNDS=1000` for a night; one otherwise.
#[test]
fn of_fifty_processes_one_writes_at_a_time() {
    let rounds = std::env::var("EDXAWS_RACE_ROUNDS").map_or(1, |text| text.parse().unwrap());
    for _ in 0..rounds {
        a_race();
    }
}

fn a_race() {
    let desk = Desk::new();
    let verbs: [&[&str]; 5] = [
        &["up", "--yes"],
        &["up", "--yes", "--parallelism", "3"],
        &["plan"],
        &["status"],
        &["destroy", "--yes", "--delete-data", "--lift-protection"],
    ];
    let started: Vec<(&[&str], Child)> = (0..PROCESSES)
        .map(|number| (verbs[number % verbs.len()], desk.start(verbs[number % verbs.len()])))
        .collect();
    let pids: Vec<String> = started.iter().map(|(_, child)| child.id().to_string()).collect();
    let (mut wrote, mut refused) = (0, 0);
    for (verb, child) in started {
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        let reads = matches!(verb[0], "plan" | "status");
        if output.status.success() {
            wrote += usize::from(!reads);
            continue;
        }
        assert!(!reads, "who only reads needs no lock: {said}");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("the state is locked by `edxaws "), "{verb:?}: {said}");
        assert!(said.contains("hint: wait until it ends"), "{said}");
        let holder = said.split("process ").nth(1).and_then(|rest| rest.split(' ').next());
        assert!(pids.iter().any(|pid| Some(pid.as_str()) == holder), "{said}");
        refused += 1;
    }
    assert!(wrote >= 1, "nobody got the lock");
    assert!(refused >= 1, "nobody was refused: they did not meet");
    desk.sound();
}

#[test]
fn a_killed_holder_leaves_no_lock() {
    let desk = Desk::new();
    let mut holder = desk.start(&["up", "--yes"]);
    desk.until_recorded(&mut holder, 5);
    let refused = desk.start(&["destroy", "--yes"]).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains(&format!("process {} on", holder.id())), "{said}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    desk.sound();
}

/// Nobody should, and somebody will: two then hold a lock, and the fence lets only one go on.
#[test]
fn a_lock_file_deleted_by_hand_makes_no_double() {
    let desk = Desk::new();
    let mut first = desk.start(&["up", "--yes"]);
    desk.until_recorded(&mut first, 5);
    std::fs::remove_file(desk.file("dev@sandbox.lock")).unwrap();
    let second = desk.start(&["up", "--yes"]).wait_with_output().unwrap();
    let first = first.wait_with_output().unwrap();
    let overtaken =
        |output: &Output| text(&output.stderr).contains("another process wrote the state");
    let failed: Vec<&Output> =
        [&first, &second].into_iter().filter(|one| !one.status.success()).collect();
    for output in &failed {
        assert!(overtaken(output), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("hint: run it again"));
    }
    desk.sound();
}

#[test]
fn every_signal_leaves_what_the_next_run_needs() {
    let desk = Desk::new();
    // One Ctrl-C, or the service manager: what is in flight is finished and recorded.
    for (signal, records) in [("-INT", 4), ("-TERM", 12)] {
        let already = desk.records().len();
        let mut child = desk.start(&["up", "--yes"]);
        desk.until_recorded(&mut child, already + records);
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{signal}: {said}");
        assert!(said.contains("stopped"), "{signal}: {said}");
        assert!(said.contains("run the command again to go on"), "{signal}: {said}");
    }
    // Two: at once.
    let already = desk.records().len();
    let mut child = desk.start(&["up", "--yes"]);
    desk.until_recorded(&mut child, already + 4);
    send(&child, "-INT");
    send(&child, "-INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    // The terminal goes away: the process with it, and nothing else.
    let already = desk.records().len();
    let mut child = desk.start(&["up", "--yes"]);
    desk.until_recorded(&mut child, already + 4);
    send(&child, "-HUP");
    assert_eq!(ends(&mut child).success(), hangups_are_ignored());
    desk.sound();
}

/// As `nohup` wants it: a process inherits that, and goes on. Where there is no /proc, nobody ran it so.
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1))
}

#[test]
fn who_no_longer_reads_stops_no_run() {
    let desk = Desk::new();
    // `edxaws up --format json | head -1`
    let mut child = desk.start(&["up", "--yes", "--format", "json"]);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    drop(child.stderr.take());
    assert_eq!(ends(&mut child).code(), Some(0));
    assert!(desk.records().values().all(|record| record["phase"] == "ready"));
    // `edxaws plan | true`, `edxaws graph | head -1`
    for verb in [&["plan"][..], &["status"], &["graph"], &["outputs"], &["policy"]] {
        let mut child = desk.start(verb);
        drop(child.stdout.take());
        assert_eq!(ends(&mut child).code(), Some(0), "{verb:?}");
    }
    desk.sound();
}
