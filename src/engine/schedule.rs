//! Which step may start next: ready counts, never waves; the longest remaining path goes first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// The order of a plan's steps while they run; pure.
#[derive(Debug, Clone)]
pub struct Schedule {
    open: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    /// Seconds from the start of a step to the end of everything behind it.
    remaining: Vec<u64>,
    ready: BinaryHeap<(u64, Reverse<usize>)>,
}

impl Schedule {
    /// `needs[i]` are the steps before step `i`; `seconds[i]` is how long it usually takes. Steps of
    /// a cycle never become ready; plans have none.
    pub fn new(needs: &[BTreeSet<usize>], seconds: &[u64]) -> Self {
        let mut dependents = vec![Vec::new(); needs.len()];
        for (step, upstream) in needs.iter().enumerate() {
            upstream.iter().for_each(|&up| dependents[up].push(step));
        }
        let open: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
        let remaining = remaining(&open, &dependents, needs, seconds);
        let free = (0..needs.len()).filter(|&step| open[step] == 0);
        let ready = free.map(|step| (remaining[step], Reverse(step))).collect();
        Self { open, dependents, remaining, ready }
    }

    /// The next step to start, the most urgent of those that may.
    pub fn take(&mut self) -> Option<usize> {
        self.ready.pop().map(|(_, Reverse(step))| step)
    }

    /// A step is done: its dependents come one closer.
    pub fn done(&mut self, step: usize) {
        for &dependent in &self.dependents[step] {
            self.open[dependent] -= 1;
            if self.open[dependent] == 0 {
                self.ready.push((self.remaining[dependent], Reverse(dependent)));
            }
        }
    }

    /// Everything behind a step, near or far: what a failure there keeps from starting.
    pub fn behind(&self, step: usize) -> BTreeSet<usize> {
        let mut behind = BTreeSet::new();
        let mut open = self.dependents[step].clone();
        while let Some(next) = open.pop() {
            if behind.insert(next) {
                open.extend(&self.dependents[next]);
            }
        }
        behind
    }

    /// Seconds from now to the end when nothing of the plan has begun.
    pub fn expected(&self) -> u64 {
        self.remaining.iter().copied().max().unwrap_or(0)
    }

    pub fn remaining(&self, step: usize) -> u64 {
        self.remaining[step]
    }

    /// The steps that need this one.
    pub fn next(&self, step: usize) -> impl Iterator<Item = usize> {
        self.dependents[step].iter().copied()
    }

    /// The chain of steps that determines the end, first to last.
    pub fn critical_path(&self) -> Vec<usize> {
        let longest = |steps: &mut dyn Iterator<Item = usize>| {
            steps.max_by_key(|&step| (self.remaining[step], Reverse(step)))
        };
        let mut path = Vec::new();
        let mut next = longest(&mut (0..self.remaining.len()));
        while let Some(step) = next {
            path.push(step);
            next = longest(&mut self.next(step));
        }
        path
    }
}

fn remaining(
    open: &[usize],
    dependents: &[Vec<usize>],
    needs: &[BTreeSet<usize>],
    seconds: &[u64],
) -> Vec<u64> {
    let mut open = open.to_vec();
    let mut order: Vec<usize> = (0..open.len()).filter(|&step| open[step] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for &dependent in &dependents[order[at]] {
            open[dependent] -= 1;
            if open[dependent] == 0 {
                order.push(dependent);
            }
        }
        at += 1;
    }
    let mut remaining = vec![0; needs.len()];
    for &step in order.iter().rev() {
        let behind = dependents[step].iter().map(|&next| remaining[next]).max().unwrap_or(0);
        remaining[step] = behind + seconds[step];
    }
    remaining
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(needs: &[&[usize]], seconds: &[u64]) -> Schedule {
        let needs: Vec<BTreeSet<usize>> =
            needs.iter().map(|up| up.iter().copied().collect()).collect();
        Schedule::new(&needs, seconds)
    }

    #[test]
    fn the_longest_remaining_path_goes_first() {
        let mut schedule = schedule(&[&[], &[], &[1]], &[5, 1, 100]);
        assert_eq!(schedule.take(), Some(1));
        assert_eq!(schedule.take(), Some(0));
        assert_eq!(schedule.take(), None);
        schedule.done(1);
        assert_eq!(schedule.take(), Some(2));
        assert_eq!(schedule.expected(), 101);
        assert_eq!(schedule.critical_path(), [1, 2]);
    }

    #[test]
    fn a_slow_step_holds_up_only_what_needs_it() {
        let mut schedule = schedule(&[&[], &[], &[0], &[1]], &[100, 1, 1, 1]);
        let (slow, fast) = (schedule.take().unwrap(), schedule.take().unwrap());
        assert_eq!((slow, fast), (0, 1));
        schedule.done(1);
        assert_eq!(schedule.take(), Some(3), "step 3 does not wait for step 0's wave");
        assert_eq!(schedule.behind(0), BTreeSet::from([2]));
    }
}
