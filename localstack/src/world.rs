//! The generic resource table: everything that exists in the local AWS, of every service.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Origin;
use crate::error::AwsError;
use crate::kubernetes::Kubernetes;
use crate::{luck, rules, times};

pub const ACCOUNT: &str = "123456789012";

/// Who made a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A client of the API: edxaws, the AWS CLI, Terraform.
    Client,
    /// AWS itself, as part of something else.
    Aws,
    /// A controller in a cluster.
    Kubernetes,
    /// Somebody else in the account.
    Stranger,
}

/// One thing that exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thing {
    /// Unique in the world: AWS's id or ARN, else `kind/name`.
    pub id: String,
    pub kind: String,
    pub region: String,
    pub owner: Owner,
    /// What decides how long it takes where the id is drawn: the same in every world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// What AWS shows of it, in AWS's own spelling.
    pub attrs: Map<String, Value>,
    pub tags: BTreeMap<String, String>,
    /// Ids of the things it uses; they must exist and cannot leave before it where a rule says so.
    pub refs: BTreeSet<String>,
    /// It goes when its parent goes.
    pub parent: Option<String>,
    /// Client token and a digest of the request that used it.
    pub token: Option<(String, String)>,
    pub created: f64,
    /// When it is no longer being created or changed.
    pub ready: f64,
    /// When it will be gone, once a delete has begun.
    pub gone: Option<f64>,
    /// Why it will never work, in AWS's words.
    pub failure: Option<String>,
    /// Whether it has been ready once (then "not ready" means changing).
    pub changed: bool,
}

/// Where a thing stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Creating,
    Active,
    Changing,
    Failed,
    Deleting,
}

impl Thing {
    /// A new thing; `World::create` fills in times and owner.
    pub fn new(kind: &str, id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind: kind.to_owned(),
            region: String::new(),
            owner: Owner::Client,
            called: None,
            attrs: Map::new(),
            tags: BTreeMap::new(),
            refs: BTreeSet::new(),
            parent: None,
            token: None,
            created: 0.0,
            ready: 0.0,
            gone: None,
            failure: None,
            changed: false,
        }
    }

    /// Sets an attribute (builder style).
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attrs.insert(name.to_owned(), value.into());
        self
    }

    pub fn tagged(mut self, tags: BTreeMap<String, String>) -> Self {
        self.tags = tags;
        self
    }

    /// Records the use of another thing.
    pub fn uses(mut self, id: impl Into<String>) -> Self {
        self.refs.insert(id.into());
        self
    }

    pub fn uses_all<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.refs.extend(ids.into_iter().map(Into::into));
        self
    }

    pub fn child_of(mut self, parent: impl Into<String>) -> Self {
        self.parent = Some(parent.into());
        self
    }

    pub fn owned_by(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    /// Says what it is known by to whoever made it, for a thing whose id AWS draws.
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.called = Some(name.into());
        self
    }

    /// Whose time is drawn: the same name in every world where the same thing is made.
    pub fn whose(&self, act: &str) -> String {
        format!("{act} {} {}", self.kind, self.called.as_ref().unwrap_or(&self.id))
    }

    /// A string attribute, empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.attrs.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.attrs.insert(name.to_owned(), value.into());
    }

    pub fn stage(&self, now: f64) -> Stage {
        if self.gone.is_some() {
            Stage::Deleting
        } else if now < self.ready {
            if self.changed { Stage::Changing } else { Stage::Creating }
        } else if self.failure.is_some() {
            Stage::Failed
        } else {
            Stage::Active
        }
    }

    /// The word of `words` (creating, active, changing, failed, deleting) for its stage.
    pub fn status<'a>(&self, now: f64, words: [&'a str; 5]) -> &'a str {
        let [creating, active, changing, failed, deleting] = words;
        match self.stage(now) {
            Stage::Creating => creating,
            Stage::Active => active,
            Stage::Changing => changing,
            Stage::Failed => failed,
            Stage::Deleting => deleting,
        }
    }
}

/// Everything, with the seed of what is to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    pub schema: u32,
    pub origin: Option<Origin>,
    pub seed: u64,
    /// The seed it began with, from which every duration is drawn.
    #[serde(default)]
    pub luck: u64,
    pub things: BTreeMap<String, Thing>,
    /// Counts every change, so that another process knows its copy is old.
    pub generation: u64,
    /// How long everything takes, as a part of what AWS takes.
    #[serde(default = "usual_pace")]
    pub pace: f64,
    /// What runs in the EKS clusters.
    #[serde(default)]
    pub kubernetes: Kubernetes,
}

const fn usual_pace() -> f64 {
    1.0
}

impl World {
    pub fn new(seed: u64) -> Self {
        let (things, pace) = (BTreeMap::new(), usual_pace());
        let kubernetes = Kubernetes::default();
        let luck = seed;
        Self { schema: 1, origin: None, seed, luck, things, generation: 0, pace, kubernetes }
    }

