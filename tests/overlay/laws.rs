//! Laws that hold for every object, whoever rendered it.

use std::collections::BTreeSet;

use edxaws::openedx::validate::validate;
use edxaws::openedx::values::{is_secret, tokens_in};
use edxaws::profile::{CacheMode, MongodbMode, Renderer, ServiceSettings};
use serde::Serialize;
use serde_json::Value;

use super::kept::keep;
use super::{Case, SHIPPED, case, containers, name, pod, settings};

/// Workloads that have no readiness of their own to ask for, and why.
const WITHOUT_PROBES: &[(&str, &str)] = &[];
/// Services whose root folder stays writable, and why.
const WRITABLE: &[(&str, &str)] = &[
    ("lms", "plugins and Django write beside their code"),
    ("cms", "plugins and Django write beside their code"),
    ("lms-worker", "plugins and Django write beside their code"),
    ("cms-worker", "plugins and Django write beside their code"),
    ("smtp", "it keeps its spool beside its programs"),
];

#[test]
fn the_builtin_renderers_objects_keep_the_laws() {
    SHIPPED.into_iter().for_each(|profile| check(profile, Renderer::Builtin));
}

#[test]
#[ignore = "needs Python, and the network once"]
fn tutors_objects_keep_the_laws() {
    SHIPPED.into_iter().for_each(|profile| check(profile, Renderer::Tutor));
}

fn check(profile: &str, renderer: Renderer) {
    for (cache, mongodb) in [
        (CacheMode::Managed, MongodbMode::InCluster),
        (CacheMode::InCluster, MongodbMode::Documentdb),
        (CacheMode::Managed, MongodbMode::External),
    ] {
        let mut settings = settings(profile, renderer);
        settings.cache.mode = cache;
        settings.mongodb.mode = mongodb;
        settings.mongodb.external_secret = Some("arn:aws:secretsmanager:x".to_owned());
        let case = case(settings);
        keep(&format!("{profile}-{}-{}-{}", word(renderer), word(cache), word(mongodb)), &case);
        nothing_is_lost(&case);
        kubernetes_takes_all(&case);
        secrets_are_in_secrets(&case);
        references_resolve(&case);
        selectors_stay(&case);
        pods_are_furnished(&case);
        services_are_inside(&case);
    }
}

/// As a profile spells it.
fn word(choice: impl Serialize) -> String {
    serde_json::to_value(choice).unwrap().as_str().unwrap().to_owned()
}

fn nothing_is_lost(case: &Case) {
    let after: BTreeSet<(String, String)> = case
        .applied()
        .iter()
        .map(|object| (object["kind"].as_str().unwrap().to_owned(), name(object).to_owned()))
        .collect();
    for object in case.rendered.objects.iter().filter(|object| object["kind"] != "Job") {
        let kinds = match object["kind"].as_str().unwrap() {
            "ConfigMap" => vec!["ConfigMap", "Secret"],
            kind => vec![kind],
        };
        let kept = kinds
            .iter()
            .filter(|kind| after.contains(&((**kind).to_owned(), name(object).to_owned())));
        assert_eq!(kept.count(), 1, "{} {}", object["kind"], name(object));
    }
    assert_eq!(after.len(), case.applied().len(), "no two objects of one name");
    let namespace = case.inputs.namespace.as_str();
    for object in case.applied().iter().filter(|object| object["kind"] != "Namespace") {
        assert_eq!(object["metadata"]["namespace"], namespace, "{}", name(object));
    }
}

fn kubernetes_takes_all(case: &Case) {
    let flaws = validate(&case.applied());
    assert!(flaws.is_empty(), "{flaws:?}");
}

fn secrets_are_in_secrets(case: &Case) {
    for object in case.applied().iter().filter(|object| object["kind"] != "Secret") {
        let tokens = tokens_in(&object.to_string());
        let shown: Vec<_> = tokens.iter().filter(|name| is_secret(name)).collect();
        assert!(shown.is_empty(), "{} {} shows {shown:?}", object["kind"], name(object));
    }
    let all = |objects: &[Value]| -> BTreeSet<String> {
        objects.iter().flat_map(|object| tokens_in(&object.to_string())).collect()
    };
    let before = all(&case.rendered.objects);
    assert!(before.is_subset(&all(&case.applied())), "a value is lost");
}

