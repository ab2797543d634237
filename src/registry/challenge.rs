//! What a registry answers to somebody without a token: where to fetch one (RFC 6750, section 3).

use std::collections::BTreeMap;

/// Where tokens are given out, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    service: Option<String>,
}

impl Challenge {
    /// `None` for any other way to log in, of which nobody without a password has use.
    pub fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut fields = fields(rest);
        Some(Self { realm: fields.remove("realm")?, service: fields.remove("service") })
    }

    /// The address that gives a token to read one repository.
    pub fn token_for(&self, repository: &str) -> String {
        let start = if self.realm.contains('?') { '&' } else { '?' };
        let service = self.service.as_ref().map(|name| format!("service={}&", encoded(name)));
        let scope = encoded(&format!("repository:{repository}:pull"));
        format!("{}{start}{}scope={scope}", self.realm, service.unwrap_or_default())
    }
}

/// `name="value"` pairs; commas stand within values, too.
fn fields(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        found.insert(name, value.trim().to_owned());
        rest = next;
    }
    found
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'/' | b':' => {
                out.push(byte.into());
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_leads_to_a_token() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/caddy:pull,push""#;
        let challenge = Challenge::parse(header).unwrap();
        assert_eq!(
            challenge.token_for("library/caddy"),
            "https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/caddy:pull"
        );
        let short = Challenge::parse(r#"bearer realm="http://localhost/t?a=1", service=a b"#);
        let short = short.unwrap().token_for("x");
        assert_eq!(short, "http://localhost/t?a=1&service=a%20b&scope=repository:x:pull");
        assert_eq!(Challenge::parse(r#"Basic realm="https://ecr""#), None);
        assert_eq!(Challenge::parse(r#"Bearer service="x""#), None);
    }
}
