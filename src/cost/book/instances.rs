//! What an EC2 instance type is: vCPU, memory, architecture, and how many pods it takes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rust_decimal::Decimal;

/// An instance type as AWS describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceFacts {
    pub vcpu: u32,
    pub memory_gib: Decimal,
    pub arch: Arch,
    /// Pods with one address each, from network interfaces and addresses per interface.
    pub max_pods: u32,
}

const MIB_PER_GIB: Decimal = Decimal::from_parts(1024, 0, 0, false, 0);

/// What the processor understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    Arm64,
    X86,
}

pub(super) fn find(instance_type: &str) -> Option<&'static InstanceFacts> {
    static FACTS: OnceLock<BTreeMap<&str, InstanceFacts>> = OnceLock::new();
    FACTS
        .get_or_init(|| include_str!("instances.csv").lines().skip(1).filter_map(parse).collect())
        .get(instance_type)
}

/// `m7g.large,2,8192,arm64,29`
fn parse(line: &'static str) -> Option<(&'static str, InstanceFacts)> {
    let mut cells = line.split(',');
    let name = cells.next()?;
    let vcpu = cells.next()?.parse().ok()?;
    let memory: Decimal = cells.next()?.parse().ok()?;
    let arch = match cells.next()? {
        "arm64" => Arch::Arm64,
        "x86_64" => Arch::X86,
        _ => return None,
    };
    let max_pods = cells.next()?.parse().ok()?;
    Some((name, InstanceFacts { vcpu, memory_gib: memory / MIB_PER_GIB, arch, max_pods }))
}
