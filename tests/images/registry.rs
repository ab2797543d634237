//! A container registry on the loopback interface: it wants a token, has every image, and misbehaves
//! where the name of a repository says so.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

pub struct Registry {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// One request: its target, and what it showed and would take.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub target: String,
    pub token: Option<String>,
    pub accepts: String,
}

struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Registry {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (own, log) = (address.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, log) = (own.clone(), log.clone());
                std::thread::spawn(move || serve(&stream, &own, &log));
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// The digest of what the registry holds under a name.
pub fn digest(repository: &str, tag: &str) -> String {
    sha256(&manifest(repository, tag))
}

fn manifest(repository: &str, tag: &str) -> String {
    format!(r#"{{"schemaVersion":2,"manifests":[],"annotations":{{"of":"{repository}:{tag}"}}}}"#)
}

fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// One request a connection.
fn serve(mut stream: &TcpStream, own: &str, log: &Mutex<Vec<Asked>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let mut asked = Asked {
        target: first.split(' ').nth(1).unwrap_or_default().to_owned(),
        ..Asked::default()
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => asked.token = Some(value.to_owned()),
            "accept" => asked.accepts = value.to_owned(),
            _ => {}
        }
    }
    let Answer { status, headers, body } = answer(&asked, own);
    log.lock().unwrap().push(asked);
    let mut text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = write!(stream, "{text}connection: close\r\n\r\n{body}");
}

fn answer(asked: &Asked, own: &str) -> Answer {
    let plain = |status, body: &str| Answer { status, headers: Vec::new(), body: body.to_owned() };
    if let Some(query) = asked.target.strip_prefix("/token?service=test&scope=repository:") {
        let repository = query.trim_end_matches(":pull");
        return plain("200 OK", &format!(r#"{{"token":"for-{repository}"}}"#));
    }
    let Some((repository, tag)) =
        asked.target.strip_prefix("/v2/").and_then(|rest| rest.split_once("/manifests/"))
    else {
        return plain("404 Not Found", "");
    };
    let owner = repository.split('/').next().unwrap_or_default();
    let realm = match owner {
        "private" => Some(r#"Basic realm="passwords""#.to_owned()),
        "elsewhere" => Some(r#"Bearer realm="http://example.org/token""#.to_owned()),
        _ if asked.token == Some(format!("Bearer for-{repository}")) => None,
        _ => Some(format!(r#"Bearer realm="http://{own}/token",service="test""#)),
    };
    if let Some(realm) = realm {
        let headers = vec![("www-authenticate", realm)];
        return Answer { status: "401 Unauthorized", headers, body: String::new() };
    }
    let held = manifest(repository, tag);
    match owner {
        "missing" => plain("404 Not Found", "{}"),
        "busy" => plain("429 Too Many Requests", ""),
        "broken" => plain("500 Internal Server Error", ""),
        "lying" => Answer {
            status: "200 OK",
            headers: vec![("docker-content-digest", sha256("something else"))],
            body: held,
        },
        "silent" => plain("200 OK", &held),
        _ => Answer {
            status: "200 OK",
            headers: vec![("docker-content-digest", sha256(&held))],
            body: held,
        },
    }
}
