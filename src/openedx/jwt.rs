//! The key that a platform signs its tokens with: made, taken apart for Django's settings, and kept
//! out of whatever renders them.

mod der;

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use super::values;
use crate::aws::Hidden;

/// Why a key cannot be used; never with a word of the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    #[error("the system could not make an RSA key")]
    NotMade,
    #[error("this is no RSA private key in PEM")]
    NotRsa,
}

const BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----";
const END: &str = "-----END RSA PRIVATE KEY-----";
const LINE: usize = 64;

/// A new 2048-bit key in the form in which Tutor writes its own (PKCS#1, PEM).
pub fn generate() -> Result<Hidden<String>, JwtError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| JwtError::NotMade)?;
    let whole: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| JwtError::NotMade)?;
    let inner = der::unwrapped(whole.as_ref()).ok_or(JwtError::NotMade)?;
    Ok(Hidden::new(pem(inner)))
}

/// The values that stand for a key in rendered text, by the names in `values`: its PEM, and the
/// members of its JSON Web Key in base64url.
pub fn components(pem: &str) -> Result<BTreeMap<String, Hidden<String>>, JwtError> {
    let bytes = decoded(pem).ok_or(JwtError::NotRsa)?;
    let inner = der::unwrapped(&bytes).ok_or(JwtError::NotRsa)?;
    let [_version, n, _e, d, p, q, dp, dq, qi] = der::integers(inner).ok_or(JwtError::NotRsa)?;
    let members = [
        (values::JWT_N, n),
        (values::JWT_D, d),
        (values::JWT_P, p),
        (values::JWT_Q, q),
        (values::JWT_DP, dp),
        (values::JWT_DQ, dq),
        (values::JWT_QI, qi),
    ];
    let mut all: BTreeMap<_, _> = members
        .into_iter()
        .map(|(name, number)| (name.to_owned(), Hidden::new(BASE64_URL_SAFE_NO_PAD.encode(number))))
        .collect();
    all.insert(values::JWT_PEM.to_owned(), Hidden::new(self::pem(inner)));
    Ok(all)
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = String::from(BEGIN);
    for (position, letter) in text.chars().enumerate() {
        if position % LINE == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem + "\n" + END
}

fn decoded(pem: &str) -> Option<Vec<u8>> {
    let body = pem.lines().map(str::trim).filter(|line| !line.is_empty());
    let body: Vec<&str> = body.collect();
    let (first, last) = (body.first()?, body.last()?);
    let key = first.ends_with("PRIVATE KEY-----") && last.starts_with("-----END");
    let inner = body.get(1..body.len().checked_sub(1)?).filter(|_| key)?;
    BASE64_STANDARD.decode(inner.concat()).ok()
}

/// A key that renderers are given in place of the platform's own: Tutor's templates take it apart,
/// and what they make of it gives way to placeholders.
pub struct StandIn {
    pem: String,
    members: BTreeMap<String, String>,
}

impl StandIn {
    /// Made for one rendering and used for nothing.
    pub fn new() -> Result<Self, JwtError> {
        let pem = generate()?.expose().clone();
        let members = components(&pem)?;
        let members =
            members.into_iter().map(|(name, value)| (name, value.expose().clone())).collect();
        Ok(Self { pem, members })
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The text with placeholders for every trace of the key, or `None` when one is left.
    pub fn taken_out(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for (name, member) in &self.members {
            if text.contains(member.as_str()) {
                text = text.replace(member.as_str(), &values::token(name));
            }
        }
        (!self.is_in(&text)).then_some(text)
    }

    /// Whether any line of the PEM, or any member in whatever base64, is in a text.
    fn is_in(&self, text: &str) -> bool {
        let lines = self.pem.lines().filter(|line| line.len() == LINE && !line.starts_with('-'));
        let urls = lines.clone().map(|line| line.replace('+', "-").replace('/', "_"));
        let mut traces = lines.map(str::to_owned).chain(urls).chain(self.members.values().cloned());
        traces.any(|trace| text.contains(&trace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_and_taken_apart() {
        let pem = generate().unwrap();
        let parts = components(pem.expose()).unwrap();
        assert_eq!(parts.len(), 8);
        assert_eq!(parts[values::JWT_PEM], pem);
        let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(parts[name].expose()).unwrap();
        assert_eq!(bytes(values::JWT_N).len(), 256);
        assert_eq!(bytes(values::JWT_P).len(), 128);
        // A product ends as the product of the ends does.
        let ends = |name| usize::from(*bytes(name).last().unwrap());
        let product = ends(values::JWT_P) * ends(values::JWT_Q) % 256;
        assert_eq!(product, ends(values::JWT_N));
        assert_ne!(generate().unwrap(), pem);
    }

    #[test]
    fn pkcs8_is_read_as_well() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let whole: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let text = BASE64_STANDARD.encode(whole.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        let parts = components(&pem).unwrap();
        assert_eq!(components(parts[values::JWT_PEM].expose()).unwrap(), parts);
    }

    #[test]
    fn what_is_no_key_is_refused_without_quoting_it() {
        for text in
            ["", "canary", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
        {
            assert_eq!(components(text).unwrap_err(), JwtError::NotRsa);
        }
    }

    #[test]
    fn a_stand_in_leaves_no_trace() {
        let key = StandIn::new().unwrap();
        let text = format!("a: \"{}\"\nb: {}", key.members[values::JWT_D], key.pem());
        assert_eq!(key.taken_out(&text).unwrap(), "a: \"__edxaws_jwt_d__\"\nb: __edxaws_jwt_pem__");
        let indented = key.pem().replace('\n', "\n  ");
        assert_eq!(key.taken_out(&indented), None, "a form that is not known");
    }
}
