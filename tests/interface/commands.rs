//! Every command on the sandbox: piped, on a terminal, without colour, as JSON.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use serde_json::Value;

/// What `--format json` gives.
#[derive(Debug, PartialEq)]
enum Json {
    /// One document.
    Document,
    /// One object a line.
    Lines,
    /// Not data: a script, a page, nothing.
    No,
}

/// Each command with arguments that work after `up`, and what it is as JSON.
const COMMANDS: &[(&[&str], Json)] = &[
    (&["validate"], Json::No),
    (&["plan"], Json::Document),
    (&["up", "--yes"], Json::Lines),
    (&["status"], Json::Document),
    (&["outputs"], Json::Document),
    (&["graph"], Json::No),
    (&["policy"], Json::Document),
    (&["doctor"], Json::Document),
    (&["state", "list"], Json::Document),
    (&["state", "show", "vpc.main"], Json::Document),
    (&["state", "history"], Json::No),
    (&["state", "mv", "vpc.main", "vpc.main"], Json::No),
    (&["state", "rm", "vpc.none", "--yes"], Json::No),
    (&["state", "rescue"], Json::No),
    (&["profile", "show"], Json::No),
    (&["profile", "schema"], Json::Document),
    (&["kubeconfig", "--file", "-"], Json::No),
    (&["token", "--cluster", "c", "--region", "us-east-1"], Json::Document),
    (&["sandbox", "status"], Json::Document),
    (&["completions", "bash"], Json::No),
    (&["reference"], Json::No),
];

/// Commands that are driven elsewhere, by the file that does it: they need a cluster, a terminal to
/// stay on, or a price list, or they end what the others need.
const ELSEWHERE: &[(&str, &str)] = &[
    ("destroy", "tests/verbs.rs"),
    ("init", "tests/profiles.rs"),
    ("sandbox reset", "tests/verbs.rs"),
    ("sandbox serve", ".ci/aws_cli.sh"),
];

/// Verbs that other parts of this program test with their own files.
const PARTS: &[&str] = &[
    "cost", "prices", "tutor", "open", "logs", "exec", "jobs", "user", "course", "restart",
    "scale", "images",
];

struct Desk(tempfile::TempDir);

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Desk {
    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .env("EDXAWS_PROFILES", Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
            .env("EDXAWS_PROFILE", "dev")
            .env("EDXAWS_STATE", self.0.path())
            .env("EDXAWS_SANDBOX_SCALE", "600")
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    fn say(&self, command: &mut Command) -> Said {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn pipe(&self, args: &[&str]) -> Said {
        self.say(&mut self.command(env!("CARGO_BIN_EXE_edxaws"), args))
    }

    /// On a terminal of 100 columns, as `script` makes one; stdout and stderr are one there.
    fn terminal(&self, args: &[&str], environment: &[(&str, &str)]) -> Said {
        let line = format!("stty cols 100; {} {}", env!("CARGO_BIN_EXE_edxaws"), args.join(" "));
        let mut command = self.command("script", &["-qec", &line, "/dev/null"]);
        self.say(command.envs(environment.iter().copied()))
    }
}

fn sandboxed<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let needless = ["validate", "profile", "sandbox", "token", "completions", "reference"];
    let mut args = args.to_vec();
    if !needless.contains(&args[0]) {
        args.push("--sandbox");
    }
    args
}

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", sub.get_name()).trim().to_owned();
        match sub.has_subcommands() {
            true => leaves(sub, &path, found),
            false => _ = found.insert(path),
        }
    }
}

#[test]
fn every_command_is_driven_by_some_test() {
    let mut all = BTreeSet::new();
    leaves(&edxaws::cli::Args::command(), "", &mut all);
    assert!(all.len() > 20, "{all:?}");
    for command in &all {
        let words: Vec<&str> = command.split(' ').collect();
        let here = COMMANDS.iter().any(|(args, _)| args.starts_with(&words));
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| name == command);
        if let Some((name, file)) = elsewhere {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = std::fs::read_to_string(path).unwrap();
            let last = name.split(' ').next_back().unwrap();
            assert!(text.contains(last), "{file} says nothing of `{name}`");
        }
        let part = PARTS.contains(&words[0]);
        assert!(here || elsewhere.is_some() || part, "no test drives `{command}`");
    }
}

#[test]
fn every_command_in_every_form() {
    let desk = Desk(tempfile::tempdir().unwrap());
    let up = desk.pipe(&["up", "--yes", "--sandbox"]);
    assert_eq!(up.code, Some(0), "{}", up.err);
    for (args, json) in COMMANDS {
        let args = sandboxed(args);
        // Some are refused, on purpose: then in every form.
        let piped = desk.pipe(&args);
        assert!(!piped.out.contains('\u{1b}'), "{args:?}: colours on a pipe");
        assert!(!piped.err.contains('\u{1b}'), "{args:?}: colours on a pipe: {}", piped.err);
        assert!(matches!(piped.code, Some(0 | 1)), "{args:?}: {:?}", piped.code);
        if piped.code == Some(1) {
            assert!(piped.err.starts_with("error: "), "{args:?}: {}", piped.err);
            assert_eq!(piped.out, "", "{args:?}: data of a failure");
        }
        let without = desk.terminal(&args, &[("NO_COLOR", "1")]);
        assert_eq!(without.code, piped.code, "{args:?}");
        let colours = without.out.contains("\u{1b}[3") || without.out.contains("\u{1b}[1m");
        assert!(!colours, "{args:?}: colours although NO_COLOR: {:?}", without.out);
        let coloured = desk.terminal(&args, &[]);
        assert_eq!(coloured.code, piped.code, "{args:?}");
        if piped.code == Some(1) {
            assert!(coloured.out.contains('\u{1b}'), "{args:?}: no colours: {:?}", coloured.out);
        }
        let mut args = args.clone();
        args.extend(["--format", "json"]);
        let data = desk.pipe(&args);
        assert_eq!(data.code, piped.code, "{args:?}: {}", data.err);
        match json {
            Json::Document => {
                let read = serde_json::from_str::<Value>(&data.out);
                assert!(read.is_ok(), "{args:?}: {:?}", data.out);
            }
            Json::Lines => {
                for line in data.out.lines() {
                    assert!(serde_json::from_str::<Value>(line).is_ok(), "{args:?}: {line}");
                }
            }
            Json::No => {}
        }
    }
}

/// What is typed wrong is said, on stderr, with exit code 1 or clap's 2, and nothing on stdout.
#[test]
fn what_is_typed_wrong() {
    let desk = Desk(tempfile::tempdir().unwrap());
    let mut text = String::new();
    for args in [
        &["upp"][..],
        &["up", "--parallelism", "0"],
        &["plan", "--target", "vpc"],
        &["plan", "--profile", "nobody"],
        &["up", "--sandbox", "none.plan"],
        &["state", "show", "vpc.main", "--sandbox"],
        &["plan", "--sandbox", "--target", "vpc.mian"],
        &["plan", "--format", "xml"],
    ] {
        let said = desk.pipe(args);
        assert!(matches!(said.code, Some(1 | 2)), "{args:?}: {:?}", said.code);
        assert_eq!(said.out, "", "{args:?}");
        let folder = desk.0.path().display().to_string();
        let profiles = format!("{}/profiles", env!("CARGO_MANIFEST_DIR"));
        let said = said.err.replace(&folder, "<state>").replace(&profiles, "<profiles>");
        text.push_str(&format!("$ edxaws {}\n{said}\n", args.join(" ")));
    }
    insta::assert_snapshot!(text);
}
