//! Playing a case: the world before it, processes until one ends well, then the oracles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edxaws::aws::{DataPolicy, Depth, Scope};
use edxaws::engine::{
    Choice, Engine, Plan, RunError, Select, Stop, Stopper, Told, plan_destroy, plan_up, survey,
};
use edxaws::event::Stamped;
use edxaws::graph::Graph;
use edxaws::place as surroundings;
use edxaws::state::State;
use edxaws_localstack::services::acm;
use edxaws_localstack::{LocalAws, Owner, Store, Thing, World, WorldClock};
use serde_json::json;
use tokio::time::Instant;

use crate::case::{Case, Stranger, Verb};
use crate::disk::Disk;
use crate::ground::{Ground, SECRET};
use crate::kit;
use crate::mischief::{Meddling, meddle};
use crate::oracle;
use crate::referee::Referee;
use crate::trouble::Trouble;

/// What a case came to.
#[derive(Debug, Default)]
pub struct Played {
    pub violations: Vec<String>,
    /// Calls of the act: every one is a boundary at which something may go wrong.
    pub boundaries: usize,
    pub processes: usize,
    pub calls: Vec<String>,
    pub end: Option<Ending>,
    /// The most often one question was asked within a minute.
    pub busiest: usize,
}

/// How one process ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    Done,
    Killed,
    /// With a message for the user.
    Failed(String),
    Stuck(String),
}

/// The world and the disk before the act.
#[derive(Debug, Clone)]
pub struct Start {
    world: World,
    saved: Option<State>,
    at: f64,
}

/// A stage for processes.
pub struct Stage {
    pub ground: Ground,
    /// Before the profile was edited.
    pub former: Ground,
    pub local: LocalAws,
    pub disk: Disk,
    pub referee: Arc<Referee>,
    pub seed: u64,
    stranger: Stranger,
    pub events: Arc<Mutex<Vec<Stamped>>>,
}

/// No process takes longer, in virtual time.
const DEADLINE: Duration = Duration::from_secs(12 * 3600);
/// AWS is this much quicker than it is, most of the time: waiting costs calls.
const PACE: f64 = 0.05;
const EPOCH: f64 = 1_767_225_600.0;

pub fn play(case: &Case) -> Played {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(act(case))
}

async fn act(case: &Case) -> Played {
    let start = start(case).await;
    let ground = Ground::of(&case.ground);
    let mut stage = Stage::on(&start, ground, case.seed, &case.troubles);
    if case.verb == Verb::Edit {
        stage.ground = stage.ground.edited(case.seed);
    }
    stage.prepare(case);
    stage.referee.acts(true);
    let removing = matches!(case.verb, Verb::Destroy | Verb::Half);
    stage.disk.platter().removing = removing;
    let mut played = stage.until_done(case, removing).await;
    stage.referee.acts(false);
    if played.end == Some(Ending::Done) {
        oracle::ask(&mut stage, &start.world, removing, &mut played).await;
    }
    stage.tell(&mut played);
    played
}

impl Stage {
    fn on(start: &Start, ground: Ground, seed: u64, troubles: &[(Trouble, usize)]) -> Self {
        let disk = Disk::holding(start.saved.clone());
        let stack = ground.settings.stack.clone();
        let referee = Arc::new(Referee::new(disk.clone(), &stack, seed, troubles));
        let clock = WorldClock::Tokio { started: Instant::now(), epoch: start.at };
        let local = LocalAws::new(Store::memory(seed), clock).directed(referee.clone());
        local.world(|world| *world = World { seed, ..start.world.clone() }).unwrap();
        Self {
            former: ground.clone(),
            ground,
            local,
            disk,
            referee,
            seed,
            stranger: Stranger::Away,
            events: Arc::default(),
        }
    }

    fn prepare(&mut self, case: &Case) {
        self.stranger = case.stranger;
        // Most runs hurry, some take the time that AWS takes.
        let pace = if case.seed % 8 == 7 { 1.0 } else { PACE };
        let mut random = fastrand::Rng::with_seed(case.seed);
        let how = if random.bool() { Meddling::Delete } else { Meddling::Retag };
        let work = |world: &mut World| {
            world.pace = pace;
            (case.stranger == Stranger::Meddles).then(|| meddle(world, &mut random, how))
        };
        self.local.world(work).unwrap();
    }