fn references_resolve(case: &Case) {
    let (maps, secrets) = (case.of_kind("ConfigMap"), case.of_kind("Secret"));
    let claims = case.of_kind("PersistentVolumeClaim");
    let keys = |object: &Value| -> BTreeSet<String> {
        let parts = ["data", "stringData"].into_iter();
        parts.filter_map(|part| object[part].as_object()).flat_map(|o| o.keys().cloned()).collect()
    };
    for object in &case.applied() {
        let Some(pod) = pod(object) else { continue };
        for volume in pod["volumes"].as_array().into_iter().flatten() {
            let text = |path: &str| volume.pointer(path).and_then(Value::as_str);
            let here = format!("{} {}", object["kind"], name(object));
            if let Some(map) = text("/configMap/name") {
                assert!(maps.contains_key(map), "{here} reads {map}");
            } else if let Some(secret) = text("/secret/secretName") {
                assert!(secrets.contains_key(secret), "{here} reads {secret}");
            } else if let Some(claim) = text("/persistentVolumeClaim/claimName") {
                assert!(claims.contains_key(claim), "{here} mounts {claim}");
            } else {
                assert!(volume.get("emptyDir").is_some(), "{here}: {volume}");
            }
        }
        for variable in containers(pod).filter_map(|one| one["env"].as_array()).flatten() {
            let Some(from) = variable.pointer("/valueFrom/secretKeyRef") else { continue };
            let secret = &secrets[from["name"].as_str().unwrap()];
            assert!(keys(secret).contains(from["key"].as_str().unwrap()), "{variable}");
        }
        for container in containers(pod) {
            let mounts = container["volumeMounts"].as_array().into_iter().flatten();
            let paths: Vec<&str> = mounts.filter_map(|one| one["mountPath"].as_str()).collect();
            assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len(), "{paths:?}");
        }
    }
}

fn selectors_stay(case: &Case) {
    for object in &case.rendered.objects {
        let Some(selector) = object.pointer("/spec/selector") else { continue };
        let after = &case.of_kind(object["kind"].as_str().unwrap())[name(object)];
        assert_eq!(after.pointer("/spec/selector"), Some(selector), "{}", name(object));
        let labels = |object: &Value| object.pointer("/spec/template/metadata/labels").cloned();
        assert_eq!(labels(after), labels(object), "{}", name(object));
    }
}

fn pods_are_furnished(case: &Case) {
    for object in &case.applied() {
        let Some(pod) = pod(object) else { continue };
        let own = name(object).split("-init-").next().unwrap().to_owned();
        let here = format!("{} {}", object["kind"], name(object));
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{here}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{here}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{here}");
        assert!(pod["securityContext"]["runAsUser"].as_u64().unwrap() > 0, "{here}");
        for container in containers(pod) {
            for part in ["requests", "limits"] {
                for what in ["cpu", "memory"] {
                    assert!(container["resources"][part][what].is_string(), "{here} {part} {what}");
                }
            }
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false, "{here}");
            assert_eq!(context["capabilities"]["drop"][0], "ALL", "{here}");
            let writable = WRITABLE.iter().any(|(service, _)| *service == own);
            assert_eq!(context["readOnlyRootFilesystem"], !writable, "{here}");
            let listens = object["kind"] != "Job"
                && !WITHOUT_PROBES.iter().any(|(service, _)| *service == own);
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                assert_eq!(container.get(probe).is_some(), listens, "{here} {probe}");
            }
        }
        let openedx = ["lms", "cms", "lms-worker", "cms-worker"].contains(&own.as_str());
        assert_eq!(pod["serviceAccountName"] == "openedx", openedx, "{here}");
    }
}

/// Nothing of a platform is reached but through the web server of all.
fn services_are_inside(case: &Case) {
    for (name, service) in case.of_kind("Service") {
        assert_eq!(service["spec"]["type"], "ClusterIP", "{name}");
        for port in service["spec"]["ports"].as_array().unwrap() {
            assert!(port["protocol"].is_string() && port.get("nodePort").is_none(), "{name}");
        }
    }
    for (name, claim) in case.of_kind("PersistentVolumeClaim") {
        assert_eq!(claim["spec"]["storageClassName"], "edxaws-gp3", "{name}");
    }
}

#[test]
fn the_start_asks_django_under_its_own_name() {
    let case = case(settings("prod", Renderer::Builtin));
    let deployments = case.of_kind("Deployment");
    for (service, host) in [("lms", &case.inputs.lms_host), ("cms", &case.inputs.cms_host)] {
        let container = &deployments[service]["spec"]["template"]["spec"]["containers"][0];
        let start = &container["startupProbe"]["httpGet"];
        assert_eq!(start["path"], "/heartbeat");
        assert_eq!(start["httpHeaders"][0]["value"], host.as_str());
        assert_eq!(container["livenessProbe"]["tcpSocket"]["port"], 8000);
    }
}

#[test]
fn who_scales_has_no_number_of_its_own() {
    let case = case(settings("prod", Renderer::Builtin));
    let scalers = case.of_kind("HorizontalPodAutoscaler");
    assert!(scalers.contains_key("lms") && scalers.contains_key("lms-worker"));
    for (name, deployment) in case.of_kind("Deployment") {
        let fixed = deployment["spec"].get("replicas").is_some();
        assert_ne!(fixed, scalers.contains_key(&name), "{name}");
    }
    assert_eq!(scalers["lms"]["spec"]["minReplicas"], 3);
    assert!(!scalers.contains_key("mongodb") && !scalers.contains_key("meilisearch"));
    let budgets = case.of_kind("PodDisruptionBudget");
    assert!(scalers.keys().all(|name| budgets.contains_key(name)));
}

