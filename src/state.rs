//! What edxaws remembers: one record per resource, in a file that survives a kill at any moment.

mod disk;
mod file;
mod lock;
mod record;

pub use disk::{Disk, RealDisk, write_private};
pub use file::{FileStore, MemoryStore, StateError, Store};
pub use lock::{Holder, Lock};
pub use record::{Illegal, Phase, Record, Transition, advance};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::resource::Facts;

/// The format of the file. A newer one is refused, an older one is read by its own reader.
pub const SCHEMA: u32 = 1;

/// The whole document. Which account and region it belongs to is pinned at birth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub schema: u32,
    pub stack: String,
    pub account: String,
    pub region: String,
    /// Made once; two files of one lineage are versions of each other.
    pub lineage: String,
    /// Grows with every write.
    pub serial: u64,
    pub records: BTreeMap<Address, Record>,
}

impl State {
    pub fn new(stack: &str, account: &str, region: &str, lineage: String) -> Self {
        let [stack, account, region] = [stack, account, region].map(str::to_owned);
        Self {
            schema: SCHEMA,
            stack,
            account,
            region,
            lineage,
            serial: 0,
            records: BTreeMap::new(),
        }
    }

    /// Applies one transition to one record; the only way the state changes.
    pub fn apply(&mut self, address: &Address, transition: Transition) -> Result<(), Illegal> {
        match advance(address, self.records.remove(address), transition)? {
            Some(record) => self.records.insert(address.clone(), record),
            None => None,
        };
        Ok(())
    }

    /// Whether nothing is recorded at the address: never made, or gone.
    pub fn lacks(&self, address: &Address) -> bool {
        !self.records.contains_key(address)
    }

    /// The recorded live values of everything that is made.
    pub fn facts(&self) -> Facts {
        Facts::new(self.live().map(|(address, live)| (address.clone(), live.clone())).collect())
    }

    fn live(&self) -> impl Iterator<Item = (&Address, &Value)> {
        self.records.iter().filter_map(|(address, record)| Some((address, record.live.as_ref()?)))
    }
}
