//! Rendering without Tutor: kustomize's part against kubectl's own output, and the built-in renderer
//! for every profile that ships.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use edxaws::openedx::kustomize::{self, Files, KustomizeError};
use edxaws::openedx::{
    Folders, Inputs, RenderError, Rendered, inputs, placeholders, render, values,
};
use edxaws::profile::{self, CacheMode, MongodbMode, Renderer, Settings};
use serde_json::Value;

const SHIPPED: [&str; 4] = ["dev", "staging", "prod", "sandbox"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn settings(name: &str) -> Settings {
    let mut settings = profile::load(name, &root().join("profiles")).unwrap().settings;
    settings.openedx.renderer = Renderer::Builtin;
    settings
}

fn first(settings: &Settings) -> Inputs {
    inputs(settings, settings.platforms.keys().next().unwrap()).unwrap()
}

fn rendered(inputs: &Inputs) -> Result<Rendered, RenderError> {
    let folders = Folders { cache: PathBuf::from("/nowhere") };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(render(inputs, &folders, &|_| panic!("nothing takes a while")))
}

fn named<'a>(rendered: &'a Rendered, kind: &str, name: &str) -> Option<&'a Value> {
    let mut all = rendered.objects.iter();
    all.find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
}

fn names(rendered: &Rendered, kind: &str) -> BTreeSet<String> {
    let of_kind = rendered.objects.iter().filter(|object| object["kind"] == kind);
    of_kind.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

// ---- kustomize

struct Folder(PathBuf);

impl Files for Folder {
    fn text(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }
}

struct Memory(BTreeMap<&'static str, &'static str>);

impl Files for Memory {
    fn text(&self, path: &Path) -> Result<String, String> {
        let text = self.0.get(path.to_str().unwrap());
        text.map(|text| (*text).to_owned()).ok_or_else(|| "none".to_owned())
    }
}

fn refused(kustomization: &'static str) -> String {
    let objects = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    let files = BTreeMap::from([("kustomization.yml", kustomization), ("a.yml", objects)]);
    kustomize::build(&Memory(files)).unwrap_err().to_string()
}

/// One change of a profile.
type Edit = fn(&mut Settings);

#[test]
fn kustomize_is_what_kubectl_prints() {
    let folder = root().join("tests/kustomize");
    let ours = kustomize::build(&Folder(folder.clone())).unwrap();
    // Made by `kubectl kustomize tests/kustomize` of kubectl 1.32 (kustomize 5.5).
    let text = std::fs::read_to_string(folder.join("expected.yml")).unwrap();
    let theirs: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(without_null(ours), without_null(theirs));
    }
    assert_eq!(ours.len(), theirs.len());
}

/// `1000.0` and `1000` are one number, a null and nothing one value.
fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_null(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_null).collect(),
        Value::Number(number) => number.as_f64().unwrap().into(),
        other => other.clone(),
    }
}

#[test]
fn what_kustomize_could_do_more_is_refused_by_name() {
    for (text, named) in [
        ("resources: [a.yml]\nimages: []", "images"),
        ("resources: [a.yml]\nreplicas: []", "replicas"),
        ("secretGenerator: []", "secretGenerator"),
        ("configMapGenerator: [{name: a, behavior: merge}]", "behavior"),
        ("configMapGenerator: [{name: a, literals: [b]}]", "`b`"),
        ("labels: [{pairs: {a: b}, fields: []}]", "fields"),
        ("patches: [{path: a.yml, options: {}}]", "options"),
        ("patches: [{patch: '[]', target: {labelSelector: a}}]", "labelSelector"),
        ("resources: [a.yml]\npatches: [{patch: '{}', target: {name: a.*}}]", "a.*"),
        ("patches: [{patch: '[{op: move, from: /a, path: /b}]', target: {name: a}}]", "move"),
        ("resources: [a.yml]\npatches: [{path: a.yml, patch: b}]", "either"),
        ("resources: [missing.yml]", "missing.yml"),
    ] {
        let message = refused(text);
        assert!(message.contains(named), "{text}: {message}");
    }
    let missing =
        "resources: [a.yml]\npatches: [{patch: '{kind: ConfigMap, metadata: {name: b}}'}]";
    assert!(refused(missing).contains("a patch is for ConfigMap `b`, and there is none"));
    let directive =
        "resources: [a.yml]\npatches: [{patch: '{$retainKeys: [a]}', target: {name: a}}]";
    assert!(refused(directive).contains("$retainKeys"));
    let found = kustomize::build(&Memory(BTreeMap::new())).unwrap_err();
    assert!(matches!(found, KustomizeError::Read { .. }));
}

