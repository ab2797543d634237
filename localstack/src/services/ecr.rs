//! ECR: repositories and their rules; images are only names with a date.

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::rows::{codes, in_use};
use crate::rules::{Codes, InUse};
use crate::world::{ACCOUNT, Thing};

pub const SERVICE: Service = Service {
    name: "ecr",
    signing: "ecr",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    in_use: &[IN_USE],
    codes: CODES,
    ..Service::EMPTY
};

const IN_USE: InUse = in_use(
    "repository",
    &["image"],
    "RepositoryNotEmptyException",
    "The repository '{id}' cannot be deleted because it still contains images",
    "ECR API reference, DeleteRepository",
);

const CODES: &[Codes] = &[
    codes("repository", "RepositoryNotFoundException", "RepositoryAlreadyExistsException"),
    codes("image", "ImageNotFoundException", "ImageAlreadyExistsException"),
];

const OPERATIONS: &[(&str, Operation)] = &[
    ("CreateRepository", create),
    ("DescribeRepositories", describe),
    ("DeleteRepository", delete),
    ("PutImageScanningConfiguration", put_scanning),
    ("PutImageTagMutability", put_mutability),
    ("PutLifecyclePolicy", put_policy),
    ("GetLifecyclePolicy", get_policy),
    ("DeleteLifecyclePolicy", delete_policy),
    ("GetRepositoryPolicy", |call| {
        repository(call)?;
        Err(AwsError::bad("RepositoryPolicyNotFoundException", "Repository policy does not exist"))
    }),
    ("PutImage", put_image),
    ("ListImages", list_images),
    ("ListTagsForResource", list_tags),
    ("TagResource", tag),
    ("UntagResource", untag),
];

fn id(call: &Call<'_>, name: &str) -> String {
    call.arn("ecr", &format!("repository/{name}"))
}

/// The id of the request's repository, which must exist.
fn repository(call: &Call<'_>) -> Result<String, AwsError> {
    let name = call.required("repositoryName")?;
    let id = id(call, &name);
    if call.text("registryId").is_some_and(|registry| registry != ACCOUNT)
        || call.world.get(&id).is_none()
    {
        return Err(missing(&name));
    }
    Ok(id)
}

fn missing(name: &str) -> AwsError {
    let message = format!(
        "The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
    );
    AwsError::bad("RepositoryNotFoundException", message)
}

fn create(call: &mut Call<'_>) -> Answer {
    let name = call.required("repositoryName")?;
    let good = |l: char| l.is_ascii_lowercase() || l.is_ascii_digit() || "-_./".contains(l);
    if name.len() < 2 || name.len() > 256 || !name.chars().all(good) {
        return Err(AwsError::bad("InvalidParameterException", "repositoryName is not valid"));
    }
    let id = id(call, &name);
    if call.world.get(&id).is_some() {
        let message = format!("The repository with name '{name}' already exists");
        return Err(AwsError::bad("RepositoryAlreadyExistsException", message));
    }
    let scan = call.flag("imageScanningConfiguration.scanOnPush").unwrap_or(false);
    let repository = Thing::new("repository", id.clone())
        .with("repositoryArn", id)
        .with("registryId", ACCOUNT)
        .with("repositoryName", name.clone())
        .with("repositoryUri", format!("{ACCOUNT}.dkr.ecr.{}.amazonaws.com/{name}", call.region()))
        .with("createdAt", call.now)
        .with("imageTagMutability", call.text("imageTagMutability").unwrap_or("MUTABLE"))
        .with("imageScanningConfiguration", json!({"scanOnPush": scan}))
        .with("encryptionConfiguration", json!({"encryptionType": "AES256"}))
        .tagged(call.tags("tags"));
    let repository = call.create(repository)?;
    Ok(json!({"repository": shown(&repository)}))
}

