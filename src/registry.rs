//! Container registries: from the name of an image to the digest of what it is today, by the OCI
//! distribution API. Nobody logs in: what cannot be pulled by everybody is not looked up.

mod challenge;
mod client;
mod error;
mod image;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

pub use client::Registries;
pub use error::{Cause, RegistryError};
pub use image::Image;

/// How many registries' answers are waited for at once.
const AT_ONCE: usize = 4;

/// What was found, by image, and what was not.
#[derive(Debug, Default)]
pub struct Found {
    pub digests: BTreeMap<String, String>,
    pub failed: Vec<RegistryError>,
}

/// The digests of images, each asked for once.
pub async fn digests(registries: &Registries, images: impl IntoIterator<Item = String>) -> Found {
    let asked = images.into_iter().map(|name| async move {
        let digest = match Image::parse(&name) {
            Some(image) => registries.digest(&image).await,
            None => Err(RegistryError::new(&name, Cause::NoImage)),
        };
        (name, digest)
    });
    let mut found = Found::default();
    let mut answers = stream::iter(asked).buffered(AT_ONCE);
    while let Some((name, digest)) = answers.next().await {
        match digest {
            Ok(digest) => {
                found.digests.insert(name, digest);
            }
            Err(error) => found.failed.push(error),
        }
    }
    found
}
