//! Rendering with the real Tutor. Each needs Python 3.10 and, the first time, the network:
//! `.ci/tutor.sh` runs them, or `cargo test --test tutor -- --ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use edxaws::openedx::kustomize::{self, Files};
use edxaws::openedx::{
    Folders, InitTask, Inputs, Progress, RenderError, Rendered, inputs, placeholders, render,
    values,
};
use edxaws::profile::{self, CacheMode, MongodbMode, Renderer, Settings};
use serde_json::Value;

const SHIPPED: [&str; 4] = ["dev", "staging", "prod", "sandbox"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Kept from run to run: Tutor is installed once.
fn folders() -> Folders {
    Folders { cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutor") }
}

/// The stack's name keeps projects of different tests apart.
fn settings(profile: &str, stack: &str) -> Settings {
    let mut settings = profile::load(profile, &root().join("profiles")).unwrap().settings;
    settings.stack = stack.to_owned();
    settings.openedx.renderer = Renderer::Tutor;
    settings
}

fn first(settings: &Settings) -> Inputs {
    inputs(settings, settings.platforms.keys().next().unwrap()).unwrap()
}

fn telling(inputs: &Inputs) -> (Result<Rendered, RenderError>, Vec<Progress>) {
    let told = Mutex::new(Vec::new());
    let tell = |progress| told.lock().unwrap().push(progress);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let rendered = runtime.block_on(render(inputs, &folders(), &tell));
    (rendered, told.into_inner().unwrap())
}

fn rendered(settings: &Settings) -> Result<Rendered, RenderError> {
    telling(&first(settings)).0
}

fn made(settings: &Settings) -> Rendered {
    rendered(settings).unwrap_or_else(|error| panic!("{error}: {:?}", error.causes()))
}

fn names(rendered: &Rendered, kind: &str) -> BTreeSet<String> {
    let of_kind = rendered.objects.iter().filter(|object| object["kind"] == kind);
    of_kind.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Everything in one text.
fn whole(rendered: &Rendered) -> String {
    serde_json::to_string(rendered).unwrap()
}

fn project(settings: &Settings) -> PathBuf {
    let platform = settings.platforms.keys().next().unwrap();
    folders().cache.join("projects").join(&settings.stack).join(platform)
}

struct Folder(PathBuf);

impl Files for Folder {
    fn text(&self, path: &Path) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }
}

/// For `kubernetes-validate`.
fn keep(name: &str, rendered: &Rendered) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rendered");
    fs::create_dir_all(&folder).unwrap();
    let texts: Vec<String> = rendered.objects.iter().map(ToString::to_string).collect();
    fs::write(folder.join(format!("{name}.yml")), texts.join("\n---\n")).unwrap();
}

// ---- what comes out

#[test]
#[ignore = "needs Python and the network"]
fn every_shipped_profile_renders_like_the_built_in_one() {
    for name in SHIPPED {
        let mut settings = settings(name, &format!("like-{name}"));
        let tutors = made(&settings);
        settings.openedx.renderer = Renderer::Builtin;
        let ours = made(&settings);
        keep(&format!("{name}-tutor"), &tutors);
        keep(&format!("{name}-builtin"), &ours);
        assert_eq!(tutors.renderer, "tutor 22.0.3");
        for kind in ["Namespace", "Service", "Deployment", "PersistentVolumeClaim", "Job"] {
            assert_eq!(names(&tutors, kind), names(&ours, kind), "{name}: {kind}");
        }
        let maps = |made: &Rendered| -> BTreeSet<String> {
            let all = names(made, "ConfigMap").into_iter();
            all.map(|name| name.rsplit_once('-').unwrap().0.to_owned()).collect()
        };
        assert_eq!(maps(&tutors), maps(&ours), "{name}");
        let hosts = |made: &Rendered| -> BTreeSet<String> { made.hosts.iter().cloned().collect() };
        assert_eq!(hosts(&tutors), hosts(&ours), "{name}");
        let services = |made: &Rendered| -> Vec<String> {
            made.tasks.iter().map(|task| task.service.clone()).collect()
        };
        assert_eq!(services(&tutors), services(&ours), "{name}");
        selectors_are_the_same(&tutors, &ours);
        assert_eq!(placeholders(&tutors), placeholders(&ours), "{name}");
    }
}

/// What can never be changed, images, and ports.
fn selectors_are_the_same(tutors: &Rendered, ours: &Rendered) {
    let find = |object: &Value| {
        let same = |other: &&Value| {
            other["kind"] == object["kind"]
                && other["metadata"]["name"] == object["metadata"]["name"]
        };
        ours.objects.iter().find(same)
    };
    let of =
        |kind: &'static str| tutors.objects.iter().filter(move |object| object["kind"] == kind);
    for object in of("Deployment") {
        let other = find(object).unwrap();
        assert_eq!(object["spec"]["selector"], other["spec"]["selector"]);
        let container = |object: &Value, field: &str| {
            object.pointer(&format!("/spec/template/spec/containers/0/{field}")).cloned()
        };
        for field in ["name", "image", "ports", "args"] {
            assert_eq!(container(object, field), container(other, field), "{object}");
        }
    }
    for object in of("Service") {
        let other = find(object).unwrap();
        assert_eq!(object["spec"]["selector"], other["spec"]["selector"]);
        assert_eq!(object["spec"]["ports"][0]["port"], other["spec"]["ports"][0]["port"]);
    }
}

#[test]
#[ignore = "needs Python and the network"]
fn every_store_renders_and_leaves_no_key_and_no_password() {
    for (number, cache, mongodb) in [
        (1, CacheMode::Managed, MongodbMode::Documentdb),
        (2, CacheMode::InCluster, MongodbMode::InCluster),
        (3, CacheMode::Managed, MongodbMode::External),
    ] {
        let mut settings = settings("prod", &format!("stores-{number}"));
        settings.cache.mode = cache;
        settings.mongodb.mode = mongodb;
        let made = made(&settings);
        let text = whole(&made);
        assert!(!text.contains("BEGIN RSA"), "the stand-in's PEM");
        let unknown: Vec<_> =
            placeholders(&made).into_iter().filter(|name| !values::is_known(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        for name in [values::JWT_N, values::JWT_D, values::JWT_QI, values::SECRET_KEY] {
            assert!(text.contains(&values::token(name)), "{name}");
        }
        let managed = cache == CacheMode::Managed;
        assert_eq!(text.contains("rediss://"), managed);
        assert_eq!(names(&made, "Deployment").contains("redis"), !managed);
        let in_cluster = mongodb == MongodbMode::InCluster;
        assert_eq!(names(&made, "Deployment").contains("mongodb"), in_cluster);
        assert_eq!(text.contains("MONGO_INITDB_ROOT_PASSWORD"), in_cluster);
        let waits = made.tasks.iter().any(|task| task.script.contains("-wait tcp://mongodb"));
        assert_eq!(waits, in_cluster, "a script waits only for what has a name and a port");
        keep(&format!("stores-{number}"), &made);
    }
}

#[test]
#[ignore = "needs Python and the network"]
fn kustomize_is_what_kubectl_prints_for_tutors_environment() {
    let mut settings = settings("dev", "kubectl");
    settings.cache.mode = CacheMode::InCluster;
    let objects = made(&settings).objects;
    // As the environment stands on disk, with the key that stood in.
    let env = project(&settings).join("env");
    let ours = kustomize::build(&Folder(env.clone())).unwrap();
    let printed = Command::new("kubectl").arg("kustomize").arg(&env).output();
    let printed = printed.expect("this compares with kubectl: it must be in the path");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let text = String::from_utf8(printed.stdout).unwrap();
    let theirs: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), objects.len());
}

// ---- the cache

#[test]
#[ignore = "needs Python and the network"]
fn the_same_is_not_rendered_twice() {
    let mut settings = settings("dev", "twice");
    let kept = folders().cache.join("rendered");
    let (before, _) = telling(&first(&settings));
    let (again, told) = telling(&first(&settings));
    assert_eq!(before.unwrap(), again.unwrap());
    assert_eq!(told, [], "Tutor did not run");
    let name = format!("School {}", std::process::id());
    settings.openedx.settings.insert("PLATFORM_NAME".to_owned(), name.clone().into());
    let (changed, told) = telling(&first(&settings));
    assert!(whole(&changed.unwrap()).contains(&name));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(fs::read_dir(kept).unwrap().count() > 1);
}

#[cfg(unix)]
#[test]
#[ignore = "needs Python and the network"]
fn only_the_owner_reads_the_project() {
    use std::os::unix::fs::PermissionsExt;
    let settings = settings("dev", "private");
    let folder = project(&settings);
    let _ = fs::remove_dir_all(&folder);
    let mut changed = settings.clone();
    let name = format!("School {}", std::process::id());
    changed.openedx.settings.insert("PLATFORM_NAME".to_owned(), name.into());
    made(&changed);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("config.yml")), 0o600);
    assert_eq!(mode(&folder.join("plugins/edxaws.yml")), 0o600);
}

