//! What most verbs need: the profile, AWS, the state, the desired graph.

use std::collections::BTreeMap;
use std::path::PathBuf;

use edxaws_localstack::{LocalAws, Store as WorldStore, sdk_client};

use super::args::Global;
use crate::address::Address;
use crate::aws::{Clients, Clock, DataPolicy, Depth, Endpoint, Scope, StackId, connect};
use crate::engine::{Stop, Stopper, Survey, Told, survey};
use crate::error::{Problem, Result};
use crate::graph::Graph;
use crate::openedx::{Progress, Rendered};
use crate::profile::{Profile, Settings, Target};
use crate::stack::{Surroundings, build};
use crate::state::{FileStore, Holder, Lock, State};
use crate::{place, profile, view};

/// An open stack.
pub struct Session {
    pub profile: Profile,
    pub scope: Scope,
    pub place: Surroundings,
    pub graph: Graph,
    pub store: FileStore,
    /// The state as loaded; a fresh one when there is no file.
    pub state: State,
    pub stop: Stop,
    /// Whether all of this happens in the local AWS.
    pub sandbox: bool,
}

/// Whether the graph holds what runs on the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Platforms {
    LeftOut,
    Needed,
    IfPossible,
}

/// Every platform of the profile; what cannot be rendered is pointed at.
pub async fn rendered(profile: &Profile) -> Result<BTreeMap<String, Rendered>> {
    place::rendered(&profile.settings, &told).await.map_err(|error| {
        let about = error.about();
        Problem::from(error).at(profile, about.as_deref())
    })
}

async fn rendered_or_not(profile: &Profile) -> BTreeMap<String, Rendered> {
    match rendered(profile).await {
        Ok(rendered) => rendered,
        Err(problem) => {
            view::err(&format!("the platforms are not rendered: {}\n", problem.message));
            BTreeMap::new()
        }
    }
}

/// Says what takes a while.
fn told(progress: Progress) {
    view::err(&view::rendering(&progress));
}

/// Sandbox seconds per second: one AWS minute is one second.
const SANDBOX_SCALE: f64 = 60.0;

impl Session {
    /// Reads the profile, asks AWS who is calling and what there is to build on, loads the state.
    ///
    /// What runs on the cluster is left out: nobody renders it.
    pub async fn open(global: &Global) -> Result<Self> {
        Self::begin(global, Platforms::LeftOut).await
    }

    /// The same, with the platforms.
    pub async fn whole(global: &Global) -> Result<Self> {
        Self::begin(global, Platforms::Needed).await
    }

    /// The same, for whoever goes by what is recorded anyhow: a destroy needs no Python.
    pub async fn whole_if_possible(global: &Global) -> Result<Self> {
        Self::begin(global, Platforms::IfPossible).await
    }

    async fn begin(global: &Global, platforms: Platforms) -> Result<Self> {
        // First of all: a signal from here on is a stop, and no death in the middle.
        let stop = listen();
        let (glance, caller, store) = Glance::with_caller(global).await?;
        let Glance { profile, scope, state } = glance;
        let mut place = place::look(&scope, &profile.settings, &state, caller).await?;
        place.rendered = match platforms {
            Platforms::LeftOut => BTreeMap::new(),
            Platforms::Needed => rendered(&profile).await?,
            Platforms::IfPossible => rendered_or_not(&profile).await,
        };
        let graph = build(&profile.settings, &place).map_err(|error| {
            let about = error.about().map(str::to_owned);
            Problem::from(error).at(&profile, about.as_deref())
        })?;
        let sandbox = global.sandbox || profile.settings.target == Target::Sandbox;
        Ok(Self { profile, scope, place, graph, store, state, stop, sandbox })
    }

    /// Where the state of the profile is kept, found without reaching for AWS.
    pub fn state_file(global: &Global) -> Result<PathBuf> {
        let profile = profile::load(&global.profile, &global.profiles)?;
        let sandbox = global.sandbox || profile.settings.target == Target::Sandbox;
        Ok(state_path(global, &profile.settings, sandbox))
    }

    /// The exclusive right to change this stack, until dropped or the process dies.
    pub fn lock(&self, command: &str) -> Result<Lock> {
        let path = self.store.path().with_extension("lock");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Problem::io(folder, &error))?;
        }
        let holder = Holder {
            pid: std::process::id(),
            host: hostname(),
            command: format!("edxaws {command}"),
            since: self.scope.clock.stamp(),
        };
        Ok(Lock::take(&path, &holder)?)
    }

    /// What AWS says about everything that is desired or recorded; what is excluded and not
    /// recorded is not asked about.
    pub async fn survey(&self, depth: Depth, excludes: &[Address]) -> Result<Survey> {
        let graph = self.graph.without(excludes);
        let told = Told::new(|failure| view::err(&view::still_asking(failure)));
        Ok(survey(&self.scope, depth, &graph, &self.state, &self.stop, &told).await?)
    }

    /// Reads the state again: after the lock is taken, nobody else writes it.
    pub fn reload(&mut self) -> Result<()> {
        if let Some(state) = self.store.load()? {
            self.state = pinned(state, &self.scope.stack)?;
        }
        Ok(())
    }

    pub fn data_policy(&mut self, policy: DataPolicy) {
        self.scope = self.scope.with_data(policy);
    }
}

