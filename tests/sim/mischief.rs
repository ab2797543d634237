//! Mischief that a case may order: a stranger in the account, answers that arrive changed.

use std::collections::BTreeSet;

use edxaws_localstack::{Owner, Reply, World};

/// What a stranger does to one of our objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meddling {
    Delete,
    Retag,
}

/// A stranger picks one of our objects that nothing else needs; says which.
pub fn meddle(world: &mut World, random: &mut fastrand::Rng, how: Meddling) -> Option<String> {
    let used: BTreeSet<&String> = world.things.values().flat_map(|thing| &thing.refs).collect();
    let ours = world.things.values().filter(|thing| {
        thing.owner == Owner::Client
            && thing.gone.is_none()
            && thing.tags.contains_key("edxaws:address")
            // Its interfaces go by the service's own doing, which is not asked here.
            && thing.kind != "load_balancer"
            && !used.contains(&thing.id)
    });
    let ids: Vec<String> = ours.map(|thing| thing.id.clone()).collect();
    let id = random.choice(&ids)?.clone();
    match how {
        Meddling::Delete => world.remove(&id),
        Meddling::Retag => {
            let thing = world.things.get_mut(&id)?;
            thing.tags.remove("Name");
            thing.tags.insert("touched".to_owned(), "by a stranger".to_owned());
        }
    }
    Some(id)
}

/// The SDK reads XML as far as it goes; over HTTP a body that is too short is noticed before.
pub fn truncated(reply: &mut Reply) {
    if reply.content_type.contains("json") {
        reply.body.truncate(reply.body.len() / 2);
    }
}

/// XML and JSON alike: an element or field that the SDK knows is not there.
pub fn emptied(reply: &mut Reply) {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let empty = match reply.content_type {
        "text/xml" | "application/xml" => match (text.find("?>"), text.rfind("</")) {
            (Some(head), Some(tail)) => {
                let open = text[head..].find('<').map_or(head, |at| head + at);
                let end = text[open..].find('>').map_or(tail, |at| open + at + 1);
                format!("{}{}", &text[..end], &text[tail..])
            }
            _ => text,
        },
        "application/cbor" => return,
        _ => "{}".to_owned(),
    };
    reply.body = empty.into_bytes();
}

/// Words that AWS may invent tomorrow.
pub fn unknown_words(reply: &mut Reply) {
    if reply.content_type == "application/cbor" {
        return;
    }
    let mut text = String::from_utf8_lossy(&reply.body).into_owned();
    for word in ["available", "ACTIVE", "active", "creating", "CREATING", "Deployed", "InService"] {
        text = text.replace(&format!(">{word}<"), ">pondering<");
        text = text.replace(&format!("\"{word}\""), "\"pondering\"");
    }
    reply.body = text.into_bytes();
}
