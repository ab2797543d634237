//! Who may enter: `k8s-aws-v1.` tokens, access entries and their policies.
//!
//! A token is a presigned GetCallerIdentity. Its signature is not checked (the local AWS knows no
//! secrets) and its date is not compared with the world's clock (a client's clock may be fixed, or
//! start anew with each process): a token is good for fifteen minutes of the world's time after it
//! was first seen, and one not used for that long is forgotten.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::state::Cluster;
use super::status::Refusal;
use crate::services::sts;
use crate::world::{Thing, World};

/// EKS user guide, "Kubernetes API access": a token lives for fifteen minutes.
const LIFE: f64 = 900.0;

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub user: String,
    pub may: Rights,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    All,
    Read,
    Nothing,
}

pub fn caller(
    world: &World,
    cluster: &mut Cluster,
    header: Option<&str>,
    now: f64,
) -> Result<Caller, Refusal> {
    let token =
        header.and_then(|text| text.strip_prefix("Bearer ")).ok_or_else(forbidden_to_nobody)?;
    let access_key = access_key(token.trim()).ok_or_else(unauthorized)?;
    if expired(cluster, token, now) {
        return Err(unauthorized());
    }
    let principal = sts::caller(&access_key);
    let id = format!("eks_cluster/{}", cluster.name);
    let created = world.get(&id).is_some_and(|thing| thing.text("$creator") == principal);
    let entry = world
        .children(&id)
        .find(|child| child.kind == "eks_access_entry" && child.text("principalArn") == principal);
    match (created, entry) {
        (true, _) => Ok(Caller { user: principal, may: Rights::All }),
        (false, Some(entry)) => {
            Ok(Caller { user: entry.text("username").to_owned(), may: rights(entry) })
        }
        (false, None) => Err(unauthorized()),
    }
}

fn rights(entry: &Thing) -> Rights {
    let policies = entry.attrs.get("$policies").and_then(Value::as_array);
    let names: Vec<&str> = policies
        .into_iter()
        .flatten()
        .filter_map(|row| row["policyArn"].as_str()?.rsplit('/').next())
        .collect();
    let writes = |name: &&str| !name.ends_with("ViewPolicy");
    match (names.iter().any(writes), names.is_empty()) {
        (true, _) => Rights::All,
        (false, false) => Rights::Read,
        (false, true) => Rights::Nothing,
    }
}

pub fn unauthorized() -> Refusal {
    Refusal::new(401, "Unauthorized", "Unauthorized")
}

fn forbidden_to_nobody() -> Refusal {
    let message = "forbidden: User \"system:anonymous\" cannot get path";
    Refusal::new(403, "Forbidden", message)
}

/// The access key of a token that has the right shape.
fn access_key(token: &str) -> Option<String> {
    let url = URL_SAFE_NO_PAD.decode(token.strip_prefix("k8s-aws-v1.")?).ok()?;
    let url: http::Uri = String::from_utf8(url).ok()?.parse().ok()?;
    let sts = url.host().is_some_and(|host| host.starts_with("sts."));
    let query: Vec<(String, String)> =
        form_urlencoded::parse(url.query()?.as_bytes()).into_owned().collect();
    let asked =
        |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let named = asked("X-Amz-SignedHeaders")?.split(';').any(|one| one == "x-k8s-aws-id");
    let complete = asked("X-Amz-Date").is_some() && asked("X-Amz-Signature").is_some();
    let identity = asked("Action") == Some("GetCallerIdentity");
    let short = asked("X-Amz-Expires")?.parse::<u32>().ok()? <= 900;
    let key = asked("X-Amz-Credential")?.split('/').next()?.to_owned();
    (sts && named && complete && identity && short).then_some(key)
}

fn expired(cluster: &mut Cluster, token: &str, now: f64) -> bool {
    let hash = Sha256::digest(token);
    let id: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    cluster.tokens.retain(|_, (_, last)| *last + LIFE > now);
    let seen = cluster.tokens.entry(id).or_insert((now, now));
    seen.1 = now;
    now > seen.0 + LIFE
}
