//! What a request is about: the cluster, the resource, the object, the part of it.

use std::collections::BTreeMap;

use super::kinds::{self, Resource};

/// One request, taken apart.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: http::Method,
    /// The path without the cluster's prefix.
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub target: Option<Target>,
}

/// What of the API it means.
#[derive(Debug, Clone)]
pub struct Target {
    pub resource: &'static Resource,
    /// Empty: all of them, or a resource without.
    pub namespace: String,
    /// Empty: all of them.
    pub name: String,
    pub part: String,
}

/// The id in `https://<ID>.gr7.<region>.eks.amazonaws.com/…` or `…/clusters/<id>/…`, and the path
/// behind it.
pub fn cluster(uri: &http::Uri, host_header: Option<&str>) -> Option<(String, String)> {
    let path = uri.path();
    if let Some(rest) = path.strip_prefix("/clusters/") {
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        // Clients put the prefix before paths that have it already.
        let rest = rest.strip_prefix(&format!("clusters/{id}/")).unwrap_or(rest);
        return Some((id.to_uppercase(), format!("/{rest}")));
    }
    let host = uri.host().or(host_header)?;
    let (id, rest) = host.split_once('.')?;
    rest.contains("eks.amazonaws.com").then(|| (id.to_uppercase(), path.to_owned()))
}

impl Route {
    pub fn new(method: http::Method, path: String, query: Option<&str>) -> Self {
        let query =
            query.map(|text| form_urlencoded::parse(text.as_bytes()).into_owned().collect());
        let target = Target::of(&path);
        Self { method, path, query: query.unwrap_or_default(), target }
    }

    pub fn asked(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub fn says(&self, name: &str) -> bool {
        matches!(self.asked(name), "true" | "1")
    }

    /// `PATCH deployments`, `LIST pods`, `WATCH pods`, `POST pods/eviction`: how faults and traces
    /// name it.
    pub fn action(&self) -> String {
        let Some(target) = &self.target else {
            return format!("{} {}", self.method, self.path);
        };
        let method = match (self.method.as_str(), target.name.is_empty()) {
            ("GET", true) if self.says("watch") => "WATCH",
            ("GET", true) => "LIST",
            (method, _) => method,
        };
        let part = if target.part.is_empty() { String::new() } else { format!("/{}", target.part) };
        format!("{method} {}{part}", target.resource.plural)
    }
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let named = |namespace: &str, rest: &[&str]| {
            let resource = kinds::find(group, version, rest.first()?)?;
            let at = |number: usize| rest.get(number).copied().unwrap_or_default().to_owned();
            let part = if rest.len() > 4 { return None } else { at(2) };
            if !part.is_empty() && !resource.parts.contains(&part.as_str()) {
                return None;
            }
            Some(Self { resource, namespace: namespace.to_owned(), name: at(1), part })
        };
        match rest {
            // `namespaces/x/status` is a part of a namespace, `namespaces/x/pods` what is in it.
            ["namespaces", _, part, ..] if !matches!(*part, "status" | "finalize") => {
                let target = named(rest[1], &rest[2..])?;
                target.resource.namespaced().then_some(target)
            }
            rest => named("", rest),
        }
    }
}
