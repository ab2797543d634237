//! The house rules that a machine can check: sizes, layers, what a new kind costs, generated files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::path::{Path, PathBuf};

use edxaws::resources::KINDS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// A layer: its folder and the file beside it.
fn layer(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = sources(folder);
    let beside = format!("{folder}.rs");
    if let Ok(text) = std::fs::read_to_string(root().join(&beside)) {
        found.push((beside.into(), text));
    }
    found
}

fn all() -> Vec<(PathBuf, String)> {
    [sources("src"), sources("localstack/src")].concat()
}

#[test]
fn a_new_kind_costs_one_file_and_one_line() {
    let registry = std::fs::read_to_string(root().join("src/resources.rs")).unwrap();
    let lines = registry.lines().filter(|line| line.trim_end().ends_with(','));
    let entries = lines.filter(|line| line.contains("::") && !line.contains('$')).count();
    assert_eq!(entries, KINDS.len(), "each kind is one line of the registry");
    let resources = sources("src/resources");
    for kind in KINDS {
        let constant = format!("const KIND: &'static str = \"{}\";", kind.name());
        let files = resources.iter().filter(|(_, text)| text.contains(&constant)).count();
        assert_eq!(files, 1, "`{}` is defined in one file", kind.name());
    }
    // The rest of the program knows no kind by name.
    for folder in ["src/engine", "src/state", "src/view"] {
        for (path, text) in sources(folder) {
            let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
            for kind in KINDS {
                let quoted = format!("\"{}\"", kind.name());
                let found = text[..tests].contains(&quoted);
                assert!(!found, "{} knows `{}`", path.display(), kind.name());
            }
        }
    }
}

#[test]
fn kinds_have_unique_names_and_declare_actions() {
    let mut names: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for kind in KINDS {
        assert!(!kind.actions().is_empty(), "`{}` declares no action", kind.name());
        for action in kind.actions() {
            let (service, call) = action.split_once(':').unwrap();
            assert!(
                service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
            assert!(call.starts_with(|c: char| c.is_ascii_uppercase()), "{action}");
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    for (path, text) in all() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
    }
}

#[test]
fn layers_point_one_way() {
    let forbidden = [
        ("src/resources", &["crate::engine", "crate::view", "crate::cli", "crate::state"][..]),
        ("src/stack", &["crate::engine", "crate::view", "crate::cli", "crate::state"]),
        ("src/engine", &["crate::view", "crate::cli", "crate::profile", "crate::stack"]),
        ("src/state", &["crate::engine", "crate::view", "crate::cli"]),
        ("src/aws", &["crate::engine", "crate::view", "crate::cli", "crate::state"]),
        ("src/profile", &["crate::engine", "crate::view", "crate::cli", "crate::aws"]),
        ("src/doctor", &["crate::view", "crate::cli"]),
        ("src/cost", &["crate::view", "crate::cli", "crate::aws", "crate::doctor"]),
        ("src/openedx", &["crate::engine", "crate::view", "crate::cli", "crate::state"]),
        ("src/kubernetes", &["crate::engine", "crate::view", "crate::cli", "crate::state"]),
        ("src/timeline", &["crate::view", "crate::cli", "crate::aws", "crate::state"]),
    ];
    for (folder, layers) in forbidden {
        for (path, text) in layer(folder) {
            for layer in layers {
                assert!(!text.contains(layer), "{} imports {layer}", path.display());
            }
        }
    }
}

/// What decides does no I/O: the same inputs give the same answer, and nothing waits.
#[test]
fn what_is_pure_touches_nothing() {
    let single = |file: &str| {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        vec![(PathBuf::from(file), text)]
    };
    let pure = [
        layer("src/stack"),
        layer("src/cost"),
        single("src/graph.rs"),
        single("src/diff.rs"),
        single("src/address.rs"),
        single("src/engine/plan.rs"),
        single("src/engine/planner.rs"),
        single("src/engine/schedule.rs"),
        single("src/state/record.rs"),
    ];
    for (path, text) in pure.into_iter().flatten() {
        let code = &text[..text.find("#[cfg(test)]").unwrap_or(text.len())];
        for word in ["std::fs", "std::net", "std::process", "tokio::", ".await", "Instant::now"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

/// Sixty lines are the most for a function; the local AWS has a few long tables of answers.
#[test]
fn functions_are_small() {
    for (folder, most) in [("src", 60), ("localstack/src", 75)] {
        for (path, text) in sources(folder) {
            for (name, lines) in functions(&text) {
                assert!(lines <= most, "`{name}` in {} has {lines} lines", path.display());
            }
        }
    }
}

/// Every function with a body, and how many lines it has, as rustfmt lays it out.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<&str> = line.trim_start().split(' ').take(5).collect();
        let Some(name) = words.iter().position(|word| *word == "fn").and_then(|f| words.get(f + 1))
        else {
            continue;
        };
        let head = lines[at..].iter().position(|line| line.ends_with([';', '{', '}']));
        let opens = head.is_some_and(|head| lines[at + head].ends_with('{'));
        let close = format!("{indent}}}");
        let end = lines[at..].iter().position(|line| *line == close);
        if let (true, Some(end)) = (opens, end) {
            let name = name.split(['(', '<']).next().unwrap_or(name);
            found.push((name.to_owned(), end + 1));
        }
    }
    found
}

#[test]
fn only_the_view_prints() {
    for (path, text) in sources("src") {
        let prints = ["println!", "print!(", "eprint", "io::stdout()", "anstream::std"];
        let found = prints.iter().find(|word| text.contains(**word));
        let view = path.starts_with("src/view") || path == Path::new("src/view.rs");
        assert!(view || found.is_none(), "{} prints with {found:?}", path.display());
    }
}

#[test]
fn nothing_is_left_to_do_in_silence() {
    for (path, text) in all() {
        for word in ["TODO", "FIXME", "todo!", "unimplemented!("] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn the_command_reference_is_fresh() {
    let path = root().join("docs/cli.md");
    let fresh = edxaws::cli::reference();
    if std::env::var_os("EDXAWS_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "docs/cli.md is old: EDXAWS_BLESS=1 cargo test --test tidy");
}
