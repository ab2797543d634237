//! What a browser would get from a host whose records point into the local AWS.

use serde_json::{Value, json};

use crate::transport::LocalAws;
use crate::world::{Stage, Thing, World};

impl LocalAws {
    /// The status of `GET https://HOST/PATH`: what the load balancer behind the record would say.
    pub async fn web(&self, host: &str, _path: &str) -> u16 {
        let now = self.clock.now();
        let found = self.world(|world| behind(world, host, now));
        match found {
            Ok(Some(Behind { healthy: true })) => 200,
            // The balancer is there, its targets are not.
            Ok(Some(Behind { healthy: false })) => 503,
            Ok(None) | Err(_) => 421,
        }
    }
}

struct Behind {
    healthy: bool,
}

/// The load balancer that a host's record names, and whether a registered node stands behind it.
fn behind(world: &World, host: &str, now: f64) -> Option<Behind> {
    let name = format!("{}.", host.trim_end_matches('.'));
    let record = world
        .of_kind("record")
        .filter_map(|one| one.attrs.get("$record"))
        .find(|record| record["Name"] == name.as_str() && record["Type"] == "A")?;
    let target = record.pointer("/AliasTarget/DNSName")?.as_str()?;
    let target = target.trim_end_matches('.').trim_start_matches("dualstack.");
    let balancer = world
        .of_kind("load_balancer")
        .find(|one| one.text("DNSName").eq_ignore_ascii_case(target))
        .filter(|one| one.stage(now) == Stage::Active)?;
    let groups = world.of_kind("target_group").filter(|group| serves(world, balancer, group));
    let healthy = groups.into_iter().any(|group| registered(world, group, now));
    Some(Behind { healthy })
}

fn serves(world: &World, balancer: &Thing, group: &Thing) -> bool {
    let mut listeners = world.children(&balancer.id).filter(|one| one.kind == "listener");
    listeners.any(|one| one.refs.contains(&group.id))
}

fn registered(world: &World, group: &Thing, now: f64) -> bool {
    let attached = |scaling: &&Thing| {
        let sources = scaling.attrs.get("$sources").and_then(Value::as_array);
        sources.into_iter().flatten().any(|row| row["id"] == json!(group.id))
    };
    let groups = world.of_kind("auto_scaling_group").filter(attached);
    groups.into_iter().any(|scaling| {
        world
            .children(&scaling.id)
            .any(|one| one.kind == "instance" && one.stage(now) == Stage::Active)
    })
}
