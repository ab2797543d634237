//! Many cases at once: threads that play, a tally, and failures shrunk to one line each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use crate::case::Case;
use crate::play::{Played, play};

/// What many cases came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub runs: usize,
    pub processes: usize,
    pub boundaries: usize,
    pub busiest: usize,
    pub failures: Vec<String>,
}

/// After so many failures nobody reads on; `EDXAWS_SIM_ENOUGH` says another number.
const ENOUGH: u64 = 8;

pub fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Plays all cases on as many threads as the machine has processors.
pub fn play_all(what: &str, cases: impl Iterator<Item = Case> + Send) -> Tally {
    let enough = number("EDXAWS_SIM_ENOUGH", ENOUGH);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let (cases, tally) = (Mutex::new(cases), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&cases, &tally, began, enough));
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{what}: {} runs, {} processes, {} boundaries, {} failures, {seconds:.0} s, {:.1} runs/s",
        tally.runs,
        tally.processes,
        tally.boundaries,
        tally.failures.len(),
        tally.runs as f64 / seconds
    );
    tally
}

fn work(
    cases: &Mutex<impl Iterator<Item = Case>>,
    tally: &Mutex<Tally>,
    began: Instant,
    enough: u64,
) {
    loop {
        let next = cases.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(case) = next else { return };
        let played = safely(&case);
        let failure = (!played.violations.is_empty()).then(|| told(&case, &played));
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.runs += 1;
        tally.processes += played.processes;
        tally.boundaries += played.boundaries;
        tally.busiest = tally.busiest.max(played.busiest);
        if let Some(failure) = failure {
            println!("{failure}");
            tally.failures.push(failure);
        }
        if tally.runs.is_multiple_of(1000) {
            println!(
                "  {} runs, {} failures, {:?}",
                tally.runs,
                tally.failures.len(),
                began.elapsed()
            );
        }
        if tally.failures.len() as u64 >= enough {
            return;
        }
    }
}

/// A panic is a finding, too.
fn safely(case: &Case) -> Played {
    catch_unwind(AssertUnwindSafe(|| play(case))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let violations = vec![format!("panic: {}", text.unwrap_or_default())];
        Played { violations, ..Played::default() }
    })
}

/// The line that replays a failure, with as few troubles as still show it.
fn told(case: &Case, played: &Played) -> String {
    let (case, violations) = shrink(case, &played.violations);
    format!("{}\n    {}", case.replay(), violations.join("\n    "))
}

/// Leaves out one trouble after the other while something is still wrong.
pub fn shrink(case: &Case, violations: &[String]) -> (Case, Vec<String>) {
    let (mut smallest, mut wrong) = (case.clone(), violations.to_vec());
    let mut at = 0;
    while at < smallest.troubles.len() {
        let mut fewer = smallest.clone();
        fewer.troubles.remove(at);
        let played = safely(&fewer);
        if played.violations.is_empty() {
            at += 1;
        } else {
            (smallest, wrong) = (fewer, played.violations);
        }
    }
    (smallest, wrong)
}
