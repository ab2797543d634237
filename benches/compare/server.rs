//! A local AWS of its own for one tool, and what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::EDXAWS;

/// `edxaws sandbox serve`, empty, on a free port; it ends with this value.
pub struct Server {
    child: Child,
    address: String,
    pub scale: f64,
}

impl Server {
    pub fn start(folder: &Path, scale: f64) -> Self {
        let mut child = Command::new(EDXAWS)
            .args(["sandbox", "serve", "--port", "0", "--state"])
            .arg(folder.join("server"))
            .env("EDXAWS_SANDBOX_SCALE", scale.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the local AWS starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let address = line.trim().trim_start_matches("http://").to_owned();
        Self { child, address, scale }
    }

    /// What every client of AWS understands.
    pub fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", "sandbox".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "sandbox".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("EDXAWS_SANDBOX_SCALE", self.scale.to_string()),
        ]
    }

    pub fn forget_calls(&self) {
        self.ask("DELETE");
    }

    /// The calls since then. One that the local AWS does not know makes the comparison worthless.
    pub fn calls(&self) -> usize {
        let calls: Vec<serde_json::Value> = serde_json::from_str(&self.ask("GET")).expect("calls");
        let unknown: Vec<_> = calls.iter().filter(|one| one["outcome"] == UNKNOWN).collect();
        assert!(unknown.is_empty(), "the local AWS does not know {unknown:?}");
        calls.len()
    }

    fn ask(&self, method: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the local AWS listens");
        let request =
            format!("{method} /_edxaws/trace HTTP/1.1\r\nhost: local\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

const UNKNOWN: &str = "NotImplementedByEdxawsLocalstack";

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
