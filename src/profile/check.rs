//! From a merged tree to settings, or to everything that is wrong with it at once.

use serde_json::{Value, json};

use super::explain::{Problem, Spot, explain};
use super::fields::Field;
use super::files::{self, Source, chain};
use super::finding::Finding;
use super::key_path::KeyPath;
use super::merge::combined;
use super::tree::{Node, Tree};
use super::{Settings, mend, rules, schema};

pub(super) fn check(tree: &Tree) -> Result<Settings, Vec<Finding>> {
    let whole = tree.json().unwrap_or_default();
    let mut problems = unfit(tree);
    let known: Vec<KeyPath> = problems.iter().map(|problem| problem.path.clone()).collect();
    // What is unfit is not in the JSON, so the schema calls it missing.
    problems.extend(against_schema(&whole).into_iter().filter(|p| !known.contains(&p.path)));
    let broken: Vec<KeyPath> = problems.iter().map(|problem| problem.path.whole()).collect();
    problems.extend(against_rules(tree, &whole, &broken));
    if problems.is_empty() {
        return serde_json::from_value(whole)
            .map_err(|error| vec![Finding::about_file(tree.at.clone(), error.to_string(), None)]);
    }
    Err(placed(tree, problems))
}

/// Values that JSON, and so the schema, cannot hold.
fn unfit(tree: &Tree) -> Vec<Problem> {
    let mut found = Vec::new();
    tree.walk(&KeyPath::default(), &mut |path, tree| {
        if let Node::Unfit(what) = &tree.node {
            let message = format!("`{path}` cannot be {what}");
            found.push(Problem::value(path.clone(), message, None));
        }
    });
    found
}

fn against_schema(whole: &Value) -> Vec<Problem> {
    let schema = schema::strict();
    match jsonschema::validator_for(&schema) {
        Ok(validator) => {
            let errors = validator.iter_errors(whole);
            errors.flat_map(|error| explain(&error, Field::root(&schema))).collect()
        }
        Err(error) => {
            let message = format!("the schema of profiles is broken: {error}");
            vec![Problem::value(KeyPath::default(), message, None)]
        }
    }
}

/// The rules are asked about the profile with its broken values replaced; what they say about a
/// replaced value is dropped, because nobody wrote it.
fn against_rules(tree: &Tree, whole: &Value, broken: &[KeyPath]) -> Vec<Problem> {
    let mut mended = whole.clone();
    for path in broken {
        mend::cut(&mut mended, path);
    }
    if !broken.is_empty() {
        mend::fill(&mut mended, &sound());
    }
    let Ok(settings) = serde_json::from_value::<Settings>(mended) else { return Vec::new() };
    let concerns = rules::all(&settings).into_iter();
    concerns
        .filter(|concern| {
            !concern.about.iter().any(|path| broken.iter().any(|broken| path.touches(broken)))
        })
        .filter_map(|concern| {
            let path = nearest(tree, &concern.about)?;
            let (spot, message, hint) = (concern.spot, concern.message, concern.hint);
            Some(Problem { path, spot, message, hint })
        })
        .collect()
}

/// The first path, unless that is inherited and another is not: the person changed the other.
fn nearest(tree: &Tree, about: &[KeyPath]) -> Option<KeyPath> {
    let own = |path: &&KeyPath| tree.get(path).is_some_and(|found| found.at.file == tree.at.file);
    about.iter().find(own).or(about.first()).cloned()
}

fn sound() -> Value {
    let text = files::built_in("dev").unwrap_or_default();
    let chain = chain(Source::text("built-in/dev.toml", text)).unwrap_or_default();
    combined(chain).and_then(|tree| tree.json()).unwrap_or(json!({}))
}

/// Findings in the order of the files: the profile's own first, then what it inherits.
fn placed(tree: &Tree, problems: Vec<Problem>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = problems
        .into_iter()
        .map(|problem| Finding {
            origin: match problem.spot {
                // What is missing is missing in the profile, not in what it inherits.
                Spot::Key if tree.get(&problem.path).is_none() => {
                    let near = tree.origin(&problem.path);
                    if near.file == tree.at.file { near } else { tree.at.clone() }
                }
                Spot::Key => tree.key_origin(&problem.path),
                Spot::Value => tree.origin(&problem.path),
            },
            path: problem.path.to_string(),
            message: problem.message,
            hint: problem.hint,
        })
        .collect();
    let own = &tree.at.file;
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (finding.origin.file != *own, finding.origin.clone());
        rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path))
    });
    findings
}
