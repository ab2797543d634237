//! Secrets that AWS holds reach nothing that is shown, recorded or logged; files are private.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The credentials edxaws is run with: canaries, too.
const ACCESS_KEY: &str = "CANARYACCESSKEYSECRETPART0123456789abcdef";

struct Run {
    folder: tempfile::TempDir,
    /// All that was ever printed.
    heard: Vec<(String, Vec<u8>)>,
}

impl Run {
    fn command(&self, args: &[&str]) -> Command {
        let root = self.folder.path();
        let temporary = root.join("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_edxaws"));
        command
            .args(args)
            .args(["--profile", "dev", "--sandbox", "-vv"])
            .arg("--state")
            .arg(root.join("state"))
            .arg("--profiles")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
            .env("EDXAWS_SANDBOX_SCALE", "120")
            .env("NO_COLOR", "1")
            .env("TMPDIR", &temporary)
            .env("AWS_SECRET_ACCESS_KEY", ACCESS_KEY)
            .env("AWS_ACCESS_KEY_ID", "AKIACANARYCANARY0000")
            .stdin(Stdio::null());
        command
    }

    /// Writes a kubeconfig, for which the sandbox has to be served.
    fn kubeconfig(&mut self, file: &Path) {
        let quiet = || Stdio::null();
        let mut serve = self.command(&["sandbox", "serve", "--port", "0"]);
        let mut server = serve.stdout(quiet()).stderr(quiet()).spawn().unwrap();
        while !self.folder.path().join("state/sandbox.served").exists() {
            assert!(server.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        self.edxaws(&["kubeconfig", "--file", file.to_str().unwrap()]);
        server.kill().unwrap();
        server.wait().unwrap();
    }

    fn edxaws(&mut self, args: &[&str]) {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        let text = String::from_utf8_lossy(&stderr);
        let told =
            text.lines().filter(|line| !line.contains(" DEBUG ") && !line.contains(" TRACE "));
        let tail = told.collect::<Vec<_>>().join("\n");
        assert_eq!(status.code(), Some(0), "{args:?}: {tail}");
        self.heard.push((format!("stdout of {args:?}"), stdout));
        self.heard.push((format!("stderr of {args:?}"), stderr));
    }

    fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut open) = (Vec::new(), vec![self.folder.path().to_owned()]);
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() { open.push(path) } else { found.push(path) }
            }
        }
        // The sandbox's world plays AWS: it is where secrets are kept.
        found.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with("sandbox."));
        found
    }

    fn world(&self) -> Value {
        let path = self.folder.path().join("state/sandbox.world.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }
}

/// Every string that AWS would never show again: values of secrets and keys, passwords.
fn secrets(value: &Value, found: &mut BTreeSet<String>) {
    let Value::Object(map) = value else {
        if let Value::Array(list) = value {
            list.iter().for_each(|one| secrets(one, found));
        }
        return;
    };
    for (key, inner) in map {
        let secret = ["SecretString", "SecretAccessKey", "MasterUserPassword", "AuthToken"];
        match inner {
            Value::String(text) if secret.contains(&key.trim_start_matches('$')) => {
                match serde_json::from_str::<Value>(text) {
                    Ok(Value::Object(inside)) => found
                        .extend(inside.values().filter_map(|one| one.as_str().map(str::to_owned))),
                    _ => drop(found.insert(text.clone())),
                }
            }
            Value::String(text) if text.starts_with('{') => {
                if let Ok(inside) = serde_json::from_str::<Value>(text) {
                    secrets(&inside, found);
                }
            }
            _ => secrets(inner, found),
        }
    }
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|part| part == canary.as_bytes())
}

#[test]
fn no_secret_leaves_aws_and_every_file_is_private() {
    let mut run = Run { folder: tempfile::tempdir().unwrap(), heard: Vec::new() };
    run.edxaws(&["up", "--yes"]);
    let mut canaries = BTreeSet::from([ACCESS_KEY.to_owned()]);
    secrets(&run.world(), &mut canaries);
    // Names of users and databases are in plain sight.
    canaries.retain(|text| text.len() >= 16);
    assert!(canaries.len() >= 3, "only {} secrets to look for", canaries.len());
    let plan = run.folder.path().join("plan.json");
    let kubeconfig = run.folder.path().join("kubeconfig");
    run.edxaws(&["plan", "--out", plan.to_str().unwrap()]);
    run.edxaws(&["plan", "--format", "json"]);
    run.edxaws(&["status", "--format", "json"]);
    run.edxaws(&["outputs"]);
    run.edxaws(&["graph"]);
    run.kubeconfig(&kubeconfig);
    for path in run.files() {
        let mode = path.metadata().unwrap().permissions().mode();
        let text = path.to_string_lossy().into_owned();
        let named = ["/kubeconfig", "/plan.json"].iter().any(|end| text.ends_with(end));
        let private = named || text.contains("/state/");
        let lock = text.ends_with(".lock") || text.ends_with(".gitignore");
        assert!(!private || lock || mode & 0o077 == 0, "{text} has mode {mode:o}");
        run.heard.push((text, std::fs::read(&path).unwrap()));
    }
    run.edxaws(&["destroy", "--yes", "--delete-data", "--format", "json"]);
    let bytes: usize = run.heard.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes > 1_000_000, "-vv said next to nothing: {bytes} bytes");
    for (place, bytes) in &run.heard {
        let leak = canaries.iter().position(|canary| holds(bytes, canary));
        assert!(leak.is_none(), "{place} holds a secret");
    }
}
