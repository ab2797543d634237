//! The configuration of a distribution, as CloudFront wants it.

use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CachedMethods, DefaultCacheBehavior, DistributionConfig, HttpVersion,
    Method, MinimumProtocolVersion, Origin, Origins, PriceClass, S3OriginConfig, SslSupportMethod,
    ViewerCertificate, ViewerProtocolPolicy,
};
use aws_smithy_types::error::operation::BuildError;

type Built<T> = Result<T, BuildError>;

/// AWS's own policies: cache by URL, send the bucket what CORS needs, answer any origin.
const CACHE_POLICY: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const ORIGIN_REQUEST_POLICY: &str = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf";
const RESPONSE_HEADERS_POLICY: &str = "60669652-455b-4ae9-85a4-c4c02393f86c";

/// The name of the only origin.
const ORIGIN: &str = "media";

/// What a distribution is made of, every upstream's value in place.
#[derive(Debug, Clone)]
pub struct Terms {
    pub bucket: String,
    pub access_id: String,
    pub certificate: String,
    pub aliases: Vec<String>,
    pub price_class: String,
    pub comment: String,
}

impl Terms {
    pub fn config(&self, caller_reference: &str) -> Built<DistributionConfig> {
        DistributionConfig::builder()
            .caller_reference(caller_reference)
            .comment(&self.comment)
            .aliases(self.aliases()?)
            .origins(self.origins()?)
            .default_cache_behavior(behavior()?)
            .price_class(PriceClass::from(self.price_class.as_str()))
            .viewer_certificate(self.certificate())
            .http_version(HttpVersion::Http2and3)
            .is_ipv6_enabled(true)
            .enabled(true)
            .build()
    }

    /// Changes what this program decides and leaves everything else as AWS has it.
    pub fn apply(&self, config: &mut DistributionConfig) -> Built<()> {
        config.aliases = Some(self.aliases()?);
        config.origins = Some(self.origins()?);
        config.price_class = Some(PriceClass::from(self.price_class.as_str()));
        config.viewer_certificate = Some(self.certificate());
        config.comment.clone_from(&self.comment);
        config.enabled = true;
        Ok(())
    }

    fn aliases(&self) -> Built<Aliases> {
        let count = i32::try_from(self.aliases.len()).unwrap_or(i32::MAX);
        Aliases::builder().quantity(count).set_items(Some(self.aliases.clone())).build()
    }

    fn origins(&self) -> Built<Origins> {
        let origin = Origin::builder()
            .id(ORIGIN)
            .domain_name(&self.bucket)
            // An access control is used in place of the old identity, which must then be empty.
            .s3_origin_config(S3OriginConfig::builder().origin_access_identity("").build())
            .origin_access_control_id(&self.access_id)
            .build()?;
        Origins::builder().quantity(1).items(origin).build()
    }

    fn certificate(&self) -> ViewerCertificate {
        ViewerCertificate::builder()
            .acm_certificate_arn(&self.certificate)
            .ssl_support_method(SslSupportMethod::SniOnly)
            .minimum_protocol_version(MinimumProtocolVersion::TlSv122021)
            .build()
    }
}

fn behavior() -> Built<DefaultCacheBehavior> {
    let cached = CachedMethods::builder().quantity(2).items(Method::Get).items(Method::Head);
    let allowed = AllowedMethods::builder()
        .quantity(3)
        .items(Method::Get)
        .items(Method::Head)
        .items(Method::Options)
        .cached_methods(cached.build()?)
        .build()?;
    DefaultCacheBehavior::builder()
        .target_origin_id(ORIGIN)
        .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps)
        .allowed_methods(allowed)
        .compress(true)
        .cache_policy_id(CACHE_POLICY)
        .origin_request_policy_id(ORIGIN_REQUEST_POLICY)
        .response_headers_policy_id(RESPONSE_HEADERS_POLICY)
        .build()
}
