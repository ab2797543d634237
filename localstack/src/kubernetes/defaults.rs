//! What the server fills in where a client says nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::json::{default, each, list, number, remove, set, text};
use super::kinds::Resource;

/// Fills an object in; what only the cluster can give (addresses, uids) comes later.
pub fn fill(resource: &Resource, object: &mut Value) {
    match resource.plural {
        "deployments" => deployment(object),
        "replicasets" => workload(object),
        "statefulsets" => stateful(object),
        "daemonsets" => daemon(object),
        "jobs" => job(object, ""),
        "cronjobs" => cron(object),
        "pods" => pod_spec(object, ""),
        "services" => service(object),
        "secrets" => secret(object),
        "persistentvolumeclaims" => claim(object),
        "persistentvolumes" => volume(object),
        "namespaces" => namespace(object),
        "horizontalpodautoscalers" => default(object, "/spec/minReplicas", 1),
        "storageclasses" => {
            default(object, "/reclaimPolicy", "Delete");
            default(object, "/volumeBindingMode", "Immediate");
        }
        "rolebindings" | "clusterrolebindings" => binding(object),
        "networkpolicies" => policy(object),
        "priorityclasses" => default(object, "/preemptionPolicy", "PreemptLowerPriority"),
        "customresourcedefinitions" => {
            default(object, "/spec/conversion", json!({"strategy": "None"}))
        }
        _ => {}
    }
}

fn workload(object: &mut Value) {
    default(object, "/spec/replicas", 1);
    pod_spec(object, "/spec/template");
}

fn deployment(object: &mut Value) {
    workload(object);
    default(object, "/spec/revisionHistoryLimit", 10);
    default(object, "/spec/progressDeadlineSeconds", 600);
    default(object, "/spec/strategy/type", "RollingUpdate");
    if text(object, "/spec/strategy/type") == "RollingUpdate" {
        default(object, "/spec/strategy/rollingUpdate/maxSurge", "25%");
        default(object, "/spec/strategy/rollingUpdate/maxUnavailable", "25%");
    }
}

fn stateful(object: &mut Value) {
    workload(object);
    default(object, "/spec/revisionHistoryLimit", 10);
    default(object, "/spec/podManagementPolicy", "OrderedReady");
    default(object, "/spec/updateStrategy/type", "RollingUpdate");
    if text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        default(object, "/spec/updateStrategy/rollingUpdate/partition", 0);
    }
    default(
        object,
        "/spec/persistentVolumeClaimRetentionPolicy",
        json!({"whenDeleted": "Retain", "whenScaled": "Retain"}),
    );
    for claim in each(object, "/spec/volumeClaimTemplates") {
        default(claim, "/apiVersion", "v1");
        default(claim, "/kind", "PersistentVolumeClaim");
        default(claim, "/spec/volumeMode", "Filesystem");
        default(claim, "/status/phase", "Pending");
    }
}

fn daemon(object: &mut Value) {
    pod_spec(object, "/spec/template");
    default(object, "/spec/revisionHistoryLimit", 10);
    default(object, "/spec/updateStrategy/type", "RollingUpdate");
    if text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        default(object, "/spec/updateStrategy/rollingUpdate/maxSurge", 0);
        default(object, "/spec/updateStrategy/rollingUpdate/maxUnavailable", 1);
    }
}

fn job(object: &mut Value, at: &str) {
    let spec = |name: &str| format!("{at}/spec/{name}");
    default(object, &spec("backoffLimit"), 6);
    let (parallel, done) = (spec("parallelism"), spec("completions"));
    match (number(object, &parallel), number(object, &done)) {
        (None, None) => {
            set(object, &parallel, 1);
            set(object, &done, 1);
        }
        (None, Some(_)) => set(object, &parallel, 1),
        _ => {}
    }
    default(object, &spec("completionMode"), "NonIndexed");
    default(object, &spec("suspend"), false);
    default(object, &spec("podReplacementPolicy"), "TerminatingOrFailed");
    pod_spec(object, &spec("template"));
}

fn cron(object: &mut Value) {
    default(object, "/spec/concurrencyPolicy", "Allow");
    default(object, "/spec/suspend", false);
    default(object, "/spec/successfulJobsHistoryLimit", 3);
    default(object, "/spec/failedJobsHistoryLimit", 1);
    pod_spec(object, "/spec/jobTemplate/spec/template");
}

fn pod_spec(object: &mut Value, at: &str) {
    let spec = format!("{at}/spec");
    if object.pointer(&spec).is_none_or(|spec| !spec.is_object()) {
        return;
    }
    let place = |name: &str| format!("{spec}/{name}");
    default(object, &place("restartPolicy"), "Always");
    default(object, &place("dnsPolicy"), "ClusterFirst");
    default(object, &place("schedulerName"), "default-scheduler");
    default(object, &place("terminationGracePeriodSeconds"), 30);
    default(object, &place("securityContext"), json!({}));
    if let Some(account) = object.pointer(&place("serviceAccountName")).cloned() {
        default(object, &place("serviceAccount"), account);
    }
    for kind in ["initContainers", "containers"] {
        each(object, &place(kind)).for_each(container);
    }
    each(object, &place("volumes")).for_each(pod_volume);
}

