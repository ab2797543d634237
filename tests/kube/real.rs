//! A real API server with its controllers and scheduler, and around it what a cluster has beside:
//! nodes, EKS's authenticator, the driver for volumes.

mod disks;
mod doors;
mod kubelet;
pub mod old;
mod reports;
mod wire;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinSet;

use doors::{Tokens, door};
use kubelet::{Kubelets, Troubles};
use wire::Wire;

/// Seconds of the program's time that pass in one: the kubelets start nothing, so nothing takes as
/// long as it does.
pub const SPEED: f64 = 8.0;

pub struct Server {
    pub url: String,
    /// Base64 of its PEM, as EKS answers it.
    pub authority: String,
    pub tokens: Tokens,
    pub troubles: Troubles,
    folder: TempDir,
    port: u16,
    authenticator: u16,
    /// They end with the server.
    _parts: JoinSet<()>,
}

impl Server {
    pub async fn start() -> Self {
        let (tokens, troubles) = (Tokens::default(), Troubles::default());
        let ((whose, authenticator), (wrote, logs)) = (door().await, door().await);
        let mut parts = JoinSet::new();
        parts.spawn(doors::authenticator(whose, tokens.clone()));
        parts.spawn(doors::logs(wrote, troubles.clone()));
        // The server takes this port and the four after it.
        let (_, port) = door().await;
        let url = format!("https://127.0.0.1:{port}");
        let folder = tempfile::tempdir().unwrap();
        let authority = String::new();
        let mut server =
            Self { url, authority, tokens, troubles, folder, port, authenticator, _parts: parts };
        server.script("up").await;
        server.trust();
        server.people(logs);
        server
    }

    /// The program trusts what the server made for itself, as it trusts what EKS names.
    fn trust(&mut self) {
        let made = self.folder.path().join("server/certificates/apiserver.crt");
        self.authority = STANDARD.encode(std::fs::read(made).unwrap());
    }

    fn people(&mut self, logs: u16) {
        let wire = Wire::new(&self.url, certificates(&self.authority));
        let troubles = self.troubles.clone();
        self._parts.spawn(disks::run(wire.clone(), troubles.clone()));
        self._parts.spawn(Kubelets { wire, troubles, logs }.run());
    }

    /// Of its version.
    pub async fn minor(&self) -> u32 {
        let wire = Wire::new(&self.url, certificates(&self.authority));
        let version = wire.get("/version").await.unwrap();
        let minor = version["minor"].as_str().unwrap();
        minor.trim_end_matches('+').parse().unwrap()
    }

    /// Kills the API server as a lost machine would.
    pub async fn crash(&self) {
        self.script("crash").await;
    }

    /// It comes back with what it knew.
    pub async fn again(&self) {
        self.script("again").await;
    }

    async fn script(&self, verb: &str) {
        let done = command(self.folder.path(), verb, self.port, self.authenticator).status().await;
        assert!(done.unwrap().success(), "server.sh {verb}");
    }
}

fn command(folder: &Path, verb: &str, port: u16, authenticator: u16) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kube/server.sh");
    let mut command = Command::new(script);
    command
        .arg(verb)
        .arg(folder.join("server"))
        .env("KUBE_PORT", port.to_string())
        .env("KUBE_AUTHENTICATOR", format!("http://127.0.0.1:{authenticator}/"));
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut down = command(self.folder.path(), "down", self.port, self.authenticator);
        let _ = down.as_std_mut().status();
    }
}

/// The DER of every certificate in a base64 PEM.
fn certificates(authority: &str) -> Vec<Vec<u8>> {
    let pem = String::from_utf8(STANDARD.decode(authority).unwrap()).unwrap();
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let body = |block: &str| {
        let body = block.split("-----END").next().unwrap();
        STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
    };
    blocks.map(body).collect()
}
