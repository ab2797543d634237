//! Chains of steps on a time axis: the longest, the one that decided, and what would be without one.

use std::collections::BTreeSet;

use super::Timeline;

/// Steps after what they need, by index.
fn order(needs: &[BTreeSet<usize>]) -> Vec<usize> {
    let edges = needs.iter().cloned().enumerate().collect();
    // Plans have no cycles; members of one would be left out of every chain.
    crate::graph::topological(&edges).unwrap_or_default()
}

/// When each step can start at the earliest.
pub(super) fn starts(needs: &[BTreeSet<usize>], seconds: &[f64]) -> Vec<f64> {
    let mut starts = vec![0.0_f64; needs.len()];
    for step in order(needs) {
        let ends = needs[step].iter().map(|&up| starts[up] + seconds[up]);
        starts[step] = ends.fold(0.0, f64::max);
    }
    starts
}

/// Length of the longest chain.
pub(super) fn longest(needs: &[BTreeSet<usize>], seconds: &[f64]) -> f64 {
    let starts = starts(needs, seconds);
    starts.iter().zip(seconds).map(|(start, seconds)| start + seconds).fold(0.0, f64::max)
}

/// When each step must have ended for everything to be over at `end`.
pub(super) fn latest(needs: &[BTreeSet<usize>], seconds: &[f64], end: f64) -> Vec<f64> {
    let mut latest = vec![end; needs.len()];
    for step in order(needs).into_iter().rev() {
        for &up in &needs[step] {
            latest[up] = latest[up].min(latest[step] - seconds[step]);
        }
    }
    latest
}

/// Back from the step that ended last, each time to the one it waited for longest.
pub(super) fn critical(needs: &[BTreeSet<usize>], ends: &[f64]) -> Vec<usize> {
    let last = |steps: &mut dyn Iterator<Item = usize>| {
        steps.max_by(|&a, &b| ends[a].total_cmp(&ends[b]).then(b.cmp(&a)))
    };
    let mut path = Vec::new();
    let mut next = last(&mut (0..needs.len()));
    while let Some(step) = next {
        path.push(step);
        next = last(&mut needs[step].iter().copied());
    }
    path
}

/// By how many seconds the whole would be shorter if this step took no time.
pub fn shortened(timeline: &Timeline, step: usize) -> f64 {
    let needs: Vec<BTreeSet<usize>> = timeline.bars.iter().map(|bar| bar.needs.clone()).collect();
    let mut seconds: Vec<f64> = timeline.bars.iter().map(super::Bar::seconds).collect();
    let before = longest(&needs, &seconds);
    seconds[step] = 0.0;
    before - longest(&needs, &seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(all: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        all.iter().map(|up| up.iter().copied().collect()).collect()
    }

    #[test]
    fn the_longest_chain_and_the_slack_beside_it() {
        let needs = needs(&[&[], &[], &[0, 1], &[2]]);
        let seconds = [10.0, 4.0, 5.0, 1.0];
        assert_eq!(starts(&needs, &seconds), [0.0, 0.0, 10.0, 15.0]);
        assert_eq!(longest(&needs, &seconds), 16.0);
        assert_eq!(latest(&needs, &seconds, 16.0), [10.0, 10.0, 15.0, 16.0]);
        assert_eq!(critical(&needs, &[10.0, 4.0, 15.0, 16.0]), [3, 2, 0]);
    }
}
