//! A task that runs once to its end; its name carries the hash of what it does.

use super::wire::{Placed, Runs, Sort};
use crate::resource::Times;

#[derive(Debug, Clone)]
pub struct Task;

impl Sort for Task {
    const KIND: &'static str = "kubernetes_job";
    const TIMES: Times = Times::new((5, 60, 1800), (1, 5, 60));
    const RUNS: Runs = Runs::Once;
}

pub type KubernetesJob = Placed<Task>;
