//! A stack's graph without asking AWS: what AWS would be asked is filled with stand-ins that cost
//! the same.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::meter::Inventory;
use super::support::Release;
use crate::graph::Graph;
use crate::openedx::{self, Rendered};
use crate::profile::Settings;
use crate::stack::{StackError, Surroundings, build};

const LETTERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// AWS's example account.
const ACCOUNT: &str = "123456789012";
/// Only for a day after the last known release has ended.
const LAST_KNOWN: &str = "1.35";

/// What a stack would find in a region on that day.
pub fn surroundings(settings: &Settings, today: Date) -> Surroundings {
    let region = settings.region.clone();
    let newest = || Release::newest_kubernetes(today).map_or(LAST_KNOWN, |newest| newest.version);
    let version = settings.cluster.version.clone();
    Surroundings {
        account: settings.account.clone().unwrap_or_else(|| ACCOUNT.to_owned()),
        partition: "aws".to_owned(),
        caller: format!("arn:aws:iam::{ACCOUNT}:user/you"),
        zones: LETTERS.map(|letter| format!("{region}{letter}")).to_vec(),
        kubernetes_version: version.unwrap_or_else(|| newest().to_owned()),
        region,
        rendered: rendered(settings),
    }
}

/// Our own small templates ask for the same volumes as Tutor, and need neither Python nor a network.
/// What they do not know (plugins) asks for none.
fn rendered(settings: &Settings) -> BTreeMap<String, Rendered> {
    let platforms = settings.platforms.keys();
    let each = platforms.filter_map(|platform| {
        let inputs = openedx::inputs(settings, platform)?;
        Some((platform.clone(), openedx::render_builtin(&inputs).ok()?))
    });
    each.collect()
}

/// Everything a profile would make.
pub fn inventory(settings: &Settings, today: Date) -> Result<Inventory, StackError> {
    graph(settings, today).map(|graph| Inventory::of_graph(&graph))
}

fn graph(settings: &Settings, today: Date) -> Result<Graph, StackError> {
    let mut place = surroundings(settings, today);
    place.zones.truncate(usize::from(settings.network.zones));
    match build(settings, &place) {
        // Whatever the platforms lack to be built, the rest has its price.
        Err(StackError::Overlay(_)) => {
            place.rendered.clear();
            build(settings, &place)
        }
        built => built,
    }
}
