//! Databases, caches, search.

use rust_decimal::Decimal;
use rust_decimal::dec;

use crate::cost::goods;
use crate::cost::line::{Amount, Basis, HOURS};
use crate::cost::sheet::Sheet;
use crate::cost::span::Span;

/// An RDS instance with its storage.
#[derive(Debug, Clone)]
pub struct Database<'a> {
    pub engine: &'a str,
    pub class: &'a str,
    pub deployment: Deployment,
    pub storage: &'a str,
    pub gib: Span,
    /// Provisioned, all of them.
    pub iops: Decimal,
    /// Beyond the free allowance, which is as large as the database.
    pub backup_gb: Amount,
}

/// Whether a standby runs in a second zone. It has a price of its own, not always twice the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    OneZone,
    MultiAz,
}

impl Deployment {
    /// How the price book marks the items of a database with a standby.
    fn mark(self, usage: &str) -> String {
        match self {
            Self::OneZone => usage.to_owned(),
            Self::MultiAz => format!("{usage}-multi-az"),
        }
    }
}

/// Provisioned IOPS of io1 and io2 begin here.
const PROVISIONED: Decimal = dec!(1000);
/// From this size on gp3 stripes over four volumes.
const STRIPED_GIB: Decimal = dec!(400);

impl Database<'_> {
    fn billed_iops(&self) -> (Decimal, &'static str) {
        match self.storage {
            "gp3" if self.gib.expected < STRIPED_GIB => {
                (self.iops - dec!(3000), "IOPS above 3,000")
            }
            "gp3" => (self.iops - dec!(12000), "IOPS above 12,000"),
            "io1" | "io2" => (self.iops.max(PROVISIONED), "provisioned IOPS"),
            _ => (Decimal::ZERO, ""),
        }
    }
}

pub fn database(sheet: &mut Sheet<'_>, database: &Database<'_>) {
    let Database { engine, class, deployment, storage, gib, .. } = database;
    let zones = match deployment {
        Deployment::OneZone => "one zone",
        Deployment::MultiAz => "Multi-AZ",
    };
    let item = goods::database(&deployment.mark(engine), class);
    sheet.line(&format!("{engine} {class}, {zones}"), item, Amount::fixed(HOURS));
    let good = goods::database_storage(&deployment.mark("storage"), storage);
    sheet.line(&format!("storage {storage}"), good, Amount::fixed(*gib));
    let (iops, name) = database.billed_iops();
    if iops > Decimal::ZERO {
        let good = goods::database_iops(&deployment.mark("iops"), storage);
        sheet.line(name, good, Amount::fixed(iops));
    }
    sheet.line("backup above the free size", goods::database_backup(), database.backup_gb.clone());
}

/// A snapshot that has outlived its database.
pub fn database_snapshot(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("final snapshot", goods::database_backup(), gb);
}

/// RDS and DocumentDB keep the master's password in Secrets Manager: a secret like any other.
pub fn managed_secret(sheet: &mut Sheet<'_>) {
    sheet.line("master password in Secrets Manager", goods::secret(), Amount::fixed(Decimal::ONE));
}

/// A cache of equal nodes.
#[derive(Debug, Clone)]
pub struct Cache<'a> {
    pub engine: &'a str,
    pub node_type: &'a str,
    pub nodes: Decimal,
    /// Beyond the one free snapshot; `None` where none is kept.
    pub backup_gb: Option<Amount>,
}

pub fn cache(sheet: &mut Sheet<'_>, cache: &Cache<'_>) {
    let Cache { engine, node_type, nodes, backup_gb } = cache;
    let good = goods::cache_node(engine, node_type);
    sheet.line(&format!("{engine} {node_type}"), good, Amount::fixed(nodes * HOURS));
    if let Some(gb) = backup_gb {
        sheet.line("snapshots", goods::cache_backup(), gb.clone());
    }
}

/// A DocumentDB instance.
#[derive(Debug, Clone)]
pub struct DocdbInstance<'a> {
    pub class: &'a str,
    /// vCPU hours; `None` for a class that does not burst.
    pub cpu_credits: Option<Amount>,
}

pub fn docdb_instance(sheet: &mut Sheet<'_>, instance: &DocdbInstance<'_>) {
    let class = instance.class;
    let good = goods::docdb_instance(class);
    sheet.line(&format!("DocumentDB {class}"), good, Amount::fixed(HOURS));
    if let (Some(hours), Some((family, _))) = (&instance.cpu_credits, class.rsplit_once('.')) {
        sheet.line("CPU credits", goods::docdb_cpu_credits(family), hours.clone());
    }
}

pub fn docdb_storage(sheet: &mut Sheet<'_>, gb: Amount, million_requests: Amount) {
    sheet.line("DocumentDB storage", goods::docdb_storage(), gb);
    sheet.line("DocumentDB I/O", goods::docdb_io(), million_requests);
}

pub fn docdb_backup(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("backup above the free size", goods::docdb_backup(), gb);
}

/// An OpenSearch domain.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// What for, type, number.
    pub instances: Vec<(&'static str, &'a str, Decimal)>,
    pub storage: &'a str,
    /// Over all nodes together.
    pub gib: Decimal,
    pub iops: Decimal,
    pub throughput: Decimal,
}

pub fn search(sheet: &mut Sheet<'_>, search: &Search<'_>) {
    for (what, kind, count) in &search.instances {
        let good = goods::search_instance(kind);
        sheet.line(&format!("{what} {kind}"), good, Amount::fixed(count * HOURS));
    }
    let kind = search.storage;
    let good = goods::search_storage(kind);
    sheet.line(&format!("storage {kind}"), good, Amount::fixed(search.gib));
    let (iops, throughput) = match kind {
        "gp3" => (search.iops - dec!(3000), search.throughput - dec!(125)),
        "io1" => (search.iops, Decimal::ZERO),
        _ => (Decimal::ZERO, Decimal::ZERO),
    };
    if iops > Decimal::ZERO {
        sheet.line("provisioned IOPS", goods::search_iops(kind), Amount::fixed(iops));
    }
    if throughput > Decimal::ZERO {
        let good = goods::search_throughput(kind);
        sheet.line("throughput above 125 MiB/s", good, Amount::fixed(throughput));
    }
}

/// The surcharge on a release past its standard support, by vCPU and hour; `release` as the price
/// book spells it, see `support::surcharge`. A standby pays, too.
pub fn extended_support(sheet: &mut Sheet<'_>, release: &str, class: &str, deployment: Deployment) {
    let instance = class.strip_prefix("db.").unwrap_or(class);
    let vcpu = sheet.book.instance(instance).map(|facts| Decimal::from(facts.vcpu));
    let copies = match deployment {
        Deployment::OneZone => Decimal::ONE,
        Deployment::MultiAz => Decimal::TWO,
    };
    let hours = vcpu.map(|vcpu| vcpu * copies * HOURS);
    let amount = Amount { quantity: hours.map(Span::exactly), basis: Basis::Fixed };
    sheet.line("extended support", goods::database_extended_support(release), amount);
}
