//! What a command and the processes it starts take: time, processor time, memory. From `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Linux counts processor time for `/proc` in hundredths of a second on every architecture.
const TICKS: f64 = 100.0;
const PAGE_KIB: f64 = 4.0;

#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub wall: f64,
    /// Processor seconds, user and system, of the command and all its children.
    pub cpu: f64,
    /// The highest sum of resident memory, in MiB.
    pub memory: f64,
}

/// Runs the command to its end; its output goes to `log`.
pub fn taken(command: &mut Command, log: &std::path::Path) -> Taken {
    let file = fs::File::create(log).expect("a log");
    let output = file.try_clone().expect("the log twice");
    let began = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(output).stderr(file).spawn().expect("it starts");
    let mut seen = Seen::default();
    let status = loop {
        seen.look(&child);
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        thread::sleep(LOOK);
    };
    let told = fs::read_to_string(log).unwrap_or_default();
    let tail: Vec<_> = told.lines().rev().take(30).collect();
    assert!(
        status.success(),
        "{command:?}: {status}\n{:#?}",
        tail.into_iter().rev().collect::<Vec<_>>()
    );
    Taken { wall: began.elapsed().as_secs_f64(), cpu: seen.cpu(), memory: seen.memory }
}

#[derive(Default)]
struct Seen {
    /// By process, what it had used when it was last seen.
    ticks: BTreeMap<u32, f64>,
    memory: f64,
}

impl Seen {
    /// A process that has ended but is not waited for yet still tells what it used.
    fn look(&mut self, child: &Child) {
        let all: Vec<Process> = processes();
        let mut ours = vec![child.id()];
        let mut at = 0;
        while let Some(parent) = ours.get(at).copied() {
            ours.extend(all.iter().filter(|one| one.parent == parent).map(|one| one.id));
            at += 1;
        }
        let mut memory = 0.0;
        for process in all.iter().filter(|one| ours.contains(&one.id)) {
            self.ticks.insert(process.id, process.ticks);
            memory += process.memory;
        }
        self.memory = self.memory.max(memory);
    }

    fn cpu(&self) -> f64 {
        self.ticks.values().sum::<f64>() / TICKS
    }
}

struct Process {
    id: u32,
    parent: u32,
    ticks: f64,
    memory: f64,
}

fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("this bench needs `/proc`").flatten();
    entries.filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// `/proc/<id>/stat`, whose second field is a name in brackets that may hold anything.
fn process(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Process {
        id,
        parent: fields.get(1)?.parse().ok()?,
        ticks: number(11)? + number(12)?,
        memory: number(21)? * PAGE_KIB / 1024.0,
    })
}
