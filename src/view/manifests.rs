//! Kubernetes manifests for people: YAML, with no secret in it.

use serde_json::Value;

use super::text::{GREEN, paint};
use crate::openedx::values;

/// Whether a plan shows whole manifests, or only what it changes in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manifests {
    Changes,
    Whole,
}

impl Manifests {
    pub fn whole_if(asked: bool) -> Self {
        if asked { Self::Whole } else { Self::Changes }
    }
}

/// What stands for a value that nobody is to see.
const SECRET: &str = "(secret)";
const LATER: &str = "(known after apply)";

/// The manifest that desired values hold, if they hold one, line by line.
pub fn lines(desired: &Value) -> Vec<String> {
    let Some(body) = desired.get("body").filter(|body| body.is_object()) else { return Vec::new() };
    let mut body = body.clone();
    conceal(&mut body);
    settle(&mut body);
    let yaml = serde_saphyr::to_string(&body).unwrap_or_else(|_| body.to_string());
    yaml.lines().map(|line| paint(GREEN, &format!("+ {line}"))).collect()
}

/// Takes the values out of every Secret, wherever in a document it is.
pub fn conceal(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("kind").is_some_and(|kind| kind == "Secret") {
                for part in ["data", "stringData"] {
                    let data = fields.get_mut(part).and_then(Value::as_object_mut);
                    data.into_iter().flatten().for_each(|(_, value)| *value = SECRET.into());
                }
            }
            fields.values_mut().for_each(conceal);
        }
        Value::Array(items) => items.iter_mut().for_each(conceal),
        _ => {}
    }
}

/// Says in words what placeholders stand for.
fn settle(value: &mut Value) {
    match value {
        Value::String(text) => {
            let words = values::tokens_in(text).into_iter().map(|name| {
                let word = if values::is_secret(&name) { SECRET } else { LATER };
                (name, word.to_owned())
            });
            if let Ok(told) = values::fill(text, &words.collect()) {
                *text = told;
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(settle),
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(body: Value) -> String {
        let lines = lines(&json!({ "body": body }));
        lines.iter().map(|line| format!("{}\n", anstream::adapter::strip_str(line))).collect()
    }

    #[test]
    fn a_manifest_is_yaml_without_a_secret() {
        let host = values::token(values::MYSQL_HOST);
        let password = values::token(values::MYSQL_PASSWORD);
        let map = json!({
            "kind": "ConfigMap",
            "data": {"host": host, "url": format!("mysql://root:{password}@{host}/")},
        });
        let expected = "+ data:\n\
                        +   host: (known after apply)\n\
                        +   url: mysql://root:(secret)@(known after apply)/\n\
                        + kind: ConfigMap\n";
        assert_eq!(told(map), expected);
        let secret =
            json!({"kind": "Secret", "stringData": {"own": "hunter2"}, "data": {"a": "aGk="}});
        let text = told(secret.clone());
        assert!(!text.contains("hunter2") && !text.contains("aGk="), "{text}");
        let mut steps = json!({"steps": [{"desired": {"body": secret}}]});
        conceal(&mut steps);
        assert!(!steps.to_string().contains("hunter2"), "{steps}");
    }

    #[test]
    fn what_holds_no_manifest_shows_none() {
        assert_eq!(lines(&json!({"cidr": "10.0.0.0/16"})), Vec::<String>::new());
    }
}
