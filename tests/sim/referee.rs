//! The referee of a case: counts the calls, strikes with the case's troubles, watches what may never
//! be, not even in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use edxaws::engine::Stopper;
use edxaws_localstack::{Arrival, AwsError, Course, Director, Fault, Owner, Thing, World};
use tokio::sync::Notify;

use crate::disk::{Disk, Health};
use crate::mischief::{Meddling, emptied, meddle, truncated, unknown_words};
use crate::trouble::Trouble;

/// More calls than this in one case are a loop without end.
const ENDLESS: usize = 20_000;
/// Calls in a row that a burst refuses.
const BURST: usize = 8;
/// What these make may fail after AWS accepted it.
const CAN_FAIL: [&str; 6] = [
    "CreateNatGateway",
    "CreateCluster",
    "CreateNodegroup",
    "CreateAddon",
    "CreateDBInstance",
    "CreateReplicationGroup",
];
/// How long what is new may stay unseen, in seconds.
const LAG: f64 = 8.0;

#[derive(Debug)]
pub struct Referee {
    pub disk: Disk,
    stack: String,
    inner: Mutex<Inner>,
    died: Notify,
}

#[derive(Debug, Default)]
pub struct Inner {
    random: fastrand::Rng,
    acting: bool,
    /// Calls since the act began.
    pub count: usize,
    troubles: Vec<(Trouble, usize)>,
    burst: usize,
    denied: Option<(String, String)>,
    expired: bool,
    lag_until: f64,
    doom: bool,
    /// What was answered with nothing. A list that comes empty twice in a row is believed: whoever
    /// believes nobody sees no deletion either. `state rescue` is the way out of that.
    emptied: BTreeSet<String>,
    keeps_former: bool,
    former: Option<World>,
    pub stopper: Option<Stopper>,
    pub calls: Vec<String>,
    pub used: BTreeSet<(String, String)>,
    pub changes: usize,
    /// A stranger has deleted something since this process began: it may end well without noticing.
    pub deleted: bool,
    pub violations: BTreeSet<String>,
    /// When each question was asked, to see how often.
    pub asked: BTreeMap<(String, String), Vec<f64>>,
}

impl Referee {
    pub fn new(disk: Disk, stack: &str, seed: u64, troubles: &[(Trouble, usize)]) -> Self {
        let inner = Inner {
            random: fastrand::Rng::with_seed(seed),
            troubles: troubles.to_vec(),
            keeps_former: troubles.iter().any(|(trouble, _)| *trouble == Trouble::Stale),
            ..Inner::default()
        };
        Self { disk, stack: stack.to_owned(), inner: Mutex::new(inner), died: Notify::new() }
    }

    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls count and troubles strike, or no longer.
    pub fn acts(&self, acting: bool) {
        let mut inner = self.inner();
        (inner.acting, inner.changes, inner.lag_until) = (acting, 0, 0.0);
    }

    /// A new process starts: what only hurt the former one is over.
    pub fn new_process(&self, stopper: Stopper) {
        let mut inner = self.inner();
        (inner.burst, inner.denied, inner.expired) = (0, None, false);
        inner.deleted = false;
        inner.stopper = Some(stopper);
        self.disk.platter().health = Health::Good;
    }

    /// Waits until the process is killed.
    pub async fn killed(&self) {
        loop {
            let notified = self.died.notified();
            if self.disk.platter().health == Health::Dead {
                return;
            }
            notified.await;
        }
    }

    /// Whether the process is dead, if only since its last save.
    pub fn is_dead(&self) -> bool {
        self.disk.platter().health == Health::Dead
    }

    /// The disk may have killed the process at a save.
    pub fn wake(&self) {
        self.died.notify_waiters();
    }

    fn kill(&self) {
        self.disk.platter().health = Health::Dead;
        self.died.notify_waiters();
    }

    fn strike(&self, inner: &mut Inner, arrival: Arrival<'_>, world: &mut World) -> Course {
        let reads = is_read(arrival.action);
        let fits = |trouble: Trouble| match trouble {
            Trouble::InUse => arrival.action.starts_with("Delete"),
            Trouble::Quota => arrival.action.starts_with("Create"),
            Trouble::Doomed => CAN_FAIL.contains(&arrival.action),
            Trouble::RoleNotYet => ["CreateCluster", "CreateNodegroup"].contains(&arrival.action),
            Trouble::Twice => {
                let safe = ["Delete", "Put", "Modify", "Update", "Tag", "Attach"];
                reads || safe.iter().any(|word| arrival.action.starts_with(word))
            }
            Trouble::Unknown => reads,
            Trouble::Missing => !inner.emptied.contains(arrival.action),
            _ => true,
        };
        let due = |&(trouble, at): &(Trouble, usize)| at <= inner.count && fits(trouble);
        let Some(place) = inner.troubles.iter().position(due) else {
            return lagging(inner, arrival.now, world);
        };
        let (trouble, _) = inner.troubles.remove(place);
        inner.calls.push(format!("     -- {}", trouble.word()));
        self.course_of(trouble, inner, arrival, world)
    }

