//! Machines, their disks, and the control plane above them.

use rust_decimal::Decimal;
use rust_decimal::dec;

use crate::cost::goods;
use crate::cost::line::{Amount, HOURS};
use crate::cost::sheet::Sheet;
use crate::cost::span::Span;

/// How capacity is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purchase {
    OnDemand,
    Spot,
}

/// Some machines of one kind. Spot may take any of the types, on demand takes the first.
#[derive(Debug, Clone)]
pub struct Nodes<'a> {
    pub types: &'a [String],
    pub count: Span,
    pub purchase: Purchase,
}

pub fn nodes(sheet: &mut Sheet<'_>, nodes: &Nodes<'_>) {
    let hours = nodes.count.each(|count| count * HOURS);
    let Some(first) = nodes.types.first() else { return };
    match nodes.purchase {
        Purchase::OnDemand => {
            let name = format!("instance {first}, on demand");
            sheet.line(&name, goods::on_demand(first), Amount::fixed(hours));
        }
        Purchase::Spot => {
            let name = match nodes.types.len() {
                1 => format!("instance {first}, spot"),
                n => format!("instance {first} or {} other types, spot", n - 1),
            };
            let types: Vec<_> = nodes.types.iter().map(|one| goods::on_demand(one)).collect();
            sheet.spot(&name, &types, hours);
        }
    }
}

/// Credits beyond what a burstable instance earns: `family` is `t3` of `t3.large`.
pub fn cpu_credits(sheet: &mut Sheet<'_>, family: &str, vcpu_hours: Option<Decimal>) {
    sheet.line("CPU credits", goods::cpu_credits(family), Amount::used(vcpu_hours));
}

/// One or more EBS volumes alike.
#[derive(Debug, Clone)]
pub struct Volume<'a> {
    pub kind: &'a str,
    pub gib: Decimal,
    /// Provisioned, all of them.
    pub iops: Decimal,
    /// Provisioned, in MiB/s.
    pub throughput: Decimal,
    pub count: Span,
}

/// What gp3 brings along.
const GP3_IOPS: Decimal = dec!(3000);
const GP3_THROUGHPUT: Decimal = dec!(125);

impl<'a> Volume<'a> {
    pub fn plain(kind: &'a str, gib: impl Into<Decimal>, count: impl Into<Span>) -> Self {
        let (gib, count) = (gib.into(), count.into());
        Self { kind, gib, iops: Decimal::ZERO, throughput: Decimal::ZERO, count }
    }
}

pub fn volume(sheet: &mut Sheet<'_>, volume: &Volume<'_>) {
    let Volume { kind, gib, iops, throughput, count } = volume;
    let each = |amount: Decimal| Amount::fixed(count.each(|count| count * amount));
    sheet.line(&format!("storage {kind}"), goods::volume(kind), each(*gib));
    let (iops, name) = match *kind {
        "gp3" => ((iops - GP3_IOPS).max(Decimal::ZERO), "IOPS above 3,000"),
        "io1" | "io2" => (*iops, "provisioned IOPS"),
        _ => (Decimal::ZERO, ""),
    };
    if !iops.is_zero() {
        sheet.line(name, goods::volume_iops(kind), each(iops));
    }
    let throughput = (throughput - GP3_THROUGHPUT).max(Decimal::ZERO);
    if *kind == "gp3" && !throughput.is_zero() {
        sheet.line("throughput above 125 MiB/s", goods::volume_throughput(kind), each(throughput));
    }
}

/// What AWS bills for a Kubernetes control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlPlane {
    Standard,
    /// The same, and a surcharge of its own beside it.
    Extended,
}

pub fn control_plane(sheet: &mut Sheet<'_>, support: ControlPlane) {
    sheet.line("control plane", goods::control_plane(), Amount::fixed(HOURS));
    if support == ControlPlane::Extended {
        sheet.line("extended support", goods::extended_support(), Amount::fixed(HOURS));
    }
}
