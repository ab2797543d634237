//! Get, list, watch.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Asked, Reply};
use crate::kubernetes::json::{name, namespace};
use crate::kubernetes::route::Target;
use crate::kubernetes::scene::Scene;
use crate::kubernetes::selector::Selector;
use crate::kubernetes::status::Refusal;
use crate::kubernetes::watch::Watch;

pub fn get(scene: &Scene<'_>, target: &Target) -> Result<Reply, Refusal> {
    Ok(Reply::Json(200, super::write::found(scene, target)?))
}

pub fn selector(asked: &Asked, target: &Target) -> Result<Selector, Refusal> {
    let (labels, fields) = (asked.route.asked("labelSelector"), asked.route.asked("fieldSelector"));
    Selector::parse(target.resource, labels, fields)
}

pub fn space(target: &Target) -> Option<&str> {
    Some(target.namespace.as_str()).filter(|space| !space.is_empty())
}

pub fn list(scene: &Scene<'_>, asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let selector = selector(asked, target)?;
    let start = asked.route.asked("continue");
    let after = if start.is_empty() { None } else { Some(decode(start)?) };
    let place = |object: &Value| (namespace(object).to_owned(), name(object).to_owned());
    let rest: Vec<&Value> = scene
        .cluster
        .list(target.resource.plural, space(target))
        .filter(|object| after.as_ref().is_none_or(|after| place(object) > *after))
        .filter(|object| selector.fits(object))
        .collect();
    let limit = asked.route.asked("limit").parse().ok().filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(usize::MAX);
    let mut metadata = json!({"resourceVersion": scene.cluster.revision.to_string()});
    if rest.len() > limit {
        let (space, name) = place(rest[limit - 1]);
        metadata["continue"] = URL_SAFE_NO_PAD.encode(format!("{space}/{name}")).into();
        metadata["remainingItemCount"] = (rest.len() - limit).into();
    }
    let items: Vec<Value> = rest.into_iter().take(limit).map(bare).collect();
    let kind = format!("{}List", target.resource.kind);
    let list = json!({"kind": kind, "apiVersion": target.resource.api_version(),
        "metadata": metadata, "items": items});
    Ok(Reply::Json(200, list))
}

/// In a list, the list says what its items are.
fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(map) = &mut object {
        map.remove("apiVersion");
        map.remove("kind");
    }
    object
}

fn decode(token: &str) -> Result<(String, String), Refusal> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.as_deref().and_then(|text| text.split_once('/'));
    let (space, name) =
        pair.ok_or_else(|| Refusal::bad("continue key is not valid: it was not made here"))?;
    Ok((space.to_owned(), name.to_owned()))
}

pub fn watch(asked: &Asked, target: &Target) -> Result<Reply, Refusal> {
    let mut selector = selector(asked, target)?;
    if !target.name.is_empty() {
        let field = format!("metadata.name={}", target.name);
        selector = Selector::parse(target.resource, asked.route.asked("labelSelector"), &field)?;
    }
    let from = asked.route.asked("resourceVersion");
    let from: u64 = match from {
        "" => 0,
        text => text.parse().map_err(|_| Refusal::bad(format!("Invalid value: \"{text}\"")))?,
    };
    Ok(Reply::Watch(Watch {
        resource: target.resource,
        namespace: target.namespace.clone(),
        selector,
        from: Some(from).filter(|from| *from > 0),
        initial: asked.route.says("sendInitialEvents"),
        bookmarks: asked.route.says("allowWatchBookmarks"),
        seconds: asked.route.asked("timeoutSeconds").parse().unwrap_or(1_800.0),
    }))
}
