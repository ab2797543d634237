//! An object that is of use as soon as it is applied: a Service, a ConfigMap, an account, a policy.

use super::wire::{Placed, Sort};
use crate::resource::Times;

#[derive(Debug, Clone)]
pub struct Thing;

impl Sort for Thing {
    const KIND: &'static str = "kubernetes_object";
    const TIMES: Times = Times::new((0, 1, 10), (0, 2, 60));
}

pub type KubernetesObject = Placed<Thing>;
