//! What a test may ask to go wrong in a cluster, by the names of the objects it strikes.

use serde::{Deserialize, Serialize};

use super::state::Cluster;

/// How something goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The images of the pods cannot be pulled.
    ImagePull,
    /// The containers of the pods end again and again.
    CrashLoop { log: Vec<String> },
    /// The containers run, but never pass their readiness probe.
    NeverReady,
    /// The pods of the job fail with these last lines.
    JobFails { log: Vec<String> },
    /// The claim stays unbound.
    Unbound,
    /// Every pod takes this many seconds longer to start (or, of a Job, to end).
    Slow { seconds: f64 },
}

/// Trouble for the objects whose name begins with `name`, `times` times (for Jobs: pods).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Misbehaviour {
    pub namespace: String,
    pub name: String,
    pub trouble: Trouble,
    pub times: u32,
}

impl Misbehaviour {
    pub fn new(namespace: &str, name: &str, trouble: Trouble) -> Self {
        let [namespace, name] = [namespace, name].map(str::to_owned);
        Self { namespace, name, trouble, times: u32::MAX }
    }

    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

impl Cluster {
    /// Makes something go wrong from now on.
    pub fn misbehave(&mut self, how: Misbehaviour) {
        self.quiet = None;
        self.misbehaviours.push(how);
    }

    /// All is well again; pods that are there go on as they are until they are replaced or retried.
    pub fn behave(&mut self) {
        self.quiet = None;
        self.misbehaviours.clear();
    }

    /// The trouble that strikes an object.
    pub fn trouble(&self, namespace: &str, name: &str) -> Option<&Misbehaviour> {
        self.misbehaviours.iter().find(|one| one.strikes(namespace, name))
    }

    /// The same, counted: after its last time it strikes no more.
    pub fn struck(
        &mut self,
        namespace: &str,
        name: &str,
        fits: fn(&Trouble) -> bool,
    ) -> Option<Trouble> {
        let mut all = self.misbehaviours.iter_mut();
        let one = all.find(|one| one.strikes(namespace, name) && fits(&one.trouble))?;
        one.times = one.times.saturating_sub(1);
        Some(one.trouble.clone())
    }
}

impl Misbehaviour {
    fn strikes(&self, namespace: &str, name: &str) -> bool {
        self.times > 0 && self.namespace == namespace && name.starts_with(&self.name)
    }
}