fn shown(thing: &Thing) -> Value {
    let attrs = thing.attrs.iter().filter(|(name, _)| !name.starts_with('$'));
    attrs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// One name that is not there stops the whole call.
fn describe(call: &mut Call<'_>) -> Answer {
    let names = call.texts("repositoryNames");
    for name in &names {
        call.world.get(&id(call, name)).ok_or_else(|| missing(name))?;
    }
    let asked =
        |one: &&Thing| names.is_empty() || names.iter().any(|n| n == one.text("repositoryName"));
    let all = call.here("repository").filter(asked).map(shown).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"repositories": page, "nextToken": next}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = repository(call)?;
    let before = shown(call.world.expect("repository", &id)?);
    if call.flag("force") == Some(true) {
        let images: Vec<_> = call.world.children(&id).map(|image| image.id.clone()).collect();
        images.iter().for_each(|image| call.world.remove(image));
    }
    call.world.delete("repository", &id, call.now)?;
    Ok(json!({"repository": before}))
}

fn put_scanning(call: &mut Call<'_>) -> Answer {
    let id = repository(call)?;
    let on = call.flag("imageScanningConfiguration.scanOnPush");
    let on = on.ok_or_else(|| AwsError::missing("imageScanningConfiguration"))?;
    let repository = call.world.expect_mut("repository", &id)?;
    repository.set("imageScanningConfiguration", json!({"scanOnPush": on}));
    Ok(json!({"registryId": ACCOUNT, "repositoryName": repository.text("repositoryName"),
        "imageScanningConfiguration": {"scanOnPush": on}}))
}

fn put_mutability(call: &mut Call<'_>) -> Answer {
    let (id, wanted) = (repository(call)?, call.required("imageTagMutability")?);
    let repository = call.world.expect_mut("repository", &id)?;
    repository.set("imageTagMutability", wanted.clone());
    Ok(json!({"registryId": ACCOUNT, "repositoryName": repository.text("repositoryName"),
        "imageTagMutability": wanted}))
}

fn put_policy(call: &mut Call<'_>) -> Answer {
    let (id, text) = (repository(call)?, call.required("lifecyclePolicyText")?);
    let policy: Value = serde_json::from_str(&text).unwrap_or_default();
    let rules =
        policy.get("rules").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    if !rules {
        let message = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint";
        return Err(AwsError::bad("InvalidParameterException", message));
    }
    let repository = call.world.expect_mut("repository", &id)?;
    repository.set("$policy", text.clone());
    Ok(json!({"registryId": ACCOUNT, "repositoryName": repository.text("repositoryName"),
        "lifecyclePolicyText": text}))
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    let id = repository(call)?;
    let repository = call.world.expect("repository", &id)?;
    match repository.attrs.get("$policy") {
        Some(text) => Ok(json!({"registryId": ACCOUNT,
            "repositoryName": repository.text("repositoryName"), "lifecyclePolicyText": text})),
        None => Err(AwsError::bad(
            "LifecyclePolicyNotFoundException",
            "Lifecycle policy does not exist",
        )),
    }
}

fn delete_policy(call: &mut Call<'_>) -> Answer {
    let answer = get_policy(call)?;
    let id = repository(call)?;
    call.world.expect_mut("repository", &id)?.attrs.remove("$policy");
    Ok(answer)
}

/// An image is what its manifest says; its layers are not asked for.
fn put_image(call: &mut Call<'_>) -> Answer {
    let (id, manifest) = (repository(call)?, call.required("imageManifest")?);
    let tag = call.text("imageTag").unwrap_or("latest").to_owned();
    let image = format!("{id}:{tag}");
    call.world.remove(&image);
    let image = Thing::new("image", image)
        .with("imageTag", tag.clone())
        .with("$manifest", manifest)
        .uses(id.clone())
        .child_of(id);
    call.create(image)?;
    Ok(json!({"image": {"imageId": {"imageTag": tag}}}))
}

fn list_images(call: &mut Call<'_>) -> Answer {
    let id = repository(call)?;
    let all =
        call.world.children(&id).map(|image| json!({"imageTag": image.text("imageTag")})).collect();
    let (page, next) = call.page(all, "maxResults", "nextToken");
    Ok(json!({"imageIds": page, "nextToken": next}))
}

fn tagged<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("resourceArn")?;
    let repository = call.world.things.get_mut(&arn).filter(|thing| thing.kind == "repository");
    repository.ok_or_else(|| missing(arn.rsplit('/').next().unwrap_or(&arn)))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"tags": tag_list(&tagged(call)?.tags, "Key", "Value")}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.tags("tags");
    tagged(call)?.tags.extend(tags);
    Ok(json!({}))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("tagKeys");
    tagged(call)?.tags.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}
