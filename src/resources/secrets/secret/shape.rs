//! What a secret is made of, and how AWS makes it up.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::get_random_password::builders::GetRandomPasswordFluentBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::wire::missing;
use crate::aws::{Hidden, Scope};
use crate::openedx::jwt;
use crate::resource::{Failure, Result};

/// What a secret holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// One password, as it is.
    Password(Password),
    /// A JSON object with a value for each key.
    Keys(BTreeMap<String, Password>),
}

/// One value to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    pub length: u16,
    pub characters: Characters,
}

/// What a value is made of. No punctuation anywhere: it would have to be escaped in URLs, SQL and
/// shells, and a few more characters do as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    LettersAndDigits,
    /// A random UUID; the length is its own.
    Uuid,
    /// An RSA private key of `length` bits, in PEM; made by this program, for AWS makes none.
    RsaKey,
}

impl Password {
    pub const fn of(length: u16) -> Self {
        Self { length, characters: Characters::LettersAndDigits }
    }

    /// What a site signs its tokens with.
    pub const RSA_KEY: Self = Self { length: 2048, characters: Characters::RsaKey };

    pub const UUID: Self = Self { length: 36, characters: Characters::Uuid };

    async fn make(self, scope: &Scope) -> Result<Hidden<String>> {
        match self.characters {
            Characters::LettersAndDigits => made_up(ask(scope, self.length)).await,
            Characters::Uuid => {
                let call = ask(scope, 32).exclude_uppercase(true);
                let digits = made_up(call.exclude_characters("ghijklmnopqrstuvwxyz")).await?;
                Ok(digits.map(|digits| as_uuid(&digits)))
            }
            Characters::RsaKey => jwt::generate().map_err(|error| {
                Failure::unexpected("secretsmanager", "CreateSecret", error.to_string())
            }),
        }
    }
}

fn ask(scope: &Scope, length: u16) -> GetRandomPasswordFluentBuilder {
    let call = scope.aws.secrets.get_random_password().exclude_punctuation(true);
    call.password_length(length.into())
}

/// AWS makes it up, so its randomness is AWS's and a replayed run makes other secrets.
async fn made_up(call: GetRandomPasswordFluentBuilder) -> Result<Hidden<String>> {
    let answer = call.send().await?;
    let text = answer.random_password().ok_or_else(|| missing("GetRandomPassword", "text"))?;
    Ok(Hidden::new(text.to_owned()))
}

/// 32 hexadecimal digits in the form of a version 4 UUID.
fn as_uuid(digits: &str) -> String {
    let number = u128::from_str_radix(digits, 16).unwrap_or_default();
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid().to_string()
}

impl Shape {
    /// Names of its values, in order; a single password has none.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::Password(_) => Vec::new(),
            Self::Keys(keys) => keys.keys().cloned().collect(),
        }
    }

    /// A whole new value.
    pub async fn make(&self, scope: &Scope) -> Result<Hidden<String>> {
        match self {
            Self::Password(password) => password.make(scope).await,
            Self::Keys(keys) => Ok(add(scope, keys, Map::new()).await?.0),
        }
    }

    /// `value` with what it lacks; `None` when it lacks nothing.
    pub async fn complete(
        &self,
        scope: &Scope,
        value: Hidden<String>,
    ) -> Result<Option<Hidden<String>>> {
        let Self::Keys(keys) = self else { return Ok(None) };
        let present = serde_json::from_str(value.expose()).map_err(|_| {
            // The parser's own message could quote the value.
            let message = "the secret is not a JSON object, so nothing can be added to it";
            Failure::unexpected("secretsmanager", "GetSecretValue", message)
        })?;
        let (whole, added) = add(scope, keys, present).await?;
        Ok((added > 0).then_some(whole))
    }
}

/// Makes up what `present` lacks; the whole as JSON, and how many were added.
async fn add(
    scope: &Scope,
    keys: &BTreeMap<String, Password>,
    mut present: Map<String, Value>,
) -> Result<(Hidden<String>, usize)> {
    let lacking = keys.iter().filter(|(key, _)| !present.contains_key(*key));
    let lacking: Vec<_> = lacking.map(|(key, password)| (key.clone(), *password)).collect();
    let added = lacking.len();
    for (key, password) in lacking {
        let made = password.make(scope).await?;
        present.insert(key, made.expose().clone().into());
    }
    Ok((Hidden::new(Value::Object(present).to_string()), added))
}
