//! Resources that cost the same are shown once: eleven alarms are one row.

use rust_decimal::Decimal;

use crate::cost::{Line, Priced};

/// One resource, or several alike, with the lines of all of them.
pub struct Alike {
    pub name: String,
    pub lines: Vec<Line>,
}

/// In order of appearance.
pub fn alike(resources: &[&Priced]) -> Vec<Alike> {
    let mut groups: Vec<Vec<&Priced>> = Vec::new();
    for resource in resources {
        let same = |group: &&mut Vec<&Priced>| {
            group.first().is_some_and(|one| {
                (&one.kind, &one.region, &one.lines)
                    == (&resource.kind, &resource.region, &resource.lines)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(resource),
            None => groups.push(vec![resource]),
        }
    }
    groups.iter().filter_map(|group| together(group)).collect()
}

fn together(group: &[&Priced]) -> Option<Alike> {
    let first = group.first()?;
    let name = match group.len() {
        1 => first.name.clone(),
        n => format!("{} and {} more alike", first.name, n - 1),
    };
    let many = Decimal::from(group.len());
    let times = |line: &Line| {
        let amount = line.amount.clone().map(|one| one * many);
        Line { amount, ..line.clone() }
    };
    Some(Alike { name, lines: first.lines.iter().map(times).collect() })
}
