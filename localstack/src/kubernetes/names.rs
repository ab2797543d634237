//! Which names, labels and amounts are well formed.

use serde_json::Value;

use super::json::map;
use super::kinds::Resource;
use super::status::Cause;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
     characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
     'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
pub const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
     characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or \
     '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
     start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  \
     or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, \
     '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
     'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn ends(text: &str, fits: fn(char) -> bool) -> bool {
    text.starts_with(fits) && text.ends_with(fits)
}

fn lower(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit()
}

pub fn is_label(text: &str) -> bool {
    text.len() <= 63 && ends(text, lower) && text.chars().all(|one| lower(one) || one == '-')
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253
        && text
            .split('.')
            .all(|part| ends(part, lower) && part.chars().all(|one| lower(one) || one == '-'))
}

fn is_value(text: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric();
    text.is_empty()
        || text.len() <= 63
            && ends(text, |one| one.is_ascii_alphanumeric())
            && text.chars().all(|one| plain(one) || "-_.".contains(one))
}

/// What is wrong with the name of an object of a resource.
pub fn check(resource: &Resource, name: &str) -> Option<Cause> {
    let wrong = match resource.plural {
        "services" => {
            let alphabetic = name.starts_with(|first: char| first.is_ascii_lowercase());
            (!(is_label(name) && alphabetic)).then_some(SERVICE)
        }
        "namespaces" => (!is_label(name)).then_some(LABEL),
        "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings" => {
            let path = name.contains(['/', '%']) || matches!(name, "." | "..");
            path.then_some("may not contain '/' or '%'")
        }
        _ => (!is_subdomain(name)).then_some(SUBDOMAIN),
    }?;
    Some(Cause::invalid("metadata.name", &name.into(), wrong))
}

/// What is wrong with labels.
pub fn labels(object: &Value, pointer: &str, field: &str, causes: &mut Vec<Cause>) {
    for (key, value) in map(object, pointer) {
        let (prefix, short) = key.rsplit_once('/').unwrap_or(("", key));
        if short.is_empty() || !is_value(short) || !(prefix.is_empty() || is_subdomain(prefix)) {
            let words = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
                         must start and end with an alphanumeric character";
            causes.push(Cause::invalid(field, &key.as_str().into(), words));
        }
        if value.as_str().is_none_or(|text| !is_value(text)) {
            causes.push(Cause::invalid(field, value, VALUE));
        }
    }
}

/// An amount (`250m`, `2Gi`, `1.5`) in thousandths.
pub fn amount(value: &Value) -> Option<f64> {
    const UNITS: [(&str, f64); 13] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("m", 0.001),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("n", 1e-9),
        ("u", 1e-6),
    ];
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let (digits, factor) =
        unit.map_or((text.as_str(), 1.0), |(unit, factor)| (text.trim_end_matches(unit), *factor));
    digits.parse::<f64>().ok().map(|number| number * factor)
}
