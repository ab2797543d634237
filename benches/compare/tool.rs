//! The two tools: how each makes, checks and removes the same resources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::{Taken, taken};
use crate::server::Server;
use crate::{EDXAWS, Extent, ROOT};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    Edxaws,
    Terraform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Up,
    /// A plan when nothing is to do.
    Plan,
    /// The same, with the settings that cost a call each, as Terraform always reads them.
    ThoroughPlan,
    Destroy,
}

/// The same for both, so that neither waits for what the other does at once.
const PARALLELISM: &str = "24";

/// Names a folder that holds Terraform's AWS provider, for whoever has no way to its registry.
const PLUGINS: &str = "EDXAWS_TF_PLUGINS";

/// What runs on the cluster is Kubernetes's and not compared.
const LEFT_OUT: [&str; 3] = ["kubernetes_*.*", "https_check.*", "cluster_drain.*"];

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Self::Edxaws => "edxaws",
            Self::Terraform => "Terraform",
        }
    }

    /// Whether Terraform is asked nothing that it would do in the same way.
    pub fn has(self, act: Act) -> bool {
        self == Self::Edxaws || act != Act::ThoroughPlan
    }

    pub fn act(self, act: Act, server: &Server, folder: &Path, extent: Extent) -> Taken {
        let mut command = match self {
            Self::Edxaws => edxaws(act, folder, extent),
            Self::Terraform => terraform(act, folder, extent),
        };
        command.envs(server.environment());
        taken(&mut command, &folder.join("log"))
    }
}

fn edxaws(act: Act, folder: &Path, extent: Extent) -> Command {
    let mut command = Command::new(EDXAWS);
    command.args(match act {
        Act::Up => &["up", "--yes", "--parallelism", PARALLELISM][..],
        Act::Plan => &["plan", "--detailed-exitcode"],
        Act::ThoroughPlan => &["plan", "--detailed-exitcode", "--thorough"],
        Act::Destroy => &["destroy", "--yes", "--delete-data"],
    });
    if act != Act::Destroy {
        command.args(LEFT_OUT.iter().flat_map(|pattern| ["--exclude", pattern]));
        command.args(extent.edxaws().iter().flat_map(|target| ["--target", target]));
    }
    command
        .arg("--profile")
        .arg(Path::new(ROOT).join("benches/compare.toml"))
        .arg("--profiles")
        .arg(Path::new(ROOT).join("profiles"))
        .arg("--state")
        .arg(folder.join("state"));
    command
}

fn terraform(act: Act, folder: &Path, extent: Extent) -> Command {
    let mut command = program();
    command.current_dir(folder);
    command.args(match act {
        Act::Up => &["apply", "-auto-approve"][..],
        Act::Plan | Act::ThoroughPlan => &["plan", "-detailed-exitcode"],
        Act::Destroy => &["destroy", "-auto-approve"],
    });
    command.args(["-input=false", "-no-color", &format!("-parallelism={PARALLELISM}")]);
    command.args(extent.terraform().iter().map(|target| format!("-target={target}")));
    command
}

/// Terraform without what a user's own configuration would change.
fn program() -> Command {
    let mut command = Command::new("terraform");
    command.env("CHECKPOINT_DISABLE", "1");
    if std::env::var_os(PLUGINS).is_some() {
        command.env("TF_CLI_CONFIG_FILE", settings());
    }
    command
}

/// Terraform's own settings, which name that mirror.
fn settings() -> PathBuf {
    crate::scratch().join("terraform.rc")
}

/// Puts Terraform and its provider into `folder`, or says why that does not work.
pub fn prepare(folder: &Path) -> Result<(), String> {
    if let Ok(mirror) = std::env::var(PLUGINS) {
        let text =
            format!("provider_installation {{\n  filesystem_mirror {{ path = {mirror:?} }}\n}}\n");
        fs::write(settings(), text).map_err(|error| error.to_string())?;
    }
    let files = fs::read_dir(Path::new(ROOT).join("benches/terraform")).expect("the configuration");
    for file in files.flatten() {
        fs::copy(file.path(), folder.join(file.file_name())).map_err(|error| error.to_string())?;
    }
    let started =
        program().args(["init", "-input=false", "-no-color"]).current_dir(folder).output();
    match started {
        Err(error) => Err(format!("`terraform` is not on the PATH ({error})")),
        Ok(output) if !output.status.success() => Err(format!(
            "`terraform init` finds no AWS provider; EDXAWS_TF_PLUGINS may name a mirror of it\n{}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Ok(_) => Ok(()),
    }
}
