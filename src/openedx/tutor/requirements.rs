//! What is installed: locked by hashes for what edxaws brings, as the user says for the rest.

use sha2::{Digest, Sha256};

/// Tutor's dependencies, as far as rendering needs them.
pub const WHEELS: &str = include_str!("requirements/wheels.txt");
/// What builds the packages that PyPI has as sources only.
pub const BUILD: &str = include_str!("requirements/build.txt");
/// Tutor and its own plugins: sources only.
pub const SOURCES: &str = include_str!("requirements/sdists.txt");

/// A set of packages; each set has a folder of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    /// The user's, one a line, as pip reads them.
    pub extra: Vec<String>,
    /// The user's plugins that need no pip.
    pub named: Vec<String>,
}

impl Requirements {
    pub fn of(plugins: &[String]) -> Self {
        let (extra, named) = plugins.iter().cloned().partition(|plugin| is_for_pip(plugin));
        Self { extra, named }
    }

    /// Part of the folder's name.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for text in
            [WHEELS, BUILD, SOURCES].into_iter().chain(self.extra.iter().map(String::as_str))
        {
            digest.update(text);
            digest.update([0]);
        }
        digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// For people: `Tutor 22.0.3 with tutor-notes==22.0.0`.
    pub fn title(&self) -> String {
        let tutor = SOURCES.lines().find_map(|line| line.strip_prefix("tutor=="));
        let version = tutor.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        match self.extra.as_slice() {
            [] => format!("Tutor {version}"),
            extra => format!("Tutor {version} with {}", extra.join(", ")),
        }
    }
}

/// How many packages a locked set names.
pub fn packages(locked: &str) -> usize {
    locked.lines().filter(|line| line.contains("==")).count()
}

/// A version, a path or an address; else it is the name of a plugin in a folder.
pub fn is_for_pip(plugin: &str) -> bool {
    plugin.contains(['=', '@', '/', '\\']) || plugin.ends_with(".whl")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(plugins: &[&str]) -> Requirements {
        Requirements::of(&plugins.iter().map(|&plugin| plugin.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_and_requirements_are_told_apart() {
        let both = of(&["notes", "tutor-forum==22.0.0", "./mine", "my_plugin"]);
        assert_eq!(both.extra, ["tutor-forum==22.0.0", "./mine"]);
        assert_eq!(both.named, ["notes", "my_plugin"]);
        assert_eq!(both.title(), "Tutor 22.0.3 with tutor-forum==22.0.0, ./mine");
        assert_ne!(both.digest(), of(&[]).digest());
        assert_eq!(of(&["notes"]).digest(), of(&[]).digest(), "a file needs no other folder");
    }

    #[test]
    fn every_package_is_locked() {
        for text in [WHEELS, BUILD, SOURCES] {
            let starts: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
            assert!(
                starts.iter().all(|line| line.contains("==") && line.ends_with('\\')),
                "{text}"
            );
            assert!(text.matches("--hash=sha256:").count() >= starts.len());
            assert!(!text.contains("://"), "no index is named");
        }
    }
}
