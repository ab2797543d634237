//! `--target` and `--exclude`: what was typed becomes addresses, patterns included.

use std::collections::BTreeSet;

use super::args::Narrow;
use super::session::Session;
use crate::address::Address;
use crate::engine::{Choice, Select};
use crate::error::{Problem, Result};

/// What was asked for on the command line. A pattern that fits nothing is a slip of the pen.
pub fn choice(narrow: &Narrow, session: &Session) -> Result<Choice> {
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
    Ok(Choice {
        delete_data: select(narrow.delete_data),
        lift_protection: select(narrow.lift_protection),
        targets: resolve(&narrow.target)?,
        excludes: resolve(&narrow.exclude)?,
    })
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
