//! Errors of what stands around a run: rendering a platform, its secrets, prices, kubeconfigs, spans.

use std::path::PathBuf;

use edxaws::cost::book::{BookError, Item};
use edxaws::cost::refresh;
use edxaws::error::Problem;
use edxaws::kubeconfig::NotMergeable;
use edxaws::openedx::RenderError;
use edxaws::openedx::jwt::JwtError;
use edxaws::openedx::kustomize::KustomizeError;
use edxaws::openedx::overlay::OverlayError;
use edxaws::openedx::secrets::SecretError;
use edxaws::openedx::validate::Flaw;
use edxaws::otel::OtelError;
use edxaws::profile::PinError;
use edxaws::registry::{Cause, RegistryError};
use edxaws::stack::StackError;
use edxaws::stack::network::NetworkError;

use crate::errors::shown;

/// One line each: these reach people inside another message.
fn lines<E: std::error::Error>(errors: impl IntoIterator<Item = E>) -> String {
    errors.into_iter().map(|error| format!("{error}\n")).collect()
}

fn said() -> String {
    "ERROR: first line\nERROR: last line".to_owned()
}

fn name() -> String {
    "indigo".to_owned()
}

fn kustomize() -> KustomizeError {
    KustomizeError::Unknown("`transformers` is not known".to_owned())
}

#[test]
fn errors_of_a_renderer() {
    let path = || PathBuf::from("env/k8s/jobs.yml");
    let flaw = || Flaw {
        object: "Deployment lms".to_owned(),
        path: "spec.template.prots".to_owned(),
        message: "is not known".to_owned(),
    };
    let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
    let all = examples!(RenderError {
        RenderError::NoHome => RenderError::NoHome,
        RenderError::NoPython { .. } => RenderError::NoPython { found: "Python 3.8".to_owned() },
        RenderError::NoVenv { .. } => RenderError::NoVenv { version: "3.11".to_owned() },
        RenderError::NoNetwork { .. } => RenderError::NoNetwork { said: said() },
        RenderError::Hashes { .. } => RenderError::Hashes { said: said() },
        RenderError::NoPackage { .. } => RenderError::NoPackage { package: name(), said: said() },
        RenderError::Pip { .. } => RenderError::Pip { said: said() },
        RenderError::NoPlugin { .. } => RenderError::NoPlugin { name: "indgo".to_owned(), known: vec![name()] },
        RenderError::BrokenPlugin { .. } => RenderError::BrokenPlugin { name: name(), message: said() },
        RenderError::Tutor { .. } => RenderError::Tutor { message: "no such setting".to_owned() },
        RenderError::Broken { .. } => RenderError::Broken { said: said() },
        RenderError::KeyLeft { .. } => RenderError::KeyLeft { file: path() },
        RenderError::PluginHashes { .. } => RenderError::PluginHashes { package: name(), said: said() },
        RenderError::NotThere { .. } => RenderError::NotThere { field: "plugins_folder", path: path(), source: full() },
        RenderError::NotYaml { .. } => RenderError::NotYaml { path: path(), message: "line 3".to_owned() },
        RenderError::OnlyTutor { .. } => RenderError::OnlyTutor { field: "plugins" },
        RenderError::UnknownPlaceholder { .. } => RenderError::UnknownPlaceholder { name: name() },
        RenderError::Flawed { .. } => RenderError::Flawed { flaws: vec![flaw()] },
        RenderError::Io { .. } => RenderError::Io { path: path(), source: full() },
        RenderError::Kustomize(_) => RenderError::Kustomize(kustomize()),
        RenderError::Jwt(_) => RenderError::Jwt(JwtError::NotRsa),
    });
    insta::assert_snapshot!(shown(all.into_iter().map(Problem::from)));
}

