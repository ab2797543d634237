//! From a platform's secret to the values that stand for its placeholders; pure, and in memory only.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use super::{jwt, values};
use crate::aws::Hidden;

/// Name of the private key in the secret; the other values bear the names of their placeholders.
pub const JWT_KEY: &str = "jwt_rsa_private_key";

/// Why a secret does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("the platform's secret is no JSON object")]
    NotAnObject,
    #[error("the platform's secret holds no text `{0}`")]
    Lacks(&'static str),
    #[error("`{JWT_KEY}` in the platform's secret: {0}")]
    Key(#[from] jwt::JwtError),
}

/// What `names` stand for, as far as the platform's secret knows it: its own values, the parts of
/// its key, and what is derived from it. Hosts, databases and mail are somebody else's.
pub fn values(
    secret: &Hidden<String>,
    names: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, Hidden<String>>, SecretError> {
    let secret: Map<String, Value> =
        serde_json::from_str(secret.expose()).map_err(|_| SecretError::NotAnObject)?;
    let text = |name: &'static str| {
        secret.get(name).and_then(Value::as_str).ok_or(SecretError::Lacks(name))
    };
    let mut key = None;
    let mut all = BTreeMap::new();
    for name in names {
        let value = if let Some(what) = name.strip_prefix(values::DERIVED) {
            Hidden::new(derived(text(values::SECRET_KEY)?, what))
        } else if name == values::MEILISEARCH_API_KEY {
            let master = text(values::MEILISEARCH_MASTER_KEY)?;
            Hidden::new(keyed(master, text(values::MEILISEARCH_API_KEY_UID)?))
        } else if name.starts_with("jwt_") {
            if key.is_none() {
                key = Some(jwt::components(text(JWT_KEY)?)?);
            }
            match key.as_ref().and_then(|parts| parts.get(&name)) {
                Some(part) => part.clone(),
                None => continue,
            }
        } else {
            match secret.get(&name).and_then(Value::as_str) {
                Some(value) => Hidden::new(value.to_owned()),
                None => continue,
            }
        };
        all.insert(name, value);
    }
    Ok(all)
}

/// 32 hexadecimal digits, the same for the same platform and name.
fn derived(secret_key: &str, what: &str) -> String {
    keyed(secret_key, &format!("edxaws {what}")).chars().take(32).collect()
}

/// HMAC-SHA256 in hexadecimal, which is also how Meilisearch makes a key from its uid.
fn keyed(key: &str, text: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), text.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn own_derived_and_foreign_values() {
        let pem = jwt::generate().unwrap();
        let secret = json!({
            "secret_key": "s", "meilisearch_master_key": "key", JWT_KEY: pem.expose(),
            "meilisearch_api_key_uid": "The quick brown fox jumps over the lazy dog",
        });
        let secret = Hidden::new(secret.to_string());
        let wanted = names(&[
            "secret_key",
            "meilisearch_api_key",
            "jwt_n",
            "derived_a",
            "derived_b",
            "mysql_host",
        ]);
        let all = values(&secret, wanted.clone()).unwrap();
        assert_eq!(all.len(), 5, "the host is not in the secret");
        assert_eq!(all["secret_key"].expose(), "s");
        // The example of RFC-like test vectors for HMAC-SHA256 with the key `key`.
        assert_eq!(
            all["meilisearch_api_key"].expose(),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
        assert_eq!(all["derived_a"].expose().len(), 32);
        assert_ne!(all["derived_a"], all["derived_b"]);
        assert_eq!(values(&secret, wanted).unwrap(), all);
    }

    #[test]
    fn what_is_missing_is_named() {
        let empty = Hidden::new("{}".to_owned());
        assert_eq!(
            values(&empty, names(&["jwt_d"])).unwrap_err(),
            SecretError::Lacks("jwt_rsa_private_key")
        );
        let text = Hidden::new("canary".to_owned());
        assert_eq!(values(&text, names(&["secret_key"])).unwrap_err(), SecretError::NotAnObject);
    }
}
