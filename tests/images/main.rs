//! `edxaws images` as a person uses it: the real binary, a profile of one's own, a registry on the
//! loopback interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

#[path = "../desk/mod.rs"]
mod desk;
mod registry;

use std::fs;
use std::path::PathBuf;

use desk::{Desk, Said};
use registry::{Registry, digest};
use serde_json::Value;

/// A desk with a profile on it.
struct School {
    desk: Desk,
    path: PathBuf,
}

impl School {
    fn new(openedx: &str) -> Self {
        let desk = Desk::new();
        let path = desk.path("school.toml");
        let text = format!("# The school's own.\nextends = \"sandbox\"\n\n{openedx}");
        fs::write(&path, text).unwrap();
        Self { desk, path }
    }

    fn says(&self, args: &[&str]) -> Said {
        let profile = ["--profile", self.path.to_str().unwrap()];
        self.desk.says(&[&["images"], args, &profile].concat())
    }

    fn does(&self, args: &[&str]) -> Said {
        let said = self.says(args);
        assert_eq!(said.code, Some(0), "{args:?}\n{}\n{}", said.out, said.err);
        said
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }

    /// Name and digest of each image.
    fn images(&self) -> Vec<(String, Option<String>)> {
        let listed: Value = serde_json::from_str(&self.does(&["--format", "json"]).out).unwrap();
        let rows = listed["images"].as_array().unwrap();
        let text = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
        rows.iter().map(|row| (text(row, "name").unwrap(), text(row, "digest"))).collect()
    }
}

#[test]
fn what_runs_is_listed_and_pinned() {
    let registry = Registry::open();
    let address = &registry.address;
    let school = School::new(&format!(
        "[openedx]\nregistry = \"{address}\" # all of it from here\n\n[openedx.images] # ours\n\
         caddy = \"sha256:{}\" # last year's\n",
        "0".repeat(64)
    ));
    let listed = school.does(&[]).out;
    let rows: Vec<Vec<&str>> =
        listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let (openedx, caddy) = (
        format!("{address}/overhangio/openedx:22.0.3-indigo"),
        format!("{address}/library/caddy:2.11.7"),
    );
    let last_year = format!("sha256:{}", "0".repeat(64));
    assert!(rows.contains(&vec!["openedx", openedx.as_str(), "-"]), "{listed}");
    assert!(rows.contains(&vec!["caddy", caddy.as_str(), last_year.as_str()]), "{listed}");
    assert!(listed.ends_with("not pinned: `edxaws images pin`\n"), "{listed}");
    assert_eq!(registry.asked().len(), 0, "a list asks nobody");

    let before = school.text();
    let dry = school.does(&["pin", "--dry-run"]);
    let line = format!("openedx = \"{}\"\n", digest("overhangio/openedx", "22.0.3-indigo"));
    assert!(dry.out.contains(&format!("  + {line}")), "{}", dry.out);
    assert_eq!(school.text(), before);
    let unasked = school.says(&["pin"]);
    assert_eq!(unasked.code, Some(1), "nobody can be asked");
    assert!(unasked.err.contains("`--yes`"), "{}", unasked.err);
    assert_eq!(school.text(), before);

    let pinned = school.does(&["pin", "--yes"]);
    assert!(pinned.err.contains("wrote `"), "{}", pinned.err);
    let text = school.text();
    assert!(text.contains(&line), "{text}");
    let caddy = format!("caddy = \"{}\" # last year's\n", digest("library/caddy", "2.11.7"));
    assert!(text.contains(&caddy), "{text}");
    let kept = ["# The school's own.\n", "# all of it from here\n", "[openedx.images] # ours\n"];
    assert!(kept.iter().all(|comment| text.contains(comment)), "{text}");
    let images = school.images();
    assert!(images.len() >= 6, "{images:?}");
    assert!(images.iter().all(|(_, digest)| digest.is_some()), "{images:?}");
    assert!(school.does(&[]).out.ends_with("; all are pinned\n"));
    assert!(school.does(&["pin"]).out.starts_with("no change"), "there is nothing to ask about");

    let asked = registry.asked();
    let manifests = asked.iter().filter(|one| one.target.starts_with("/v2/"));
    let accepts = "application/vnd.oci.image.index.v1+json, \
                   application/vnd.docker.distribution.manifest.list.v2+json";
    for one in manifests {
        assert!(one.accepts.starts_with(accepts), "{one:?}");
        let repository = one.target["/v2/".len()..].split_once("/manifests/").unwrap().0;
        let token = format!("Bearer for-{repository}");
        assert!(one.token.as_ref().is_none_or(|shown| *shown == token), "{one:?}");
    }
}

