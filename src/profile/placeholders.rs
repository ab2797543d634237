//! Example values that nobody owns (RFC 2606 names, RFC 5737 addresses), left over in a profile.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::finding::Finding;
use super::key_path::KeyPath;
use super::tree::Tree;
use super::{Settings, Target};

const EXAMPLE_RANGES: [Ipv4Addr; 3] =
    [Ipv4Addr::new(192, 0, 2, 0), Ipv4Addr::new(198, 51, 100, 0), Ipv4Addr::new(203, 0, 113, 0)];

const EXAMPLE_NAMES: [&str; 7] =
    ["example.org", "example.com", "example.net", "example", "test", "invalid", "localhost"];

pub(super) fn find(settings: &Settings, tree: &Tree) -> Vec<Finding> {
    if settings.target == Target::Sandbox {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut note = |path: KeyPath, value: &str, hint: &str| {
        found.push(Finding {
            origin: tree.origin(&path),
            path: path.to_string(),
            message: format!("`{value}` is an example, not yours"),
            hint: Some(hint.to_owned()),
        });
    };
    if is_example_name(&settings.edge.zone) {
        let hint = "set `edge.zone` to a domain, or a part of one, that you own";
        note(KeyPath::of(["edge", "zone"]), &settings.edge.zone, hint);
    }
    if let Some(email) = &settings.alerts.email
        && let Some((_, domain)) = email.rsplit_once('@')
        && is_example_name(domain)
    {
        note(KeyPath::of(["alerts", "email"]), email, "set `alerts.email` to who shall be told");
    }
    let ranges = KeyPath::of(["cluster", "public_access_cidrs"]);
    for (index, range) in settings.cluster.public_access_cidrs.iter().enumerate() {
        if is_example_range(range) {
            let hint = "name the public addresses you work from, for example those of an office \
                        or a VPN; `0.0.0.0/0` lets everybody try, with IAM alone before the door";
            note(ranges.index(index), range, hint);
        }
    }
    found
}

fn is_example_name(domain: &str) -> bool {
    EXAMPLE_NAMES.iter().any(|name| {
        domain == *name || domain.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    })
}

fn is_example_range(range: &str) -> bool {
    range.parse::<Ipv4Net>().is_ok_and(|range| {
        EXAMPLE_RANGES.iter().any(|first| {
            range.prefix_len() >= 24
                && Ipv4Net::new(*first, 24).is_ok_and(|net| net.contains(&range))
        })
    })
}