    /// A random number that depends on nothing but the seed and what came before.
    pub fn random(&mut self) -> u64 {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let number = random.u64(..);
        self.seed = random.get_seed();
        number
    }

    /// `vpc-0a1b…`: AWS's form of an id, 17 hexadecimal digits.
    pub fn new_id(&mut self, prefix: &str) -> String {
        let digits = format!("{:016x}", self.random());
        format!("{prefix}-0{digits}")
    }

    /// `length` random upper-case letters and digits, for the services that name things so.
    pub fn new_name(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let pick = |number: u64| char::from(LETTERS[(number % 32) as usize]);
        (0..length).map(|_| pick(self.random() >> 7)).collect()
    }

    /// How long this world takes for what `whose` names, from `(least, usual, most)`.
    pub fn duration(&self, whose: &str, range: (f64, f64, f64)) -> f64 {
        luck::seconds(self.luck, whose, range) * self.pace
    }

    /// Lets time pass: what was due to go is gone, with its children.
    pub fn tick(&mut self, now: f64) {
        while let Some(id) = self.due(now) {
            self.remove(&id);
        }
    }

    fn due(&self, now: f64) -> Option<String> {
        let due = |thing: &&Thing| thing.gone.is_some_and(|gone| gone <= now);
        self.things.values().find(due).map(|thing| thing.id.clone())
    }

    /// Takes a thing away at once, with its children.
    pub fn remove(&mut self, id: &str) {
        self.generation += 1;
        self.things.remove(id);
        let children: Vec<_> = self.children(id).map(|child| child.id.clone()).collect();
        children.iter().for_each(|child| self.remove(child));
    }

    pub fn children<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Thing> {
        self.things.values().filter(move |thing| thing.parent.as_deref() == Some(id))
    }

    pub fn get(&self, id: &str) -> Option<&Thing> {
        self.things.get(id)
    }

    /// The thing of this kind with this id, or AWS's not-found error for the kind.
    pub fn expect(&self, kind: &str, id: &str) -> Result<&Thing, AwsError> {
        let thing = self.things.get(id).filter(|thing| thing.kind == kind);
        thing.ok_or_else(|| rules::not_found(kind, id))
    }

    pub fn expect_mut(&mut self, kind: &str, id: &str) -> Result<&mut Thing, AwsError> {
        self.expect(kind, id)?;
        self.generation += 1;
        self.things.get_mut(id).ok_or_else(|| rules::not_found(kind, id))
    }

    /// All things of a kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Thing> {
        self.things.values().filter(move |thing| thing.kind == kind)
    }

    /// Adds a thing: its references must exist, its name must be free, its times are drawn.
    pub fn create(&mut self, mut thing: Thing, now: f64) -> Result<&Thing, AwsError> {
        if self.things.contains_key(&thing.id) {
            return Err(rules::exists(&thing.kind, &thing.id));
        }
        rules::check_references(self, &thing)?;
        thing.created = now;
        if thing.ready <= 0.0 {
            let range = times::create(&thing.kind, &thing.attrs);
            thing.ready = now + self.duration(&thing.whose("create"), range);
        }
        self.generation += 1;
        let id = thing.id.clone();
        Ok(self.things.entry(id).or_insert(thing))
    }

    /// Begins a change that shows as `Changing` for a while.
    pub fn change(&mut self, id: &str, now: f64) {
        let Some(thing) = self.things.get(id) else { return };
        let took = self.duration(&thing.whose("change"), times::change(&thing.kind));
        self.generation += 1;
        if let Some(thing) = self.things.get_mut(id) {
            thing.changed = true;
            thing.ready = now + took;
        }
    }

    /// Begins a delete: refused while a rule finds something that uses it.
    pub fn delete(&mut self, kind: &str, id: &str, now: f64) -> Result<(), AwsError> {
        let thing = self.expect(kind, id)?;
        rules::check_delete(self, kind, id)?;
        let took = self.duration(&thing.whose("delete"), times::delete(kind, &thing.attrs));
        self.generation += 1;
        if let Some(thing) = self.things.get_mut(id)
            && thing.gone.is_none()
        {
            thing.gone = Some(now + took);
        }
        self.tick(now);
        Ok(())
    }

    /// The thing an earlier request with this token made; an error when that request was another.
    pub fn replay(
        &self,
        kind: &str,
        token: Option<&str>,
        digest: &str,
    ) -> Result<Option<String>, AwsError> {
        let Some(token) = token else { return Ok(None) };
        let used = self.of_kind(kind).find(|thing| {
            thing.gone.is_none() && thing.token.as_ref().is_some_and(|(used, _)| used == token)
        });
        match used {
            Some(thing) if thing.token.as_ref().is_some_and(|(_, made)| made == digest) => {
                Ok(Some(thing.id.clone()))
            }
            Some(_) => Err(rules::token_mismatch(kind)),
            None => Ok(None),
        }
    }
}