// ---- the user's own

/// A folder of plugins: one is YAML, one is Python.
fn plugins(folder: &Path) {
    let yaml = "name: school\nversion: 1.0.0\nconfig:\n  defaults: {COLOUR: blue}\npatches:\n  \
                openedx-lms-common-settings: |\n    COLOUR = \"{{ SCHOOL_COLOUR }}\"\n  \
                k8s-override: |\n    ---\n    apiVersion: apps/v1\n    kind: Deployment\n    \
                metadata: {name: lms}\n    spec: {template: {spec: {priorityClassName: high}}}\n";
    fs::write(folder.join("school.yml"), yaml).unwrap();
    let python = "from tutor import hooks\n\
                  hooks.Filters.CONFIG_UNIQUE.add_item((\"GATE_PASSWORD\", \"{{ 8|random_string }}\"))\n\
                  hooks.Filters.ENV_PATCHES.add_item((\"openedx-cms-common-settings\", \
                  \"GATE = '{{ GATE_PASSWORD }}'\"))\n\
                  hooks.Filters.CLI_DO_INIT_TASKS.add_item((\"lms\", \"echo {{ GATE_PASSWORD }}\"))\n";
    fs::write(folder.join("gate.py"), python).unwrap();
    let leak = "name: leak\nversion: 1.0.0\npatches:\n  openedx-lms-common-settings: |\n    \
                KEY = \"\"\"{{ JWT_RSA_PRIVATE_KEY|indent(8) }}\"\"\"\n";
    fs::write(folder.join("leak.yml"), leak).unwrap();
    fs::write(folder.join("broken.py"), "import nothing_of_this_name\n").unwrap();
}

