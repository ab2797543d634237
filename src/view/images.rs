//! Images as a table, and what changes in a profile's text.

use std::collections::BTreeSet;

use similar::{ChangeTag, TextDiff};

use super::text::{DIM, GREEN, RED, Table, count, paint};
use crate::openedx::overlay::Used;

/// Name, image and digest of each.
pub fn images(images: &BTreeSet<Used>) -> String {
    let mut table = Table::new(["NAME", "IMAGE", "DIGEST"]);
    for Used { name, image, digest } in images {
        let digest = digest.as_deref().unwrap_or("-").to_owned();
        table.row([name.clone(), image.clone(), digest]);
    }
    let loose = images.iter().filter(|used| used.digest.is_none()).count();
    let end = match loose {
        0 => "all are pinned".to_owned(),
        _ => format!("{loose} not pinned: `edxaws images pin`"),
    };
    format!("{}{}; {end}\n", table.render(), count(images.len(), "image"))
}

/// Lines that go and lines that come, between two that stay.
pub fn change_of_text(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for group in diff.grouped_ops(1) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (style, mark) = match change.tag() {
                ChangeTag::Equal => (DIM, ' '),
                ChangeTag::Insert => (GREEN, '+'),
                ChangeTag::Delete => (RED, '-'),
            };
            let line = format!("  {mark} {}", change.value().trim_end_matches('\n'));
            text.push_str(&format!("{}\n", paint(style, line.trim_end())));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_shown() {
        let before = "a\nb\n[openedx.images]\ncaddy = 1\nz\n";
        let after = "a\nb\n[openedx.images]\ncaddy = 2\nz\n";
        let shown = anstream::adapter::strip_str(&change_of_text(before, after)).to_string();
        assert_eq!(shown, "    [openedx.images]\n  - caddy = 1\n  + caddy = 2\n    z\n");
    }
}
