//! The disk of a simulated machine: what was saved survives a process, nothing else does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use edxaws::address::Address;
use edxaws::resources::kind;
use edxaws::state::{Phase, Record, State, StateError, Store};

/// One disk; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
pub struct Platter {
    pub saved: Option<State>,
    pub saves: usize,
    pub health: Health,
    pub violations: Vec<String>,
    /// Whether the run takes things away, so that order is judged from the other end.
    pub removing: bool,
}

/// What becomes of the next save.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Health {
    #[default]
    Good,
    /// The process dies before the next save.
    DiesBeforeSave,
    /// The process is dead: nothing of it arrives any more.
    Dead,
    Full,
}

impl Disk {
    pub fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn holding(state: Option<State>) -> Self {
        let disk = Self::default();
        disk.platter().saved = state;
        disk
    }
}

impl Platter {
    /// Tokens of all recorded claims.
    pub fn tokens(&self) -> BTreeSet<&str> {
        let records = self.saved.iter().flat_map(|state| state.records.values());
        records.map(|record| record.token.as_str()).collect()
    }

    /// A step may only begin when what it stands on (or what stands on it) is settled on disk.
    fn judge_order(&mut self, next: &State) {
        let none = std::collections::BTreeMap::new();
        let former = self.saved.as_ref().map_or(&none, |state| &state.records);
        let mut wrong = Vec::new();
        for (address, record) in &next.records {
            let was = former.get(address);
            let begins = |phase: Phase| {
                record.phase == phase
                    && was.is_none_or(|was| was.phase != phase || was.token != record.token)
            };
            if begins(Phase::Claimed) {
                let settled = |up: &Address| {
                    next.records.get(up).is_some_and(|record| record.phase == Phase::Ready)
                };
                let open = record.needs.iter().find(|up| !settled(up));
                wrong
                    .extend(open.map(|up| format!("order: {address} begins before {up} is ready")));
            }
            if begins(Phase::Leaving) && self.removing {
                let stands = |(by, one): &(&Address, &Record)| {
                    let outlives = kind(by.kind()).is_some_and(|by| by.outlives(address.kind()));
                    one.needs.contains(address) && !outlives
                };
                let user = next.records.iter().find(stands);
                wrong.extend(user.map(|(by, _)| format!("order: {address} leaves before {by}")));
            }
        }
        self.violations.extend(wrong);
    }
}

impl Store for Disk {
    fn save(&mut self, state: &mut State) -> Result<(), StateError> {
        let mut platter = self.platter();
        match platter.health {
            Health::Good => {}
            Health::Full => {
                let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(StateError::Io { path: "state.json".into(), source });
            }
            Health::DiesBeforeSave | Health::Dead => {
                platter.health = Health::Dead;
                state.serial += 1;
                return Ok(());
            }
        }
        state.serial += 1;
        let older = platter.saved.as_ref().is_some_and(|saved| saved.serial >= state.serial);
        if older {
            platter.violations.push("durability: an older state replaces a newer one".to_owned());
        }
        platter.judge_order(state);
        platter.saves += 1;
        platter.saved = Some(state.clone());
        Ok(())
    }
}
