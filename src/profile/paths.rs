//! Paths in a profile are meant from the folder of the file that names them, wherever one stands.

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::Origin;
use super::settings::Settings;

pub(super) fn resolve(settings: &mut Settings, origins: &BTreeMap<String, Origin>) {
    let openedx = &mut settings.openedx;
    let fields = [
        ("tutor_root", &mut openedx.tutor_root),
        ("plugins_folder", &mut openedx.plugins_folder),
        ("ca_bundle", &mut openedx.ca_bundle),
    ];
    for (field, path) in fields {
        if let (Some(path), Some(origin)) = (path, origins.get(&format!("openedx.{field}"))) {
            *path = seen_from(origin, path);
        }
    }
    for (index, plugin) in openedx.plugins.iter_mut().enumerate() {
        if let Some(origin) = origins.get(&format!("openedx.plugins[{index}]"))
            && is_path(plugin)
        {
            *plugin = seen_from(origin, plugin);
        }
    }
}

/// What pip takes for a file or a folder, and not for a name or an address.
fn is_path(plugin: &str) -> bool {
    let written = plugin.starts_with("./") || plugin.starts_with("../") || plugin.ends_with(".whl");
    written && !plugin.contains("://") && !plugin.contains(" @ ")
}

/// An absolute path stays as it is.
fn seen_from(origin: &Origin, path: &str) -> String {
    let folder = Path::new(&origin.file).parent().unwrap_or(Path::new(""));
    folder.join(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_meant_from_its_file() {
        let from = |file: &str, path: &str| seen_from(&Origin::file(file), path);
        assert_eq!(from("profiles/prod.toml", "plugins"), "profiles/plugins");
        assert_eq!(from("prod.toml", "plugins"), "plugins");
        assert_eq!(from("/etc/edxaws/prod.toml", "../tutor"), "/etc/edxaws/../tutor");
        assert_eq!(from("profiles/prod.toml", "/srv/tutor"), "/srv/tutor");
    }

    #[test]
    fn what_pip_downloads_is_no_path() {
        assert!(is_path("./mine") && is_path("../mine") && is_path("dist/mine-1.0.whl"));
        assert!(!is_path("tutor-notes==22.0.0"));
        assert!(!is_path("https://example.org/mine-1.0.whl"));
        assert!(!is_path("mine @ git+https://example.org/mine"));
    }
}
