//! What each node of a group is started from: its security groups, its disk, how it reads its own
//! metadata.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDeviceRequest,
    LaunchTemplateHttpTokensState, LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateTagSpecificationRequest, LaunchTemplateVersion, RequestLaunchTemplateData,
    ResourceType, ResponseLaunchTemplateData, Tag, VolumeType,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SecurityGroup;
use super::wire::{found, missing, ours, tagged};
use crate::aws::{Failure, Verdict, tags, verdict};
use crate::resource::{
    Change, Claim, Diff, Facts, Found, Identity, Ref, Resource, Result, Scope, Times, Wanted,
};

/// The root device of Amazon Linux.
const ROOT: &str = "/dev/xvda";
/// Pods reach the metadata service over one hop more than their node.
const HOPS: i32 = 2;
const DEFAULT: &str = "$Default";

/// Desired values of a launch template. IMDSv2 is required; the root volume is gp3 and encrypted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchTemplate {
    pub name: String,
    pub security_groups: Vec<Ref<SecurityGroup>>,
    /// Root volume in GiB.
    pub disk_gib: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LaunchTemplateLive {
    pub id: String,
    pub name: String,
    /// The default version, which node groups use.
    pub version: i64,
    /// Sorted.
    pub security_group_ids: Vec<String>,
    pub disk: Disk,
    /// `required` is IMDSv2.
    pub metadata_tokens: String,
    pub metadata_hops: i32,
}

/// The root volume.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Disk {
    pub gib: i32,
    pub kind: String,
    pub encrypted: bool,
}

impl Resource for LaunchTemplate {
    const KIND: &'static str = "launch_template";
    const IDENTITY: Identity = Identity::ClientToken;
    const TIMES: Times = Times::INSTANT;
    const VERSIONED: bool = true;
    const ACTIONS: &'static [&'static str] = &[
        "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion",
        "ec2:CreateTags",
        "ec2:DeleteLaunchTemplate",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeLaunchTemplates",
        "ec2:ModifyLaunchTemplate",
        // EKS checks that the caller may start what the template describes.
        "ec2:RunInstances",
    ];

    type Live = LaunchTemplateLive;

    async fn list(
        scope: &Scope,
        wanted: &[Wanted<Self>],
    ) -> Result<Vec<Found<LaunchTemplateLive>>> {
        let call = scope.aws.ec2.describe_launch_templates().filters(ours(scope));
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?;
        let mut all = Vec::new();
        for template in &pages {
            let id = template.launch_template_id().unwrap_or_default();
            // A version never changes: its number says whether the recorded one still stands.
            let default = template.default_version_number();
            let known = wanted.iter().filter_map(|one| one.live.as_ref());
            if let Some(live) =
                known.into_iter().find(|live| live.id == id && Some(live.version) == default)
            {
                all.push(found(template.tags(), live.clone()));
                continue;
            }
            let call = scope.aws.ec2.describe_launch_template_versions().launch_template_id(id);
            let answer = match call.versions(DEFAULT).send().await.map_err(Failure::from) {
                Ok(answer) => answer,
                // Deleted since the list was read.
                Err(failure) if verdict(&failure) == Verdict::Gone => continue,
                Err(failure) => return Err(failure),
            };
            let version = answer.launch_template_versions().first();
            all.extend(version.map(|version| found(template.tags(), read(version))));
        }
        Ok(all)
    }

    async fn create(&self, scope: &Scope, claim: &Claim) -> Result<LaunchTemplateLive> {
        let call = scope
            .aws
            .ec2
            .create_launch_template()
            .client_token(&claim.token)
            .launch_template_name(&self.name)
            .launch_template_data(self.data(scope, claim)?)
            .tag_specifications(tagged(scope, claim, ResourceType::LaunchTemplate));
        let answer = call.send().await?;
        let made = answer.launch_template();
        let made = made.ok_or_else(|| missing("CreateLaunchTemplate", "launch template"))?;
        Ok(LaunchTemplateLive {
            id: made.launch_template_id().unwrap_or_default().to_owned(),
            name: self.name.clone(),
            version: made.default_version_number().unwrap_or(1),
            security_group_ids: sorted(scope.live_all(&self.security_groups, |group| group.id)?),
            disk: self.disk(),
            metadata_tokens: LaunchTemplateHttpTokensState::Required.as_str().to_owned(),
            metadata_hops: HOPS,
        })
    }

    async fn update(&self, scope: &Scope, live: &LaunchTemplateLive, claim: &Claim) -> Result<()> {
        let data = self.data(scope, claim)?;
        // The same data under the same token is the same version, however often it is asked for.
        let token = format!("{}-{}", claim.short(), digest(&live.id, &data));
        let call = scope.aws.ec2.create_launch_template_version().launch_template_id(&live.id);
        let answer = call.client_token(token).launch_template_data(data).send().await?;
        let made = answer.launch_template_version().and_then(|version| version.version_number());
        let made = made.ok_or_else(|| missing("CreateLaunchTemplateVersion", "version"))?;
        let call = scope.aws.ec2.modify_launch_template().launch_template_id(&live.id);
        call.default_version(made.to_string()).send().await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &LaunchTemplateLive) -> Result<()> {
        scope.aws.ec2.delete_launch_template().launch_template_id(&live.id).send().await?;
        Ok(())
    }

    fn diff(&self, live: &LaunchTemplateLive, facts: &Facts) -> Change {
        let mut diff = Diff::new();
        diff.fixed("name", &self.name, &live.name);
        let groups = facts.map_all(&self.security_groups, |group| group.id).map(sorted);
        diff.free_fact("security_groups", groups, &live.security_group_ids);
        diff.free("disk", &self.disk(), &live.disk);
        diff.free("metadata_tokens", "required", &live.metadata_tokens);
        diff.free("metadata_hops", &HOPS, &live.metadata_hops);
        diff.finish()
    }
}

