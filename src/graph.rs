//! The graph of desired resources: nodes, the edges read out of their values, order, cycles named.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::address::{Address, Ref, references};
use crate::resource::Resource;

/// One desired resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    pub address: Address,
    /// The part of the platform it belongs to, for people: `network`, `data` …
    pub part: &'static str,
    pub desired: Value,
    /// Everything that must be ready before this one starts.
    pub needs: BTreeSet<Address>,
}

/// All desired resources of a stack, by address.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: BTreeMap<Address, Node>,
    part: &'static str,
}

/// The graph cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("`{from}` refers to `{to}`, which is not in the graph")]
    Dangling { from: Address, to: Address },
    #[error("the resources wait for each other: {}", chain(.0))]
    Cycle(Vec<Address>),
}

fn chain(addresses: &[Address]) -> String {
    addresses.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(" → ")
}

impl Graph {
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the part of the platform that the following resources belong to.
    pub fn part(&mut self, part: &'static str) -> &mut Self {
        self.part = part;
        self
    }

    /// Adds a resource; its edges are the references in its values.
    pub fn add<R: Resource>(&mut self, name: &str, resource: R) -> Ref<R> {
        let handle = Ref::<R>::to(name);
        let desired = serde_json::to_value(&resource).unwrap_or(Value::Null);
        let needs = references(&desired).into_iter().collect();
        let address = handle.address.clone();
        self.nodes.insert(address.clone(), Node { address, part: self.part, desired, needs });
        handle
    }

    /// An order that is not data: `later` starts after `earlier` is ready.
    pub fn after<A, B>(&mut self, later: &Ref<A>, earlier: &Ref<B>) {
        if let Some(node) = self.nodes.get_mut(&later.address) {
            node.needs.insert(earlier.address.clone());
        }
    }

    /// The same, for nodes of whatever kind.
    pub fn follows(&mut self, later: &Address, earlier: impl IntoIterator<Item = Address>) {
        if let Some(node) = self.nodes.get_mut(later) {
            node.needs.extend(earlier);
        }
    }

    /// The graph without these and what needs them.
    pub fn without(&self, excluded: &[Address]) -> Self {
        let mut nodes = self.nodes.clone();
        let mut gone = excluded.to_vec();
        while let Some(address) = gone.pop() {
            if nodes.remove(&address).is_some() {
                let behind = nodes.values().filter(|node| node.needs.contains(&address));
                gone.extend(behind.map(|node| node.address.clone()));
            }
        }
        Self { nodes, part: self.part }
    }

    pub fn get(&self, address: &Address) -> Option<&Node> {
        self.nodes.get(address)
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn edges(&self) -> usize {
        self.nodes.values().map(|node| node.needs.len()).sum()
    }

    /// Every node after the ones it needs; the same order whatever the order of insertion.
    pub fn order(&self) -> Result<Vec<&Node>, GraphError> {
        self.check_references()?;
        let edges = self.nodes.values().map(|node| (node.address.clone(), node.needs.clone()));
        let order = topological(&edges.collect()).map_err(GraphError::Cycle)?;
        Ok(order.iter().filter_map(|address| self.nodes.get(address)).collect())
    }

    fn check_references(&self) -> Result<(), GraphError> {
        for node in self.nodes.values() {
            if let Some(to) = node.needs.iter().find(|to| !self.nodes.contains_key(to)) {
                return Err(GraphError::Dangling { from: node.address.clone(), to: to.clone() });
            }
        }
        Ok(())
    }
}

/// Kahn's algorithm over `needs`; on failure the members of one cycle, in order.
pub fn topological<K: Ord + Clone>(needs: &BTreeMap<K, BTreeSet<K>>) -> Result<Vec<K>, Vec<K>> {
    let mut open: BTreeMap<&K, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
    for (node, upstream) in needs {
        let known = upstream.iter().filter(|one| needs.contains_key(one));
        open.insert(node, known.clone().count());
        known.for_each(|one| dependents.entry(one).or_default().push(node));
    }
    let mut free: BTreeSet<&K> = open.iter().filter(|(_, n)| **n == 0).map(|(k, _)| *k).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(node) = free.pop_first() {
        order.push(node.clone());
        for dependent in dependents.get(node).into_iter().flatten() {
            if let Some(count) = open.get_mut(*dependent) {
                *count -= 1;
                if *count == 0 {
                    free.insert(dependent);
                }
            }
        }
    }
    if order.len() == needs.len() { Ok(order) } else { Err(cycle(needs, &order)) }
}

/// Walks upstream from any unordered node until one repeats.
fn cycle<K: Ord + Clone>(needs: &BTreeMap<K, BTreeSet<K>>, ordered: &[K]) -> Vec<K> {
    let done: BTreeSet<&K> = ordered.iter().collect();
    let mut path: Vec<K> = Vec::new();
    let mut next = needs.keys().find(|node| !done.contains(node));
    while let Some(node) = next {
        if let Some(start) = path.iter().position(|seen| seen == node) {
            path.push(node.clone());
            return path.split_off(start);
        }
        path.push(node.clone());
        next = needs
            .get(node)
            .and_then(|up| up.iter().find(|one| needs.contains_key(one) && !done.contains(one)));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        edges
            .iter()
            .map(|(node, up)| (node.to_string(), up.iter().map(|u| u.to_string()).collect()))
            .collect()
    }

    #[test]
    fn upstream_comes_first() {
        let order = topological(&needs(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).unwrap();
        assert_eq!(order, ["c", "b", "a"]);
    }

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let address = |text: &str| Address::parse(text).unwrap();
        let node = |(text, needs): &(&str, &[&str])| Node {
            address: address(text),
            part: "",
            desired: Value::Null,
            needs: needs.iter().copied().map(address).collect(),
        };
        let nodes = edges.iter().map(|edge| (address(edge.0), node(edge)));
        Graph { nodes: nodes.collect(), part: "" }
    }

    #[test]
    fn a_reference_to_nothing_is_named() {
        let whole = graph(&[("vpc.a", &[]), ("subnet.a", &["vpc.a"]), ("subnet.b", &["vpc.a"])]);
        assert_eq!((whole.len(), whole.edges(), whole.is_empty()), (3, 2, false));
        assert_eq!(whole.order().unwrap().len(), 3);
        let broken = graph(&[("vpc.a", &[]), ("subnet.a", &["vpc.a", "vpc.b"])]);
        let error = broken.order().unwrap_err();
        assert_eq!(error.to_string(), "`subnet.a` refers to `vpc.b`, which is not in the graph");
        assert!(Graph::new().is_empty());
    }

    #[test]
    fn who_waits_for_each_other_is_named() {
        let circle = graph(&[("subnet.a", &["vpc.a"]), ("vpc.a", &["subnet.a"])]);
        let error = circle.order().unwrap_err().to_string();
        assert_eq!(error, "the resources wait for each other: `subnet.a` → `vpc.a` → `subnet.a`");
    }

    #[test]
    fn a_cycle_is_named() {
        let graph = needs(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]);
        assert_eq!(topological(&graph).unwrap_err(), ["b", "c", "b"]);
    }
}
