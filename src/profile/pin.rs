//! Digests of images written into the text of a profile; everything else in it stays as it is.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, Value};

/// Why a text takes no digests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    #[error("it is no TOML: {0}")]
    NoToml(String),
    #[error("`{0}` is no table")]
    NoTable(&'static str),
}

/// The text with these entries in `[openedx.images]`.
pub fn pinned(text: &str, images: &BTreeMap<String, String>) -> Result<String, PinError> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| PinError::NoToml(error.to_string()))?;
    if images.is_empty() {
        return Ok(text.to_owned());
    }
    let openedx = document.entry("openedx").or_insert_with(implicit);
    let openedx = openedx.as_table_like_mut().ok_or(PinError::NoTable("openedx"))?;
    let table = openedx.entry("images").or_insert_with(toml_edit::table);
    let table = table.as_table_like_mut().ok_or(PinError::NoTable("openedx.images"))?;
    for (name, pin) in images {
        match table.get_mut(name).and_then(Item::as_value_mut) {
            Some(value) => {
                // What stands around a value is part of it: its comment must not go.
                let around = value.decor().clone();
                *value = Value::from(pin.as_str());
                *value.decor_mut() = around;
            }
            None => {
                table.insert(name, toml_edit::value(pin.as_str()));
            }
        }
    }
    Ok(document.to_string())
}

/// A table that needs no header of its own.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> String {
        let images = [("caddy", "sha256:1"), ("openedx", "mine/openedx:2@sha256:2")];
        let images = images.map(|(name, pin)| (name.to_owned(), pin.to_owned()));
        pinned(text, &images.into()).unwrap()
    }

    #[test]
    fn what_is_there_keeps_its_place_and_its_comments() {
        let text = "# mine\nstack = \"a\"   # odd   spacing\n\n[openedx.images] # looked at\n\
                    openedx = \"mine/openedx:2\" # ours\n\n[budget]\nmonthly_usd = 5\n";
        assert_eq!(
            pin(text),
            "# mine\nstack = \"a\"   # odd   spacing\n\n[openedx.images] # looked at\n\
             openedx = \"mine/openedx:2@sha256:2\" # ours\ncaddy = \"sha256:1\"\n\n\
             [budget]\nmonthly_usd = 5\n"
        );
        assert_eq!(pin(&pin(text)), pin(text), "twice is once");
    }

    #[test]
    fn other_spellings_and_missing_tables_are_understood() {
        let lines =
            "[openedx.images]\ncaddy = \"sha256:1\"\nopenedx = \"mine/openedx:2@sha256:2\"\n";
        assert_eq!(pin("stack = \"a\"\n"), format!("stack = \"a\"\n\n{lines}"));
        assert_eq!(
            pin("openedx = { size = \"large\", images = { caddy = \"sha256:0\" } }\n"),
            "openedx = { size = \"large\", images = { caddy = \"sha256:1\" , \
             openedx = \"mine/openedx:2@sha256:2\" } }\n"
        );
        let dotted = pin("openedx.images.caddy = \"sha256:0\"\n");
        assert!(dotted.starts_with("openedx.images.caddy = \"sha256:1\"\n"), "{dotted}");
        let images = BTreeMap::from([("caddy".to_owned(), "sha256:1".to_owned())]);
        let odd = pinned("[openedx]\nimages = 3\n", &images);
        assert_eq!(odd, Err(PinError::NoTable("openedx.images")));
        assert!(matches!(pinned("openedx = [", &images), Err(PinError::NoToml(_))));
    }
}
