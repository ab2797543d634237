//! A Deployment, StatefulSet or DaemonSet, ready once its rollout is complete.

use super::wire::{Placed, Sort};
use crate::resource::Times;

#[derive(Debug, Clone)]
pub struct Workload;

impl Sort for Workload {
    const KIND: &'static str = "kubernetes_workload";
    const TIMES: Times = Times::new((15, 75, 600), (1, 10, 120));
}

pub type KubernetesWorkload = Placed<Workload>;
