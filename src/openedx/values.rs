//! Placeholders: what is secret, or known only after apply, stands in rendered text as
//! `__edxaws_<name>__`.
//!
//! Letters, digits and underscores only, so that it passes through YAML, shells, URLs and Python
//! strings as it is.

use std::collections::{BTreeMap, BTreeSet};

const HEAD: &str = "__edxaws_";
const TAIL: &str = "__";

pub const CMS_OAUTH2_SECRET: &str = "cms_oauth2_secret";
/// `jwt::components` computes these from the platform's private key; the public exponent is 65537
/// in every key that edxaws makes and is not hidden.
pub const JWT_PEM: &str = "jwt_pem";
pub const JWT_N: &str = "jwt_n";
pub const JWT_D: &str = "jwt_d";
pub const JWT_P: &str = "jwt_p";
pub const JWT_Q: &str = "jwt_q";
pub const JWT_DP: &str = "jwt_dp";
pub const JWT_DQ: &str = "jwt_dq";
pub const JWT_QI: &str = "jwt_qi";
pub const MEDIA_BUCKET: &str = "media_bucket";
/// Meilisearch makes it from the master key and the uid, and so does `secrets`.
pub const MEILISEARCH_API_KEY: &str = "meilisearch_api_key";
pub const MEILISEARCH_API_KEY_UID: &str = "meilisearch_api_key_uid";
pub const MEILISEARCH_MASTER_KEY: &str = "meilisearch_master_key";
pub const MONGODB_HOST: &str = "mongodb_host";
pub const MONGODB_PASSWORD: &str = "mongodb_password";
/// A whole connection URI with its scheme, for a MongoDB of the user's own.
pub const MONGODB_URI: &str = "mongodb_uri";
pub const MONGODB_USERNAME: &str = "mongodb_username";
pub const MYSQL_HOST: &str = "mysql_host";
pub const MYSQL_PASSWORD: &str = "mysql_password";
pub const MYSQL_ROOT_PASSWORD: &str = "mysql_root_password";
pub const MYSQL_ROOT_USERNAME: &str = "mysql_root_username";
pub const REDIS_HOST: &str = "redis_host";
pub const REDIS_PASSWORD: &str = "redis_password";
pub const SECRET_KEY: &str = "secret_key";
pub const SMTP_PASSWORD: &str = "smtp_password";
pub const SMTP_USERNAME: &str = "smtp_username";

/// Every name there is.
pub const NAMES: &[&str] = &[
    CMS_OAUTH2_SECRET,
    JWT_PEM,
    JWT_N,
    JWT_D,
    JWT_P,
    JWT_Q,
    JWT_DP,
    JWT_DQ,
    JWT_QI,
    MEDIA_BUCKET,
    MEILISEARCH_API_KEY,
    MEILISEARCH_API_KEY_UID,
    MEILISEARCH_MASTER_KEY,
    MONGODB_HOST,
    MONGODB_PASSWORD,
    MONGODB_URI,
    MONGODB_USERNAME,
    MYSQL_HOST,
    MYSQL_PASSWORD,
    MYSQL_ROOT_PASSWORD,
    MYSQL_ROOT_USERNAME,
    REDIS_HOST,
    REDIS_PASSWORD,
    SECRET_KEY,
    SMTP_PASSWORD,
    SMTP_USERNAME,
];

/// Known after apply and worth nothing to a thief: they may stand in a ConfigMap.
pub const PUBLIC: &[&str] = &[JWT_N, MEDIA_BUCKET, MONGODB_HOST, MYSQL_HOST, REDIS_HOST];

/// Before the name of a value that a plugin would make up at random: `secrets` derives it from the
/// platform's secret key.
pub const DERIVED: &str = "derived_";

/// Whether something fills a placeholder of this name.
pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || name.starts_with(DERIVED)
}

/// Whether the value must be kept out of ConfigMaps, arguments and plans.
pub fn is_secret(name: &str) -> bool {
    !PUBLIC.contains(&name)
}

/// The placeholder of a name.
pub fn token(name: &str) -> String {
    format!("{HEAD}{name}{TAIL}")
}

/// Names of the placeholders in a text.
pub fn tokens_in(text: &str) -> BTreeSet<String> {
    pieces(text).filter_map(|(_, name)| name.map(str::to_owned)).collect()
}

/// The text with its values in place, or the first name that has none.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for (before, name) in pieces(text) {
        filled.push_str(before);
        if let Some(name) = name {
            filled.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        }
    }
    Ok(filled)
}

/// Text, and the name of the placeholder behind it.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0;
        while let Some(found) = text[from..].find(HEAD) {
            let start = from + found;
            let inner = &text[start + HEAD.len()..];
            if let Some(name) = name_at(inner) {
                rest = Some(&inner[name.len() + TAIL.len()..]);
                return Some((&text[..start], Some(name)));
            }
            from = start + HEAD.len();
        }
        rest = None;
        Some((text, None))
    })
}

/// The name that a text starts with, when two underscores end it.
fn name_at(text: &str) -> Option<&str> {
    let name = &text[..text.find(TAIL)?];
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_again() {
        for name in NAMES {
            let text = format!("redis://:{}@host", token(name));
            assert_eq!(tokens_in(&text), BTreeSet::from([(*name).to_owned()]));
        }
        let two = format!("{}{}", token(MYSQL_HOST), token(JWT_N));
        assert_eq!(tokens_in(&two).len(), 2);
        assert!(tokens_in("__edxaws_ __edxaws_X__ __edxaws___ __edxaws_open").is_empty());
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let text = format!("a{}b", token(MYSQL_HOST));
        assert_eq!(
            fill(&text, &one(MYSQL_HOST, "{x}__edxaws_jwt_n__")).unwrap_or_default(),
            "a{x}__edxaws_jwt_n__b"
        );
        assert_eq!(fill(&text, &one(JWT_N, "")), Err(MYSQL_HOST.to_owned()));
        assert_eq!(fill("__edxaws_é", &BTreeMap::new()).as_deref(), Ok("__edxaws_é"));
    }
}
