//! Which versions of secrets an object was applied with, so that a secret that was rotated is seen
//! and only what uses it is rolled out. A version's id tells nothing of its value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Anchor, Fill};
use crate::diff::{Forces, Reason};
use crate::resource::Facts;

/// Before the address of whoever knows the secret.
const ANNOTATION: &str = "secrets.edxaws.io/";

/// A secret that an object, or a pod of it, takes values from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    pub of: Anchor,
    /// Where the upstream's live values hold the id of the current version.
    pub pointer: String,
}

impl Version {
    /// The secret behind a value, if it is to be followed.
    pub fn behind(fill: &Fill) -> Option<Self> {
        match fill {
            Fill::Secret { of, version, .. } => {
                Some(Self { of: of.clone(), pointer: version.clone()? })
            }
            _ => None,
        }
    }

    fn annotation(&self) -> String {
        format!("{ANNOTATION}{}", self.of.0)
    }

    fn current<'a>(&self, facts: &'a Facts) -> Current<'a> {
        match facts.value(&self.of.0) {
            None => Current::AfterApply,
            Some(live) => match live.pointer(&self.pointer).and_then(Value::as_str) {
                Some(version) => Current::Is(version),
                None => Current::Untold,
            },
        }
    }

    /// What stands on the live object.
    fn applied<'a>(&self, live: &'a Value) -> &'a Value {
        let notes = live.pointer("/metadata/annotations");
        notes.and_then(|notes| notes.get(self.annotation())).unwrap_or(&Value::Null)
    }

    fn change(&self, live: &Value, facts: &Facts) -> Option<Reason> {
        let applied = self.applied(live);
        let to = match self.current(facts) {
            Current::Untold => return None,
            Current::Is(version) if applied == version => return None,
            Current::Is(version) => Some(version.into()),
            Current::AfterApply => None,
        };
        Some(Reason {
            attribute: format!("version of {}", self.of.0),
            from: applied.clone(),
            to,
            forces_replacement: Forces::Update,
            held_by: None,
        })
    }
}

/// What an upstream tells of its secret.
enum Current<'a> {
    /// It is yet to be made, or about to change.
    AfterApply,
    Is(&'a str),
    Untold,
}

/// Why a live object has to be applied anew.
pub fn changes(versions: &[Version], live: &Value, facts: &Facts) -> Vec<Reason> {
    versions.iter().filter_map(|version| version.change(live, facts)).collect()
}

/// Notes on the object what it is applied with; on its pods, too, so that they are replaced.
pub fn note(versions: &[Version], body: &mut Value, facts: &Facts) {
    for version in versions {
        let Current::Is(id) = version.current(facts) else { continue };
        let name = version.annotation();
        body["metadata"]["annotations"][&name] = id.into();
        if let Some(Value::Object(template)) = body.pointer_mut("/spec/template") {
            let metadata = template.entry("metadata").or_insert(Value::Null);
            metadata["annotations"][&name] = id.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::address::Address;

    fn site() -> Vec<Version> {
        let of = Anchor(Address::new("secret", "openedx-main"));
        vec![Version { of, pointer: "/version".to_owned() }]
    }

    fn facts(live: Value) -> Facts {
        Facts::new(BTreeMap::from([(Address::new("secret", "openedx-main"), live)]))
    }

    #[test]
    fn what_was_noted_is_no_change_and_another_version_is() {
        let (one, two) = (facts(json!({"version": "one"})), facts(json!({"version": "two"})));
        let mut body = json!({"kind": "Deployment", "spec": {"template": {}}});
        note(&site(), &mut body, &one);
        let notes = json!({"secrets.edxaws.io/secret.openedx-main": "one"});
        assert_eq!(body["metadata"]["annotations"], notes);
        assert_eq!(body["spec"]["template"]["metadata"]["annotations"], notes);
        assert_eq!(changes(&site(), &body, &one), []);
        let shown: Vec<String> =
            changes(&site(), &body, &two).iter().map(ToString::to_string).collect();
        assert_eq!(shown, [r#"version of secret.openedx-main: "one" → "two""#]);
    }

    #[test]
    fn what_is_yet_to_be_made_is_known_after_apply_and_what_is_untold_is_not_followed() {
        let body = json!({"kind": "Secret"});
        let unknown = changes(&site(), &body, &Facts::default());
        assert_eq!(unknown[0].to, None);
        assert_eq!(changes(&site(), &body, &facts(json!({"version": null}))), []);
        let mut same = body.clone();
        note(&site(), &mut same, &facts(json!({})));
        assert_eq!(same, body);
    }
}