#[test]
#[ignore = "needs Python and the network"]
fn plugins_of_a_folder_take_part() {
    let folder = tempfile::tempdir().unwrap();
    plugins(folder.path());
    let mut settings = settings("dev", "folder");
    settings.openedx.plugins_folder = Some(folder.path().display().to_string());
    settings.openedx.plugins = vec!["school".to_owned(), "gate".to_owned()];
    settings
        .openedx
        .patches
        .insert("openedx-lms-common-settings".to_owned(), "MINE = 1".to_owned());
    let made = made(&settings);
    let text = whole(&made);
    assert!(text.contains("COLOUR = \\\"blue\\\"") && text.contains("MINE = 1"));
    let lms = made
        .objects
        .iter()
        .find(|one| one["kind"] == "Deployment" && one["metadata"]["name"] == "lms");
    let class = lms.unwrap().pointer("/spec/template/spec/priorityClassName").unwrap();
    assert_eq!(class, "high");
    // What the plugin wants at random is derived from the platform's secret, the same each time.
    assert!(text.contains("GATE = '__edxaws_derived_gate_password__'"));
    let script = "echo __edxaws_derived_gate_password__";
    assert!(made.tasks.iter().any(|task| task.script == script));

    settings.openedx.plugins = vec!["leak".to_owned()];
    let error = rendered(&settings).unwrap_err();
    assert!(
        matches!(&error, RenderError::KeyLeft { file } if file.ends_with("lms/production.py")
        || file.ends_with("lms/development.py")),
        "{error}"
    );
    settings.openedx.plugins = vec!["broken".to_owned()];
    let error = rendered(&settings).unwrap_err().to_string();
    assert!(error.contains("`broken`") && error.contains("nothing_of_this_name"), "{error}");
    settings.openedx.plugins = vec!["nobody".to_owned()];
    let error = rendered(&settings).unwrap_err();
    assert_eq!(error.to_string(), "Tutor knows no plugin `nobody`");
    assert_eq!(error.causes(), ["it knows broken, gate, indigo, leak, mfe, school"]);
}

