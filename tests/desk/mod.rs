//! A person at a desk: the real binary, a state folder of its own, the sandbox's clock turned up.
#![allow(dead_code, reason = "every test that includes this uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Desk {
    folder: tempfile::TempDir,
}

/// What the binary said, and how it ended.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, as it is run at this desk.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edxaws"));
        command
            .args(args)
            .env("EDXAWS_PROFILES", Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"))
            .env("EDXAWS_PROFILE", "dev")
            .env("EDXAWS_STATE", self.path("state"))
            .env("EDXAWS_SANDBOX_SCALE", "300")
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "canary-secret-key")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub fn says(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn does(&self, args: &[&str]) -> Said {
        let said = self.says(args);
        assert_eq!(said.code, Some(0), "{args:?}\n{}\n{}", said.out, said.err);
        said
    }

    pub fn prints(&self, args: &[&str]) -> String {
        self.does(args).out
    }

    /// What a file of the state folder holds; none when it is not there.
    pub fn kept(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path("state").join(name)).ok()
    }
}
