//! The attributes of plain resources: what they may be, and their values once checked.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::Value;

/// One attribute of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Type,
    pub fallback: Fallback,
    pub meaning: &'static str,
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// From 0 to a million millions.
    Number,
    Flag,
    Texts,
}

/// What holds when an attribute is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    Required,
    /// Unknown: what depends on it is listed and not counted.
    Unstated,
    Number(u32),
    Word(&'static str),
    /// As large as another attribute.
    As(&'static str),
    No,
}

/// Checked values by name, fallbacks filled in.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<&'static str, Datum>);

#[derive(Debug, Clone)]
enum Datum {
    Text(String),
    Number(Decimal),
    Flag(Answer),
    Texts(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
}

/// Keeps every product of prices and quantities far from what a decimal can hold.
const LARGEST: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

impl Attribute {
    pub const fn new(
        name: &'static str,
        kind: Type,
        fallback: Fallback,
        meaning: &'static str,
    ) -> Self {
        Self { name, kind, fallback, meaning }
    }

    fn check(&self, value: &Value) -> Result<Datum, String> {
        let wrong = || format!("`{}` is {value}, it must be {}", self.name, self.kind.describe());
        match (self.kind, value) {
            (Type::Text, Value::String(text)) if !text.is_empty() => Ok(Datum::Text(text.clone())),
            (Type::Word(words), Value::String(text)) if words.contains(&text.as_str()) => {
                Ok(Datum::Text(text.clone()))
            }
            (Type::Number, Value::Number(number)) => {
                let number = decimal(&number.to_string()).ok_or_else(wrong)?;
                Ok(Datum::Number(number))
            }
            (Type::Flag, Value::Bool(true)) => Ok(Datum::Flag(Answer::Yes)),
            (Type::Flag, Value::Bool(false)) => Ok(Datum::Flag(Answer::No)),
            (Type::Texts, Value::Array(items)) if !items.is_empty() => {
                let texts = items.iter().map(|item| Some(item.as_str()?.to_owned()));
                texts.collect::<Option<_>>().map(Datum::Texts).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let number = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()?;
    (Decimal::ZERO..=LARGEST).contains(&number).then_some(number)
}

impl Type {
    pub fn describe(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Number => "a number from 0 to 10¹²".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
        }
    }
}

impl Fallback {
    pub fn describe(self) -> String {
        match self {
            Self::Required => "**required**".to_owned(),
            Self::Unstated => "depends on usage".to_owned(),
            Self::Number(number) => format!("`{number}`"),
            Self::Word(word) => format!("`{word}`"),
            Self::As(other) => format!("as `{other}`"),
            Self::No => "`false`".to_owned(),
        }
    }
}

impl Values {
    /// Everything that is wrong with the attributes, or all of them with their fallbacks.
    pub(super) fn check(
        attributes: &'static [Attribute],
        given: &serde_json::Map<String, Value>,
    ) -> Result<Self, Vec<String>> {
        let (mut values, mut wrong) = (Self::default(), Vec::new());
        for attribute in attributes {
            match given.get(attribute.name).filter(|value| !value.is_null()) {
                Some(value) => match attribute.check(value) {
                    Ok(datum) => {
                        values.0.insert(attribute.name, datum);
                    }
                    Err(why) => wrong.push(why),
                },
                None if attribute.fallback == Fallback::Required => {
                    wrong.push(format!("`{}` is missing", attribute.name));
                }
                None => values.fall_back(attribute),
            }
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }

    fn fall_back(&mut self, attribute: &Attribute) {
        let datum = match attribute.fallback {
            Fallback::Number(number) => Some(Datum::Number(number.into())),
            Fallback::Word(word) => Some(Datum::Text(word.to_owned())),
            Fallback::No => Some(Datum::Flag(Answer::No)),
            Fallback::As(other) => self.0.get(other).cloned(),
            Fallback::Required | Fallback::Unstated => None,
        };
        if let Some(datum) = datum {
            self.0.insert(attribute.name, datum);
        }
    }

    /// The same with another text.
    pub(super) fn with_text(&self, name: &'static str, text: String) -> Self {
        let mut changed = self.clone();
        changed.0.insert(name, Datum::Text(text));
        changed
    }

    pub(super) fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Datum::Text(text)) => text,
            _ => "",
        }
    }

    pub(super) fn texts(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Datum::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A number, if it is stated or has a fallback.
    pub(super) fn stated(&self, name: &str) -> Option<Decimal> {
        match self.0.get(name) {
            Some(Datum::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Decimal {
        self.stated(name).unwrap_or_default()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Datum::Flag(Answer::Yes)))
    }
}