#[test]
fn errors_of_a_platform() {
    let path = || PathBuf::from("env/kustomization.yml");
    let template = || OverlayError::NoTemplate { service: "lms".to_owned() };
    let kustomize = examples!(KustomizeError {
        KustomizeError::Read { .. } => KustomizeError::Read { path: path(), message: "no such file".to_owned() },
        KustomizeError::Yaml { .. } => KustomizeError::Yaml { path: path(), message: "line 3".to_owned() },
        KustomizeError::Unknown(_) => kustomize(),
    });
    let overlay = examples!(OverlayError {
        OverlayError::NoTemplate { .. } => template(),
        OverlayError::NoService { .. } => OverlayError::NoService {
            path: "openedx.services.lsm".to_owned(),
            name: "lsm".to_owned(),
            known: vec!["cms".to_owned(), "lms".to_owned()],
        },
    });
    let jwt = examples!(JwtError {
        JwtError::NotMade => JwtError::NotMade,
        JwtError::NotRsa => JwtError::NotRsa,
    });
    let secret = examples!(SecretError {
        SecretError::NotAnObject => SecretError::NotAnObject,
        SecretError::Lacks(_) => SecretError::Lacks("secret_key"),
        SecretError::Key(_) => SecretError::Key(JwtError::NotRsa),
    });
    let stack = examples!(StackError {
        StackError::Network(_) => StackError::Network(NetworkError::NotACidr("10.0".to_owned())),
        StackError::Overlay(_) => StackError::Overlay(template()),
    });
    let hints: Vec<String> = overlay.iter().map(OverlayError::hint).collect();
    let hints = hints.join("\n");
    let text = [lines(kustomize), lines(overlay), hints, lines(jwt), lines(secret), lines(stack)];
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn errors_of_images() {
    let host = || "auth.docker.io".to_owned();
    let registry = || "registry-1.docker.io".to_owned();
    let causes = examples!(Cause {
        Cause::NoImage => Cause::NoImage,
        Cause::Unreachable { .. } => Cause::Unreachable { host: registry(), why: "connection refused".to_owned() },
        Cause::Missing { .. } => Cause::Missing { registry: registry() },
        Cause::Private { .. } => Cause::Private { registry: registry() },
        Cause::Busy { .. } => Cause::Busy { registry: registry() },
        Cause::Refused { .. } => Cause::Refused { host: registry(), status: 503 },
        Cause::Mismatch { .. } => Cause::Mismatch {
            registry: registry(), said: "sha256:aa".to_owned(), sent: "sha256:bb".to_owned(),
        },
        Cause::NoToken { .. } => Cause::NoToken { host: host(), why: "it sends none".to_owned() },
    });
    let problem = |cause| {
        let error = RegistryError::new("docker.io/caddy:2.11.7", cause);
        Problem::user(error.to_string()).hint(error.hint())
    };
    let pins = examples!(PinError {
        PinError::NoToml(_) => PinError::NoToml("line 3".to_owned()),
        PinError::NoTable(_) => PinError::NoTable("openedx.images"),
    });
    let text = [shown(causes.into_iter().map(problem)), lines(pins)];
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn errors_of_prices_and_the_rest() {
    let item = || Item::new("ec2", "instance", "m7a.large");
    let region = || "us-east-1".to_owned();
    let refresh = examples!(refresh::Problem {
        refresh::Problem::Several { .. } => refresh::Problem::Several {
            item: item(), region: region(), candidates: vec!["a".to_owned(), "b".to_owned()],
        },
        refresh::Problem::Missing { .. } => refresh::Problem::Missing {
            item: item(), region: region(), candidates: Vec::new(),
        },
        refresh::Problem::Zero { .. } => refresh::Problem::Zero {
            item: item(), region: region(), candidate: "a".to_owned(),
        },
    });
    let book = examples!(BookError {
        BookError::Line { .. } => BookError::Line { line: 3, what: "`x` is no price".to_owned() },
        BookError::Empty => BookError::Empty,
    });
    let otel = examples!(OtelError {
        OtelError::Url(_) => OtelError::Url("nowhere".to_owned()),
        OtelError::Unreachable(_) => OtelError::Unreachable("connection refused".to_owned()),
        OtelError::Refused(_) => OtelError::Refused(503),
    });
    let merge = NotMergeable { line: 3, key: "users".to_owned() };
    let size = "huge".parse::<edxaws::profile::Size>().unwrap_err();
    let product = refresh::Product::parse("{}").unwrap_err();
    let rest = lines([merge]) + &lines([size]) + &lines([product]);
    let text = [lines(refresh), lines(book), lines(otel), rest];
    insta::assert_snapshot!(text.join("\n"));
}

/// Errors of one sort have no variants to count; the file that shows each.
const ELSEWHERE: &[(&str, &str)] = &[
    ("Busy", "src/aws/pace.rs"),
    ("StepError", "tests/interface/errors.rs"),
    ("UnknownSize", "tests/interface/more_errors.rs"),
    ("Unreadable", "tests/interface/more_errors.rs"),
    ("Illegal", "tests/interface/errors.rs"),
    ("RegistryError", "tests/interface/more_errors.rs"),
    ("NotMergeable", "tests/interface/more_errors.rs"),
    ("ProfileError", "tests/interface/errors.rs"),
];

/// Every type of error has its examples here or in `errors`, where the compiler counts its variants.
#[test]
fn no_type_of_error_is_forgotten() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = [include_str!("errors.rs"), include_str!("more_errors.rs")].concat();
    let mut open = vec![root.join("src")];
    let mut found = 0;
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for after in text.split("thiserror::Error").skip(1) {
                let words = after.lines().find_map(|line| {
                    line.strip_prefix("pub enum ").or_else(|| line.strip_prefix("pub struct "))
                });
                let Some(words) = words else { continue };
                let name = words.split([' ', '(', ';']).next().unwrap();
                let examples = here.contains(&format!("examples!({name} "))
                    || here.contains(&format!("::{name} {{"));
                let elsewhere = ELSEWHERE.iter().any(|(one, file)| {
                    *one == name && std::fs::read_to_string(root.join(file)).unwrap().contains(name)
                });
                assert!(examples || elsewhere, "no test shows `{name}` of {}", path.display());
                found += 1;
            }
        }
    }
    assert!(found >= 20, "{found}");
}
