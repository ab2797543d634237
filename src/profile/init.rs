//! A new profile from a few answers: the shipped profile of that size, with the answers put in.

use std::ops::Range;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use super::built_in;
use super::key_path::{quoted, spelled};

/// What a person is asked for a new profile.
#[derive(Debug, Clone)]
pub struct Answers {
    pub stack: String,
    pub region: String,
    /// The DNS zone; the platform's LMS stands at its top.
    pub zone: String,
    pub size: Size,
    pub platform: String,
    pub email: String,
    /// From where the Kubernetes API may be reached; an example that `placeholders` finds when
    /// empty.
    pub public_access_cidrs: Vec<String>,
}

/// Which shipped profile to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Dev,
    Staging,
    Prod,
}

impl Size {
    pub const ALL: [Self; 3] = [Self::Dev, Self::Staging, Self::Prod];

    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }
}

/// A size that is none of the three.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of `dev`, `staging`, `prod`")]
pub struct UnknownSize(String);

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(text: &str) -> Result<Self, UnknownSize> {
        let found = Self::ALL.into_iter().find(|size| size.name() == text);
        found.ok_or_else(|| UnknownSize(text.to_owned()))
    }
}

/// The text of the new profile, comments and all.
pub fn init(answers: &Answers) -> String {
    let text = built_in(answers.size.name()).unwrap_or_default();
    let Ok(document) = DeTable::parse(text) else { return text.to_owned() };
    let table = document.get_ref();
    let cidrs = answers.public_access_cidrs.iter().map(|cidr| quoted(cidr)).collect::<Vec<_>>();
    let mut changes: Vec<(Option<Range<usize>>, String)> = vec![
        (value(table, &["stack"]), quoted(&answers.stack)),
        (value(table, &["region"]), quoted(&answers.region)),
        (value(table, &["edge", "zone"]), quoted(&answers.zone)),
        (value(table, &["alerts", "email"]), quoted(&answers.email)),
        (platform(table), spelled(&answers.platform)),
        (value(table, &["platforms", "main", "lms_host"]), quoted(&answers.zone)),
    ];
    if !cidrs.is_empty() {
        let place = value(table, &["cluster", "public_access_cidrs"]);
        changes.push((place, format!("[{}]", cidrs.join(", "))));
    }
    replaced(text, changes)
}

/// Where a value stands in the text.
fn value(table: &DeTable<'_>, path: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let found = table.get(*first)?;
    match (rest, found.get_ref()) {
        ([], _) => Some(found.span()),
        (rest, DeValue::Table(inner)) => value(inner, rest),
        _ => None,
    }
}

/// Where the name of the one platform stands.
fn platform(table: &DeTable<'_>) -> Option<Range<usize>> {
    let platforms = table.get("platforms")?.get_ref().as_table()?;
    platforms.keys().next().map(toml::Spanned::span)
}

/// From the last place to the first, so that earlier places stay where they are.
fn replaced(text: &str, mut changes: Vec<(Option<Range<usize>>, String)>) -> String {
    changes.sort_by_key(|(place, _)| std::cmp::Reverse(place.as_ref().map(|place| place.start)));
    let mut text = text.to_owned();
    for (place, new) in changes {
        if let Some(place) = place {
            text.replace_range(place, &new);
        }
    }
    text
}
