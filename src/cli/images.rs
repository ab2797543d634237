//! `edxaws images`: which images the platforms run, and which bytes these names stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};

use super::args::{Format, Global, ImagesArgs, ImagesCommand, PinArgs};
use super::run::confirm;
use super::session::rendered;
use crate::aws::Clock;
use crate::error::{Exit, Problem, Result};
use crate::openedx::overlay::{Used, used};
use crate::profile::{self, OpenedxSettings, Profile, pinned};
use crate::registry::{Found, Registries, digests};
use crate::state::write_private;
use crate::view;

pub async fn run(global: &Global, args: &ImagesArgs) -> Result<Exit> {
    let profile = profile::load(&global.profile, &global.profiles)?;
    let rendered = rendered(&profile).await?;
    let images = used(&profile.settings, &rendered).map_err(|error| {
        Problem::user("the platforms' images are not known")
            .because(error.to_string())
            .hint(error.hint())
    })?;
    match &args.command {
        None => list(global, &images)?,
        Some(ImagesCommand::Pin(args)) => pin(global, &profile, &images, args).await?,
    }
    Ok(Exit::Done)
}

fn list(global: &Global, images: &BTreeSet<Used>) -> Result<()> {
    match global.format {
        Format::Human => view::out(&view::images(images)),
        Format::Json => {
            let rows: Vec<Value> = images.iter().map(row).collect();
            view::out(&format!("{}\n", json!({ "images": rows })))
        }
    }
}

fn row(used: &Used) -> Value {
    json!({"name": used.name, "image": used.image, "digest": used.digest})
}

async fn pin(
    global: &Global,
    profile: &Profile,
    images: &BTreeSet<Used>,
    args: &PinArgs,
) -> Result<()> {
    let path = &profile.source;
    let before = own_text(path)?;
    let chosen = chosen(images, &args.names)?;
    let registries = Registries::new(Clock::real())
        .map_err(|error| Problem::user("no registry can be asked").because(error.to_string()))?;
    let names: BTreeSet<String> = chosen.values().map(|used| used.image.clone()).collect();
    let found = whole(digests(&registries, names).await)?;
    let pins = pins(&chosen, &found.digests, &profile.settings.openedx);
    let after = pinned(&before, &pins).map_err(|error| {
        Problem::user(format!("`{}` takes no digests", path.display()))
            .because(error.to_string())
            .hint("write `[openedx.images]` as a table of its own")
    })?;
    show(global, path, &before, &after, &pins)?;
    if before == after || args.dry_run {
        return Ok(());
    }
    if !args.yes {
        confirm("This changes the profile.", "yes")?;
    }
    if own_text(path)? != before {
        return Err(Problem::user(format!("`{}` was changed meanwhile", path.display()))
            .because("nothing was written")
            .hint("run it again"));
    }
    replace(path, &after).map_err(|error| Problem::io(path, &error))?;
    view::err(&format!("wrote `{}`; `edxaws plan` shows what follows from it\n", path.display()));
    Ok(())
}

/// The profile's own file: what it extends is others' as well.
fn own_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::user(format!(
            "`{}` is inside the program and takes no digests",
            path.display()
        ))
        .hint("write a profile of your own with `edxaws init`"),
        _ => Problem::io(path, &error),
    })
}

/// Another text in its place, with the rights the file had; a link stays a link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let rights = fs::metadata(&path)?.permissions();
    write_private(&path, text.as_bytes())?;
    fs::set_permissions(&path, rights)
}

/// By name, those that were asked for. One name can stand for one digest only.
fn chosen<'a>(images: &'a BTreeSet<Used>, names: &[String]) -> Result<BTreeMap<&'a str, &'a Used>> {
    let known: BTreeSet<&str> = images.iter().map(|used| used.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name.as_str())) {
        let known: Vec<&str> = known.into_iter().collect();
        return Err(Problem::user(format!("no platform runs an image `{unknown}`"))
            .hint(format!("there are {}", known.join(", "))));
    }
    let mut chosen: BTreeMap<&str, &Used> = BTreeMap::new();
    for used in images.iter().filter(|one| names.is_empty() || names.contains(&one.name)) {
        if let Some(other) = chosen.insert(&used.name, used)
            && other.image != used.image
        {
            let (one, two) = (&other.image, &used.image);
            return Err(Problem::user(format!("`{}` stands for two images", used.name))
                .because(format!("`{one}` and `{two}` cannot have the same digest"))
                .hint("name the others, or make the two of one version"));
        }
    }
    Ok(chosen)
}

/// All or nothing: half of the digests would be a platform that nobody has looked at.
fn whole(found: Found) -> Result<Found> {
    let Some(first) = found.failed.first() else { return Ok(found) };
    let what = match found.failed.len() {
        1 => "the digest of an image is not known".to_owned(),
        several => format!("the digests of {several} images are not known"),
    };
    let problem = Problem::user(format!("{what}; the profile stays as it is")).hint(first.hint());
    Err(found.failed.iter().fold(problem, |all, one| all.because(one.to_string())))
}

/// What the profile says of each: a digest of the rendered image, or the whole of another with its.
fn pins(
    chosen: &BTreeMap<&str, &Used>,
    digests: &BTreeMap<String, String>,
    wanted: &OpenedxSettings,
) -> BTreeMap<String, String> {
    let pin = |(name, used): (&&str, &&Used)| {
        let digest = digests.get(&used.image)?;
        let other = wanted.images.get(*name).is_some_and(|image| !image.starts_with("sha256:"));
        let pin = if other { format!("{}@{digest}", used.image) } else { digest.clone() };
        Some(((*name).to_owned(), pin))
    };
    chosen.iter().filter_map(pin).collect()
}

fn show(
    global: &Global,
    path: &Path,
    before: &str,
    after: &str,
    pins: &BTreeMap<String, String>,
) -> Result<()> {
    match global.format {
        Format::Json => {
            let document = json!({"file": path, "pins": pins, "changes": before != after});
            view::out(&format!("{document}\n"))
        }
        Format::Human if before == after => {
            view::out(&format!("no change: `{}` holds these digests\n", path.display()))
        }
        Format::Human => view::out(&view::change_of_text(before, after)),
    }
}