/// What is known of a stack without asking what there is: for verbs that only talk to its cluster.
pub struct Glance {
    pub profile: Profile,
    pub scope: Scope,
    pub state: State,
}

impl Glance {
    pub async fn take(global: &Global) -> Result<Self> {
        Ok(Self::with_caller(global).await?.0)
    }

    /// Reads the profile, asks who is calling, loads the state.
    async fn with_caller(global: &Global) -> Result<(Self, place::Caller, FileStore)> {
        let profile = profile::load(&global.profile, &global.profiles)?;
        let sandbox = global.sandbox || profile.settings.target == Target::Sandbox;
        if !sandbox {
            no_placeholders(&profile)?;
        }
        let (scope, caller) = reach(global, &profile.settings, sandbox).await?;
        let store = FileStore::new(state_path(global, &profile.settings, sandbox));
        let state = match store.load()? {
            Some(state) => pinned(state, &scope.stack)?,
            None => {
                let StackId { name, account, region, .. } = &*scope.stack;
                State::new(name, account, region, scope.token())
            }
        };
        Ok((Self { profile, scope, state }, caller, store))
    }
}

/// The shipped profiles name hosts and addresses that nobody owns; AWS itself must not see them.
fn no_placeholders(profile: &Profile) -> Result<()> {
    let left = profile.placeholders();
    if left.is_empty() || std::env::var_os("AWS_ENDPOINT_URL").is_some() {
        return Ok(());
    }
    let message = format!("`{}` still holds examples", profile.source.display());
    Err(Problem::user(message)
        .because(profile::render(&left))
        .hint("write your own with `edxaws init NAME`, or try it with `--sandbox`"))
}

/// Connects to the account or the sandbox and finds out who is calling.
pub(super) async fn reach(
    global: &Global,
    settings: &Settings,
    sandbox: bool,
) -> Result<(Scope, place::Caller)> {
    // A local endpoint over HTTP may run on a scaled clock, too.
    let scale = scale_from_environment().unwrap_or(if sandbox { SANDBOX_SCALE } else { 1.0 });
    let clients = if sandbox {
        let local = local_aws(global, scale)?;
        let config = connect(&Endpoint::Local(sdk_client(&local)), &settings.region).await;
        Clients::new(&config).in_process(&local)
    } else {
        Clients::new(&connect(&Endpoint::Aws, &settings.region).await)
    };
    let caller = place::caller(&clients, settings).await?;
    let stack = StackId {
        name: settings.stack.clone(),
        account: caller.account.clone(),
        region: settings.region.clone(),
        partition: caller.partition.clone(),
    };
    let random = fastrand::Rng::new();
    let scope = Scope::new(clients, stack, Clock::scaled(scale), settings.tags.clone(), random);
    Ok((scope, caller))
}

/// The sandbox's world, shared by every process that names the same state folder.
pub fn local_aws(global: &Global, scale: f64) -> Result<LocalAws> {
    let path = world_path(global);
    let (store, clock) = WorldStore::file(&path, 42, scale)
        .map_err(|error| Problem::io(&path, &error).hint("`edxaws sandbox reset` starts anew"))?;
    Ok(LocalAws::new(store, clock))
}

pub fn world_path(global: &Global) -> PathBuf {
    global.state.join("sandbox.world.json")
}

/// `EDXAWS_SANDBOX_SCALE`: sandbox seconds per second.
pub fn scale_from_environment() -> Option<f64> {
    let scale: f64 = std::env::var("EDXAWS_SANDBOX_SCALE").ok()?.parse().ok()?;
    (scale > 0.0).then_some(scale)
}

fn state_path(global: &Global, settings: &Settings, sandbox: bool) -> PathBuf {
    let place = if sandbox { "@sandbox" } else { "" };
    global.state.join(format!("{}{place}.json", settings.stack))
}

/// A state belongs to one account and region; calls to another would lose track of everything.
fn pinned(state: State, stack: &StackId) -> Result<State> {
    for (what, recorded, present) in [
        ("account", &state.account, &stack.account),
        ("region", &state.region, &stack.region),
        ("stack", &state.stack, &stack.name),
    ] {
        if recorded != present {
            let message = format!(
                "the state of `{}` belongs to {what} {recorded}, this is {what} {present}",
                stack.name
            );
            return Err(Problem::user(message).hint(format!(
                "use the credentials and profile of {what} {recorded}, or another `--state` folder"
            )));
        }
    }
    Ok(state)
}

fn hostname() -> String {
    std::fs::read_to_string("/etc/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_else(|_| "this machine".to_owned())
}

/// Ctrl-C and SIGTERM: the first drains, the second leaves at once.
pub(super) fn listen() -> Stop {
    let (stopper, stop) = Stopper::new();
    tokio::spawn(async move {
        while signalled().await.is_some() {
            stopper.escalate();
        }
    });
    stop
}

#[cfg(unix)]
async fn signalled() -> Option<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.ok(),
        terminated = terminate.recv() => terminated,
    }
}

#[cfg(not(unix))]
async fn signalled() -> Option<()> {
    tokio::signal::ctrl_c().await.ok()
}
