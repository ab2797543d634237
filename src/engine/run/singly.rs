//! Which lists answer all who wait at once, and which cost a call for each.

use std::collections::BTreeSet;

/// Kinds whose lists cost a call for each that is asked about (EKS has no bulk read).
#[derive(Debug, Default)]
pub(super) struct Singly(BTreeSet<&'static str>);

impl Singly {
    /// A list of `kind` that was asked about so many took so many calls.
    pub fn learn(&mut self, kind: &'static str, asked: usize, calls: usize) {
        // One that asks about one says nothing.
        if asked > 1 && calls >= asked {
            self.0.insert(kind);
        } else if asked > 1 {
            self.0.remove(kind);
        }
    }

    pub fn contains(&self, kind: &str) -> bool {
        self.0.contains(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_what_it_costs_when_it_answers_several() {
        let mut singly = Singly::default();
        singly.learn("eks_nodegroup", 1, 5);
        assert!(!singly.contains("eks_nodegroup"));
        singly.learn("eks_nodegroup", 2, 2);
        assert!(singly.contains("eks_nodegroup"));
        singly.learn("eks_nodegroup", 1, 1);
        assert!(singly.contains("eks_nodegroup"), "one that asks about one says nothing");
        singly.learn("eks_nodegroup", 3, 2);
        assert!(!singly.contains("eks_nodegroup"));
        singly.learn("db_instance", 3, 4);
        assert!(singly.contains("db_instance") && !singly.contains("eks_nodegroup"));
        singly.learn("db_instance", 2, 1);
        assert!(!singly.contains("db_instance"));
    }
}