    fn course_of(
        &self,
        trouble: Trouble,
        inner: &mut Inner,
        arrival: Arrival<'_>,
        world: &mut World,
    ) -> Course {
        match trouble {
            Trouble::CrashBefore => self.dies(Course::Fault(Fault::HangBefore)),
            Trouble::CrashAfter => self.dies(Course::Fault(Fault::HangAfter)),
            Trouble::CrashLate => self.dies(Course::Late(0.3 + 20.0 * inner.random.f64())),
            Trouble::CrashUnrecorded => {
                self.disk.platter().health = Health::DiesBeforeSave;
                Course::Normal
            }
            Trouble::DiskFull => {
                self.disk.platter().health = Health::Full;
                Course::Normal
            }
            Trouble::Timeout => Course::Fault(Fault::HangAfter),
            Trouble::Reset => Course::Fault(Fault::LostAnswer),
            Trouble::NotSent => Course::Fault(Fault::NotSent),
            Trouble::Unavailable => refusal(503, "ServiceUnavailable"),
            Trouble::Throttle => {
                inner.burst = BURST;
                throttled()
            }
            Trouble::Stale => match &inner.former {
                Some(former) => Course::Stale(Box::new(former.clone())),
                None => Course::Normal,
            },
            Trouble::Lag => {
                inner.lag_until = arrival.now + 60.0;
                lagging(inner, arrival.now, world)
            }
            Trouble::Twice => Course::Twice,
            Trouble::Truncated => Course::Garbled(truncated),
            Trouble::Unknown => Course::Garbled(unknown_words),
            Trouble::Missing => {
                inner.emptied.insert(arrival.action.to_owned());
                Course::Garbled(emptied)
            }
            Trouble::RoleNotYet => Course::Fault(Fault::Error {
                status: 400,
                code: "InvalidParameterException".to_owned(),
                message: "The provided role could not be assumed".to_owned(),
            }),
            Trouble::InUse => in_use(arrival.service),
            Trouble::Quota => refusal(400, "VpcLimitExceeded"),
            Trouble::Denied => {
                inner.denied = Some((arrival.service.to_owned(), arrival.action.to_owned()));
                refusal(403, "AccessDeniedException")
            }
            Trouble::Expired => {
                inner.expired = true;
                refusal(403, "ExpiredTokenException")
            }
            Trouble::Doomed => {
                inner.doom = true;
                Course::Normal
            }
            Trouble::Deleted => {
                inner.deleted = true;
                meddle(world, &mut inner.random, Meddling::Delete);
                Course::Normal
            }
            Trouble::Stop => stop(inner, 1),
            Trouble::StopTwice => stop(inner, 2),
        }
    }

    fn dies(&self, course: Course) -> Course {
        self.kill();
        course
    }

    /// What may never be, whatever goes wrong.
    fn judge(&self, inner: &mut Inner, world: &World) {
        let platter = self.disk.platter();
        let tokens = platter.tokens();
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        for thing in world.things.values().filter(|thing| is_ours(thing, &self.stack)) {
            let address = thing.tags.get("edxaws:address").map_or("", String::as_str);
            if !seen.insert((&thing.kind, address)) {
                inner.violations.insert(format!("double: two {} of {address}", thing.kind));
            }
            let token = thing.tags.get("edxaws:claim");
            // The secret of a mail user is found by its name and outlives a user that a stranger took.
            if thing.kind == "secret" && address.starts_with("smtp_user.") {
                continue;
            }
            if token.is_some_and(|token| !tokens.contains(token.as_str())) {
                inner.violations.insert(format!("orphan: {} of {address}", thing.kind));
            }
        }
    }
}

impl Director for Referee {
    fn latency(&self) -> f64 {
        let random = &mut self.inner().random;
        // Mostly quick, now and then long: answers overtake each other.
        let tail = if random.u8(..16) == 0 { 2.0 * random.f64() } else { 0.0 };
        0.02 + 0.1 * random.f64() + tail
    }

