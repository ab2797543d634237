//! The one trait behind every AWS resource kind, and the small types its methods speak.
//!
//! A kind is a serde struct holding the *desired* values. Everything else (plan, diff, state,
//! events, delete order, the IAM policy, the docs row, the contract tests) follows from this trait.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::address::{Address, Ref};
pub use crate::aws::{Failure, Scope};
pub use crate::cost::Meter;
pub use crate::diff::{Change, Diff, Reason};

pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A kind of AWS resource: `self` is what the profile wants, `Live` is what AWS says.
pub trait Resource: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    /// The word before the dot in an address, AWS's own name in snake case.
    const KIND: &'static str;
    /// How a create is made safe to repeat.
    const IDENTITY: Identity;
    /// Typical durations, in AWS seconds.
    const TIMES: Times;
    /// Every IAM action this kind may call.
    const ACTIONS: &'static [&'static str];
    /// Whether a delete only ends the record: the object stays in the account, because others may
    /// use it (service-linked roles), so nobody waits for it to vanish.
    const FORGET_ON_DELETE: bool = false;
    /// Kinds that it needs to become ready and can do without when it goes: they need not wait until
    /// it is gone.
    const OUTLIVES: &'static [&'static str] = &[];
    /// Whether an update gives dependents a new value (a launch template's version): they are then
    /// planned as known after apply.
    const VERSIONED: bool = false;
    /// Top-level fields, desired or live, that the state file does without: long ones that a digest
    /// stands for.
    const UNRECORDED: &'static [&'static str] = &[];

    type Live: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static;

    /// All objects of this kind that belong to the stack, in as few calls as AWS allows. Kinds that
    /// AWS can only look up by name or parent ask for what `wanted` names. Objects that are already
    /// gone but still shown (a deleted NAT gateway) are left out; those on their way out are not.
    fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> impl Future<Output = Result<Vec<Found<Self::Live>>>> + Send;

    /// Makes the object, in exactly one call that is not safe to repeat by itself. What further
    /// calls must set is left to `update`, which the engine runs while `diff` finds a difference.
    fn create(
        &self,
        scope: &Scope,
        claim: &Claim,
    ) -> impl Future<Output = Result<Self::Live>> + Send;

    /// Brings the live object to the desired values; safe to repeat.
    fn update(
        &self,
        scope: &Scope,
        live: &Self::Live,
        claim: &Claim,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Starts the removal; safe to repeat. `Gone` counts as done.
    fn delete(&self, scope: &Scope, live: &Self::Live) -> impl Future<Output = Result<()>> + Send;

    /// What differs between desired and live; pure.
    fn diff(&self, live: &Self::Live, facts: &Facts) -> Change;

    /// Whether dependents may start; pure.
    fn ready(&self, _live: &Self::Live) -> Ready {
        Ready::Yes
    }

    /// What its dependents will find once it is made, where all they take from it follows from its
    /// name: then nobody has to be replaced because somebody deleted it. Pure.
    fn foreseen(&self) -> Option<Self::Live> {
        None
    }

    /// What `destroy` does with it when the user asks for no more.
    fn on_destroy(&self) -> OnDestroy {
        OnDestroy::Remove
    }

    /// The live values a person asks for after `up` (an endpoint, an id), by name.
    fn outputs(&self, _live: &Self::Live) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What AWS bills for it each month; nothing when it declares nothing. Pure.
    fn cost(&self, _meter: &mut Meter<'_>) {}

    /// What stays billed when `destroy` has taken away what it takes: all of it when it is kept,
    /// the final snapshot of a database. Pure.
    fn cost_after_destroy(&self, meter: &mut Meter<'_>) {
        if self.on_destroy() == OnDestroy::Keep {
            self.cost(meter);
        }
    }

    /// The desired values by which a live object is priced: what is recorded of it, corrected by
    /// what is seen. Kinds that can be priced by their looks alone need no record (strays). Pure.
    fn seen(_live: &Self::Live, recorded: Option<Self>) -> Option<Self> {
        recorded
    }
}

/// How a create is made safe to repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Identity {
    /// AWS refuses a second object of the same name; ownership is proven by our tag or path.
    Name,
    /// AWS answers a repeated token with the first object.
    ClientToken,
    /// Nothing protects a repeat: tagged in the create call, looked for by tag before another try.
    Tag,
    /// An attachment or entry of another object: making it twice changes nothing.
    Relation,
}

/// Typical durations in AWS seconds: `(least, usual, most)`.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub create: (u32, u32, u32),
    pub delete: (u32, u32, u32),
}

impl Times {
    /// An object that is there when the call returns.
    pub const INSTANT: Self = Self { create: (0, 1, 3), delete: (0, 1, 3) };

