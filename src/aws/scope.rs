//! What a resource may use while it talks to AWS: clients, time, tokens, upstream live facts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::answers::Answers;
use super::{Clients, Clock, Failure, tags};
use crate::address::Ref;
use crate::kubernetes::Conflicts;
use crate::resource::{Claim, Facts, Resource};

/// Which deployment, where.
#[derive(Debug, Clone)]
pub struct StackId {
    pub name: String,
    pub account: String,
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`, for ARNs.
    pub partition: String,
}

/// What a delete does with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataPolicy {
    /// Final snapshots are taken.
    Snapshot,
    /// `--delete-data`.
    Delete,
}

/// How closely a list looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Everything comes from AWS.
    Thorough,
    /// Settings that cost a call of their own per object are taken as recorded.
    Quick,
    /// Of what carries tags, no more than that it exists; the rest is looked at quickly.
    Tags,
}

/// All time, randomness and live knowledge comes from here, so a run can be replayed from a seed.
#[derive(Debug, Clone)]
pub struct Scope {
    pub aws: Clients,
    pub stack: Arc<StackId>,
    pub clock: Clock,
    pub facts: Facts,
    pub data: DataPolicy,
    pub depth: Depth,
    /// What an apply does with fields that another manager holds.
    pub conflicts: Conflicts,
    answers: Answers,
    user_tags: Arc<BTreeMap<String, String>>,
    random: Arc<Mutex<fastrand::Rng>>,
}

impl Scope {
    pub fn new(
        aws: Clients,
        stack: StackId,
        clock: Clock,
        user_tags: BTreeMap<String, String>,
        random: fastrand::Rng,
    ) -> Self {
        aws.pace.run_on(clock);
        Self {
            aws,
            stack: Arc::new(stack),
            clock,
            facts: Facts::default(),
            data: DataPolicy::Snapshot,
            depth: Depth::Thorough,
            conflicts: Conflicts::Refuse,
            answers: Answers::default(),
            user_tags: Arc::new(user_tags),
            random: Arc::new(Mutex::new(random)),
        }
    }

    /// The same scope with other facts.
    pub fn with_facts(&self, facts: Facts) -> Self {
        Self { facts, ..self.clone() }
    }

    pub fn with_data(&self, data: DataPolicy) -> Self {
        Self { data, ..self.clone() }
    }

    pub fn with_conflicts(&self, conflicts: Conflicts) -> Self {
        Self { conflicts, ..self.clone() }
    }

    /// The same scope for one survey: equal questions of several kinds are asked once.
    pub fn for_survey(&self, depth: Depth) -> Self {
        Self { depth, answers: Answers::shared(), ..self.clone() }
    }

    /// Whether everything is looked at; else somebody waits for what is asked about.
    pub fn is_survey(&self) -> bool {
        self.answers.are_shared()
    }

    /// What is recorded of an object, where a quick look may do with that.
    pub fn recorded<'a, L>(&self, live: Option<&'a L>) -> Option<&'a L> {
        live.filter(|_| self.depth != Depth::Thorough)
    }

    /// The answer to a question that several kinds of one survey ask.
    pub async fn shared<T: Send + Sync + 'static>(
        &self,
        question: &'static str,
        ask: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Arc<T>, Failure> {
        self.answers.get(question, ask).await
    }

    /// The upstream's live values, or the failure that names it.
    pub fn live<R: Resource>(&self, of: &Ref<R>) -> Result<R::Live, Failure> {
        self.facts.get(of).ok_or_else(|| Failure::upstream(&of.address))
    }

    /// One value of each upstream.
    pub fn live_all<R: Resource, T>(
        &self,
        of: &[Ref<R>],
        pick: impl Fn(R::Live) -> T,
    ) -> Result<Vec<T>, Failure> {
        of.iter().map(|one| self.live(one).map(&pick)).collect()
    }

    /// The tags of an object made under `claim`.
    pub fn tags(&self, claim: &Claim) -> BTreeMap<String, String> {
        tags::of(&self.stack.name, claim, &self.user_tags)
    }

    pub fn arn(&self, service: &str, resource: &str) -> String {
        let StackId { partition, region, account, .. } = &*self.stack;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// A fresh token for a claim.
    pub fn token(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A number in `0..1`, for jitter.
    pub fn jitter(&self) -> f64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}
