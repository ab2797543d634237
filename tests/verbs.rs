//! The verbs as a person uses them: the real binary on the sandbox, one story from init to reset.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod desk;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use desk::Desk;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::Value;

#[test]
fn from_up_to_reset() {
    let desk = Desk::new();
    let sandbox = "--sandbox";
    let plan = desk.says(&["plan", sandbox, "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(3), "{}", plan.err);
    assert!(plan.out.contains("+ vpc.main (new)"), "{}", plan.out);
    assert!(!desk.path("state/dev@sandbox.json").exists(), "a plan writes no state");
    let whole = desk.does(&["plan", sandbox, "--manifests"]).out;
    assert!(whole.contains("+ kind: Deployment") && whole.contains("(secret)"), "{whole}");
    assert!(!whole.contains("__edxaws_"), "{whole}");
    for told in [
        &["plan", "--format", "json"][..],
        &["status", "--format", "json"],
        &["graph", "--as", "json"],
    ] {
        let document = desk.does(&[told, &[sandbox]].concat()).out;
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(secrets(&document), ["(secret)"].into(), "{told:?}");
    }
    desk.does(&["up", sandbox, "--dry-run"]);
    assert!(!desk.path("state/dev@sandbox.json").exists(), "a dry run writes no state");

    let file = desk.path("saved.plan");
    desk.does(&["plan", sandbox, "--out", file.to_str().unwrap()]);
    let up = desk.does(&["up", sandbox, "--yes"]);
    assert!(up.err.contains("done:"), "{}", up.err);
    assert!(up.err.contains("db_instance.mysql.mysql_endpoint"), "{}", up.err);
    let stale = desk.says(&["up", sandbox, "--yes", file.to_str().unwrap()]);
    assert_eq!(stale.code, Some(1), "{}", stale.out);
    assert!(stale.err.contains("make a new plan"), "{}", stale.err);

    let again = desk.does(&["up", sandbox, "--yes"]);
    assert!(again.out.contains("no change: all"), "{}", again.out);
    reads(&desk);
    pods(&desk);
    ctrl_c_at_the_password(&desk);
    kubectl(&desk);
    state(&desk);

    let events = desk.does(&["destroy", sandbox, "--yes", "--format", "json"]);
    let lines: Vec<Value> =
        events.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["event"] == "run_finished" && line["failed"] == 0));
    let left = desk.does(&["sandbox", "status"]);
    // Service-linked roles are never removed, and AWS keeps its own notes for a while.
    let lasting = ["role", "route53_change", "deleted_nat_gateway"];
    for line in left.out.lines().skip(1) {
        let kind = line.split_whitespace().nth(1).unwrap();
        assert!(lasting.contains(&kind), "left behind: {line}");
    }
    desk.does(&["sandbox", "reset"]);
    assert!(!desk.path("state/sandbox.world.json").exists());
}

/// Everything that stands in a document as the value of a Secret.
fn secrets(document: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    if document["kind"] == "Secret" {
        let data = ["data", "stringData"].map(|part| document[part].as_object());
        let values = data.into_iter().flatten().flat_map(|data| data.values());
        found.extend(values.map(|value| value.as_str().unwrap()));
    }
    let (fields, items) = (document.as_object(), document.as_array());
    let inner = fields.into_iter().flat_map(|fields| fields.values());
    inner.chain(items.into_iter().flatten()).for_each(|one| found.extend(secrets(one)));
    found
}

