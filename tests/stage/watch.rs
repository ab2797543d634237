//! What the local AWS did meanwhile: when each thing was ready, and when it was last seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edxaws::address::Address;
use edxaws_localstack::services::rds::BACKING_UP;
use edxaws_localstack::{LocalAws, Thing};
use tokio::task::JoinHandle;

/// How often it is looked at: what is made or goes in between has taken no time.
const EVERY: Duration = Duration::from_millis(250);

/// One thing's moments, on the local AWS's clock.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub ready: f64,
    /// When it goes, else when it was last seen.
    pub last: f64,
}

/// Somebody who looks at the world behind the API's back.
pub struct Watch {
    local: LocalAws,
    seen: Arc<Mutex<BTreeMap<Address, Watched>>>,
    task: JoinHandle<()>,
}

impl Watch {
    pub fn begin(local: &LocalAws) -> Self {
        let seen: Arc<Mutex<BTreeMap<Address, Watched>>> = Arc::default();
        let (local, notes) = (local.clone(), seen.clone());
        let world = local.clone();
        let task = tokio::spawn(async move {
            loop {
                note(&world, &notes);
                tokio::time::sleep(EVERY).await;
            }
        });
        Self { local, seen, task }
    }

    pub fn end(self) -> BTreeMap<Address, Watched> {
        note(&self.local, &self.seen);
        self.task.abort();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A database that answers is of use while its first backup is taken, and a certificate when it names
/// the records that it wants.
fn usable(thing: &Thing) -> f64 {
    let backed_up = thing.attrs.get("BackupRetentionPeriod").is_some_and(|days| *days != 0);
    match thing.kind.as_str() {
        "rds_instance" if backed_up => thing.ready - BACKING_UP,
        "acm_certificate" => moment(thing, "$optionsAt").unwrap_or(thing.ready),
        _ => thing.ready,
    }
}

fn moment(thing: &Thing, name: &str) -> Option<f64> {
    thing.attrs.get(name)?.as_f64()
}

fn note(local: &LocalAws, seen: &Mutex<BTreeMap<Address, Watched>>) {
    let now = local.clock.now();
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let noted = local.world(|world| {
        for thing in world.things.values() {
            let Some(address) = thing.tags.get("edxaws:address") else { continue };
            let Some(address) = Address::parse(address) else { continue };
            let watched = Watched { ready: usable(thing), last: thing.gone.unwrap_or(now) };
            if let Some(ready) = moment(thing, "IssuedAt") {
                let validation = Address::new("certificate_validation", address.name());
                seen.insert(validation, Watched { ready, ..watched });
            }
            seen.insert(address, watched);
        }
    });
    noted.expect("a world in memory");
}