fn container(one: &mut Value) {
    let image = text(one, "/image").to_owned();
    let tag = image.rsplit('/').next().unwrap_or_default();
    let latest = !image.contains('@') && (!tag.contains(':') || tag.ends_with(":latest"));
    default(one, "/imagePullPolicy", if latest { "Always" } else { "IfNotPresent" });
    default(one, "/terminationMessagePath", "/dev/termination-log");
    default(one, "/terminationMessagePolicy", "File");
    default(one, "/resources", json!({}));
    if let Some(limits) = one.pointer("/resources/limits").and_then(Value::as_object).cloned() {
        limits.into_iter().for_each(|(name, limit)| {
            default(one, &format!("/resources/requests/{}", name.replace('/', "~1")), limit);
        });
    }
    each(one, "/ports").for_each(|port| default(port, "/protocol", "TCP"));
    for env in each(one, "/env") {
        if env.pointer("/valueFrom/fieldRef").is_some() {
            default(env, "/valueFrom/fieldRef/apiVersion", "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = one.get_mut(probe) {
            let defaults = [
                ("/timeoutSeconds", 1),
                ("/periodSeconds", 10),
                ("/successThreshold", 1),
                ("/failureThreshold", 3),
            ];
            defaults.iter().for_each(|(name, value)| default(probe, name, *value));
            if probe.get("httpGet").is_some() {
                default(probe, "/httpGet/path", "/");
                default(probe, "/httpGet/scheme", "HTTP");
            }
        }
    }
}

fn pod_volume(one: &mut Value) {
    for source in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = one.get_mut(source) {
            default(source, "/defaultMode", 0o644);
        }
    }
    if one.get("hostPath").is_some() {
        default(one, "/hostPath/type", "");
    }
}

fn service(object: &mut Value) {
    default(object, "/spec/type", "ClusterIP");
    default(object, "/spec/sessionAffinity", "None");
    if text(object, "/spec/type") != "ExternalName" {
        default(object, "/spec/internalTrafficPolicy", "Cluster");
        default(object, "/spec/ipFamilies", json!(["IPv4"]));
        default(object, "/spec/ipFamilyPolicy", "SingleStack");
    }
    if matches!(text(object, "/spec/type"), "LoadBalancer" | "NodePort") {
        default(object, "/spec/externalTrafficPolicy", "Cluster");
    }
    if text(object, "/spec/type") == "LoadBalancer" {
        default(object, "/spec/allocateLoadBalancerNodePorts", true);
    }
    for port in each(object, "/spec/ports") {
        default(port, "/protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            default(port, "/targetPort", number);
        }
    }
    default(object, "/status", json!({"loadBalancer": {}}));
}

fn secret(object: &mut Value) {
    if let Some(Value::Object(texts)) = remove(object, "/stringData") {
        for (name, text) in texts {
            let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
            set(object, &format!("/data/{}", name.replace('/', "~1")), encoded);
        }
    }
    default(object, "/type", "Opaque");
}

fn finalizer(object: &mut Value, name: &str) {
    let mut all = list(object, "/metadata/finalizers").to_vec();
    if !all.iter().any(|one| one == name) && object.pointer("/metadata/uid").is_none() {
        all.push(name.into());
        set(object, "/metadata/finalizers", all);
    }
}

fn claim(object: &mut Value) {
    default(object, "/spec/volumeMode", "Filesystem");
    default(object, "/status", json!({"phase": "Pending"}));
    finalizer(object, "kubernetes.io/pvc-protection");
}

fn volume(object: &mut Value) {
    default(object, "/spec/persistentVolumeReclaimPolicy", "Retain");
    default(object, "/spec/volumeMode", "Filesystem");
    default(object, "/status", json!({"phase": "Available"}));
    finalizer(object, "kubernetes.io/pv-protection");
}

fn namespace(object: &mut Value) {
    let name = text(object, "/metadata/name").to_owned();
    if !name.is_empty() {
        set(object, "/metadata/labels/kubernetes.io~1metadata.name", name);
    }
    default(object, "/spec/finalizers", json!(["kubernetes"]));
    default(object, "/status", json!({"phase": "Active"}));
}

fn binding(object: &mut Value) {
    default(object, "/roleRef/apiGroup", "rbac.authorization.k8s.io");
    for subject in each(object, "/subjects") {
        if matches!(text(subject, "/kind"), "User" | "Group") {
            default(subject, "/apiGroup", "rbac.authorization.k8s.io");
        }
    }
}

fn policy(object: &mut Value) {
    let egress = object.pointer("/spec/egress").is_some();
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    default(object, "/spec/policyTypes", types);
    for direction in ["ingress", "egress"] {
        for rule in each(object, &format!("/spec/{direction}")) {
            each(rule, "/ports").for_each(|port| default(port, "/protocol", "TCP"));
        }
    }
}

/// A pod as a controller or client makes it has an account, a priority and tolerations.
pub fn admit_pod(pod: &mut Value) {
    default(pod, "/spec/serviceAccountName", "default");
    let account = text(pod, "/spec/serviceAccountName").to_owned();
    default(pod, "/spec/serviceAccount", account);
    default(pod, "/spec/enableServiceLinks", true);
    default(pod, "/spec/preemptionPolicy", "PreemptLowerPriority");
    default(pod, "/spec/priority", 0);
    if list(pod, "/spec/tolerations").is_empty() {
        let seconds = |key: &str| {
            json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists",
                "effect": "NoExecute", "tolerationSeconds": 300})
        };
        set(pod, "/spec/tolerations", json!([seconds("not-ready"), seconds("unreachable")]));
    }
    let requests = list(pod, "/spec/containers").iter();
    let quantities = |one: &Value, name: &str| one.pointer(&format!("/resources/{name}")).cloned();
    let all: Vec<_> =
        requests.map(|one| (quantities(one, "requests"), quantities(one, "limits"))).collect();
    let class = if all.iter().all(|(a, b)| a.is_none() && b.is_none()) {
        "BestEffort"
    } else if all.iter().all(|(a, b)| a.is_some() && a == b) {
        "Guaranteed"
    } else {
        "Burstable"
    };
    default(pod, "/status/phase", "Pending");
    default(pod, "/status/qosClass", class);
}
