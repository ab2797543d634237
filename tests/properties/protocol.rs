//! A model of the create protocol, explored exhaustively: crashes between any two steps, answers
//! lost, requests that arrive late, lists that lag, a second process.
//!
//! The model is small enough to see through and large enough to break: each weaker protocol below
//! is seen to make a double or an orphan.

use std::collections::{BTreeSet, VecDeque};

/// How AWS protects a repeated create.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Identity {
    Tag,
    Token,
    Name,
}

/// What the run wants.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Goal {
    Up,
    Destroy,
}

/// The protocol, and ways to get it wrong.
#[derive(Debug, Clone, Copy)]
struct Protocol {
    /// The claim is durable before the call goes out.
    claims_first: bool,
    /// How many ticks a claimed object is looked for before it is made again or given up.
    window: u8,
    /// One process at a time.
    locks: bool,
    identity: Identity,
}

/// A request may be under way this long, a new object unlisted this long.
const DELAY: u8 = 2;
const LAG: u8 = 2;
/// Longer than both together.
const WINDOW: u8 = DELAY + LAG + 1;
const CRASHES: u8 = 3;
const SENDS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Disk {
    Nothing,
    Claimed,
    Made,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Start,
    Send,
    /// Waits for the answer of its request.
    Answer,
    /// Knows that it exists; not recorded yet.
    Record,
    /// Looks for it, so many ticks long.
    Look(u8),
    Delete,
    Done,
}

/// Everything: `late` are the ages of requests under way, `hidden` what lists lag behind for each
/// object, and whether a delete was the last word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    disk: Disk,
    processes: Vec<At>,
    late: Vec<u8>,
    hidden: Vec<u8>,
    crashes: u8,
    sends: usize,
}

impl World {
    fn new() -> Self {
        let (disk, processes) = (Disk::Nothing, Vec::new());
        Self { disk, processes, late: Vec::new(), hidden: Vec::new(), crashes: 0, sends: 0 }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next.late.sort_unstable();
        next
    }

    fn at(&self, process: usize, at: At) -> Self {
        self.with(|world| world.processes[process] = at)
    }

    fn seen(&self) -> bool {
        self.hidden.contains(&0)
    }

    /// What the arrival of a request does.
    fn executed(&self, protocol: Protocol, request: usize, lag: u8) -> Self {
        self.with(|world| {
            world.late.remove(request);
            let protected = protocol.identity != Identity::Tag && !world.hidden.is_empty();
            if !protected {
                world.hidden.push(lag);
                world.hidden.sort_unstable();
            }
        })
    }
}

/// Everything that may happen next.
fn next(world: &World, protocol: Protocol, goal: Goal) -> Vec<World> {
    let mut all = Vec::new();
    let alive = world.processes.iter().filter(|at| **at != At::Done).count();
    let most = if protocol.locks { 1 } else { 2 };
    if alive < most && world.processes.len() < usize::from(CRASHES) + most {
        all.push(world.with(|world| world.processes.push(At::Start)));
    }
    for request in 0..world.late.len() {
        for lag in 0..=LAG {
            let done = world.executed(protocol, request, lag);
            // Its answer reaches whoever waits, or nobody.
            for process in 0..world.processes.len() {
                if world.processes[process] == At::Answer {
                    all.push(done.at(process, At::Record));
                }
            }
            all.push(done);
        }
    }
    for process in 0..world.processes.len() {
        if world.processes[process] != At::Done && world.crashes < CRASHES {
            all.push(world.with(|world| {
                world.crashes += 1;
                world.processes[process] = At::Done;
            }));
        }
        all.extend(step(world, process, protocol, goal));
    }
    // Time passes, unless something must happen first.
    if !world.late.contains(&DELAY) {
        all.push(world.with(|world| {
            world.late.iter_mut().for_each(|age| *age += 1);
            world.hidden.iter_mut().for_each(|lag| *lag = lag.saturating_sub(1));
            for at in &mut world.processes {
                if let At::Look(ticks) = at {
                    *ticks = (*ticks + 1).min(protocol.window);
                }
            }
        }));
    }
    all
}