/// Verbs that only look.
fn reads(desk: &Desk) {
    let status = desk.does(&["status", "--sandbox"]);
    assert!(status.out.contains("0 changed outside edxaws"), "{}", status.out);
    assert!(status.out.contains("1 of 1 pods"), "{}", status.out);
    assert!(status.out.contains("3 answer"), "{}", status.out);
    let refused = desk.says(&["scale", "meilisearch", "2", "--sandbox"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("one volume"), "{}", refused.err);
    let status = desk.does(&["status", "--sandbox", "--format", "json"]);
    let status: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(status["plan"]["steps"], Value::Array(Vec::new()));
    let outputs = desk.does(&["outputs", "--sandbox", "--format", "json"]);
    let outputs: Value = serde_json::from_str(&outputs.out).unwrap();
    assert!(outputs["vpc.main.vpc_id"].as_str().unwrap().starts_with("vpc-"));
    let policy = desk.does(&["policy", "--sandbox"]);
    assert!(policy.out.contains("\"eks:CreateCluster\""), "{}", policy.out);
    let doctor = desk.does(&["doctor", "--sandbox"]);
    assert!(!doctor.out.contains("BAD"), "{}", doctor.out);
    for drawing in ["dot", "mermaid", "json", "list"] {
        let drawn = desk.does(&["graph", "--sandbox", "--as", drawing]);
        assert!(drawn.out.contains("eks_cluster.main"), "{drawing}: {}", drawn.out);
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(desk.does(&["completions", shell]).out.contains("edxaws"));
    }
    desk.does(&["validate"]);
    assert!(desk.does(&["profile", "show"]).out.contains("stack = \"dev\""));
}

/// What pods write, and what cannot be done where none runs.
fn pods(desk: &Desk) {
    let one = desk.does(&["logs", "lms", "--sandbox"]);
    assert!(!one.out.is_empty());
    let jobs = desk.does(&["jobs", "--sandbox", "--format", "json"]);
    let jobs: Value = serde_json::from_str(&jobs.out).unwrap();
    let job = jobs[0]["name"].as_str().unwrap();
    // A task has ended: to follow it ends, too.
    let (beginning, _) = job.rsplit_once('-').unwrap();
    let followed = desk.does(&["logs", beginning, "--follow", "--sandbox"]);
    assert!(!followed.out.is_empty(), "{}", followed.err);
    let before = desk.says(&["logs", "lms", "--previous", "--sandbox"]);
    assert_eq!(before.code, Some(1));
    assert!(before.err.contains("has not been restarted"), "{}", before.err);
    let nobody = desk.says(&["logs", "lsm", "--sandbox"]);
    assert!(nobody.err.contains("no service or task `lsm`"), "{}", nobody.err);
    let exec = desk.says(&["exec", "lms", "--sandbox", "--", "true"]);
    assert_eq!(exec.code, Some(1), "nothing was run");
    assert!(exec.err.contains("no container runs"), "{}", exec.err);
    let tty = desk.says(&["exec", "lms", "-it", "--sandbox", "--", "true"]);
    assert!(tty.err.contains("needs a terminal"), "{}", tty.err);
    let nothing = desk.says(&["user", "create", "ada", "ada@example.org", "--sandbox"]);
    assert!(nothing.err.contains("no password was given"), "{}", nothing.err);
}

/// Asked for a password, somebody thinks better of it: their terminal shows again what they type.
fn ctrl_c_at_the_password(desk: &Desk) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let shows = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
    assert!(shows());
    let mut command = desk.command(&["user", "create", "ada", "ada@example.org", "--sandbox"]);
    command.stdin(terminal.try_clone().unwrap()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut asked = [0; "Password".len()];
    child.stderr.as_mut().unwrap().read_exact(&mut asked).unwrap();
    assert_eq!(String::from_utf8_lossy(&asked), "Password");
    while shows() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(shows());
}

fn kubectl(desk: &Desk) {
    let file = desk.path("kubeconfig");
    std::fs::write(&file, "# mine\napiVersion: v1\nkind: Config\ncurrent-context: a\n").unwrap();
    let ask = ["kubeconfig", "--sandbox", "--file", file.to_str().unwrap()];
    let unserved = desk.says(&ask);
    assert_eq!(unserved.code, Some(1));
    assert!(unserved.err.contains("edxaws sandbox serve"), "{}", unserved.err);
    let quiet = desk.command(&["sandbox", "serve", "--port", "0"]).stderr(Stdio::null()).spawn();
    let mut server = quiet.unwrap();
    while desk.says(&ask).code != Some(0) {
        assert!(server.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let merged = std::fs::read_to_string(&file).unwrap();
    assert!(merged.contains("server: https://127.0.0.1:"), "{merged}");
    assert!(merged.contains("- name: AWS_ACCESS_KEY_ID\n        value: sandbox\n"), "{merged}");
    assert!(merged.starts_with("# mine\napiVersion: v1\nkind: Config\ncurrent-context: a\n"));
    assert!(merged.contains("- token\n"), "{merged}");
    let token = desk.does(&["token", "--cluster", "edxaws-dev-main", "--region", "us-east-1"]);
    let token: Value = serde_json::from_str(&token.out).unwrap();
    assert_eq!(token["kind"], "ExecCredential");
    let text = token["status"]["token"].as_str().unwrap();
    assert!(text.starts_with("k8s-aws-v1."), "{text}");
    assert!(!text.contains("canary"));
}

fn state(desk: &Desk) {
    let sandbox = "--sandbox";
    assert!(desk.does(&["state", "list", sandbox]).out.contains("vpc.main"));
    assert!(
        desk.does(&["state", "show", "vpc.main", sandbox]).out.contains("\"phase\": \"ready\"")
    );
    let unknown = desk.says(&["state", "show", "vpc.mian", sandbox]);
    assert!(unknown.err.contains("did you mean `vpc.main`?"), "{}", unknown.err);
    let needed = desk.says(&["state", "rm", "vpc.main", "--yes", sandbox]);
    assert_eq!(needed.code, Some(1));
    assert!(needed.err.contains("is needed by"), "{}", needed.err);
    assert!(desk.does(&["state", "history", sandbox]).out.contains("SERIAL"));

    desk.does(&["state", "mv", "bucket.backups", "bucket.dumps", sandbox]);
    assert!(desk.does(&["state", "list", sandbox]).out.contains("bucket.dumps"));
    let other = desk.says(&["state", "mv", "bucket.dumps", "vpc.dumps", sandbox]);
    assert!(other.err.contains("cannot become"), "{}", other.err);
    desk.does(&["state", "mv", "bucket.dumps", "bucket.backups", sandbox]);

    // The state is lost: nothing is made twice, and the tags bring it back.
    let lost = desk.path("lost.json");
    std::fs::rename(desk.path("state/dev@sandbox.json"), &lost).unwrap();
    let refused = desk.says(&["up", sandbox, "--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.out.contains("edxaws state rescue"), "{}", refused.out);
    desk.does(&["state", "rescue", sandbox]);
    desk.does(&["up", sandbox, "--yes"]);
    let plan = desk.says(&["plan", sandbox, "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}", plan.out);
    let records = |path: &Path| {
        let state: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        state["records"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(records(&desk.path("state/dev@sandbox.json")), records(&lost));
    let text = std::fs::read_to_string(desk.path("state/dev@sandbox.json")).unwrap();
    assert!(!text.contains("canary"), "no credential is in the state");
}

#[test]
fn what_is_wrong_in_a_profile_is_pointed_at() {
    let desk = Desk::new();
    let file = desk.path("school.toml");
    let plan = |text: &str| {
        std::fs::write(&file, format!("extends = \"dev\"\n{text}")).unwrap();
        desk.says(&["plan", "--sandbox", "--profile", file.to_str().unwrap()])
    };
    let typo = plan("[openedx.services.lsm]\nmemory = \"1Gi\"\n");
    assert_eq!(typo.code, Some(1), "{}", typo.out);
    assert!(typo.err.contains("there is no service `lsm`"), "{}", typo.err);
    assert!(typo.err.contains("did you mean `lms`?"), "{}", typo.err);
    assert!(typo.err.contains(&format!("{}:2:", file.display())), "{}", typo.err);

    // Meant from the profile's folder, not from where one stands.
    let missing = plan("[openedx]\nca_bundle = \"certs.pem\"\n");
    assert_eq!(missing.code, Some(1), "{}", missing.out);
    let path = desk.path("certs.pem");
    assert!(missing.err.contains(&format!("cannot read `{}`", path.display())), "{}", missing.err);
    assert!(missing.err.contains(&format!("{}:3:", file.display())), "{}", missing.err);
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n").unwrap();
    let there = plan("[openedx]\nca_bundle = \"certs.pem\"\n");
    assert_eq!(there.code, Some(0), "{}", there.err);
}
