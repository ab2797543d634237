//! A container registry's repository for own Open edX images.

use aws_sdk_ecr::types::ImageScanningConfiguration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{present, tagged, tags_of_ours};
use crate::aws::{DataPolicy, Failure};
use crate::cost::{tariff, usage};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Meter, Resource, Result, Scope, Times, Wanted,
};

/// Desired values of a repository. Images are scanned when they are pushed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    pub name: String,
    /// The newest images to keep; older ones expire.
    pub keep_images: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepositoryLive {
    pub name: String,
    pub arn: String,
    pub uri: String,
    pub scan_on_push: bool,
    pub keep_images: Option<u32>,
}

impl Resource for Repository {
    const KIND: &'static str = "repository";
    const IDENTITY: Identity = Identity::Name;
    const TIMES: Times = Times::INSTANT;
    const ACTIONS: &'static [&'static str] = &[
        "ecr:CreateRepository",
        "ecr:DeleteRepository",
        "ecr:DescribeRepositories",
        "ecr:GetLifecyclePolicy",
        "ecr:ListTagsForResource",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutLifecyclePolicy",
        "ecr:TagResource",
    ];

    type Live = RepositoryLive;

    /// By name, one at a time: ECR refuses a list of names when one of them is missing.
    async fn list(scope: &Scope, wanted: &[Wanted<Self>]) -> Result<Vec<Found<RepositoryLive>>> {
        let mut all = Vec::new();
        for one in wanted {
            let call = scope.aws.ecr.describe_repositories().repository_names(&one.desired.name);
            let answer = present(call.send().await.map_err(Failure::from))?;
            let found = answer.and_then(|answer| answer.repositories?.into_iter().next());
            let Some(found) = found else { continue };
            let mut live = read(&found);
            if let Some(known) = scope.recorded(one.live.as_ref()) {
                live.keep_images = known.keep_images;
                all.push(Found::asked(&one.address, live));
            } else if one.live.is_some() {
                live.keep_images = keep_images(scope, &live.name).await?;
                all.push(Found::asked(&one.address, live));
            } else if let Some(tags) = tags_of_ours(scope, &live.arn).await? {
                live.keep_images = keep_images(scope, &live.name).await?;
                let tags = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
                all.push(Found::tagged(tags, live));
            }
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<RepositoryLive> {
        let call = scope.aws.ecr.create_repository().repository_name(&self.name);
        let call = call.image_scanning_configuration(scan_on_push());
        let answer = call.set_tags(Some(tagged(scope, claim)?)).send().await?;
        answer.repository().map(read).ok_or_else(|| {
            Failure::unexpected("ecr", "CreateRepository", "the answer holds no repository")
        })
    }

    async fn update(&self, scope: &Scope, live: &RepositoryLive, _claim: &Claim) -> Result<()> {
        if !live.scan_on_push {
            let call = scope.aws.ecr.put_image_scanning_configuration().repository_name(&live.name);
            call.image_scanning_configuration(scan_on_push()).send().await?;
        }
        if live.keep_images != Some(self.keep_images) {
            let call = scope.aws.ecr.put_lifecycle_policy().repository_name(&live.name);
            call.lifecycle_policy_text(policy(self.keep_images).to_string()).send().await?;
        }
        Ok(())
    }

    /// ECR refuses while there are images, unless forced.
    async fn delete(&self, scope: &Scope, live: &RepositoryLive) -> Result<()> {
        let force = scope.data == DataPolicy::Delete;
        scope.aws.ecr.delete_repository().repository_name(&live.name).force(force).send().await?;
        Ok(())
    }

    fn diff(&self, live: &RepositoryLive, _facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        diff.free("scan_on_push", &true, &live.scan_on_push);
        diff.free("keep_images", &Some(self.keep_images), &live.keep_images);
        diff.finish()
    }

    fn outputs(&self, live: &RepositoryLive) -> Vec<(&'static str, String)> {
        vec![("repository_uri", live.uri.clone())]
    }

    fn cost(&self, meter: &mut Meter<'_>) {
        let gb = meter.share::<Self>(&usage::IMAGE_GB);
        tariff::images(meter.sheet(), gb);
    }
}

fn scan_on_push() -> ImageScanningConfiguration {
    ImageScanningConfiguration::builder().scan_on_push(true).build()
}

fn policy(keep: u32) -> Value {
    json!({"rules": [{
        "rulePriority": 1,
        "description": "edxaws: keep the newest images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
        "action": {"type": "expire"},
    }]})
}

/// The lifecycle policy is not part of the answer.
fn read(repository: &aws_sdk_ecr::types::Repository) -> RepositoryLive {
    let scanning = repository.image_scanning_configuration();
    RepositoryLive {
        name: repository.repository_name().unwrap_or_default().to_owned(),
        arn: repository.repository_arn().unwrap_or_default().to_owned(),
        uri: repository.repository_uri().unwrap_or_default().to_owned(),
        scan_on_push: scanning.is_some_and(|one| one.scan_on_push),
        keep_images: None,
    }
}

async fn keep_images(scope: &Scope, name: &str) -> Result<Option<u32>> {
    let answer = scope.aws.ecr.get_lifecycle_policy().repository_name(name).send().await;
    let answer = present(answer.map_err(Failure::from))?;
    let text = answer.and_then(|answer| answer.lifecycle_policy_text).unwrap_or_default();
    let policy: Value = serde_json::from_str(&text).unwrap_or_default();
    let count = policy.pointer("/rules/0/selection/countNumber").and_then(Value::as_u64);
    Ok(count.and_then(|count| u32::try_from(count).ok()))
}