/// One step of a process.
fn step(world: &World, process: usize, protocol: Protocol, goal: Goal) -> Vec<World> {
    let at = |at| vec![world.at(process, at)];
    match world.processes[process] {
        At::Start => match (world.disk, goal) {
            (Disk::Nothing, Goal::Destroy) => at(At::Done),
            (Disk::Nothing, Goal::Up) if protocol.claims_first => vec![world.with(|world| {
                world.disk = Disk::Claimed;
                world.processes[process] = At::Send;
            })],
            (Disk::Nothing, Goal::Up) => at(At::Send),
            (Disk::Claimed, _) => at(At::Look(0)),
            (Disk::Made, Goal::Up) => at(At::Done),
            (Disk::Made, Goal::Destroy) => at(At::Delete),
        },
        At::Send if world.sends == SENDS => Vec::new(),
        At::Send => vec![world.with(|world| {
            world.sends += 1;
            world.late.push(0);
            world.processes[process] = At::Answer;
        })],
        // A timeout, or the connection broke.
        At::Answer => at(At::Look(0)),
        At::Record => vec![world.with(|world| {
            world.disk = Disk::Made;
            world.processes[process] = if goal == Goal::Up { At::Done } else { At::Delete };
        })],
        At::Look(_) if world.seen() => at(At::Record),
        At::Look(ticks) if ticks >= protocol.window => match goal {
            Goal::Up => at(At::Send),
            Goal::Destroy => vec![world.with(|world| {
                world.disk = Disk::Nothing;
                world.processes[process] = At::Done;
            })],
        },
        // Names and tokens protect a repeat: no need to wait before another create.
        At::Look(_) if goal == Goal::Up && protocol.identity != Identity::Tag => at(At::Send),
        At::Look(_) => Vec::new(),
        // A destroy looks around before its first delete, which takes longer than a request can be
        // under way: nothing arrives after it.
        At::Delete if !world.late.is_empty() => Vec::new(),
        At::Delete => vec![world.with(|world| {
            world.hidden.clear();
            world.disk = Disk::Nothing;
            world.processes[process] = At::Done;
        })],
        At::Done => Vec::new(),
    }
}

/// What must never be: two objects, or one that nothing remembers.
fn wrong(world: &World) -> Option<&'static str> {
    let idle = world.processes.iter().all(|at| *at == At::Done);
    let quiet = idle && world.late.is_empty();
    match (world.disk, world.hidden.len()) {
        (_, 2..) => Some("double"),
        (Disk::Nothing, 1) if quiet => Some("orphan"),
        (Disk::Made, 0) if quiet => Some("lost"),
        _ => None,
    }
}

/// Explores every history: an `up` that may crash, then, from any point where nobody runs, also a
/// `destroy`. Returns what went wrong, and how many worlds there are.
fn explore(protocol: Protocol) -> (BTreeSet<&'static str>, usize) {
    let mut seen: BTreeSet<(bool, World)> = BTreeSet::new();
    let mut open = VecDeque::from([(Goal::Up, World::new())]);
    let mut found = BTreeSet::new();
    while let Some((goal, world)) = open.pop_front() {
        if !seen.insert((goal == Goal::Up, world.clone())) {
            continue;
        }
        if let Some(what) = wrong(&world) {
            found.insert(what);
            continue;
        }
        let idle = world.processes.iter().all(|at| *at == At::Done);
        if goal == Goal::Up && idle && !world.processes.is_empty() {
            let fresh = world.with(|world| world.processes.clear());
            open.push_back((Goal::Destroy, fresh));
        }
        open.extend(next(&world, protocol, goal).into_iter().map(|next| (goal, next)));
    }
    (found, seen.len())
}

const SOUND: Protocol =
    Protocol { claims_first: true, window: WINDOW, locks: true, identity: Identity::Tag };

#[test]
fn the_protocol_makes_no_double_and_no_orphan() {
    for identity in [Identity::Tag, Identity::Token, Identity::Name] {
        let (found, worlds) = explore(Protocol { identity, ..SOUND });
        assert_eq!(found, BTreeSet::new(), "{identity:?} in {worlds} worlds");
        assert!(worlds > 400, "{identity:?}: only {worlds} worlds");
    }
}

#[test]
fn without_a_claim_there_are_orphans() {
    let (found, _) = explore(Protocol { claims_first: false, ..SOUND });
    assert!(found.contains("orphan"), "{found:?}");
}

#[test]
fn without_a_window_there_are_doubles() {
    for window in [0, DELAY, LAG, WINDOW - 2] {
        let (found, _) = explore(Protocol { window, ..SOUND });
        assert!(found.contains("double"), "{window}: {found:?}");
    }
}

#[test]
fn without_a_lock_there_are_doubles() {
    let (found, _) = explore(Protocol { locks: false, ..SOUND });
    assert!(found.contains("double"), "{found:?}");
}

/// Giving up on a claim too soon leaves what arrives late: the window is for `destroy`, too, and
/// for names and tokens as well.
#[test]
fn a_destroy_that_gives_up_soon_leaves_orphans() {
    for identity in [Identity::Tag, Identity::Token, Identity::Name] {
        let (found, _) = explore(Protocol { window: 1, identity, ..SOUND });
        assert!(found.contains("orphan"), "{identity:?}: {found:?}");
    }
}