// ---- the built-in renderer

#[test]
fn every_shipped_profile_renders_without_a_flaw() {
    for name in SHIPPED {
        let settings = settings(name);
        for platform in settings.platforms.keys() {
            let inputs = inputs(&settings, platform).unwrap();
            let made = rendered(&inputs).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(made.renderer, "builtin 1");
            assert_eq!(made, rendered(&inputs).unwrap(), "the same again");
            let deployments = names(&made, "Deployment");
            let always = ["caddy", "cms", "cms-worker", "lms", "lms-worker", "meilisearch", "mfe"];
            assert!(deployments.is_superset(&set(&always)), "{deployments:?}");
            assert!(!deployments.contains("mysql") && !deployments.contains("redis"));
            assert_eq!(deployments.contains("smtp"), !settings.mail.ses, "{name}");
            assert!(deployments.contains("mongodb"));
            assert_eq!(names(&made, "Job"), set(&["cms-job", "lms-job", "mysql-job"]));
            assert_eq!(made.hosts.len(), 4);
            assert_eq!(inputs.namespace, *platform);
        }
    }
}

#[test]
fn no_profile_names_a_platform_it_does_not_have() {
    assert_eq!(inputs(&settings("dev"), "nobody"), None);
}

#[test]
fn every_placeholder_has_a_name_and_a_use() {
    let mut used = BTreeSet::new();
    for (cache, mongodb) in [
        (CacheMode::Managed, MongodbMode::Documentdb),
        (CacheMode::InCluster, MongodbMode::InCluster),
        (CacheMode::Managed, MongodbMode::External),
    ] {
        let mut settings = settings("prod");
        settings.cache.mode = cache;
        settings.mongodb.mode = mongodb;
        used.extend(placeholders(&rendered(&first(&settings)).unwrap()));
    }
    // Only a plugin would write the whole key.
    used.insert(values::JWT_PEM.to_owned());
    assert_eq!(used, set(values::NAMES));
}

#[test]
fn what_stands_in_the_cluster_follows_the_profile() {
    let mut settings = settings("prod");
    settings.cache.mode = CacheMode::InCluster;
    settings.mongodb.mode = MongodbMode::Documentdb;
    let made = rendered(&first(&settings)).unwrap();
    let deployments = names(&made, "Deployment");
    assert!(deployments.contains("redis") && !deployments.contains("mongodb"));
    assert_eq!(names(&made, "PersistentVolumeClaim"), set(&["meilisearch", "redis"]));
    let text = settings_of(&made, "openedx-settings-lms");
    assert!(text.contains("\"retryWrites\"] = False") && !text.contains("rediss://"));
    let mail = settings_of(&made, "openedx-config");
    assert!(mail.contains("email-smtp.us-east-1.amazonaws.com"));
}