    async fn until_done(&self, case: &Case, removing: bool) -> Played {
        let mut played = Played::default();
        let mut random = fastrand::Rng::with_seed(case.seed);
        let most = case.troubles.len() + 4;
        loop {
            played.processes += 1;
            let end = self.process(removing, played.processes as u64).await;
            self.referee.inner().calls.push(format!("     == {end:?}"));
            let unnoticed = self.referee.inner().deleted;
            let over = matches!(end, Ending::Stuck(_)) || end == Ending::Done && !unnoticed;
            played.end = Some(end);
            if over {
                return played;
            }
            if played.processes >= most {
                let last = played.end.take();
                played.end = Some(Ending::Stuck(format!("after {most} processes: {last:?}")));
                return played;
            }
            // A person or a machine starts it again: at once, or a while later.
            let pause = if random.bool() { 0.3 } else { 90.0 * random.f64() };
            self.local.clock.sleep(pause).await;
        }
    }

    /// One process: from reading the disk to its end, whatever that is.
    pub async fn process(&self, removing: bool, number: u64) -> Ending {
        let (stopper, stop) = Stopper::new();
        self.referee.new_process(stopper);
        let scope =
            kit::scope(&self.local, &self.ground.settings, self.seed ^ (number << 32)).await;
        let killed = self.referee.killed();
        let command = tokio::time::timeout(DEADLINE, self.command(scope, removing, stop));
        tokio::select! {
            biased;
            () = killed => Ending::Killed,
            end = command => match end {
                _ if self.referee.is_dead() => Ending::Killed,
                Ok(end) => end,
                Err(_) => Ending::Stuck(format!("after {DEADLINE:?}")),
            },
        }
    }

    async fn command(&self, scope: Scope, removing: bool, stop: Stop) -> Ending {
        let mut state = self.load(&scope);
        let settings = &self.ground.settings;
        let caller = match surroundings::caller(&scope.aws, settings).await {
            Ok(caller) => caller,
            Err(problem) => return Ending::Failed(problem.message),
        };
        let place = match surroundings::look(&scope, settings, &state, caller).await {
            Ok(place) => place,
            Err(problem) => return Ending::Failed(problem.message),
        };
        let graph = self.ground.graph(&place);
        let scope = scope.with_data(DataPolicy::Delete);
        // Who knows of strangers asks for every setting.
        let thorough = removing || self.stranger == Stranger::Meddles;
        let depth = if thorough { Depth::Thorough } else { Depth::Quick };
        let plan = match plan(&scope, &graph, &state, removing, depth, &stop).await {
            Ok(plan) => plan,
            Err(why) => return Ending::Failed(why),
        };
        self.run(&scope, &plan, &mut state, stop).await
    }

    pub fn load(&self, scope: &Scope) -> State {
        let saved = self.disk.platter().saved.clone();
        let settings = &self.ground.settings;
        let fresh = || State::new(&settings.stack, "123456789012", &settings.region, scope.token());
        saved.unwrap_or_else(fresh)
    }

    async fn run(&self, scope: &Scope, plan: &Plan, state: &mut State, stop: Stop) -> Ending {
        if !plan.refusals.is_empty() {
            return Ending::Failed(format!("refused: {:?}", plan.refusals));
        }
        let referee = self.referee.clone();
        let events = self.events.clone();
        let mut observer = |event: &Stamped| {
            // A save that killed the process is noticed here at the latest.
            referee.wake();
            events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        };
        let engine = Engine {
            scope: scope.clone(),
            state,
            store: &mut self.disk.clone(),
            observer: &mut observer,
            stop,
            parallelism: 24,
            durations: Default::default(),
        };
        match engine.run(plan).await {
            Err(RunError::State(error)) => Ending::Failed(error.to_string()),
            Err(error) => Ending::Stuck(error.to_string()),
            Ok(summary) if summary.done.len() == plan.steps.len() => Ending::Done,
            Ok(summary) if !summary.failed.is_empty() => {
                let why = summary.failed.iter().map(ToString::to_string).collect::<Vec<_>>();
                Ending::Failed(why.join("; "))
            }
            Ok(summary) => Ending::Failed(format!("stopped: {:?}", summary.stopped)),
        }
    }

    fn tell(&self, played: &mut Played) {
        let mut inner = self.referee.inner();
        played.boundaries = inner.count;
        played.violations.extend(std::mem::take(&mut inner.violations));
        played.violations.extend(std::mem::take(&mut self.disk.platter().violations));
        if let Some(Ending::Stuck(why)) = &played.end {
            played.violations.push(format!("liveness: {why}"));
        }
        played.busiest = inner.asked.values().map(|times| busiest_minute(times)).max().unwrap_or(0);
        played.calls = std::mem::take(&mut inner.calls);
    }
}

