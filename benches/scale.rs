//! Whether a graph, its plan and its price take time in proportion to the platforms in the stack.
//!
//! `cargo bench --bench scale` prints the best of a few runs at each size and the exponent that fits
//! them; more than 1.1 is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench may fail loudly, and it is there to be read"
)]

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use edxaws::cost::book::Book;
use edxaws::cost::offline::surroundings;
use edxaws::cost::{Estimate, Inventory, Terms, Usage};
use edxaws::engine::{Choice, Survey, plan_up};
use edxaws::profile::{Settings, load};
use edxaws::stack::build;
use edxaws::state::State;

const PLATFORMS: [usize; 4] = [25, 50, 100, 200];
const RUNS: usize = 5;
const MOST: f64 = 1.1;

fn main() -> ExitCode {
    let mut curves = [("graph", Vec::new()), ("plan", Vec::new()), ("cost", Vec::new())];
    for platforms in PLATFORMS {
        let measured = measure(&settings(platforms));
        let [graph, plan, cost] = measured.seconds.map(|took| took.as_secs_f64() * 1e3);
        println!(
            "{platforms:4} platforms, {:6} nodes: graph {graph:8.1} ms, plan {plan:8.1} ms, cost \
             {cost:8.1} ms",
            measured.nodes
        );
        for ((_, points), took) in curves.iter_mut().zip(measured.seconds) {
            points.push(((measured.nodes as f64).ln(), took.as_secs_f64().ln()));
        }
    }
    let mut linear = true;
    for (what, points) in &curves {
        let exponent = slope(points);
        linear &= exponent <= MOST;
        println!("{what} grows with the nodes to the power of {exponent:.2}");
    }
    if linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn settings(platforms: usize) -> Settings {
    let mut settings = load("prod", Path::new("profiles")).expect("the profile").settings;
    let (_, site) = settings.platforms.pop_first().expect("a platform");
    for number in 0..platforms {
        let mut site = site.clone();
        site.lms_host = format!("s{number}.{}", settings.edge.zone);
        settings.platforms.insert(format!("s{number}"), site);
    }
    settings
}

struct Measured {
    nodes: usize,
    /// Of graph, plan and cost.
    seconds: [Duration; 3],
}

/// The best of a few runs: what else the machine did only ever adds.
fn measure(settings: &Settings) -> Measured {
    let book = Book::embedded();
    let (today, usage) = (book.date(), Usage::of(&settings.usage));
    let terms = Terms { book, region: &settings.region, usage: &usage, today };
    let mut place = surroundings(settings, today);
    place.zones.truncate(usize::from(settings.network.zones));
    let state = State::new("bench", "123456789012", &settings.region, "bench".to_owned());
    let (mut nodes, mut seconds) = (0, [Duration::MAX; 3]);
    for _ in 0..RUNS {
        let (graph, first) = timed(|| build(settings, &place).expect("a graph"));
        let (plan, second) = timed(|| {
            plan_up(&graph, &state, &Survey::default(), &Choice::default()).expect("a plan")
        });
        let (estimate, third) = timed(|| Estimate::of(&Inventory::of_graph(&graph), &terms));
        assert!(plan.steps.len() == graph.len() && estimate.total().missing == 0);
        nodes = graph.len();
        for (best, took) in seconds.iter_mut().zip([first, second, third]) {
            *best = took.min(*best);
        }
    }
    Measured { nodes, seconds }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (work(), began.elapsed())
}

/// Of the straight line through points of logarithms.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let over: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let under: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    over / under
}
