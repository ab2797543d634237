//! Names that AWS or Kubernetes limits: regions, tags, platforms, node groups, addresses.

use super::Concern;
use crate::profile::Settings;
use crate::profile::key_path::KeyPath;
use crate::profile::suggest::did_you_mean;

const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Bucket names end at 63 characters, and a media bucket carries stack, platform and account.
const MOST_IN_BUCKET: usize = 63 - "edxaws---media-123456789012".len();

pub(super) fn region(settings: &Settings) -> Vec<Concern> {
    let region = settings.region.as_str();
    if REGIONS.contains(&region) {
        return Vec::new();
    }
    let near = did_you_mean(region, REGIONS.iter().copied());
    let concern = Concern::at(KeyPath::of(["region"]), format!("AWS has no region `{region}`"));
    vec![concern.maybe_hint(near)]
}

pub(super) fn tags(settings: &Settings) -> Vec<Concern> {
    let table = KeyPath::of(["tags"]);
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " +-=._:/@".contains(c));
    let concerns = settings.tags.iter().filter_map(|(key, value)| {
        let path = table.key(key);
        let lower = key.to_lowercase();
        if lower.starts_with("aws:") || lower.starts_with("edxaws:") || key == "Name" {
            return Some(Concern::at_key(path, format!("the tag `{key}` is not yours to set")));
        }
        if key.is_empty() || key.chars().count() > 128 || !allowed(key) {
            let message = format!("`{key}` cannot be the key of a tag");
            return Some(Concern::at_key(path, message).hint(TAG_KEY));
        }
        (value.chars().count() > 256 || !allowed(value)).then(|| {
            Concern::at(path, format!("the value of the tag `{key}` is refused by AWS"))
                .hint("at most 256 letters, digits, spaces and `+-=._:/@`")
        })
    });
    concerns.collect()
}

const TAG_KEY: &str = "1 to 128 letters, digits, spaces and `+-=._:/@`";

pub(super) fn email(settings: &Settings) -> Vec<Concern> {
    let Some(email) = &settings.alerts.email else { return Vec::new() };
    let shaped = email.split_once('@').is_some_and(|(name, domain)| {
        let plain = |c: char| c.is_ascii_graphic() && !"@,;<>()[]\"".contains(c);
        let dotted =
            domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
        !name.is_empty()
            && dotted
            && email.chars().all(|c| c == '@' || plain(c))
            && !domain.contains('@')
    });
    if shaped {
        return Vec::new();
    }
    let path = KeyPath::of(["alerts", "email"]);
    let concern = Concern::at(path, format!("`{email}` is no e-mail address"));
    vec![concern.hint("write it like `ops@school.org`")]
}

pub(super) fn budget(settings: &Settings) -> Vec<Concern> {
    if settings.budget.monthly_usd.is_none() || settings.alerts.email.is_some() {
        return Vec::new();
    }
    let path = KeyPath::of(["budget", "monthly_usd"]);
    let concern = Concern::at(path, "nobody would be told about this budget");
    vec![concern.also(KeyPath::of(["alerts", "email"])).hint("set `alerts.email`")]
}

pub(super) fn platforms(settings: &Settings) -> Vec<Concern> {
    let table = KeyPath::of(["platforms"]);
    let named = short_names(&table, settings.platforms.keys());
    let long = settings.platforms.iter().filter_map(|(name, site)| {
        let length = settings.stack.len() + name.len();
        let short = site.media_bucket.is_some() || length <= MOST_IN_BUCKET || name.len() > 20;
        (!short).then(|| {
            let message = format!(
                "`{name}` and the stack's name have {length} characters together, the name of the \
                 media bucket leaves room for {MOST_IN_BUCKET}"
            );
            let path = table.key(name);
            let bucket = path.key("media_bucket");
            let concern = Concern::at_key(path, message).also(KeyPath::of(["stack"]));
            concern.hint(format!("shorten one of them, or name the bucket: `{bucket}`"))
        })
    });
    named.into_iter().chain(long).collect()
}

pub(super) fn node_groups(settings: &Settings) -> Vec<Concern> {
    let table = KeyPath::of(["cluster", "node_groups"]);
    short_names(&table, settings.cluster.node_groups.keys())
}

/// Names that become part of AWS's: `^[a-z][a-z0-9-]{0,19}$`.
fn short_names<'a>(table: &KeyPath, names: impl Iterator<Item = &'a String>) -> Vec<Concern> {
    let fits = |name: &str| {
        name.len() <= 20
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !name.ends_with('-')
            && !name.contains("--")
    };
    let unfit = names.filter(|name| !fits(name));
    unfit
        .map(|name| {
            let message = format!("`{name}` cannot be a name in `{table}`");
            Concern::at_key(table.key(name), message).hint(
                "lower-case letters, digits and single dashes, a letter first, at most 20 \
                 characters",
            )
        })
        .collect()
}
