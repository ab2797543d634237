//! Certificates are always checked: nothing in the program can switch that off.

use std::path::{Path, PathBuf};

/// Every word with which a TLS library is told not to check, in the libraries at hand.
const BLIND: &[&str] = &[
    "danger_accept_invalid",
    "danger_accept_invalid_certs",
    "accept_invalid_certs = true",
    "accept_invalid_certs: true",
    ".dangerous()",
    "ServerCertVerified",
    "NoVerify",
    "insecure-skip-tls-verify: true",
    "insecure_skip_tls_verify: Some(true)",
    "verify=False",
    "--no-verify-ssl",
    "AWS_NO_VERIFY",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn nothing_switches_the_check_of_certificates_off() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    ["src", "localstack/src", "profiles"].iter().for_each(|one| files(&root.join(one), &mut all));
    assert!(all.len() > 200);
    for path in all {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let found = BLIND.iter().find(|word| text.contains(**word));
        assert!(found.is_none(), "{} has {found:?}", path.display());
    }
}

/// Plain HTTP is spoken with this machine only.
#[test]
fn no_address_without_tls_but_this_machines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    for path in all.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        for (at, _) in text[..tests].match_indices("http://") {
            let rest = &text[at + 7..];
            let line = text[..at].lines().last().unwrap_or_default().trim_start();
            // Names of XML vocabularies, services inside the cluster, and what a person reads.
            let fine = [
                "127.0.0.1",
                "localhost",
                "[::1]",
                "{",
                "\"",
                "www.w3.org",
                "s3.amazonaws.com/doc",
            ]
            .iter()
            .any(|start| rest.starts_with(start));
            let inside = rest.split(['"', '/', ' ']).next().is_some_and(|host| {
                !host.contains('.') || host.split(':').next().is_some_and(|h| h.ends_with(".svc"))
            });
            assert!(fine || inside || line.starts_with("//"), "{}: {rest:.60}", path.display());
        }
    }
}
