//! What a request or a controller works on: the cluster, the AWS world around it, the moment.

use serde_json::{Value, json};

use super::json::{default, dying, list, name, namespace, set, stamp, text, uid};
use super::kinds::{self, Resource};
use super::state::Cluster;
use super::{defaults, letters_of};
use crate::world::World;

pub struct Scene<'a> {
    pub world: &'a mut World,
    pub cluster: &'a mut Cluster,
    pub now: f64,
}

/// Resources whose `generation` counts changes of their specification.
const COUNTED: [&str; 11] = [
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "ingresses",
    "networkpolicies",
    "poddisruptionbudgets",
    "ingressclasses",
    "customresourcedefinitions",
];

impl Scene<'_> {
    /// Gives a new object what only the server can give it.
    pub fn born(&mut self, resource: &Resource, object: &mut Value) {
        set(object, "/metadata/uid", self.cluster.uid());
        set(object, "/metadata/creationTimestamp", stamp(self.now));
        if COUNTED.contains(&resource.plural) {
            set(object, "/metadata/generation", 1);
        }
        match resource.plural {
            "services" => self.address(object),
            "pods" => defaults::admit_pod(object),
            "jobs" => self.own_selector(object),
            "persistentvolumeclaims" => self.default_class(object),
            "horizontalpodautoscalers" => default(
                object,
                "/spec/metrics",
                json!([{"type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]),
            ),
            _ => {}
        }
    }

    /// Carries over what a client cannot change, and counts.
    pub fn aged(&mut self, resource: &Resource, before: &Value, after: &mut Value) {
        for kept in [
            "uid",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
        ] {
            let pointer = format!("/metadata/{kept}");
            match before.pointer(&pointer) {
                Some(value) => set(after, &pointer, value.clone()),
                None => drop(super::json::remove(after, &pointer)),
            }
        }
        if resource.plural == "services" {
            self.keep_address(before, after);
        }
        if COUNTED.contains(&resource.plural) && before["spec"] != after["spec"] {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or(1);
            set(after, "/metadata/generation", generation + 1);
        }
    }

    fn address(&mut self, service: &mut Value) {
        let kind = text(service, "/spec/type").to_owned();
        if kind == "ExternalName" {
            return;
        }
        if text(service, "/spec/clusterIP").is_empty() {
            let taken: Vec<String> = self
                .cluster
                .list("services", None)
                .map(|one| text(one, "/spec/clusterIP").to_owned())
                .collect();
            let ours = |n: u32| format!("172.20.{}.{}", (n >> 8) & 255, n & 255);
            let free = (10..65_000).map(ours).find(|address| !taken.contains(address));
            set(service, "/spec/clusterIP", free.unwrap_or_default());
        }
        let address = service["spec"]["clusterIP"].clone();
        set(service, "/spec/clusterIPs", json!([address]));
        self.node_ports(service);
    }

    fn keep_address(&mut self, before: &Value, after: &mut Value) {
        if text(after, "/spec/type") == "ExternalName" {
            return;
        }
        for kept in ["/spec/clusterIP", "/spec/clusterIPs"] {
            if let Some(value) = before.pointer(kept) {
                default(after, kept, value.clone());
            }
        }
        let old = list(before, "/spec/ports").to_vec();
        for port in super::json::each(after, "/spec/ports") {
            let twin = old.iter().find(|one| one["port"] == port["port"]);
            if let Some(node) = twin.and_then(|one| one.get("nodePort")) {
                default(port, "/nodePort", node.clone());
            }
        }
        self.node_ports(after);
    }

    fn node_ports(&mut self, service: &mut Value) {
        if !matches!(text(service, "/spec/type"), "NodePort" | "LoadBalancer") {
            super::json::each(service, "/spec/ports").for_each(|port| {
                drop(super::json::remove(port, "/nodePort"));
            });
            return;
        }
        let mut taken: Vec<i64> = self
            .cluster
            .list("services", None)
            .flat_map(|one| list(one, "/spec/ports"))
            .filter_map(|port| port["nodePort"].as_i64())
            .collect();
        let mut next = 30_080;
        for port in super::json::each(service, "/spec/ports") {
            while taken.contains(&next) {
                next += 1;
            }
            default(port, "/nodePort", next);
            taken.push(port["nodePort"].as_i64().unwrap_or(next));
        }
    }

    fn own_selector(&mut self, job: &mut Value) {
        let (uid, name) = (uid(job).to_owned(), name(job).to_owned());
        let labels = [
            ("batch.kubernetes.io~1controller-uid", &uid),
            ("batch.kubernetes.io~1job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ];
        for (label, value) in labels {
            set(job, &format!("/spec/template/metadata/labels/{label}"), value.as_str());
        }
        let selector = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
        set(job, "/spec/selector", selector);
        let labels = job["spec"]["template"]["metadata"]["labels"].clone();
        default(job, "/metadata/labels", labels);
    }

    fn default_class(&mut self, claim: &mut Value) {
        if claim.pointer("/spec/storageClassName").is_some() {
            return;
        }
        let mark = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
        let mut classes = self.cluster.list("storageclasses", None);
        if let Some(class) = classes.find(|class| text(class, mark) == "true") {
            set(claim, "/spec/storageClassName", name(class));
        }
    }

    /// Makes an object as a controller does: filled in, unless there is one of this name.
    pub fn make(&mut self, mut object: Value) -> Option<Value> {
        let resource = kinds::of_kind(text(&object, "/kind"))?;
        set(&mut object, "/apiVersion", resource.api_version());
        let key = resource.key(namespace(&object), name(&object));
        if self.cluster.get(&key).is_some() {
            return None;
        }
        defaults::fill(resource, &mut object);
        self.born(resource, &mut object);
        Some(self.write(resource, object))
    }

    /// Writes an object and has those looked at that care.
    pub fn write(&mut self, resource: &Resource, object: Value) -> Value {
        let key = resource.key(namespace(&object), name(&object));
        let before = self.cluster.revision;
        let written = self.cluster.put(&key, object, self.now);
        if self.cluster.revision != before {
            self.world.generation += 1;
            self.stir(resource, &written);
        }
        written
    }

    /// Changes an object that is there.
    pub fn change(&mut self, key: &str, work: impl FnOnce(&mut Value)) {
        let Some(mut object) = self.cluster.get(key).cloned() else { return };
        let plural = key.split('/').next().unwrap_or_default();
        work(&mut object);
        if let Some(resource) = kinds::of_plural(plural) {
            self.write(resource, object);
        }
    }

    /// Takes an object away; what it owned goes after it.
    pub fn erase(&mut self, key: &str) -> Option<Value> {
        let gone = self.cluster.erase(key)?;
        self.world.generation += 1;
        let plural = key.split('/').next().unwrap_or_default();
        if let Some(resource) = kinds::of_plural(plural) {
            self.stir(resource, &gone);
        }
        self.collect(&gone);
        Some(gone)
    }

    /// Deletes what had no other owner than this.
    fn collect(&mut self, gone: &Value) {
        let owner = uid(gone);
        let owned: Vec<String> = self
            .cluster
            .all()
            .filter(|(_, object)| {
                let owners = list(object, "/metadata/ownerReferences");
                owners.iter().any(|one| text(one, "/uid") == owner)
                    && owners.iter().all(|one| text(one, "/uid") == owner)
            })
            .map(|(key, _)| key.to_owned())
            .collect();
        owned.iter().for_each(|key| self.delete(key));
    }

    /// Deletes as a controller does: in the background, with grace, heeding finalizers.
    pub fn delete(&mut self, key: &str) {
        let Some(object) = self.cluster.get(key) else { return };
        let waits = !list(object, "/metadata/finalizers").is_empty() || key.starts_with("pods/");
        if dying(object) {
            return;
        }
        if waits {
            let now = self.now;
            self.change(key, |object| mark_dying(object, None, now));
        } else {
            self.erase(key);
        }
    }

    /// Has the owner, and others that look at such objects, looked at.
    fn stir(&mut self, resource: &Resource, object: &Value) {
        let now = self.now;
        for owner in list(object, "/metadata/ownerReferences") {
            if let Some(kind) = kinds::of_kind(text(owner, "/kind")) {
                let space = if kind.namespaced() { namespace(object) } else { "" };
                self.cluster.wake(&kind.key(space, text(owner, "/name")), now);
            }
        }
        let watchers: &[&str] = match resource.plural {
            "pods" => &["services", "poddisruptionbudgets", "pods", "persistentvolumeclaims"],
            "nodes" => &["pods", "daemonsets"],
            "persistentvolumeclaims" => &["pods", "persistentvolumes"],
            "storageclasses" => &["persistentvolumeclaims"],
            "deployments" => &["ingresses"],
            _ => return,
        };
        let wide = matches!(resource.plural, "nodes" | "storageclasses" | "deployments");
        let space = if wide || resource.plural == "pods" { None } else { Some(namespace(object)) };
        for plural in watchers {
            let everywhere = *plural == "pods" || *plural == "persistentvolumes";
            let space = if everywhere { None } else { space };
            let claims = resource.plural == "persistentvolumeclaims";
            let waiting = |one: &&Value| {
                *plural != "pods" || claims || text(one, "/spec/nodeName").is_empty()
            };
            let keys: Vec<String> = self
                .cluster
                .list(plural, space)
                .filter(waiting)
                .map(|one| format!("{plural}/{}/{}", namespace(one), name(one)))
                .collect();
            keys.iter().for_each(|key| self.cluster.wake(key, now));
        }
    }

    /// An event about an object; the same again only counts.
    pub fn event(&mut self, about: &Value, kind: &str, reason: &str, message: &str) {
        let space = match namespace(about) {
            "" => "default",
            space => space,
        };
        let id = letters_of(&format!("{}{reason}{message}", uid(about)), 16);
        let name = format!("{}.{id}", name(about));
        let key = format!("events/{space}/{name}");
        let time = stamp(self.now);
        if self.cluster.get(&key).is_some() {
            self.change(&key, |event| {
                let count = event["count"].as_i64().unwrap_or(1) + 1;
                set(event, "/count", count);
                set(event, "/lastTimestamp", time);
            });
            return;
        }
        let resource = kinds::of_kind(text(about, "/kind"));
        let event = json!({
            "kind": "Event", "metadata": {"name": name, "namespace": space},
            "involvedObject": {"kind": about["kind"], "namespace": namespace(about),
                "name": about["metadata"]["name"], "uid": uid(about),
                "apiVersion": resource.map(Resource::api_version),
                "resourceVersion": about["metadata"]["resourceVersion"]},
            "type": kind, "reason": reason, "message": message, "count": 1,
            "firstTimestamp": time, "lastTimestamp": time,
            "source": {"component": "edxaws-localstack"}, "reportingComponent": "edxaws-localstack",
            "reportingInstance": ""});
        self.make(event);
    }
}

/// Begins the end of an object.
pub fn mark_dying(object: &mut Value, grace: Option<i64>, now: f64) {
    if dying(object) {
        return;
    }
    let pod = text(object, "/kind") == "Pod";
    let own = object.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
    let grace = grace.or(own.filter(|_| pod)).unwrap_or(0);
    set(object, "/metadata/deletionTimestamp", stamp(now + grace as f64));
    if text(object, "/kind") == "Namespace" {
        set(object, "/status/phase", "Terminating");
    } else {
        set(object, "/metadata/deletionGracePeriodSeconds", grace);
    }
}
