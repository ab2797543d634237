//! The verbs of the API: what a request does to the objects, and what it answers.

mod delete;
mod parts;
mod read;
mod write;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::apply::managers::{Operation, Writer};
use super::auth::{Caller, Rights};
use super::discovery::{self, Page};
use super::kinds;
use super::route::{Route, Target};
use super::scene::Scene;
use super::status::Refusal;
use super::watch::Watch;
pub use parts::log;

/// One request after routing and authentication.
pub struct Asked {
    pub route: Route,
    pub content_type: String,
    /// The first word of the user agent, which names the manager of fields.
    pub agent: String,
    pub body: Bytes,
    pub caller: Caller,
}

/// An answer.
pub enum Reply {
    Json(u16, Value),
    Text(String),
    Watch(Watch),
    /// The log of a pod, as long as it runs: namespace and name.
    Follow(String, String),
}

impl Asked {
    pub fn json(&self) -> Result<Value, Refusal> {
        if self.content_type.contains("protobuf") || self.content_type.contains("cbor") {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json (the local API reads no {})",
                self.content_type
            );
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let message = format!(
                "the object provided is unrecognized (must be of type Object): {error}; the local \
                 API reads JSON, which is YAML, too"
            );
            Refusal::bad(message)
        })
    }

    pub fn dry_run(&self) -> bool {
        self.route.asked("dryRun") == "All"
    }

    pub fn writer(&self, target: &Target, operation: Operation) -> Writer {
        let named = self.route.asked("fieldManager");
        let manager = if named.is_empty() { self.agent.as_str() } else { named };
        let part = match target.part.as_str() {
            part @ ("status" | "scale") => part,
            _ => "",
        };
        let api_version = target.resource.api_version();
        Writer { manager: manager.to_owned(), operation, part: part.to_owned(), api_version }
    }
}

/// Carries a request out; a dry run works on a copy.
pub fn perform(scene: &mut Scene<'_>, asked: &Asked) -> Result<Reply, Refusal> {
    if !asked.dry_run() {
        return carry_out(scene, asked);
    }
    let mut copy = scene.cluster.clone();
    carry_out(&mut Scene { world: scene.world, cluster: &mut copy, now: scene.now }, asked)
}

fn carry_out(scene: &mut Scene<'_>, asked: &Asked) -> Result<Reply, Refusal> {
    let Some(target) = &asked.route.target else { return about_server(scene, asked) };
    permitted(asked, target)?;
    if !target.part.is_empty() && target.part != "status" && target.part != "finalize" {
        return parts::perform(scene, asked, target);
    }
    match (&asked.route.method, target.name.is_empty()) {
        (&Method::GET, false) if !asked.route.says("watch") => read::get(scene, target),
        (&Method::GET, _) if asked.route.says("watch") => read::watch(asked, target),
        (&Method::GET, true) => read::list(scene, asked, target),
        (&Method::POST, true) => write::create(scene, asked, target),
        (&Method::PUT, false) => write::update(scene, asked, target),
        (&Method::PATCH, false) => write::patch(scene, asked, target),
        (&Method::DELETE, false) => delete::one(scene, asked, target),
        (&Method::DELETE, true) => delete::many(scene, asked, target),
        _ => {
            let message = "the server does not allow this method on the requested resource";
            Err(Refusal::new(405, "MethodNotAllowed", message))
        }
    }
}

fn about_server(scene: &Scene<'_>, asked: &Asked) -> Result<Reply, Refusal> {
    let id = format!("eks_cluster/{}", scene.cluster.name);
    let version = scene.world.get(&id).map_or("1.33", |cluster| cluster.text("version"));
    match discovery::page(&asked.route.path, version, &scene.cluster.id) {
        Some(Page::Json(value)) => Ok(Reply::Json(200, value)),
        Some(Page::Text(text)) => Ok(Reply::Text(text.to_owned())),
        None => parts::review(asked)?.ok_or_else(|| unknown(&asked.route.path)),
    }
}

/// A known group and an unknown resource, or nothing known at all.
fn unknown(path: &str) -> Refusal {
    let mut parts = path.split('/').skip(1);
    let known = match (parts.next(), parts.next(), parts.next()) {
        (Some("api"), Some("v1"), Some(_)) => true,
        (Some("apis"), Some(group), Some(_)) => {
            kinds::RESOURCES.iter().any(|one| one.group == group)
        }
        _ => false,
    };
    if known { Refusal::no_such_path() } else { Refusal::no_page() }
}

fn permitted(asked: &Asked, target: &Target) -> Result<(), Refusal> {
    let reads = asked.route.method == Method::GET;
    match asked.caller.may {
        Rights::All => Ok(()),
        Rights::Read if reads && target.resource.plural != "secrets" => Ok(()),
        _ => {
            let verb = asked.route.method.as_str().to_lowercase();
            let (plural, group) = (target.resource.plural, target.resource.group);
            let place = match target.namespace.as_str() {
                "" => "at the cluster scope".to_owned(),
                namespace => format!("in the namespace \"{namespace}\""),
            };
            let because = format!(
                "User \"{}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {place}",
                asked.caller.user
            );
            Err(Refusal::forbidden(target.resource, &target.name, &because))
        }
    }
}