    fn course(&self, arrival: Arrival<'_>, world: &mut World) -> Course {
        let mut inner = self.inner();
        if self.disk.platter().health == Health::Dead {
            self.wake();
            return Course::Fault(Fault::HangBefore);
        }
        if !inner.acting {
            return Course::Normal;
        }
        inner.count += 1;
        inner.note(arrival);
        if inner.count > ENDLESS {
            inner.violations.insert(format!("liveness: more than {ENDLESS} calls"));
            return self.dies(Course::Fault(Fault::HangBefore));
        }
        if inner.expired {
            return refusal(403, "ExpiredTokenException");
        }
        let denied = |(service, action): &(String, String)| {
            service == arrival.service && action == arrival.action
        };
        if inner.denied.as_ref().is_some_and(denied) {
            return refusal(403, "AccessDeniedException");
        }
        if inner.burst > 0 {
            inner.burst -= 1;
            return throttled();
        }
        let course = self.strike(&mut inner, arrival, world);
        inner.remember(arrival.action, world);
        course
    }

    fn carried_out(&self, arrival: Arrival<'_>, outcome: Result<(), &AwsError>, world: &mut World) {
        let mut inner = self.inner();
        if let Err(error) = outcome {
            inner.calls.push(format!("     {} {}: {}", arrival.action, error.code, error.message));
        }
        if is_read(arrival.action) || outcome.is_err() {
            return;
        }
        inner.changes += 1;
        if std::mem::take(&mut inner.doom) {
            doom(world, arrival.now);
        }
        self.judge(&mut inner, world);
    }
}

impl Inner {
    fn note(&mut self, arrival: Arrival<'_>) {
        let Arrival { service, action, now } = arrival;
        let moment = now % 1_000_000.0;
        self.calls.push(format!("{:>4} {moment:>12.3} {service}:{action}", self.count));
        self.used.insert((service.to_owned(), action.to_owned()));
        if is_read(action) {
            let question = (service.to_owned(), action.to_owned());
            self.asked.entry(question).or_default().push(now);
        }
    }

    /// Keeps the world as it is before a change, for stale answers.
    fn remember(&mut self, action: &str, world: &World) {
        if self.keeps_former && !is_read(action) {
            self.former = Some(world.clone());
        }
    }
}

/// Whether a living thing carries our stack's tag.
pub fn is_ours(thing: &Thing, stack: &str) -> bool {
    thing.owner == Owner::Client
        && thing.gone.is_none()
        && thing.tags.get("edxaws:stack").is_some_and(|theirs| theirs == stack)
}

/// Whether a call only looks; Kubernetes' verbs are written small.
pub fn is_read(action: &str) -> bool {
    ["Describe", "List", "Get", "Head", "Lookup", "get", "list", "watch"]
        .iter()
        .any(|word| action.starts_with(word))
}

fn refusal(status: u16, code: &str) -> Course {
    let message = format!("{code} on request of the simulation");
    Course::Fault(Fault::Error { status, code: code.to_owned(), message })
}

fn throttled() -> Course {
    refusal(400, "ThrottlingException")
}

fn in_use(service: &str) -> Course {
    match service {
        "iam" => refusal(409, "DeleteConflict"),
        "eks" => Course::Fault(Fault::Error {
            status: 409,
            code: "ResourceInUseException".to_owned(),
            message: "Cluster has nodegroups attached".to_owned(),
        }),
        "ec2" => refusal(400, "DependencyViolation"),
        _ => throttled(),
    }
}

fn stop(inner: &mut Inner, times: usize) -> Course {
    if let Some(stopper) = &inner.stopper {
        (0..times).for_each(|_| stopper.escalate());
    }
    Course::Normal
}

fn lagging(inner: &mut Inner, now: f64, world: &World) -> Course {
    if now > inner.lag_until || inner.random.bool() {
        return Course::Normal;
    }
    let since = now - LAG * inner.random.f64();
    let mut former = world.clone();
    former.things.retain(|_, thing| thing.created <= since);
    Course::Stale(Box::new(former))
}

fn doom(world: &mut World, now: f64) {
    let new = |thing: &&mut Thing| thing.owner == Owner::Client && thing.created == now;
    if let Some(thing) = world.things.values_mut().find(new) {
        thing.failure = Some("the simulation says it will never work".to_owned());
    }
}
