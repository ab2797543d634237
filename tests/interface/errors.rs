//! Every error as a person sees it. A variant without an example does not compile here.

use std::fmt::Write;
use std::path::PathBuf;

use edxaws::address::Address;
use edxaws::aws::{Failure, Outcome, Verdict, verdict};
use edxaws::engine::{Action, PlanError, RunError, StepError, hint};
use edxaws::error::{Exit, Problem};
use edxaws::event::LeftBehind;
use edxaws::graph::GraphError;
use edxaws::profile::{self, ProfileError};
use edxaws::stack::network::NetworkError;
use edxaws::state::{Holder, Illegal, StateError};
use edxaws::view;

use crate::plain;

pub fn shown(problems: impl IntoIterator<Item = Problem>) -> String {
    let mut text = String::new();
    for problem in problems {
        // What a person cannot mend is a bug and needs no hint; everything else has one.
        assert!(problem.exit == Exit::Bug || problem.hint.is_some(), "no hint: {problem:?}");
        let _ = writeln!(text, "exit {}\n{}", problem.exit.code(), plain(&view::problem(&problem)));
    }
    text
}

fn address(name: &str) -> Address {
    Address::parse(name).unwrap()
}

fn io() -> StateError {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
    StateError::Io { path: PathBuf::from("state/dev.json"), source }
}

fn illegal() -> Illegal {
    Illegal { address: address("vpc.main"), from: "Leaving".to_owned(), step: "made".to_owned() }
}