#[test]
fn with_keda_workers_follow_their_queues() {
    let mut settings = settings("prod", Renderer::Builtin);
    settings.openedx.keda = true;
    let case = case(settings);
    let scaled = case.of_kind("ScaledObject");
    assert_eq!(scaled.keys().collect::<Vec<_>>(), ["cms-worker", "lms-worker"]);
    let triggers = scaled["lms-worker"]["spec"]["triggers"].as_array().unwrap();
    let lists: Vec<_> =
        triggers.iter().filter_map(|one| one.pointer("/metadata/listName")?.as_str()).collect();
    assert!(lists.contains(&"main.edx.lms.core.default"), "{lists:?}");
    assert!(!case.of_kind("HorizontalPodAutoscaler").contains_key("lms-worker"));
    assert!(case.of_kind("Secret").contains_key("edxaws-queues"));
    assert!(case.of_kind("Deployment")["lms-worker"]["spec"].get("replicas").is_none());
}

#[test]
fn the_profile_has_the_last_word() {
    let mut settings = settings("sandbox", Renderer::Builtin);
    let lms =
        ServiceSettings { cpu: Some("1".to_owned()), max: Some(20), ..ServiceSettings::default() };
    settings.openedx.services.insert("lms".to_owned(), lms);
    let own = ServiceSettings { memory: Some("3Gi".to_owned()), ..ServiceSettings::default() };
    let site = settings.platforms.get_mut("demo").unwrap();
    site.openedx.services.insert("lms".to_owned(), own);
    let disk = ServiceSettings { storage_gib: Some(42), ..ServiceSettings::default() };
    settings.openedx.services.insert("mongodb".to_owned(), disk);
    settings.openedx.images.insert("openedx".to_owned(), "sha256:0123".to_owned());
    let case = case(settings);
    let lms = &case.of_kind("Deployment")["lms"]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(lms["resources"]["requests"], serde_json::json!({"cpu": "1", "memory": "3Gi"}));
    assert!(lms["image"].as_str().unwrap().ends_with("@sha256:0123"));
    assert_eq!(case.of_kind("HorizontalPodAutoscaler")["lms"]["spec"]["maxReplicas"], 20);
    let claim = &case.of_kind("PersistentVolumeClaim")["mongodb"];
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "42Gi");
}

#[test]
fn a_task_is_named_by_what_it_does() {
    let names = |change: fn(&mut edxaws::profile::Settings)| -> Vec<String> {
        let mut settings = settings("sandbox", Renderer::Builtin);
        change(&mut settings);
        case(settings).overlay.jobs.into_iter().map(|job| job.name).collect()
    };
    let plain = names(|_| {});
    assert_eq!(plain, names(|_| {}));
    let starts: Vec<_> = plain.iter().map(|name| name.rsplit_once('-').unwrap().0).collect();
    assert_eq!(starts, ["mysql-1", "lms-2", "lms-3", "cms-4", "lms-5", "lms-6"]);
    let other = names(|settings| {
        settings.openedx.images.insert("openedx".to_owned(), "mine/openedx:2".to_owned());
    });
    assert_eq!(plain[0], other[0], "the database's task does not run the platform's image");
    assert!(plain[1..].iter().zip(&other[1..]).all(|(one, two)| one != two));
    let scaled = names(|settings| settings.openedx.keda = true);
    assert_eq!(plain, scaled, "who scales makes no migration run again");
}

#[test]
fn no_script_stands_in_an_argument() {
    let case = case(settings("sandbox", Renderer::Builtin));
    let (secrets, jobs) = (case.of_kind("Secret"), case.of_kind("Job"));
    assert_eq!(jobs.len(), case.overlay.jobs.len());
    for (name, job) in &jobs {
        let container = &job["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["args"], serde_json::json!(["sh", "-e", "/edxaws/script.sh"]));
        assert!(secrets[name]["stringData"]["script.sh"].is_string());
        assert!(job["spec"].get("ttlSecondsAfterFinished").is_none(), "a Job that is gone is new");
    }
    let mysql = jobs.keys().find(|name| name.starts_with("mysql")).unwrap();
    let script = secrets[mysql]["stringData"]["script.sh"].as_str().unwrap();
    assert!(!script.contains("mysql_root_password"), "AWS's password may hold what a shell reads");
    assert!(script.contains("\"${EDXAWS_MYSQL_ROOT_PASSWORD}\""), "{script}");
    assert!(!script.contains("'${"), "{script}");
    assert!(script.contains(r"GRANT ALL ON \`openedx\\_demo\`.*"), "{script}");
    assert!(script.contains("REQUIRE SSL"), "{script}");
    let at = |text: &str| script.find(text).unwrap_or_else(|| panic!("no `{text}` in {script}"));
    let (kept, changed) = (at("RETAIN CURRENT PASSWORD"), at("ask \"ALTER USER"));
    assert!(kept < changed, "the former password is kept before there is another");
}
