//! How estimates look: the table, Infracost's shape, the page.

use std::path::{Path, PathBuf};
use std::process::Command;

use edxaws::cost::book::Book;
use edxaws::cost::{Report, infracost};
use edxaws::view;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use crate::{entries, report, today};

fn list() -> Report {
    let list = entries(&json!([
        {"kind": "nat_gateway", "region": "us-east-1", "name": "way out"},
        {"kind": "db_instance", "region": "us-east-1", "name": "<db> & \"more\"",
            "attributes": {"instance_class": "db.t3.large", "additional_backup_storage_gb": 10}},
        {"kind": "eks_node_group", "region": "us-east-1", "name": "workers", "attributes":
            {"instance_types": ["m7i.large"], "min_size": 1, "desired_size": 2, "max_size": 5}},
        {"kind": "eks_cluster", "region": "ap-south-1", "name": "far"},
    ]));
    Report::of_list("list.json", &list, Book::embedded(), today())
}

/// The text without its colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn the_table() {
    let mut report = list();
    report.learners = Some(1000);
    insta::assert_snapshot!(plain(&view::cost(&report)));
}

#[test]
fn old_prices_are_said_to_be_old() {
    let late = today().checked_add(jiff::Span::new().days(200)).unwrap();
    let stale = Report::of_list("list.json", &[], Book::embedded(), late);
    assert!(stale.prices.are_stale());
    for text in [view::cost(&stale), view::cost_page(&[stale])] {
        assert!(text.contains("days old"), "{text}");
    }
    let fresh = list();
    assert!(!plain(&view::cost(&fresh)).contains("days old"));
    assert!(view::cost(&fresh).contains(&format!("prices of {}", Book::embedded().date())));
}

#[test]
fn side_by_side_keeps_missing_prices_apart() {
    let reports = ["us-east-1", "ap-south-1"].map(|region| report("prod", region));
    let titles = ["us-east-1", "ap-south-1"].map(str::to_owned);
    let text = plain(&view::side_by_side(&titles, &reports));
    let total = text.lines().find(|line| line.starts_with("total")).unwrap();
    assert_eq!(total.matches("at least").count(), 1, "{total}");
}

/// Infracost's readers find every key where they look for it, numbers as strings.
#[test]
fn the_shape_of_infracost() {
    let document = infracost::document(&[report("prod", "us-east-1"), list()]);
    let number = |value: &Value| -> Decimal { value.as_str().unwrap().parse().unwrap() };
    for key in [
        "version",
        "metadata",
        "currency",
        "projects",
        "totalHourlyCost",
        "totalMonthlyCost",
        "totalMonthlyUsageCost",
        "timeGenerated",
        "summary",
    ] {
        assert!(!document[key].is_null(), "{key}");
    }
    let mut whole = Decimal::ZERO;
    for project in document["projects"].as_array().unwrap() {
        let breakdown = &project["breakdown"];
        let mut sum = Decimal::ZERO;
        for resource in breakdown["resources"].as_array().unwrap() {
            assert!(resource["name"].is_string() && resource["resourceType"].is_string());
            for component in resource["costComponents"].as_array().unwrap() {
                component_holds(component);
            }
            sum += number(&resource["monthlyCost"]);
        }
        assert!((sum - number(&breakdown["totalMonthlyCost"])).abs() < dec!(0.001));
        whole += sum;
    }
    assert!((whole - number(&document["totalMonthlyCost"])).abs() < dec!(0.001));
    let free = document["projects"][0]["breakdown"]["freeResources"].as_array().unwrap();
    assert!(free.iter().any(|one| one["name"] == "subnet.private-a"));
}

fn component_holds(component: &Value) {
    let number = |key: &str| -> Option<Decimal> { component[key].as_str()?.parse().ok() };
    assert!(component["name"].is_string() && component["unit"].is_string());
    assert!(component["usageBased"].is_boolean());
    let missing = component["priceNotFound"].as_bool().unwrap();
    match (number("monthlyQuantity"), number("monthlyCost")) {
        (Some(quantity), Some(cost)) => {
            let product = quantity * number("price").unwrap();
            assert!((product - cost).abs() < dec!(0.001), "{component}");
        }
        (None, None) => assert_eq!(component["usageBased"], true),
        (Some(_), None) => assert!(missing, "{component}"),
        (None, Some(_)) => panic!("a cost without a quantity: {component}"),
    }
}

#[test]
fn the_page_stands_alone() {
    let page = view::cost_page(&[list(), report("prod", "us-east-1")]);
    assert!(page.starts_with("<!DOCTYPE html>"));
    for outside in ["<script", "http://", "https://", "url(", "@import", "<link", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    for wanted in [
        "<html lang=\"en\">",
        "prefers-color-scheme: dark",
        "role=\"img\"",
        "aria-label=\"Expected cost a month",
        "<caption>",
        "scope=\"row\"",
        "name=\"viewport\"",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(page.contains("&lt;db&gt; &amp; &quot;more&quot;"), "names are escaped");
    assert!(!page.contains("<db>"));
    assert_eq!(unclosed(&page), Vec::<String>::new());
}

/// Elements that are opened and not closed in order.
fn unclosed(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap().to_owned();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) if open.last() == Some(&name) => drop(open.pop()),
            (true, _) => return vec![format!("</{name}> while {open:?} are open")],
            (_, true) => {}
            _ if ["!DOCTYPE", "meta"].contains(&name.as_str()) => {}
            _ => open.push(name),
        }
    }
    open
}

/// The page as a browser lays it out, where there is one: what it prints as text is there, and the
/// bars have a width.
#[test]
fn the_page_in_a_browser() {
    let Some(browser) = browser() else {
        println!(
            "LEFT OUT: no Chromium or Chrome on this machine; the page's structure was checked"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cost.html");
    std::fs::write(&file, view::cost_page(&[report("prod", "us-east-1")])).unwrap();
    let url = format!("file://{}", file.display());
    let shot = folder.path().join("cost.png");
    let output = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--screenshot={}", shot.display()))
        .arg("--window-size=1000,1600")
        .arg(&url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::metadata(&shot).unwrap().len() > 10_000, "the page is blank");
    let dom = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(&url)
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&dom.stdout).into_owned();
    assert!(dom.contains("eks_cluster.main") && dom.contains("<svg"), "{dom}");
}

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROME").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .filter(|file| Path::is_file(file));
    named.or_else(|| found.next())
}

/// Every kind and attribute is documented.
#[test]
fn the_reference_is_fresh() {
    const MARK: &str = "EDXAWS_BLESS=1 cargo test --test cost -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cost.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, kept) = text.split_once(MARK).unwrap();
    let fresh = edxaws::cost::plain::reference();
    if std::env::var_os("EDXAWS_BLESS").is_some() {
        std::fs::write(&path, format!("{head}{MARK}{fresh}")).unwrap();
        return;
    }
    assert!(kept == fresh, "docs/cost.md is old: {MARK}");
}