/// All texts of a ConfigMap.
fn settings_of(made: &Rendered, map: &str) -> String {
    let is_it = |name: &str| name.strip_prefix(map).is_some_and(|rest| rest.len() == 11);
    let all = made.objects.iter().filter(|object| object["kind"] == "ConfigMap");
    let mut all = all.filter(|object| is_it(object["metadata"]["name"].as_str().unwrap()));
    let data = all.next().unwrap()["data"].as_object().unwrap();
    data.values().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn uploads_go_to_s3_and_only_what_is_public_through_the_cdn() {
    let mut settings = settings("prod");
    let text = settings_of(&rendered(&first(&settings)).unwrap(), "openedx-settings-cms");
    assert!(text.contains("AWS_STORAGE_BUCKET_NAME = \"__edxaws_media_bucket__\""));
    assert!(text.contains("\"custom_domain\": \"cdn.edx.example.org\""));
    assert!(text.contains("AWS_ACCESS_KEY_ID = None"), "the pod's identity, no key");
    let private = text.split("EDXAWS_PRIVATE = {").nth(1).unwrap().split('}').next().unwrap();
    assert!(private.contains("\"custom_domain\": None") && private.contains("auth\": True"));
    assert!(text.contains("dict(EDXAWS_PRIVATE, location=\"private/grades\""));
    settings.edge.cdn = false;
    let text = settings_of(&rendered(&first(&settings)).unwrap(), "openedx-settings-cms");
    assert!(!text.contains("cdn.") && text.contains("\"querystring_auth\": True"));
}

#[test]
fn platforms_share_servers_and_nothing_else() {
    let mut settings = settings("prod");
    let mut second = settings.platforms["main"].clone();
    second.lms_host = "second.edx.example.org".to_owned();
    settings.platforms.insert("second-school".to_owned(), second);
    let before = inputs(&self::settings("prod"), "main").unwrap();
    let (main, second) =
        (inputs(&settings, "main").unwrap(), inputs(&settings, "second-school").unwrap());
    assert_eq!(main, before, "another platform changes nothing here");
    assert_eq!(second.mysql.database, "openedx_second_school");
    assert_ne!(main.id, second.id);
    let text = settings_of(&rendered(&second).unwrap(), "openedx-settings-lms");
    assert!(text.contains("global_keyprefix=\"second-school.\""));
    assert!(text.contains("\"KEY_PREFIX\"] = \"second-school.\""));
}

#[test]
fn certificates_of_the_users_choice_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let mut settings = settings("prod");
    settings.openedx.ca_bundle = Some(bundle.display().to_string());
    let text = settings_of(&rendered(&first(&settings)).unwrap(), "openedx-settings-lms");
    assert!(text.contains("BEGIN CERTIFICATE") && text.contains("VERIFY_CA"));
    settings.openedx.ca_bundle = Some("/nowhere/ca.pem".to_owned());
    let error = rendered(&first(&settings)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read `/nowhere/ca.pem`, which `[openedx] ca_bundle` names"
    );
}

#[test]
fn what_only_tutor_can_do_is_refused_by_name() {
    let change: [(&str, Edit); 5] = [
        ("plugins", |settings| settings.openedx.plugins.push("notes".to_owned())),
        ("plugins_folder", |settings| settings.openedx.plugins_folder = Some("x".to_owned())),
        ("tutor_root", |settings| settings.openedx.tutor_root = Some("x".to_owned())),
        ("patches", |settings| {
            settings.openedx.patches.insert("caddyfile".to_owned(), String::new());
        }),
        ("settings", |settings| {
            settings.openedx.settings.insert("NOTES_HOST".to_owned(), "x".into());
        }),
    ];
    for (field, change) in change {
        let mut settings = settings("dev");
        change(&mut settings);
        let error = rendered(&first(&settings)).unwrap_err();
        assert_eq!(error.to_string(), format!("`[openedx] {field}` is for the Tutor renderer"));
        assert!(error.hint().contains("renderer = \"tutor\""));
    }
}

#[test]
fn a_platform_has_its_own_settings() {
    let mut settings = settings("dev");
    settings.openedx.settings.insert("PLATFORM_NAME".to_owned(), "School".into());
    let name = settings.platforms.keys().next().unwrap().clone();
    let own = &mut settings.platforms.get_mut(&name).unwrap().openedx.settings;
    own.insert("DOCKER_IMAGE_OPENEDX".to_owned(), "mine:1".into());
    let made = rendered(&first(&settings)).unwrap();
    assert!(settings_of(&made, "openedx-config").contains("\"PLATFORM_NAME\": \"School\""));
    let lms = named(&made, "Deployment", "lms").unwrap();
    assert_eq!(lms.pointer("/spec/template/spec/containers/0/image").unwrap(), "mine:1");
}

#[test]
fn text_in_the_form_of_a_placeholder_is_not_mistaken_for_one() {
    let mut settings = settings("dev");
    let trick = "__edxaws_nothing__";
    settings.openedx.settings.insert("PLATFORM_NAME".to_owned(), trick.into());
    let error = rendered(&first(&settings)).unwrap_err();
    assert!(error.to_string().contains("`nothing`"), "{error}");
}

#[test]
fn selectors_are_tutors_so_that_renderers_can_change_places() {
    let made = rendered(&first(&settings("prod"))).unwrap();
    for object in made.objects.iter().filter(|object| object["kind"] == "Deployment") {
        let labels = object.pointer("/spec/selector/matchLabels").unwrap();
        assert_eq!(labels["app.kubernetes.io/managed-by"], "tutor");
        assert_eq!(labels["app.kubernetes.io/name"], object["metadata"]["name"]);
        assert_eq!(*labels, object["spec"]["template"]["metadata"]["labels"]);
        let id = labels["app.kubernetes.io/instance"].as_str().unwrap();
        assert!(id.starts_with("openedx-") && !id.contains("__"), "{id}");
    }
}
