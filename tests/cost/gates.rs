//! Through the binary, on the sandbox: the bill beside a plan, and limits that hold before the first
//! call that changes something.

use std::path::Path;

use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use crate::desk::Desk;

fn number(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn asks_nobody() {
    let desk = Desk::new();
    for format in ["human", "json", "html"] {
        let text = desk.prints(&["cost", "--profile", "prod", "--format", format]);
        assert!(text.contains("eks_nodegroup.workers"), "{format}: {text}");
    }
    assert!(!desk.path("state").exists(), "an estimate writes nothing");
    let text =
        desk.prints(&["cost", "--profile", "dev", "--compare", "staging", "--compare", "prod"]);
    assert!(text.lines().next().unwrap().contains("staging"), "{text}");
    let text =
        desk.prints(&["cost", "--profile", "prod", "--regions", "us-east-1,eu-west-1,ap-south-1"]);
    assert!(text.contains("ap-south-1") && text.contains("at least"), "{text}");
    let text = desk.prints(&["cost", "--profile", "prod", "--learners", "5000"]);
    assert!(text.contains("per active learner, of 5,000: $0.2"), "{text}");
    let elsewhere = desk.says(&["outputs", "--sandbox", "--format", "html"]);
    assert_eq!(elsewhere.code, Some(1));
    assert!(elsewhere.err.contains("only `edxaws cost` makes a page"), "{}", elsewhere.err);
}

#[test]
fn plain_lists() {
    let desk = Desk::new();
    let file = desk.path("list.json");
    let list = json!([{"kind": "nat_gateway", "region": "us-east-1",
        "attributes": {"monthly_data_processed_gb": 100}}]);
    std::fs::write(&file, list.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let text = desk.prints(&["cost", "--resources", file, "--format", "json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(number(&document["totalMonthlyCost"]), dec!(37.35));
    assert_eq!(number(&document["totalMonthlyUsageCost"]), dec!(4.5));
    std::fs::write(file, list.to_string().replace("processed", "procesed")).unwrap();
    let said = desk.says(&["cost", "--resources", file]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("list.json[0]: unknown attribute"), "{}", said.err);
    assert!(said.err.contains("did you mean `monthly_data_processed_gb`?"), "{}", said.err);
}

#[test]
fn limits_hold_before_anything_is_made() {
    let desk = Desk::new();
    let plan = desk.prints(&["plan", "--sandbox", "--format", "json"]);
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let usd = number(&plan["cost"]["after"]["expected"]);
    assert_eq!(number(&plan["cost"]["before"]["expected"]), Decimal::ZERO);
    assert_eq!(number(&plan["cost"]["delta"]["expected"]), usd);
    assert!(usd > dec!(200), "{usd}");
    for verb in [&["plan"][..], &["up", "--dry-run"], &["up", "--yes"]] {
        let said = desk.says(&[verb, &["--sandbox", "--max-monthly", "60"]].concat());
        assert_eq!(said.code, Some(1), "{verb:?}: {}", said.out);
        let more = (usd - dec!(60)).round_dp(2);
        assert!(
            said.err.contains(&format!("${more} more than `--max-monthly 60`")),
            "{}",
            said.err
        );
        assert!(said.out.contains("a month: +$"), "{}", said.out);
        assert_eq!(desk.kept("dev@sandbox.json"), None, "{verb:?} changed something");
    }
    desk.prints(&["plan", "--sandbox", "--max-monthly", "100000"]);
    let said = desk.says(&["plan", "--sandbox", "--max-monthly", "much"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
}

#[test]
fn the_budget_is_a_limit_that_an_option_lifts() {
    let desk = Desk::new();
    let profile = desk.path("poor.toml");
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/dev.toml"));
    let text = text.unwrap().replace("monthly_usd = 300", "monthly_usd = 20");
    assert!(text.contains("monthly_usd = 20\n"));
    std::fs::write(&profile, text).unwrap();
    let profile = profile.to_str().unwrap();
    let said = desk.says(&["up", "--sandbox", "--yes", "--profile", profile]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.err.contains("more than `budget.monthly_usd = 20`"), "{}", said.err);
    assert_eq!(desk.kept("dev@sandbox.json"), None);
    desk.prints(&["plan", "--sandbox", "--profile", profile, "--max-monthly", "900"]);
}

/// One life of a small part: up, no change, what is odd, what a destroy leaves.
#[test]
fn the_bill_through_a_life() {
    let desk = Desk::new();
    let part = ["--sandbox", "--target", "nat_gateway.a"];
    desk.prints(&[&["up", "--yes"][..], &part].concat());
    let again = desk.prints(&[&["plan", "--format", "json"][..], &part].concat());
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(number(&again["cost"]["delta"]["expected"]), Decimal::ZERO);
    let usd = number(&again["cost"]["before"]["expected"]);
    // The gateway and its address; use is assumed, and there is no endpoint for S3 yet.
    assert!(usd > dec!(36.50) && usd < dec!(45), "{usd}");

    let status = desk.prints(&["status", "--sandbox", "--cost"]);
    assert!(status.contains("nothing costs other than recorded"), "{status}");
    let end = desk.prints(&["plan", "--sandbox", "--destroy"]);
    assert!(end.contains("a month: -$"), "{end}");
    assert!(end.contains("nothing is billed afterwards"), "{end}");
}
