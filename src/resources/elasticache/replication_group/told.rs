//! The description of a replication group also tells which version of its secret the token is: AWS
//! shows nothing else of a token, and takes both in one call, so that they never part.

use crate::resources::secrets::SecretLive;

const TOKEN: &str = ", token ";
/// Enough of a version's id to tell it from the one before.
const LENGTH: usize = 8;

/// The whole description.
pub fn told(description: &str, secret: &SecretLive) -> String {
    match &secret.version {
        Some(version) => {
            let short = version.get(..LENGTH).unwrap_or(version);
            format!("{description}{TOKEN}{short}")
        }
        None => description.to_owned(),
    }
}

/// Whether the token is of another version. Of a group that does not tell, its token is believed to
/// be the right one.
pub fn another_token(live: &str, wanted: &str) -> bool {
    let version = |text: &str| text.rsplit_once(TOKEN).map(|(_, version)| version.to_owned());
    version(live).is_some_and(|live| version(wanted).is_some_and(|wanted| wanted != live))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(version: Option<&str>) -> SecretLive {
        SecretLive {
            name: "cache-auth".to_owned(),
            arn: "arn".to_owned(),
            description: String::new(),
            keys: Vec::new(),
            version: version.map(str::to_owned),
        }
    }

    #[test]
    fn only_another_version_is_another_token() {
        let one = told("Cache", &secret(Some("3f2c9a1b-0000")));
        assert_eq!(one, "Cache, token 3f2c9a1b");
        let two = told("Queues", &secret(Some("77aa0c42-0000")));
        assert!(another_token(&one, &two));
        assert!(!another_token(&one, &told("Queues", &secret(Some("3f2c9a1b-0000")))));
        assert!(!another_token("Cache", &two), "it was made before it was told");
        assert!(!another_token(&one, &told("Cache", &secret(None))));
    }
}
