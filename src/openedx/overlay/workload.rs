//! Everything a rendered object lacks, kind by kind.

use serde_json::{Value, json};

use super::sizes::Room;
use super::{Wishes, disks, pod, probes, scaling, security};
use crate::stack::cluster::OPENEDX;

/// What objects are finished with.
pub struct Workshop<'a> {
    pub wishes: Wishes<'a>,
    /// What the LMS runs: whoever runs it, too, is part of Open edX and needs its bucket.
    image: String,
}

/// Whatever runs once and ends has the same room.
pub const JOB: &str = "job";
/// Seconds between a pod's leaving the list of endpoints and its end.
const LEAVE: u32 = 10;
/// A task of Celery's may take this long to end.
const LAST_TASK: u32 = 600;

impl<'a> Workshop<'a> {
    pub fn new(wishes: Wishes<'a>, objects: &[Value]) -> Self {
        let lms = objects.iter().find(|one| pod::is_workload(one) && pod::name(one) == "lms");
        let image = lms.and_then(pod::spec).and_then(|spec| pod::containers(spec).last());
        let image = image.map(|one| pod::text(one, "/image").to_owned()).unwrap_or_default();
        Self { wishes, image }
    }

    pub fn finish(&self, object: &mut Value) {
        match pod::kind(object) {
            "Service" => service(object),
            "PersistentVolumeClaim" => disks::claim(object, &self.wishes),
            "Deployment" => {
                self.rollout(object);
                self.pods(object);
            }
            "StatefulSet" => {
                disks::claim(object, &self.wishes);
                self.pods(object);
            }
            "DaemonSet" | "CronJob" => self.pods(object),
            _ => {}
        }
    }

    /// New pods first, old ones after; of what owns a volume there is one, and none in between.
    fn rollout(&self, object: &mut Value) {
        let (name, store) = (pod::name(object).to_owned(), scaling::is_store(object));
        let room = self.wishes.room(&name);
        let spec = &mut object["spec"];
        spec["revisionHistoryLimit"] = 3.into();
        if scaling::is_scaled(&room, store) {
            if let Value::Object(fields) = spec {
                fields.remove("replicas");
            }
        } else {
            spec["replicas"] = if store { 1.into() } else { room.min.into() };
        }
        let rolling = json!({
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
        });
        pod::default(spec, "strategy", if store { json!({"type": "Recreate"}) } else { rolling });
        let labels = spec["selector"]["matchLabels"].clone();
        if let Some(pod) = pod::spec_mut(object).filter(|_| !store) {
            pod::default(pod, "topologySpreadConstraints", scaling::spread(&labels));
        }
    }

    fn pods(&self, object: &mut Value) {
        let service = pod::name(object).to_owned();
        let batch = pod::kind(object) == "CronJob";
        let room = self.wishes.room(if batch { JOB } else { &service });
        let Some(spec) = pod::spec_mut(object) else { return };
        self.pod(spec, &service, &room);
        // What runs before the others, or once in a while, ends by itself.
        if batch {
            return;
        }
        for container in pod::items(spec, "containers") {
            probes::add(container, &service, &self.wishes);
        }
        goodbye(spec, &service);
    }

    /// Room, rights and account of a pod.
    pub fn pod(&self, spec: &mut Value, service: &str, room: &Room) {
        pod::each_container(spec, |container| {
            container["resources"] = room.resources();
            // All pods of a service run the same image, even when its tag has moved meanwhile.
            pod::default(container, "imagePullPolicy", "Always".into());
            // A key of the list it stands in: an apply without it is refused.
            for port in pod::items(container, "ports") {
                pod::default(port, "protocol", "TCP".into());
            }
        });
        security::restrict(spec, service);
        if pod::containers(spec).any(|container| self.is_openedx(container)) {
            pod::default(spec, "serviceAccountName", OPENEDX.into());
        }
    }

    fn is_openedx(&self, container: &Value) -> bool {
        !self.image.is_empty() && pod::text(container, "/image") == self.image
    }
}

/// The Service of a service names its protocol: a key of the list it stands in. Nothing is reached
/// from outside but through the web server of all platforms.
fn service(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    for port in pod::items(spec, "ports") {
        pod::default(port, "protocol", "TCP".into());
        if let Value::Object(fields) = port {
            fields.remove("nodePort");
        }
    }
    if matches!(pod::text(spec, "/type"), "NodePort" | "LoadBalancer") {
        spec["type"] = "ClusterIP".into();
    }
}

/// A pod that leaves is still sent requests for a moment; a worker ends its tasks.
fn goodbye(spec: &mut Value, service: &str) {
    let grace = if service.ends_with("-worker") { LAST_TASK } else { 3 * LEAVE };
    pod::default(spec, "terminationGracePeriodSeconds", grace.into());
    if !["lms", "cms", "caddy", "mfe"].contains(&service) {
        return;
    }
    let wait = json!({"preStop": {"exec": {"command": ["sleep", LEAVE.to_string()]}}});
    for container in pod::items(spec, "containers") {
        pod::default(container, "lifecycle", wait.clone());
    }
}
