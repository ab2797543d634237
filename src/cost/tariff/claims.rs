//! The volumes that a Kubernetes object asks for: each claim becomes a gp3 volume.

use rust_decimal::{Decimal, dec};
use serde_json::Value;

use super::compute::{Volume, volume};
use crate::cost::sheet::Sheet;
use crate::cost::span::Span;

/// A claim asks for one volume, a StatefulSet for one of each template and replica; everything else
/// for none.
pub fn claims(sheet: &mut Sheet<'_>, object: &Value) {
    match object.get("kind").and_then(Value::as_str) {
        Some("PersistentVolumeClaim") => claim(sheet, object, Span::from(1)),
        Some("StatefulSet") => {
            let replicas = object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
            let templates = object.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
            for template in templates.into_iter().flatten() {
                claim(sheet, template, Span::from(replicas));
            }
        }
        _ => {}
    }
}

fn claim(sheet: &mut Sheet<'_>, claim: &Value, count: Span) {
    let asked = claim.pointer("/spec/resources/requests/storage").and_then(Value::as_str);
    if let Some(gib) = asked.and_then(gib) {
        volume(sheet, &Volume::plain("gp3", gib, count));
    }
}

/// `50Gi`, `512Mi`, `1Ti`, `20G` in GiB.
fn gib(quantity: &str) -> Option<Decimal> {
    let digits = quantity.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(quantity.len());
    let (number, unit) = quantity.split_at(digits);
    let number: Decimal = number.parse().ok()?;
    let kib = dec!(1024);
    let giga = dec!(1_000_000_000) / (kib * kib * kib);
    let factor = match unit {
        "Mi" => Decimal::ONE / kib,
        "Gi" => Decimal::ONE,
        "Ti" => kib,
        "M" => giga / dec!(1000),
        "G" => giga,
        "T" => giga * dec!(1000),
        _ => return None,
    };
    (number >= Decimal::ZERO).then(|| number.checked_mul(factor))?.map(|gib| gib.round_dp(6))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cost::book::Book;

    #[test]
    fn a_stateful_set_has_a_volume_for_each_replica() {
        let set = json!({"kind": "StatefulSet", "spec": {"replicas": 3, "volumeClaimTemplates": [
            {"spec": {"resources": {"requests": {"storage": "50Gi"}}}},
        ]}});
        let mut sheet = Sheet::new(Book::embedded(), "us-east-1");
        claims(&mut sheet, &set);
        let [line] = sheet.lines.as_slice() else { panic!("{:?}", sheet.lines) };
        assert_eq!(line.monthly(), Some(Span::exactly(dec!(12))));
        claims(&mut sheet, &json!({"kind": "Deployment", "spec": {"replicas": 3}}));
        assert_eq!(sheet.lines.len(), 1);
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(gib("1Ti"), Some(dec!(1024)));
        assert_eq!(gib("512Mi"), Some(dec!(0.5)));
        assert_eq!(gib("ten"), None);
        assert_eq!(gib("-5Gi"), None);
    }
}
