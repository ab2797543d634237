//! EC2-style filters: by tag, by attribute; an unknown one is refused by name.

use serde_json::Value;

use crate::call::Call;
use crate::error::AwsError;
use crate::world::Thing;

/// Which attribute a filter of an operation looks at.
pub type Fields<'a> = &'a [(&'a str, fn(&Thing, f64) -> Vec<String>)];

/// What a filter sees of a thing.
type Look<'f> = Box<dyn Fn(&Thing) -> Vec<String> + 'f>;

impl Call<'_> {
    /// Keeps what all `Filter`s of the request match. `fields` lists the filters the operation knows
    /// beside tags.
    pub fn filtered<'t>(
        &self,
        things: impl Iterator<Item = &'t Thing>,
        fields: Fields<'_>,
    ) -> Result<Vec<&'t Thing>, AwsError> {
        let mut kept: Vec<&Thing> = things.collect();
        for filter in self.list("Filter") {
            let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let values: Vec<String> = filter
                .get("Value")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            let look = self.look(&name, fields)?;
            kept.retain(|thing| {
                let found = look(thing);
                values.iter().any(|pattern| found.iter().any(|text| wildcard(pattern, text)))
            });
        }
        Ok(kept)
    }

    fn look<'f>(&self, name: &str, fields: Fields<'f>) -> Result<Look<'f>, AwsError> {
        let now = self.now;
        if let Some(key) = name.strip_prefix("tag:") {
            let key = key.to_owned();
            return Ok(Box::new(move |thing| thing.tags.get(&key).cloned().into_iter().collect()));
        }
        if name == "tag-key" {
            return Ok(Box::new(|thing| thing.tags.keys().cloned().collect()));
        }
        let known = fields.iter().find(|(field, _)| *field == name).map(|(_, look)| *look);
        let look = known.ok_or_else(|| {
            AwsError::unimplemented(format!("the filter `{name}` of {}", self.request.action))
        })?;
        Ok(Box::new(move |thing| look(thing, now)))
    }
}

/// `*` and `?` as EC2 understands them.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .any(|at| wildcard(&pattern[1..], &text[at..])),
        Some(letter) => text.chars().next().is_some_and(|other| {
            (letter == '?' || letter == other)
                && wildcard(&pattern[letter.len_utf8()..], &text[other.len_utf8()..])
        }),
    }
}
