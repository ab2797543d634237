//! The report of a run: what it says is what happened, and a browser shows it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod stage;

use std::path::{Path, PathBuf};
use std::process::Command;

use edxaws::cost::book::Book;
use edxaws::cost::forecast::{Data, Forecast};
use edxaws::cost::{Terms, Usage};
use edxaws::durations::Durations;
use edxaws::engine::Plan;
use edxaws::timeline::{Nature, Outcome, Recorder, Timeline, explain};
use edxaws::{otel, view};
use stage::Stage;

async fn recorded() -> Timeline {
    let mut stage = Stage::new("dev", 17).await;
    let plan = stage.plan().await;
    carried_out(&mut stage, &plan).await
}

async fn carried_out(stage: &mut Stage, plan: &Plan) -> Timeline {
    let summary = stage.run(plan).await;
    assert!(summary.failed.is_empty(), "{:#?}", summary.failed);
    let mut recorder = Recorder::of(plan);
    stage.events.iter().for_each(|event| recorder.observe(event));
    recorder.finish(Vec::new())
}

#[tokio::test(start_paused = true)]
async fn the_timeline_is_what_happened() {
    let timeline = recorded().await;
    assert!(timeline.bars.iter().all(|bar| bar.outcome == Outcome::Done));
    for bar in &timeline.bars {
        assert!(bar.start <= bar.end && bar.end <= timeline.seconds + 0.01, "{bar:?}");
        for &up in &bar.needs {
            let before = &timeline.bars[up];
            assert!(
                before.end <= bar.start + 0.01,
                "{} began before {}",
                bar.address,
                before.address
            );
        }
    }
    let path = timeline.critical_path();
    assert!((path.last().unwrap().end - timeline.seconds).abs() < 1.0);
    assert!(path.iter().any(|bar| bar.address.as_str() == "eks_cluster.main"), "{path:#?}");
    assert!(timeline.bound <= timeline.seconds + 0.01);

    let explanation = explain(&timeline);
    let sum: f64 = explanation.path.iter().map(|link| link.seconds).sum();
    assert!(sum <= timeline.seconds + 1.0, "the links of a chain do not overlap");
    assert!(explanation.path.iter().all(|link| link.worth <= link.seconds + 0.01));
}

#[tokio::test(start_paused = true)]
async fn a_prediction_has_the_same_steps() {
    let stage = Stage::new("prod", 1).await;
    let plan = stage.plan().await;
    let predicted = Timeline::predicted(&plan, &Durations::default());
    assert_eq!(predicted.nature, Nature::Predicted);
    assert_eq!(predicted.bars.len(), plan.steps.len());
    assert!((predicted.seconds - predicted.bound).abs() < 0.01);
    let chart = view::chart(&predicted);
    assert!(chart.contains("eks_cluster.main") && chart.contains('█'), "{chart}");
}

#[tokio::test(start_paused = true)]
async fn spans_form_one_trace() {
    let timeline = recorded().await;
    let request = otel::spans(&timeline);
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), timeline.bars.len() + 1);
    let root = &spans[0];
    let number = |span: &serde_json::Value, name: &str| -> i128 {
        span[name].as_str().unwrap().parse().unwrap()
    };
    for span in &spans[1..] {
        assert_eq!(span["traceId"], root["traceId"]);
        assert_eq!(span["parentSpanId"], root["spanId"]);
        assert!(number(span, "startTimeUnixNano") >= number(root, "startTimeUnixNano"));
        assert!(number(span, "endTimeUnixNano") <= number(root, "endTimeUnixNano") + 1_000_000);
    }
    assert_eq!(request, otel::spans(&timeline), "an export repeated is the same trace");
}

#[tokio::test(start_paused = true)]
async fn the_page_needs_nothing_else_and_shows_every_step() {
    let mut stage = Stage::new("dev", 17).await;
    let (book, usage) = (Book::embedded(), Usage::of(&stage.settings.usage));
    let region = stage.settings.region.clone();
    let terms = Terms { book, region: &region, usage: &usage, today: book.date() };
    let (graph, plan) = (stage.graph().await, stage.plan().await);
    let planned = Forecast::of(&plan, &stage.state, &graph, Data::Kept, &terms);
    let timeline = carried_out(&mut stage, &plan).await;
    let bill = planned.reached(&stage.state, &graph, &terms);
    assert_eq!(bill.after.total(), planned.after.total(), "what was forecast is what is billed");

    let page = view::report(&timeline, &bill);
    let sum = format!("+{}</td>", view::dollars(bill.after.total().usd.expected));
    assert!(page.contains(&sum), "the page does not say {sum}");
    for outside in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the page asks for `{outside}`");
    }
    for bar in &timeline.bars {
        assert!(page.contains(bar.address.as_str()), "{} is missing", bar.address);
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("report.html");
    std::fs::write(&file, page).unwrap();
    match browser() {
        Some(browser) => photographed(&browser, &file, &folder),
        None => println!("left out: no Chromium on this machine, the picture was not looked at"),
    }
}

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::split_paths(&std::env::var_os("PATH")?).collect::<Vec<_>>();
    let files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// A picture of the page must hold more than one colour's worth of content.
fn photographed(browser: &Path, file: &Path, folder: &Path) {
    let picture = folder.join("report.png");
    let _ = std::fs::remove_file(&picture);
    let run = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1200,1600",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bytes = std::fs::read(&picture).expect("a picture");
    assert!(bytes.starts_with(b"\x89PNG"), "not a picture");
    assert!(bytes.len() > 20_000, "an empty page: {} bytes", bytes.len());
}
