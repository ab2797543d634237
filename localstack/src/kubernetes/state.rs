//! The objects of one cluster, their revisions, what changed of late, and who has work to do when.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::agenda::Agenda;
use super::kinds::Resource;
use super::misbehave::Misbehaviour;

/// What the API server of one cluster knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Cluster {
    /// The name of the EKS cluster.
    pub name: String,
    pub region: String,
    /// The id in its endpoint, which everything random about it comes from.
    pub id: String,
    pub revision: u64,
    made: u64,
    objects: BTreeMap<String, Object>,
    /// What the controllers look at next.
    agenda: Agenda,
    /// Up to when the controllers have worked.
    pub cursor: f64,
    /// `node image`: what has been pulled, since when.
    pub images: BTreeMap<String, f64>,
    pub misbehaviours: Vec<Misbehaviour>,
    /// CPU use in percent of the request, by `namespace/target`, for autoscalers.
    pub loads: BTreeMap<String, i64>,
    /// When each token was seen first and last.
    pub tokens: BTreeMap<String, (f64, f64)>,
    /// Nothing happens before then, as long as the world stays at this generation.
    #[serde(skip)]
    pub quiet: Option<(u64, f64)>,
    /// What changed of late, for watches; another process's changes are not in it.
    #[serde(skip)]
    history: VecDeque<Change>,
    /// Changes up to here are no longer in `history`.
    #[serde(skip)]
    forgotten: u64,
}

/// An object and what its controller knows of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Object {
    value: Value,
    /// What its controller remembers of it, which no client sees.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    notes: Map<String, Value>,
}

/// One change, for those who watch.
#[derive(Debug, Clone)]
pub struct Change {
    pub revision: u64,
    pub key: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Seconds until a controller notices a change.
const NOTICE: f64 = 0.05;

/// How many changes are remembered: a watch that is further behind is told so (410).
const MEMORY: usize = 1_000;

/// Watches are no part of what two worlds have in common.
impl PartialEq for Cluster {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.revision, &self.objects, &self.agenda)
            == (&other.name, other.revision, &other.objects, &other.agenda)
    }
}

impl Cluster {
    pub fn new(name: &str, region: &str, id: &str, now: f64) -> Self {
        let [name, region, id] = [name, region, id].map(str::to_owned);
        Self { name, region, id, revision: 1, cursor: now, ..Self::default() }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.objects.get(key).map(|object| &object.value)
    }

    pub fn find(&self, resource: &Resource, namespace: &str, name: &str) -> Option<&Value> {
        self.get(&resource.key(namespace, name))
    }

    /// Objects of a resource, in the order of their names; all namespaces when none is given.
    pub fn list(&self, plural: &str, namespace: Option<&str>) -> impl Iterator<Item = &Value> {
        let prefix = match namespace {
            Some(namespace) => format!("{plural}/{namespace}/"),
            None => format!("{plural}/"),
        };
        let from = self.objects.range(prefix.clone()..);
        from.take_while(move |(key, _)| key.starts_with(&prefix)).map(|(_, object)| &object.value)
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.objects.iter().map(|(key, object)| (key.as_str(), &object.value))
    }

    /// Writes an object; unless nothing changed, it has a new revision and is looked at.
    pub fn put(&mut self, key: &str, mut value: Value, now: f64) -> Value {
        let before = self.get(key).cloned();
        if let Some(before) = &before {
            value["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            if *before == value {
                return value;
            }
        }
        self.revision += 1;
        value["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let at = now + NOTICE;
        let object = self.objects.entry(key.to_owned()).or_default();
        object.value = value.clone();
        self.agenda.add(key, at);
        self.remember(key, before, Some(value.clone()));
        value
    }

    /// Takes an object away at once; its last shape, with the revision of its end.
    pub fn erase(&mut self, key: &str) -> Option<Value> {
        let mut before = self.objects.remove(key)?.value;
        self.agenda.remove(key);
        self.revision += 1;
        before["metadata"]["resourceVersion"] = self.revision.to_string().into();
        self.remember(key, Some(before.clone()), None);
        Some(before)
    }

    fn remember(&mut self, key: &str, before: Option<Value>, after: Option<Value>) {
        let change = Change { revision: self.revision, key: key.to_owned(), before, after };
        self.history.push_back(change);
        if self.history.len() > MEMORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.forgotten = oldest.revision;
        }
    }

    /// What changed after `revision`; nothing when that is too long ago to know.
    pub fn since(&self, revision: u64) -> Option<impl Iterator<Item = &Change>> {
        let known = self.history.front().map_or(self.revision, |oldest| oldest.revision - 1);
        (revision >= known.max(self.forgotten))
            .then(|| self.history.iter().filter(move |change| change.revision > revision))
    }

    /// Has an object looked at, at the latest then.
    pub fn wake(&mut self, key: &str, at: f64) {
        if self.objects.contains_key(key) {
            self.agenda.add(key, at);
        }
    }

    /// What the controller of an object remembers.
    pub fn note(&self, key: &str, name: &str) -> Option<&Value> {
        self.objects.get(key)?.notes.get(name)
    }

    pub fn set_note(&mut self, key: &str, name: &str, value: impl Into<Value>) {
        if let Some(object) = self.objects.get_mut(key) {
            object.notes.insert(name.to_owned(), value.into());
        }
    }

    /// The next object to look at, and when.
    pub fn next_due(&self) -> Option<(f64, String)> {
        self.agenda.next().map(|(at, key)| (at, key.to_owned()))
    }

    /// It is being looked at now.
    pub fn looked_at(&mut self, key: &str) {
        self.agenda.remove(key);
    }

    /// Sets the CPU use (in percent of the request) that an autoscaler sees from now on.
    pub fn set_load(&mut self, namespace: &str, autoscaler: &str, percent: i64) {
        self.loads.insert(format!("{namespace}/{autoscaler}"), percent);
        let now = self.cursor;
        self.quiet = None;
        self.wake(&format!("horizontalpodautoscalers/{namespace}/{autoscaler}"), now);
    }

    /// A new uid, the same in every run of the same world.
    pub fn uid(&mut self) -> String {
        self.made += 1;
        let bytes = digest(&format!("{}/{}", self.id, self.made));
        let hex: String = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// A number from `(least, usual, most)` that depends on nothing but the cluster and `about`.
    pub fn drawn(&self, about: &str, (least, usual, most): (f64, f64, f64)) -> f64 {
        let bytes = digest(&format!("{}/{about}", self.id));
        let at = f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / 65_536.0;
        if at < 0.5 {
            least + (usual - least) * at * 2.0
        } else {
            usual + (most - usual) * (at - 0.5) * 2.0
        }
    }

    /// Five letters for generated names.
    pub fn suffix(&mut self) -> String {
        self.made += 1;
        letters(&format!("{}/{}/name", self.id, self.made), 5)
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Letters that form no words, as Kubernetes generates them.
pub fn letters(about: &str, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    digest(about)
        .iter()
        .take(length)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % 27]))
        .collect()
}