    pub const fn new(create: (u32, u32, u32), delete: (u32, u32, u32)) -> Self {
        Self { create, delete }
    }

    /// How long a wait may last before it is called a failure.
    pub fn deadline(most: u32) -> Duration {
        Duration::from_secs(u64::from(most) * 3 + 600)
    }
}

/// What `destroy` does with a resource that was not singled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDestroy {
    Remove,
    /// Removed after a final snapshot; `--delete-data` leaves the snapshot out.
    Snapshot,
    /// Left alone unless `--delete-data` is given.
    Keep,
    /// AWS refuses until the protection is lifted: `--lift-protection`.
    Protected,
}

/// Address + random token, made durable before the call that uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub address: Address,
    pub token: String,
}

impl Claim {
    /// The first eight characters of the token, for names that must not repeat.
    pub fn short(&self) -> &str {
        self.token.get(..8).unwrap_or(&self.token)
    }
}

/// One resource that a `list` is asked about.
#[derive(Debug, Clone)]
pub struct Wanted<R: Resource> {
    pub address: Address,
    pub desired: R,
    /// The live values as recorded, when there are any.
    pub live: Option<R::Live>,
    pub claim: Option<Claim>,
}

/// One live object that a `list` found, and by what it is recognized.
#[derive(Debug, Clone)]
pub struct Found<L> {
    /// From the tag `edxaws:address`, or from the `Wanted` it was asked by.
    pub address: Option<Address>,
    /// From the tag `edxaws:claim`, where the kind carries one.
    pub token: Option<String>,
    pub live: L,
}

impl<L> Found<L> {
    /// Found by asking for exactly this resource.
    pub fn asked(address: &Address, live: L) -> Self {
        Self { address: Some(address.clone()), token: None, live }
    }

    /// Recognized by the tags on it.
    pub fn tagged<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>, live: L) -> Self {
        let (mut address, mut token) = (None, None);
        for (key, value) in tags {
            match key {
                crate::aws::tags::ADDRESS => address = Address::parse(value),
                crate::aws::tags::CLAIM => token = Some(value.to_owned()),
                _ => {}
            }
        }
        Self { address, token, live }
    }
}

/// Whether a live object can be used by its dependents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    Yes,
    /// Not yet: what it waits for, in AWS's words.
    Wait(String),
    /// Never: what AWS says went wrong.
    Failed(String),
}

impl Ready {
    /// The usual reading of a status word.
    pub fn status(status: &str, good: &[&str], bad: &[&str]) -> Self {
        if good.contains(&status) {
            Self::Yes
        } else if bad.contains(&status) {
            Self::Failed(format!("status is `{status}`"))
        } else {
            Self::Wait(status.to_owned())
        }
    }
}

/// The live values of upstream resources, by address. Absent means not made yet, or about to be
/// replaced: the value is known only after apply.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    live: Arc<BTreeMap<Address, Value>>,
    /// Those about to get new values by an update that leaves their identifiers as they are.
    moving: Arc<BTreeSet<Address>>,
}

impl Facts {
    pub fn new(live: BTreeMap<Address, Value>) -> Self {
        Self { live: Arc::new(live), moving: Arc::default() }
    }

    pub fn with_moving(self, moving: BTreeSet<Address>) -> Self {
        Self { moving: Arc::new(moving), ..self }
    }

    /// The upstream's live values; `None` while they are unknown.
    pub fn get<R: Resource>(&self, of: &Ref<R>) -> Option<R::Live> {
        self.at::<R>(&of.address)
    }

    /// The upstream's live values as they are.
    pub fn value(&self, address: &Address) -> Option<&Value> {
        self.live.get(address).filter(|_| !self.moving.contains(address))
    }

    /// One value that no update of the upstream changes, such as its id.
    pub fn lasting<R: Resource, T>(
        &self,
        of: &Ref<R>,
        pick: impl FnOnce(R::Live) -> T,
    ) -> Option<T> {
        let live = self.live.get(&of.address)?;
        serde_json::from_value(live.clone()).ok().map(pick)
    }

    pub fn at<R: Resource>(&self, address: &Address) -> Option<R::Live> {
        self.value(address).and_then(|live| serde_json::from_value(live.clone()).ok())
    }

    /// One value out of the upstream's live values.
    pub fn map<R: Resource, T>(&self, of: &Ref<R>, pick: impl FnOnce(R::Live) -> T) -> Option<T> {
        self.get(of).map(pick)
    }

    /// One value from each upstream; `None` while any of them is unknown.
    pub fn map_all<R: Resource, T>(
        &self,
        of: &[Ref<R>],
        pick: impl Fn(R::Live) -> T,
    ) -> Option<Vec<T>> {
        of.iter().map(|one| self.map(one, &pick)).collect()
    }
}
