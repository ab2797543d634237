//! Where profiles are found: in a folder, beside each other, and inside the program. The one part
//! of `profile` that reads files.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::finding::{Finding, Origin};
use super::parse::{Document, document};
use super::suggest::{did_you_mean, listed};

/// The profiles that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("base", include_str!("../../profiles/base.toml")),
    ("dev", include_str!("../../profiles/dev.toml")),
    ("prod", include_str!("../../profiles/prod.toml")),
    ("sandbox", include_str!("../../profiles/sandbox.toml")),
    ("staging", include_str!("../../profiles/staging.toml")),
];

/// The text of a profile that comes with the program.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Names of all profiles: those in `folder` and those inside the program. `base` is not among them,
/// because it is no whole profile.
pub fn available(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let toml = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<_> =
        toml.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.extend(BUILT_IN.iter().map(|(name, _)| (*name).to_owned()));
    names.retain(|name| name != "base");
    names.sort();
    names.dedup();
    names
}

/// A text, what to call it in findings, and where profiles it extends are looked for first.
pub(super) struct Source {
    pub file: String,
    pub text: String,
    pub beside: Option<PathBuf>,
}

impl Source {
    /// The profile a person named on the command line.
    pub fn find(name_or_path: &str, folder: &Path) -> Result<Self, Finding> {
        if name_or_path.contains(['/', '\\']) || name_or_path.ends_with(".toml") {
            return Self::read(Path::new(name_or_path))?
                .ok_or_else(|| missing(name_or_path, folder));
        }
        Self::named(name_or_path, Some(folder))?.ok_or_else(|| unknown(name_or_path, folder))
    }

    pub fn text(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), beside: None }
    }

    /// `<folder>/<name>.toml`, else the one inside the program.
    fn named(name: &str, folder: Option<&Path>) -> Result<Option<Self>, Finding> {
        if let Some(folder) = folder
            && let Some(found) = Self::read(&folder.join(format!("{name}.toml")))?
        {
            return Ok(Some(found));
        }
        Ok(built_in(name).map(|text| Self::text(&format!("built-in/{name}.toml"), text)))
    }

    fn read(path: &Path) -> Result<Option<Self>, Finding> {
        let file = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { file, text, beside: path.parent().map(Path::to_path_buf) })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = format!("cannot be read: {error}");
                Err(Finding::about_file(Origin::file(&file), message, None))
            }
        }
    }
}

/// The profile and everything it builds on, the profile first.
pub(super) fn chain(first: Source) -> Result<Vec<Document>, Finding> {
    let mut chain: Vec<Document> = Vec::new();
    let mut next = Some(first);
    while let Some(source) = next.take() {
        let document = document(&source.text, &source.file)?;
        if let Some((name, origin)) = &document.extends {
            let found = extended(name, origin, source.beside.as_deref())?;
            let files = chain.iter().map(|earlier| &earlier.file).chain([&document.file]);
            if let Some(start) = files.clone().position(|file| *file == found.file) {
                let circle: Vec<_> = files.chain([&found.file]).skip(start).cloned().collect();
                return Err(in_a_circle(origin, &circle));
            }
            next = Some(found);
        }
        chain.push(document);
    }
    Ok(chain)
}

fn extended(name: &str, origin: &Origin, beside: Option<&Path>) -> Result<Source, Finding> {
    // A plain name only: a path would let a circle hide behind another spelling of itself.
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let found = if plain { Source::named(name, beside)? } else { None };
    found.ok_or_else(|| {
        let mut names = beside.map_or_else(Vec::new, available);
        names.extend(BUILT_IN.iter().map(|(name, _)| (*name).to_owned()));
        let hint = match name.strip_suffix(".toml") {
            Some(stem) => Some(format!("write the name alone: `{stem}`")),
            None if !plain => Some("write the name alone, without a folder".to_owned()),
            None => did_you_mean(name, names.iter().map(String::as_str)),
        };
        extends_finding(origin, format!("extends an unknown profile `{name}`"), hint)
    })
}

fn in_a_circle(origin: &Origin, files: &[String]) -> Finding {
    let message = format!("`extends` goes in a circle: {}", files.join(" → "));
    extends_finding(origin, message, Some("let one of them extend `base`".to_owned()))
}

fn extends_finding(origin: &Origin, message: String, hint: Option<String>) -> Finding {
    let finding = Finding::about_file(origin.clone(), message, hint);
    Finding { path: "extends".to_owned(), ..finding }
}

fn unknown(name: &str, folder: &Path) -> Finding {
    let names = available(folder);
    let all = format!("there are {}", listed(names.iter().map(String::as_str)));
    let hint = match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => format!("{near} {all}"),
        None => all,
    };
    let origin = Origin::file(&folder.display().to_string());
    Finding::about_file(origin, format!("unknown profile `{name}`"), Some(hint))
}

fn missing(path: &str, folder: &Path) -> Finding {
    let names = available(folder);
    let hint = format!("profiles by name: {}", listed(names.iter().map(String::as_str)));
    Finding::about_file(Origin::file(path), "there is no such file".to_owned(), Some(hint))
}