pub async fn plan(
    scope: &Scope,
    graph: &Graph,
    state: &State,
    removing: bool,
    depth: Depth,
    stop: &Stop,
) -> Result<Plan, String> {
    let survey = survey(scope, depth, graph, state, stop, &Told::nobody())
        .await
        .map_err(|error| error.to_string())?;
    let choice =
        Choice { delete_data: Select::Yes, lift_protection: Select::Yes, ..Choice::default() };
    let plan = if removing {
        plan_destroy(state, &survey, &choice)
    } else {
        plan_up(graph, state, &survey, &choice)
    };
    plan.map_err(|error| error.to_string())
}

fn busiest_minute(times: &[f64]) -> usize {
    let within = |at: f64| times.iter().filter(|other| (at..at + 60.0).contains(*other)).count();
    times.iter().map(|at| within(*at)).max().unwrap_or(0)
}

/// Starts are the same for many cases and cost a whole `up`.
async fn start(case: &Case) -> Arc<Start> {
    static STARTS: Mutex<BTreeMap<String, Arc<Start>>> = Mutex::new(BTreeMap::new());
    let built = case.verb != Verb::Up || case.stranger == Stranger::Meddles;
    let half = if case.verb == Verb::Half { case.seed % 16 } else { 0 };
    let name = format!("{}:{}:{built}:{half}", case.ground, case.stranger == Stranger::Meddles);
    let starts = || STARTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = starts().get(&name) {
        return known.clone();
    }
    let made = Arc::new(make_start(case, built, half).await);
    let mut starts = starts();
    if starts.len() > 200 {
        starts.clear();
    }
    starts.insert(name, made.clone());
    made
}

async fn make_start(case: &Case, built: bool, half: u64) -> Start {
    let ground = Ground::of(&case.ground);
    let mut world = World { pace: PACE, ..World::new(77) };
    stranger(&mut world);
    let mut start = Start { world, saved: None, at: EPOCH };
    if case.stranger == Stranger::Meddles {
        start = build(&start, ground.neighbour(), &[]).await.0;
        start.saved = None;
        start.world.things.values_mut().for_each(|thing| thing.owner = Owner::Stranger);
    }
    match (built, case.verb) {
        (false, _) => start,
        // Killed somewhere between its first call and its last.
        (true, Verb::Half) => {
            let (_, calls) = build(&start, ground.clone(), &[]).await;
            let at = calls * (half as usize + 2) / 18;
            build(&start, ground, &[(Trouble::CrashAfter, at)]).await.0
        }
        (true, _) => build(&start, ground, &[]).await.0,
    }
}

/// Runs `up` once; what is there then, and after how many calls.
async fn build(start: &Start, ground: Ground, troubles: &[(Trouble, usize)]) -> (Start, usize) {
    let seed = 4242 + ground.settings.stack.len() as u64;
    let stage = Stage::on(start, ground, seed, troubles);
    stage.referee.acts(true);
    let end = stage.process(false, 1).await;
    assert!(end == Ending::Done || !troubles.is_empty(), "{end:?}");
    let saved = stage.disk.platter().saved.clone();
    let calls = stage.referee.inner().count;
    let at = stage.local.clock.now() + 3600.0;
    // What AWS does by itself meanwhile is not laid at anybody's door: certificates are issued.
    let world = stage.local.world(|world| {
        let mut world = world.clone();
        acm::settle(&mut world, at);
        world
    });
    (Start { world: world.unwrap(), saved, at }, calls)
}

/// Things of somebody else that are there before everything.
fn stranger(world: &mut World) {
    let vpc = Thing::new("vpc", "vpc-stranger").with("vpcId", "vpc-stranger");
    let vpc = vpc.with("cidrBlock", "10.99.0.0/16").owned_by(Owner::Stranger);
    let vpc = Thing { region: "us-east-1".to_owned(), ..vpc };
    let versions =
        json!({"first": {"SecretString": "mongodb://word@atlas", "stage": "AWSCURRENT"}});
    let secret = Thing::new("secret", SECRET).with("Name", "atlas").with("$versions", versions);
    let secret = secret.with("LastChangedDate", 0).owned_by(Owner::Stranger);
    for thing in [vpc, secret] {
        let thing = Thing { region: "us-east-1".to_owned(), ..thing };
        world.create(thing, 0.0).expect("room for a stranger");
    }
}