#[test]
fn errors_of_the_state() {
    let path = || PathBuf::from("state/dev.json");
    let holder = || Holder {
        pid: 4711,
        host: "desk".to_owned(),
        command: "edxaws up".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    let good = || Some(PathBuf::from("state/history/dev.7.json"));
    let damaged = |good| StateError::Damaged {
        path: path(),
        why: "its digest does not fit its content".to_owned(),
        good,
    };
    let all = examples!(StateError {
        StateError::Io { .. } => io(),
        StateError::Damaged { good: Some(_), .. } => damaged(good()),
        StateError::Damaged { good: None, .. } => damaged(None),
        StateError::Newer { .. } => StateError::Newer { path: path(), found: 99 },
        StateError::Overtaken { .. } => StateError::Overtaken { path: path() },
        StateError::Locked { holder: Some(_), .. } => StateError::Locked { path: path(), holder: Some(holder()) },
        StateError::Locked { holder: None, .. } => StateError::Locked { path: path(), holder: None },
    });
    insta::assert_snapshot!(shown(all.into_iter().map(Problem::from)));
}

#[test]
fn errors_of_a_run() {
    let all = examples!(RunError {
        RunError::State(_) => RunError::State(io()),
        RunError::Illegal(_) => RunError::Illegal(illegal()),
        RunError::Stale { .. } => RunError::Stale { planned: 3, current: 5 },
        RunError::Foreign { .. } => RunError::Foreign { planned: "a".to_owned(), current: "b".to_owned() },
        RunError::UnknownKind(_) => RunError::UnknownKind(address("teapot.main")),
        RunError::Unordered(_) => RunError::Unordered(vec![address("vpc.main"), address("subnet.a")]),
    });
    let all = all.into_iter().map(Problem::from).chain([Problem::from(illegal())]);
    insta::assert_snapshot!(shown(all));
}

#[test]
fn errors_of_planning() {
    let graph = examples!(GraphError {
        GraphError::Dangling { .. } => GraphError::Dangling { from: address("subnet.a"), to: address("vpc.main") },
        GraphError::Cycle(_) => GraphError::Cycle(["vpc.a", "vpc.b", "vpc.a"].map(address).to_vec()),
    });
    let all = examples!(PlanError {
        PlanError::Graph(_) => PlanError::Graph(graph[0].clone()),
        PlanError::Records(_) => PlanError::Records(vec![address("vpc.a"), address("vpc.b")]),
        PlanError::Unreadable(_) => PlanError::Unreadable(failure("eks", "AccessDeniedException", "no")),
        PlanError::NoSuchAddress(_) => PlanError::NoSuchAddress(address("vpc.mian")),
    });
    let cycle = Problem::from(PlanError::Graph(graph[1].clone()));
    insta::assert_snapshot!(shown(all.into_iter().map(Problem::from).chain([cycle])));
}

#[test]
fn errors_of_the_network() {
    let cidr = "10.0.0.0/24".parse().unwrap();
    let all = examples!(NetworkError {
        NetworkError::NotACidr(_) => NetworkError::NotACidr("10.0.0.0".to_owned()),
        NetworkError::HostBits { .. } => NetworkError::HostBits { cidr: "10.0.0.1/24".to_owned(), first: cidr },
        NetworkError::Size { .. } => NetworkError::Size { cidr },
        NetworkError::Prefix { .. } => NetworkError::Prefix { tier: "data", prefix: 29 },
        NetworkError::TooSmall { .. } => NetworkError::TooSmall { cidr, tier: "private", prefix: 25, zone: 2 },
        NetworkError::TooFewZones { .. } => NetworkError::TooFewZones { region: "eu-west-1".to_owned(), wanted: 6, has: 3 },
    });
    let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn errors_of_a_profile() {
    let texts = [
        "stack = 7",
        "extends = \"nobody\"",
        "extends = \"dev\"\nregon = \"x\"",
        "extends = \"dev\"\nregion = \"us-est-1\"\n[network]\ncidr = \"10.0.0.1/16\"\nzones = 9",
        "extends = \"dev\"\n[edge",
    ];
    let mut all = String::new();
    for text in texts {
        let ProfileError { findings } = profile::from_text("my.toml", text).unwrap_err();
        assert!(!findings.is_empty());
        let _ = writeln!(all, "{}\n", Problem::from(ProfileError { findings }).message);
    }
    insta::assert_snapshot!(all);
}

fn failure(service: &str, code: &str, message: &str) -> Failure {
    let failure = Failure::unexpected(service, "CreateThing", message);
    Failure { code: code.to_owned(), outcome: Outcome::Refused, ..failure }
}

/// One failed call for every verdict, and what a person is told to do about it.
#[test]
fn failed_calls_of_every_verdict() {
    let unclear = Failure { outcome: Outcome::Unknown, ..failure("ec2", "InternalError", "oops") };
    let of = |example: &Failure| verdict(example);
    let all = [
        failure("ec2", "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
        failure("ec2", "IncorrectState", "not yet"),
        failure("ec2", "DependencyViolation", "sg-1 has a dependent object"),
        failure("iam", "EntityAlreadyExists", "Role with name x already exists."),
        failure("ec2", "RequestLimitExceeded", "Request limit exceeded."),
        unclear,
        failure("ec2", "UnauthorizedOperation", "You are not authorized"),
        failure("sts", "ExpiredToken", "The security token is expired"),
        failure("ec2", "VpcLimitExceeded", "The maximum number of VPCs has been reached."),
        failure("ec2", "InvalidParameterValue", "wrong"),
    ];
    let covered: Vec<Verdict> = all.iter().map(of).collect();
    for verdict in &covered {
        // A new verdict has no place here until it has an example.
        match verdict {
            Verdict::Gone | Verdict::NotYet | Verdict::InUse | Verdict::Exists => {}
            Verdict::Throttled | Verdict::Unclear | Verdict::Denied | Verdict::Expired => {}
            Verdict::Quota | Verdict::Fatal => {}
        }
    }
    assert_eq!(covered.iter().collect::<std::collections::HashSet<_>>().len(), all.len());
    let mut text = String::new();
    for failure in &all {
        let _ = writeln!(
            text,
            "{:?}: {failure}\n  hint: {}",
            of(failure),
            hint(failure).unwrap_or_default()
        );
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_failed_step() {
    for left_behind in [LeftBehind::Nothing, LeftBehind::Recorded, LeftBehind::Claimed] {
        let error = StepError {
            address: address("vpc.main"),
            action: Action::Create,
            why: "ec2:CreateVpc answered VpcLimitExceeded: no".to_owned(),
            left_behind,
            hint: Some("raise the quota".to_owned()),
        };
        assert_eq!(
            error.to_string(),
            "cannot create `vpc.main`: ec2:CreateVpc answered VpcLimitExceeded: no"
        );
    }
}