impl LaunchTemplate {
    fn disk(&self) -> Disk {
        let gib = i32::try_from(self.disk_gib).unwrap_or(i32::MAX);
        Disk { gib, kind: VolumeType::Gp3.as_str().to_owned(), encrypted: true }
    }

    fn data(&self, scope: &Scope, claim: &Claim) -> Result<RequestLaunchTemplateData> {
        let groups = scope.live_all(&self.security_groups, |group| group.id)?;
        let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
            .http_tokens(LaunchTemplateHttpTokensState::Required)
            .http_put_response_hop_limit(HOPS)
            .build();
        let disk = LaunchTemplateEbsBlockDeviceRequest::builder()
            .volume_size(self.disk().gib)
            .volume_type(VolumeType::Gp3)
            .encrypted(true)
            .delete_on_termination(true)
            .build();
        let root = LaunchTemplateBlockDeviceMappingRequest::builder().device_name(ROOT).ebs(disk);
        Ok(RequestLaunchTemplateData::builder()
            .set_security_group_ids(Some(groups))
            .metadata_options(metadata)
            .block_device_mappings(root.build())
            .tag_specifications(self.tags(scope, claim, ResourceType::Instance))
            .tag_specifications(self.tags(scope, claim, ResourceType::Volume))
            .build())
    }

    /// Nodes and their disks carry the stack's name for people and for the sweep, but no address:
    /// they are the node group's, not the graph's.
    fn tags(
        &self,
        scope: &Scope,
        claim: &Claim,
        what: ResourceType,
    ) -> LaunchTemplateTagSpecificationRequest {
        let ours: BTreeMap<_, _> = scope.tags(claim);
        let kept = ours.into_iter().filter(|(key, _)| key != tags::ADDRESS && key != tags::CLAIM);
        let tags = kept.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        LaunchTemplateTagSpecificationRequest::builder()
            .resource_type(what)
            .set_tags(Some(tags))
            .build()
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// The debug form of the SDK's own type names every value that is sent.
fn digest(id: &str, data: &RequestLaunchTemplateData) -> String {
    let hash = Sha256::digest(format!("{id}{data:?}"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn read(version: &LaunchTemplateVersion) -> LaunchTemplateLive {
    let data = version.launch_template_data();
    let metadata = data.and_then(ResponseLaunchTemplateData::metadata_options);
    let tokens = metadata.and_then(|options| options.http_tokens());
    LaunchTemplateLive {
        id: version.launch_template_id().unwrap_or_default().to_owned(),
        name: version.launch_template_name().unwrap_or_default().to_owned(),
        version: version.version_number().unwrap_or_default(),
        security_group_ids: sorted(data.map_or_else(Vec::new, |d| d.security_group_ids().to_vec())),
        disk: data.map(root_disk).unwrap_or_default(),
        metadata_tokens: tokens.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        metadata_hops: metadata.and_then(|m| m.http_put_response_hop_limit()).unwrap_or_default(),
    }
}

fn root_disk(data: &ResponseLaunchTemplateData) -> Disk {
    let mappings = data.block_device_mappings();
    let root = mappings.iter().find(|mapping| mapping.device_name() == Some(ROOT));
    let Some(disk) = root.and_then(|mapping| mapping.ebs()) else { return Disk::default() };
    Disk {
        gib: disk.volume_size().unwrap_or_default(),
        kind: disk.volume_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        encrypted: disk.encrypted().unwrap_or_default(),
    }
}