#[test]
#[ignore = "needs Python and the network"]
fn a_plugin_from_the_package_index_takes_part() {
    let mut settings = settings("dev", "notes");
    settings.openedx.plugins = vec!["tutor-notes==22.0.0".to_owned()];
    let made = made(&settings);
    assert!(names(&made, "Deployment").contains("notes"));
    assert!(names(&made, "Job").contains("notes-job"));
    assert!(made.tasks.iter().any(|task| task.service == "notes"));
    // Its database is this platform's: others on the same server have theirs.
    let own = |task: &InitTask| task.script.contains("DATABASE IF NOT EXISTS notes_main;");
    assert!(made.tasks.iter().any(own), "{:#?}", made.tasks);
    let derived: Vec<_> =
        placeholders(&made).into_iter().filter(|name| name.starts_with("derived_")).collect();
    assert!(derived.contains(&"derived_notes_mysql_password".to_owned()), "{derived:?}");
    keep("notes", &made);
    settings.openedx.plugins = vec!["tutor-notes==0.0.999".to_owned()];
    let error = rendered(&settings).unwrap_err();
    assert!(matches!(error, RenderError::NoPackage { .. }), "{error}");
}

#[test]
#[ignore = "needs Python and the network"]
fn a_tutor_project_is_taken_over_without_its_passwords() {
    let root = tempfile::tempdir().unwrap();
    let config = "ID: canaryid\nPLATFORM_NAME: Old School\nLMS_HOST: old.example.org\n\
                  MYSQL_ROOT_PASSWORD: canarypassword\nOPENEDX_SECRET_KEY: canarykey\n\
                  NOTES_MYSQL_PASSWORD: canarynotes\nPLUGINS: [discovery]\n";
    fs::write(root.path().join("config.yml"), config).unwrap();
    let mut settings = settings("dev", "taken");
    settings.openedx.tutor_root = Some(root.path().display().to_string());
    let text = whole(&made(&settings));
    assert!(text.contains("Old School") && !text.contains("old.example.org"));
    assert!(!text.contains("canary"));
    let written = fs::read_to_string(project(&settings).join("config.yml")).unwrap();
    assert!(!written.contains("canary"), "{written}");
    fs::write(root.path().join("config.yml"), "- canary\n").unwrap();
    let error = rendered(&settings).unwrap_err();
    assert!(matches!(error, RenderError::NotYaml { .. }), "{error}");
    assert!(!error.to_string().contains("canary"));
}

#[test]
#[ignore = "needs Python and the network"]
fn tutors_own_complaints_are_passed_on() {
    let mut settings = settings("dev", "complaint");
    let patch = ("openedx-lms-common-settings".to_owned(), "{{ NO_SUCH_SETTING }}".to_owned());
    settings.openedx.patches = BTreeMap::from([patch]);
    let error = rendered(&settings).unwrap_err();
    assert!(matches!(error, RenderError::Tutor { .. }), "{error}");
    assert!(error.to_string().contains("NO_SUCH_SETTING"), "{error}");
}

// ---- the verb

fn edxaws(cache: &Path, profile: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edxaws"));
    command.current_dir(root()).env("EDXAWS_CACHE", cache).arg("tutor").arg("--profile");
    command.arg(profile).arg("--").args(arguments);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn profile_file(folder: &Path) -> PathBuf {
    let path = folder.join("verb.toml");
    let text = "extends = \"dev\"\nstack = \"verb\"\n[openedx]\nrenderer = \"tutor\"\n";
    fs::write(&path, text).unwrap();
    path
}

#[test]
#[ignore = "needs Python and the network"]
fn the_verb_runs_tutor_on_placeholders() {
    let folder = tempfile::tempdir().unwrap();
    let profile = profile_file(folder.path());
    let ask = |name: &str| {
        let arguments = ["config", "printvalue", name];
        let mut command = edxaws(&folders().cache, &profile, &arguments);
        // Tutor would take its settings from here.
        let output = command.env("TUTOR_LMS_HOST", "evil.example.org").output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(ask("LMS_HOST"), "dev.edx.example.org");
    assert_eq!(ask("OPENEDX_MYSQL_PASSWORD"), "__edxaws_mysql_password__");
    let failed = edxaws(&folders().cache, &profile, &["nonsense"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
}

#[test]
#[ignore = "needs Python"]
fn without_a_network_it_says_so_and_leaves_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let profile = profile_file(folder.path());
    let cache = folder.path().join("cache");
    let mut command = edxaws(&cache, &profile, &["--version"]);
    command.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").env("PIP_RETRIES", "0");
    command.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_NO_CACHE_DIR", "1");
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("pip cannot reach its package index"), "{said}");
    assert!(said.contains("renderer = \"builtin\""), "{said}");
    let finished = |path: PathBuf| path.join("bin/python").exists() && path.extension().is_none();
    assert!(!fs::read_dir(&cache).unwrap().any(|entry| finished(entry.unwrap().path())));
}
