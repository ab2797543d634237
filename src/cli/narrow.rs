//! `--target`, `--exclude` and `--platform`: what was typed becomes addresses, patterns included.

use std::collections::BTreeSet;

use super::args::Narrow;
use super::session::Session;
use crate::address::Address;
use crate::engine::{Choice, Select, Verb};
use crate::error::{Problem, Result};
use crate::stack::platform::owns;

/// What was asked for on the command line. A pattern that fits nothing is a slip of the pen.
pub fn choice(narrow: &Narrow, session: &Session, verb: Verb) -> Result<Choice> {
    let select = |given| if given { Select::Yes } else { Select::No };
    let known = known(session);
    let resolve = |typed: &[Address]| -> Result<Vec<Address>> {
        let mut all = Vec::new();
        for pattern in typed {
            let fitting: Vec<Address> =
                known.iter().filter(|one| fits(pattern.as_str(), one.as_str())).cloned().collect();
            if fitting.is_empty() {
                return Err(Problem::user(format!(
                    "`{pattern}` is neither in the profile nor in the state"
                ))
                .hint("`edxaws graph --as list` names every address"));
            }
            all.extend(fitting);
        }
        Ok(all)
    };
    let mut targets = resolve(&narrow.target)?;
    if let Some(platform) = &narrow.platform {
        targets.extend(of_platform(platform, session, verb)?);
    }
    Ok(Choice {
        delete_data: select(narrow.delete_data),
        lift_protection: select(narrow.lift_protection),
        targets,
        excludes: resolve(&narrow.exclude)?,
    })
}

/// What is the platform's own: of the profile's wishes for `up`, of what is recorded for `destroy`.
fn of_platform(platform: &str, session: &Session, verb: Verb) -> Result<Vec<Address>> {
    let own: Vec<Address> = match verb {
        Verb::Up => {
            let nodes = session.graph.nodes().map(|node| (&node.address, &node.desired));
            nodes
                .filter(|(at, desired)| owns(platform, at, desired))
                .map(|(at, _)| at.clone())
                .collect()
        }
        Verb::Destroy => {
            let records = session.state.records.iter().map(|(at, record)| (at, &record.desired));
            records
                .filter(|(at, desired)| owns(platform, at, desired))
                .map(|(at, _)| at.clone())
                .collect()
        }
    };
    if own.is_empty() {
        let names = session.profile.settings.platforms.keys().cloned().collect::<Vec<_>>();
        return Err(Problem::user(format!("there is no platform `{platform}`"))
            .hint(format!("the profile names {}", names.join(", "))));
    }
    Ok(own)
}

fn known(session: &Session) -> BTreeSet<Address> {
    let desired = session.graph.nodes().map(|node| node.address.clone());
    desired.chain(session.state.records.keys().cloned()).collect()
}

/// Whether `text` is `pattern`, in which each `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|after| {
            let starts = after.char_indices().map(|(at, _)| at).chain([after.len()]);
            starts.into_iter().any(|at| after.get(at..).is_some_and(|tail| fits(rest, tail)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(fits("alarm.*", "alarm.mysql-cpu"));
        assert!(fits("*.mysql", "db_instance.mysql"));
        assert!(fits("alarm.*-1", "alarm.cache-memory-1"));
        assert!(fits("subnet.private-a", "subnet.private-a"));
        assert!(!fits("alarm.*-1", "alarm.cache-memory-2"));
        assert!(!fits("subnet.private", "subnet.private-a"));
        assert!(!fits("eks_*", "db_instance.eks_"));
    }
}