#[test]
fn one_image_of_ones_own_is_pinned_whole() {
    let registry = Registry::open();
    let own = format!("{}/silent/openedx:mine", registry.address);
    let school = School::new(&format!("[openedx]\nimages = {{ openedx = \"{own}\" }}\n"));
    school.does(&["pin", "openedx", "--yes"]);
    let pin = format!("{own}@{}", digest("silent/openedx", "mine"));
    let expected = format!("[openedx]\nimages = {{ openedx = \"{pin}\" }}\n");
    assert!(school.text().ends_with(&expected), "{}", school.text());
    let images = school.images();
    let one = images.iter().find(|(name, _)| name == "openedx").unwrap();
    assert_eq!(one.1, Some(digest("silent/openedx", "mine")));
    assert!(images.iter().any(|(_, digest)| digest.is_none()), "the others stay as they were");
    let said: Value =
        serde_json::from_str(&school.does(&["pin", "openedx", "--format", "json"]).out).unwrap();
    assert_eq!((&said["changes"], &said["pins"]["openedx"]), (&false.into(), &pin.into()));
}

#[test]
fn what_cannot_be_found_out_changes_nothing() {
    let registry = Registry::open();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let address = &registry.address;
    let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com/openedx:1";
    let cases = [
        (format!("{address}/missing/openedx:1"), "has no such image", "check `registry`"),
        (format!("{address}/lying/openedx:1"), "and what it sent is `sha256:", "do not use"),
        (format!("{address}/busy/openedx:1"), "was asked too often", "wait a while"),
        (format!("{address}/broken/openedx:1"), "answers 500", "run it again"),
        (format!("{address}/private/openedx:1"), "nobody without a password", "by hand"),
        (format!("{address}/elsewhere/openedx:1"), "not asked over plain HTTP", "run it again"),
        (format!("{closed}/a/openedx:1"), "does not answer: ", "check the network"),
        (ecr.to_owned(), "nobody without a password", "aws ecr describe-images"),
        ("a b".to_owned(), "this is no name of an image", "check `registry`"),
    ];
    for (image, why, hint) in cases {
        let school = School::new(&format!("[openedx.images]\nopenedx = \"{image}\"\n"));
        let before = school.text();
        let said = school.says(&["pin", "openedx", "--yes"]);
        assert_eq!(said.code, Some(1), "{image}: {}", said.out);
        assert!(said.err.contains("the profile stays as it is"), "{}", said.err);
        assert!(said.err.contains(&format!("`{image}`: ")), "{}", said.err);
        assert!(said.err.contains(why), "{}", said.err);
        let last = said.err.lines().last().unwrap();
        assert!(last.trim_start().starts_with("hint: ") && last.contains(hint), "{}", said.err);
        assert_eq!(school.text(), before, "{image}");
    }
}

#[test]
fn what_has_no_file_or_no_such_name_is_refused() {
    let desk = Desk::new();
    let empty = desk.path("none");
    let empty = empty.to_str().unwrap();
    let line = ["images", "pin", "--profile", "sandbox", "--profiles", empty, "--yes"];
    let said = desk.says(&line);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("is inside the program"), "{}", said.err);
    assert!(said.err.contains("edxaws init"), "{}", said.err);

    let said = School::new("").says(&["pin", "opendex"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("no platform runs an image `opendex`"), "{}", said.err);
    assert!(said.err.contains("caddy, "), "{}", said.err);
}

/// A profile is often read by others, and sometimes a link to where it is kept.
#[cfg(unix)]
#[test]
fn rights_and_links_stay() {
    use std::os::unix::fs::PermissionsExt;
    let registry = Registry::open();
    let school = School::new(&format!("[openedx]\nregistry = \"{}\"\n", registry.address));
    let kept = school.desk.path("kept.toml");
    fs::rename(&school.path, &kept).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&kept, &school.path).unwrap();
    school.does(&["pin", "caddy", "--yes"]);
    assert!(fs::symlink_metadata(&school.path).unwrap().is_symlink());
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(fs::read_to_string(&kept).unwrap().contains(&digest("library/caddy", "2.11.7")));
}
