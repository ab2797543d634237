//! Why the digest of an image is not known.

/// One image that was not found out about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{image}`: {cause}")]
pub struct RegistryError {
    pub image: String,
    pub cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("this is no name of an image")]
    NoImage,
    #[error("{host} does not answer: {why}")]
    Unreachable { host: String, why: String },
    #[error("{registry} has no such image, or shows it to nobody without a password")]
    Missing { registry: String },
    #[error("{registry} shows it to nobody without a password")]
    Private { registry: String },
    #[error("{registry} was asked too often")]
    Busy { registry: String },
    #[error("{host} answers {status}")]
    Refused { host: String, status: u16 },
    #[error("{registry} says `{said}`, and what it sent is `{sent}`")]
    Mismatch { registry: String, said: String, sent: String },
    #[error("{host} gives no token: {why}")]
    NoToken { host: String, why: String },
}

impl RegistryError {
    pub fn new(image: &str, cause: Cause) -> Self {
        Self { image: image.to_owned(), cause }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match &self.cause {
            Cause::NoImage | Cause::Missing { .. } => {
                "check `registry`, `images` and the `DOCKER_IMAGE_...` settings in `[openedx]`, and \
                 that the image was pushed"
            }
            Cause::Unreachable { .. } => {
                "check the network and the name of the registry, then run it again"
            }
            Cause::Private { .. } => {
                "give its digest by hand in `[openedx.images]`: for ECR, `aws ecr describe-images` \
                 shows it as imageDigest"
            }
            Cause::Busy { .. } => "wait a while, or name a few images at a time",
            Cause::Refused { .. } | Cause::NoToken { .. } => {
                "look at the registry's own status page, then run it again"
            }
            Cause::Mismatch { .. } => {
                "do not use this image: the registry, or something on the way to it, changes what \
                 it sends"
            }
        }
    }
}
