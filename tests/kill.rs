//! Real processes over HTTP, killed with SIGKILL at random call counts, then run again: no orphan,
//! no double, nothing stuck.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use edxaws_localstack::{LocalAws, Owner, Store, WorldClock, serve};
use serde_json::Value;

/// World seconds per second: a quarter of an hour passes in two seconds, and the shortest deadline
/// still leaves a busy machine more than one.
const SCALE: f64 = 450.0;
const KILLS: usize = 60;

struct Bench {
    local: LocalAws,
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let local = LocalAws::new(Store::memory(5), WorldClock::wall(SCALE, None));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let served = local.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                serve(served, listener).await.unwrap();
            });
        });
        Self { local, endpoint, folder: tempfile::tempdir().unwrap() }
    }

    fn start(&self, args: &[&str]) -> Child {
        let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
        Command::new(env!("CARGO_BIN_EXE_edxaws"))
            .args(args)
            .args(["--profile", "dev", "--yes", "--state"])
            .arg(self.folder.path())
            .arg("--profiles")
            .arg(profiles)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("EDXAWS_SANDBOX_SCALE", SCALE.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs to the end.
    fn finish(&self, args: &[&str]) -> Output {
        let output = self.start(args).wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// Kills the process after so many calls; false when it ended before.
    fn kill_after(&self, args: &[&str], calls: usize) -> bool {
        let before = self.local.trace().len();
        let mut child = self.start(args);
        loop {
            if self.local.trace().len() >= before + calls {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many living objects of the client each address has.
    fn objects(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.local
            .world(|world| {
                let alive = world.things.values().filter(|thing| thing.gone.is_none());
                for thing in alive.filter(|thing| thing.owner == Owner::Client) {
                    if let Some(address) = thing.tags.get("edxaws:address") {
                        *counts.entry(address.clone()).or_default() += 1;
                    }
                }
            })
            .unwrap();
        counts
    }

    fn recorded(&self) -> Vec<String> {
        let path = self.folder.path().join("dev.json");
        let state: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        state["records"].as_object().unwrap().keys().cloned().collect()
    }

    fn no_doubles(&self) {
        let doubles: Vec<_> = self.objects().into_iter().filter(|(_, count)| *count > 1).collect();
        assert!(doubles.is_empty(), "doubles: {doubles:?}");
    }
}

#[test]
fn sixty_kills_leave_no_orphan_and_no_double() {
    let bench = Bench::new();
    let mut random = fastrand::Rng::with_seed(20_261_122);
    let mut kills = 0;
    while kills < KILLS {
        for verb in [&["up"][..], &["destroy", "--delete-data", "--lift-protection"][..]] {
            let target = kills + 8;
            while kills < target {
                if !bench.kill_after(verb, random.usize(3..160)) {
                    break;
                }
                kills += 1;
                bench.no_doubles();
            }
            bench.finish(verb);
            bench.no_doubles();
            let recorded = bench.recorded();
            for (address, _) in bench.objects() {
                assert!(recorded.contains(&address), "orphan: {address}");
            }
        }
        assert!(bench.objects().is_empty(), "left behind: {:?}", bench.objects());
        assert!(bench.recorded().is_empty(), "still recorded: {:?}", bench.recorded());
    }
}
