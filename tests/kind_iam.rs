//! IAM and log group kinds against the local AWS, and what the local AWS refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use edxaws::address::{Address, Ref};
use edxaws::aws::{Clients, Clock, Endpoint, Scope, StackId, Verdict, connect, verdict};
use edxaws::graph::Graph;
use edxaws::profile;
use edxaws::resource::{Change, Claim, Facts, Found, Ready, Resource, Wanted};
use edxaws::resources::iam::{
    Credentials, Role, RolePolicy, ServiceLinkedRole, SmtpUser, Statement, Target,
};
use edxaws::resources::logs::LogGroup;
use edxaws::resources::s3::Bucket;
use edxaws::stack::identity::{self, Identity};
use edxaws::stack::{Surroundings, storage};
use edxaws_localstack::{Fault, FaultRule, LocalAws, Thing, sdk_client};
use serde_json::{Value, json};

const EBS: &str = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy";
const CNI: &str = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";

async fn start(name: &str) -> (LocalAws, Scope) {
    let local = LocalAws::in_memory(7);
    let scope = scope_of(&local, name).await;
    (local, scope)
}

async fn scope_of(local: &LocalAws, name: &str) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(local)), "eu-west-1").await;
    let [name, account, region, partition] =
        [name, "123456789012", "eu-west-1", "aws"].map(str::to_owned);
    let stack = StackId { name, account, region, partition };
    let random = fastrand::Rng::with_seed(1);
    Scope::new(Clients::new(&config), stack, Clock::real(), BTreeMap::new(), random)
}

fn claim<R: Resource>(scope: &Scope, name: &str) -> Claim {
    Claim { address: Address::new(R::KIND, name), token: scope.token() }
}

fn wanted<R: Resource>(desired: &R, claim: &Claim, live: Option<R::Live>) -> Wanted<R> {
    let address = claim.address.clone();
    Wanted { address, desired: desired.clone(), live, claim: Some(claim.clone()) }
}

/// What a list finds for this one resource.
async fn find<R: Resource>(
    scope: &Scope,
    desired: &R,
    claim: &Claim,
    live: Option<R::Live>,
) -> Option<R::Live> {
    let found = R::list(scope, &[wanted(desired, claim, live)]).await.unwrap();
    let mine = |one: &Found<R::Live>| one.address.as_ref() == Some(&claim.address);
    let mut mine = found.into_iter().filter(mine);
    let first = mine.next();
    assert!(mine.next().is_none(), "{} is there twice", claim.address);
    if let Some(found) = &first
        && let Some(token) = &found.token
    {
        assert_eq!(*token, claim.token);
    }
    first.map(|found| found.live)
}

/// Updates until nothing differs; it must take no more than two rounds.
async fn converge<R: Resource>(
    scope: &Scope,
    desired: &R,
    claim: &Claim,
    mut live: R::Live,
) -> R::Live {
    for _ in 0..2 {
        match desired.diff(&live, &scope.facts) {
            Change::Keep => break,
            Change::Update(_) => desired.update(scope, &live, claim).await.unwrap(),
            Change::Replace(why) => panic!("{why:?}"),
        }
        live = find(scope, desired, claim, Some(live)).await.unwrap();
    }
    assert_eq!(desired.diff(&live, &scope.facts), Change::Keep);
    assert_eq!(desired.ready(&live), Ready::Yes);
    live
}

async fn make<R: Resource>(scope: &Scope, desired: &R, claim: &Claim) -> R::Live {
    let made = desired.create(scope, claim).await.unwrap();
    // The answer may be lost: what carries our tags is found without it.
    let found = find(scope, desired, claim, None).await.unwrap();
    assert_eq!(desired.diff(&made, &scope.facts), desired.diff(&found, &scope.facts));
    converge(scope, desired, claim, made).await
}

fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole"]}]})
}

fn role(name: &str) -> Role {
    let permissions = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"}]});
    Role {
        name: format!("edxaws-test-{name}"),
        arn: None,
        trust: trust("ec2.amazonaws.com"),
        policies: vec![EBS.to_owned(), CNI.to_owned()],
        permissions: Some(permissions),
    }
}

fn service_error<T, E>(result: Result<T, E>) -> edxaws::aws::Failure
where
    E: Into<edxaws::aws::Failure>,
{
    match result {
        Ok(_) => panic!("should have been refused"),
        Err(error) => error.into(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_lives_changes_and_dies() {
    let (local, scope) = start("test").await;
    let (node, claim) = (role("node"), claim::<Role>(&scope, "node"));
    let live = make(&scope, &node, &claim).await;
    assert_eq!(live.arn, "arn:aws:iam::123456789012:role/edxaws/eu-west-1/test/edxaws-test-node");
    assert_eq!(live.policies, [CNI, EBS]);
    let again = service_error(node.create(&scope, &claim).await);
    assert_eq!(verdict(&again), Verdict::Exists);

    // Somebody detaches one policy and attaches another.
    let iam = &scope.aws.iam;
    iam.detach_role_policy().role_name(&node.name).policy_arn(CNI).send().await.unwrap();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.attach_role_policy().role_name(&node.name).policy_arn(admin).send().await.unwrap();
    let drifted = find(&scope, &node, &claim, Some(live)).await.unwrap();
    assert!(matches!(node.diff(&drifted, &scope.facts), Change::Update(why) if why.len() == 1));
    let live = converge(&scope, &node, &claim, drifted).await;
    assert_eq!(live.policies, [CNI, EBS]);

    // The profile now wants less, and another service's trust.
    let changed = Role {
        trust: trust("eks.amazonaws.com"),
        policies: vec![CNI.to_owned()],
        permissions: None,
        ..node.clone()
    };
    let live = converge(&scope, &changed, &claim, live).await;
    assert_eq!(live.permissions, None);
    let renamed = Role { name: "edxaws-test-other".to_owned(), ..changed.clone() };
    assert!(matches!(renamed.diff(&live, &scope.facts), Change::Replace(_)));

    // It goes even with what others hung on it.
    iam.put_role_policy()
        .role_name(&node.name)
        .policy_name("by-hand")
        .policy_document(role("x").permissions.unwrap().to_string())
        .send()
        .await
        .unwrap();
    iam.create_instance_profile().instance_profile_name("by-hand").send().await.unwrap();
    iam.add_role_to_instance_profile()
        .instance_profile_name("by-hand")
        .role_name(&node.name)
        .send()
        .await
        .unwrap();
    local.clear_trace();
    changed.delete(&scope, &live).await.unwrap();
    assert!(local.trace().iter().all(|call| call.outcome == "ok"), "{:?}", local.trace());
    assert!(find(&scope, &changed, &claim, Some(live.clone())).await.is_none());
    let gone = service_error(changed.delete(&scope, &live).await);
    assert_eq!(verdict(&gone), Verdict::Gone);
}

#[tokio::test(start_paused = true)]
async fn roles_of_strangers_are_not_ours() {
    let (local, scope) = start("test").await;
    let iam = &scope.aws.iam;
    // Our path without our tag, our name on another path, our tag on another path.
    let create = |name: &str, path: &str| {
        let call = iam.create_role().role_name(name).path(path);
        call.assume_role_policy_document(trust("ec2.amazonaws.com").to_string())
    };
    create("edxaws-test-node", "/edxaws/us-east-1/test/").send().await.unwrap();
    create("edxaws-test-cluster", "/").send().await.unwrap();
    let tag = aws_sdk_iam::types::Tag::builder().key("edxaws:stack").value("test").build().unwrap();
    create("edxaws-test-backup", "/").tags(tag).send().await.unwrap();
    let other = scope_of(&local, "other").await;
    let foreign = Role { name: "edxaws-other-node".to_owned(), ..role("") };
    foreign.create(&other, &claim::<Role>(&other, "node")).await.unwrap();

    let node = role("node");
    let asked = wanted(&node, &claim::<Role>(&scope, "node"), None);
    assert!(Role::list(&scope, &[asked]).await.unwrap().is_empty());
    let taken = service_error(node.create(&scope, &claim::<Role>(&scope, "node")).await);
    assert_eq!(verdict(&taken), Verdict::Exists);
}

#[tokio::test(start_paused = true)]
async fn an_account_of_many_roles_is_read_in_pages() {
    let (local, scope) = start("test").await;
    for number in 0..3 {
        let name = format!("role-{number}");
        let role = Role { policies: Vec::new(), permissions: None, ..role(&name) };
        role.create(&scope, &claim::<Role>(&scope, &name)).await.unwrap();
    }
    let iam = &scope.aws.iam;
    let mut pages = iam
        .get_account_authorization_details()
        .filter(aws_sdk_iam::types::EntityType::Role)
        .max_items(2)
        .into_paginator()
        .send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().role_detail_list().len());
    }
    assert_eq!(sizes, [2, 1]);
    local.clear_trace();
    assert_eq!(Role::list(&scope, &[]).await.unwrap().len(), 3);
    assert_eq!(local.trace().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_inline_policy_follows_its_bucket() {
    let (_local, scope) = start("test").await;
    let (node, node_claim) = (role("openedx"), claim::<Role>(&scope, "openedx"));
    let node_live = make(&scope, &node, &node_claim).await;
    let bucket = |name: &str| {
        json!({"name": name, "arn": format!("arn:aws:s3:::{name}"), "domain": "", "versioned": false,
            "cors_origins": [], "public_access_blocked": true,
            "lifecycle": {"unfinished_uploads": null, "old_versions": null, "objects": null}})
    };
    let (role_ref, media) = (Ref::<Role>::to("openedx"), Ref::<Bucket>::to("media"));
    let facts = |name: &str| {
        let role = serde_json::to_value(&node_live).unwrap();
        let all = [(role_ref.address.clone(), role), (media.address.clone(), bucket(name))];
        Facts::new(BTreeMap::from(all))
    };
    let policy = RolePolicy {
        role: role_ref.clone(),
        name: "storage".to_owned(),
        statements: vec![
            Statement {
                actions: vec!["s3:ListBucket".to_owned()],
                on: vec![Target::Bucket(media.clone())],
            },
            Statement {
                actions: vec!["s3:PutObject".to_owned(), "s3:GetObject".to_owned()],
                on: vec![Target::Objects { bucket: media.clone(), prefix: "a/".to_owned() }],
            },
        ],
    };
    let claim = claim::<RolePolicy>(&scope, "storage");
    let early = service_error(policy.create(&scope, &claim).await);
    assert_eq!(early.code, "UpstreamUnknown");
    assert!(find(&scope, &policy, &claim, None).await.is_none());

    let scope = scope.with_facts(facts("media-1"));
    let live = make(&scope, &policy, &claim).await;
    assert_eq!(live.document["Statement"][1]["Resource"], "arn:aws:s3:::media-1/a/*");
    // The same document again is no second policy.
    policy.create(&scope, &claim).await.unwrap();
    assert!(find(&scope, &policy, &claim, None).await.is_some());
    // Without the bucket's ARN the document is known after apply.
    let unknown = policy.diff(&live, &Facts::default());
    assert!(matches!(unknown, Change::Replace(why) if why.iter().all(|one| one.to.is_none())));
    let moved = scope.with_facts(facts("media-2"));
    assert!(matches!(policy.diff(&live, &moved.facts), Change::Update(_)));
    let live = converge(&moved, &policy, &claim, live).await;
    // The role's own permissions are another policy and stay as they are.
    assert_eq!(
        node.diff(&find(&scope, &node, &node_claim, None).await.unwrap(), &scope.facts),
        Change::Keep
    );

    policy.delete(&scope, &live).await.unwrap();
    assert!(find(&scope, &policy, &claim, Some(live.clone())).await.is_none());
    let gone = service_error(policy.delete(&scope, &live).await);
    assert_eq!(verdict(&gone), Verdict::Gone);
}

#[tokio::test(start_paused = true)]
async fn a_service_linked_role_is_shared_and_stays() {
    let (_local, scope) = start("test").await;
    let eks = ServiceLinkedRole { service: "eks.amazonaws.com".to_owned() };
    let claim = claim::<ServiceLinkedRole>(&scope, "eks");
    assert!(find(&scope, &eks, &claim, None).await.is_none());
    let live = make(&scope, &eks, &claim).await;
    // Already there: by us, by another stack or by a console's wizard.
    let again = eks.create(&scope, &claim).await.unwrap();
    assert_eq!(again.arn, live.arn);
    let nodes = ServiceLinkedRole { service: "eks-nodegroup.amazonaws.com".to_owned() };
    assert!(find(&scope, &nodes, &claim, None).await.is_none());

    const { assert!(ServiceLinkedRole::FORGET_ON_DELETE) };
    eks.delete(&scope, &live).await.unwrap();
    assert!(find(&scope, &eks, &claim, None).await.is_some());

    let iam = &scope.aws.iam;
    let name = "AWSServiceRoleForAmazonEKS";
    let refused = service_error(iam.delete_role().role_name(name).send().await);
    assert_eq!(refused.code, "UnmodifiableEntity");
}

#[tokio::test(start_paused = true)]
async fn an_smtp_user_and_its_secret_live_and_die() {
    let (_local, scope) = start("test").await;
    let user = SmtpUser { name: "edxaws-test-smtp".to_owned(), domain: "example.org".to_owned() };
    let claim = claim::<SmtpUser>(&scope, "main");
    let live = make(&scope, &user, &claim).await;
    assert_eq!(live.credentials, Credentials::Stored);
    let secret = scope.aws.secrets.get_secret_value().secret_id(&user.name).send().await.unwrap();
    let value: Value = serde_json::from_str(secret.secret_string().unwrap()).unwrap();
    assert_eq!(value["host"], "email-smtp.eu-west-1.amazonaws.com");
    let keys = scope.aws.iam.list_access_keys().user_name(&user.name).send().await.unwrap();
    assert_eq!(value["username"], keys.access_key_metadata()[0].access_key_id().unwrap());
    let password = value["password"].as_str().unwrap();
    assert_eq!(password.len(), 44);
    let shown = format!("{live:?} {} {user:?}", serde_json::to_string(&live).unwrap());
    assert!(!shown.contains(password) && !shown.contains(value["username"].as_str().unwrap()));

    // The engine sees the secret as part of the user and not as a stray secret.
    let secrets = edxaws::resources::kind("secret").unwrap();
    assert!(secrets.list(&scope, &[]).await.unwrap().is_empty());

    let again = service_error(user.create(&scope, &claim).await);
    assert_eq!(verdict(&again), Verdict::Exists);
    user.delete(&scope, &live).await.unwrap();
    assert!(find(&scope, &user, &claim, Some(live.clone())).await.is_none());
    let gone = service_error(user.delete(&scope, &live).await);
    assert_eq!(verdict(&gone), Verdict::Gone);
    scope.clock.sleep(Duration::from_secs(60)).await;
    let secrets = scope.aws.secrets.list_secrets().include_planned_deletion(true).send().await;
    assert!(secrets.unwrap().secret_list().is_empty());
}

/// Whatever answer is lost on the way to stored credentials, the next try ends with one key, and
/// the secret belongs to it.
#[tokio::test(start_paused = true)]
async fn lost_answers_leave_no_stray_access_key() {
    let calls = [
        ("iam", "CreateAccessKey"),
        ("iam", "PutUserPolicy"),
        ("iam", "DeleteAccessKey"),
        ("secretsmanager", "CreateSecret"),
        ("secretsmanager", "PutSecretValue"),
    ];
    for (service, action) in calls {
        for fault in [Fault::LostAnswer, Fault::NotSent] {
            let (local, scope) = start("test").await;
            let user =
                SmtpUser { name: "edxaws-test-smtp".to_owned(), domain: "example.org".to_owned() };
            let claim = claim::<SmtpUser>(&scope, "main");
            let mut live = user.create(&scope, &claim).await.unwrap();
            // A stray key of an earlier life, and a fault while it is cleaned up.
            scope.aws.iam.create_access_key().user_name(&user.name).send().await.unwrap();
            local.faults.add(FaultRule::new(service, action, 2, fault.clone()));
            for _ in 0..4 {
                let _ = user.update(&scope, &live, &claim).await;
                live = find(&scope, &user, &claim, Some(live)).await.unwrap();
            }
            assert_eq!(user.diff(&live, &scope.facts), Change::Keep, "{action} {fault:?}");
            let keys = scope.aws.iam.list_access_keys().user_name(&user.name).send().await.unwrap();
            assert_eq!(keys.access_key_metadata().len(), 1, "{action} {fault:?}");
            local.faults.clear();
            // The key is deleted by hand: the next one is put into the same secret.
            let id = keys.access_key_metadata()[0].access_key_id().unwrap().to_owned();
            let call = scope.aws.iam.delete_access_key().user_name(&user.name).access_key_id(id);
            call.send().await.unwrap();
            let drifted = find(&scope, &user, &claim, Some(live)).await.unwrap();
            assert_eq!(drifted.credentials, Credentials::Missing);
            converge(&scope, &user, &claim, drifted).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_strangers_secret_is_left_alone() {
    let (_local, scope) = start("test").await;
    let user = SmtpUser { name: "edxaws-test-smtp".to_owned(), domain: "example.org".to_owned() };
    let claim = claim::<SmtpUser>(&scope, "main");
    let secrets = &scope.aws.secrets;
    secrets.create_secret().name(&user.name).secret_string("theirs").send().await.unwrap();
    let live = user.create(&scope, &claim).await.unwrap();
    let taken = service_error(user.update(&scope, &live, &claim).await);
    assert_eq!(verdict(&taken), Verdict::Exists);
    user.delete(&scope, &live).await.unwrap();
    let theirs = secrets.get_secret_value().secret_id(&user.name).send().await.unwrap();
    assert_eq!(theirs.secret_string(), Some("theirs"));
}

#[tokio::test(start_paused = true)]
async fn a_log_group_lives_and_dies() {
    let (local, scope) = start("test").await;
    let name = "/aws/eks/edxaws-test-main/cluster".to_owned();
    let group = LogGroup { name: name.clone(), retention_days: 30 };
    let claim = claim::<LogGroup>(&scope, "eks");
    // A stranger's group whose name begins alike.
    let logs = &scope.aws.logs;
    logs.create_log_group().log_group_name(format!("{name}-2")).send().await.unwrap();
    assert!(find(&scope, &group, &claim, None).await.is_none());
    let live = make(&scope, &group, &claim).await;
    local.clear_trace();
    assert!(find(&scope, &group, &claim, Some(live.clone())).await.is_some());
    assert_eq!(local.trace().len(), 1);
    let again = service_error(group.create(&scope, &claim).await);
    assert_eq!(verdict(&again), Verdict::Exists);
    let longer = LogGroup { retention_days: 90, ..group.clone() };
    let live = converge(&scope, &longer, &claim, live).await;
    let odd = logs.put_retention_policy().log_group_name(&name).retention_in_days(31).send().await;
    assert_eq!(service_error(odd).code, "InvalidParameterException");
    group.delete(&scope, &live).await.unwrap();
    assert!(find(&scope, &group, &claim, Some(live.clone())).await.is_none());
    let gone = service_error(group.delete(&scope, &live).await);
    assert_eq!(verdict(&gone), Verdict::Gone);

    // EKS itself made one of the same name: not ours.
    logs.create_log_group().log_group_name(&name).send().await.unwrap();
    assert!(find(&scope, &group, &claim, None).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn iam_refuses_what_aws_refuses() {
    let (_local, scope) = start("test").await;
    let iam = &scope.aws.iam;
    let node = Role { permissions: None, ..role("node") };
    make(&scope, &node, &claim::<Role>(&scope, "node")).await;
    let code = |failure: edxaws::aws::Failure| failure.code;

    let refused = iam.delete_role().role_name(&node.name).send().await;
    assert_eq!(code(service_error(refused)), "DeleteConflict");
    let unknown = "arn:aws:iam::aws:policy/AmazonEKSClusterPolice";
    let refused = iam.attach_role_policy().role_name(&node.name).policy_arn(unknown).send().await;
    assert_eq!(code(service_error(refused)), "NoSuchEntity");
    let create = |trust: Value| {
        let call = iam.create_role().role_name("another");
        call.assume_role_policy_document(trust.to_string()).send()
    };
    assert_eq!(code(service_error(create(json!({})).await)), "MalformedPolicyDocument");
    let bad = create(trust("ec2.amazonaws.example")).await;
    assert_eq!(code(service_error(bad)), "MalformedPolicyDocument");
    let put = |document: Value| {
        let call = iam.put_role_policy().role_name(&node.name).policy_name("x");
        call.policy_document(document.to_string()).send()
    };
    let no_resource =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}});
    assert_eq!(code(service_error(put(no_resource).await)), "MalformedPolicyDocument");

    iam.create_user().user_name("u").send().await.unwrap();
    for _ in 0..2 {
        iam.create_access_key().user_name("u").send().await.unwrap();
    }
    let third = iam.create_access_key().user_name("u").send().await;
    assert_eq!(verdict(&service_error(third)), Verdict::Quota);
    let refused = iam.delete_user().user_name("u").send().await;
    assert_eq!(verdict(&service_error(refused)), Verdict::InUse);
}

#[tokio::test(start_paused = true)]
async fn permissions_are_simulated() {
    let (local, scope) = start("test").await;
    let deny = Thing::new("deny", "deny/rds").with("Action", "rds:*");
    local.world(|world| world.create(deny, 0.0).cloned()).unwrap().unwrap();
    let answer = scope
        .aws
        .iam
        .simulate_principal_policy()
        .policy_source_arn("arn:aws:iam::123456789012:user/sandbox")
        .action_names("ec2:CreateVpc")
        .action_names("rds:CreateDBInstance")
        .send()
        .await
        .unwrap();
    let decisions: Vec<_> =
        answer.evaluation_results().iter().map(|one| one.eval_decision().as_str()).collect();
    assert_eq!(decisions, ["allowed", "explicitDeny"]);
}

#[tokio::test(start_paused = true)]
async fn tagged_resources_and_quotas() {
    let (local, scope) = start("test").await;
    let ec2 = &scope.aws.ec2;
    let tag = aws_sdk_ec2::types::Tag::builder().key("edxaws:stack").value("test").build();
    let spec = aws_sdk_ec2::types::TagSpecification::builder()
        .resource_type(aws_sdk_ec2::types::ResourceType::Vpc)
        .tags(tag)
        .build();
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").tag_specifications(spec).send().await;
    let id = vpc.unwrap().vpc().unwrap().vpc_id().unwrap().to_owned();
    let group = LogGroup { name: "/x".to_owned(), retention_days: 30 };
    make(&scope, &group, &claim::<LogGroup>(&scope, "x")).await;
    // IAM is not part of the answer, as in AWS.
    make(&scope, &role("node"), &claim::<Role>(&scope, "node")).await;
    let get = |value: &str| {
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder();
        let filter = filter.key("edxaws:stack").values(value).build();
        scope.aws.tagging.get_resources().tag_filters(filter)
    };
    let found = get("test").send().await.unwrap();
    let arns: Vec<_> =
        found.resource_tag_mapping_list().iter().filter_map(|one| one.resource_arn()).collect();
    let vpc = format!("arn:aws:ec2:eu-west-1:123456789012:vpc/{id}");
    assert_eq!(arns, [vpc.as_str(), "arn:aws:logs:eu-west-1:123456789012:log-group:/x"]);
    let typed = get("test").resource_type_filters("ec2:vpc").send().await.unwrap();
    assert_eq!(typed.resource_tag_mapping_list().len(), 1);
    assert!(get("other").send().await.unwrap().resource_tag_mapping_list().is_empty());

    let quotas = &scope.aws.quotas;
    let vpcs = || quotas.get_service_quota().service_code("vpc").quota_code("L-F678F1CE").send();
    assert_eq!(vpcs().await.unwrap().quota().unwrap().value(), Some(5.0));
    let raised = Thing::new("quota", "quota/L-F678F1CE").with("Value", 20.0);
    local.world(|world| world.create(raised, 0.0).cloned()).unwrap().unwrap();
    assert_eq!(vpcs().await.unwrap().quota().unwrap().value(), Some(20.0));
    let ec2 = quotas.list_service_quotas().service_code("ec2").send().await.unwrap();
    let values: Vec<_> =
        ec2.quotas().iter().map(|one| (one.quota_code().unwrap(), one.value())).collect();
    assert!(values.contains(&("L-0263D0A3", Some(5.0))));
    assert!(values.contains(&("L-1216C47A", Some(256.0))));
    let none = quotas.get_service_quota().service_code("vpc").quota_code("L-0").send().await;
    assert_eq!(verdict(&service_error(none)), Verdict::Fatal);
}

/// The identity part of a shipped profile, with the buckets it speaks of.
fn identity_graph(profile: &str) -> (Graph, Identity) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let settings = profile::load(profile, &folder).unwrap().settings;
    let place = Surroundings {
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        caller: "arn:aws:iam::123456789012:user/sandbox".to_owned(),
        zones: Vec::new(),
        kubernetes_version: "1.34".to_owned(),
        rendered: BTreeMap::new(),
    };
    let mut graph = Graph::new();
    let storage = storage::build(&mut graph, &settings, &place);
    let identity = identity::build(&mut graph, &settings, &place, &storage);
    identity::smtp(&mut graph, &settings);
    graph.order().unwrap();
    (graph, identity)
}

#[test]
fn a_stack_has_the_roles_its_profile_needs() {
    let names = |graph: &Graph, kind: &str| -> Vec<String> {
        let ours = graph.nodes().filter(|node| node.address.kind() == kind);
        ours.map(|node| node.address.name().to_owned()).collect()
    };
    let (prod, identity) = identity_graph("prod");
    let roles = names(&prod, "role");
    for role in ["cluster", "node", "ebs-csi", "autoscaler", "backup"] {
        assert!(roles.iter().any(|one| one == role), "{role} is not in {roles:?}");
    }
    assert_eq!(names(&prod, "log_group"), ["eks"]);
    assert_eq!(names(&prod, "role_policy").len(), identity.openedx.len());
    assert!(names(&prod, "service_linked_role").contains(&"elasticache".to_owned()));
    let (dev, identity) = identity_graph("dev");
    assert!(identity.eks_log.is_none() && identity.backup.is_none());
    assert!(names(&dev, "service_linked_role").contains(&"spot".to_owned()));
}

/// Trust policies, permissions and managed policies of the profile as IAM would judge them.
#[tokio::test(start_paused = true)]
async fn iam_accepts_every_role_of_a_stack() {
    let (_local, scope) = start("test").await;
    let (graph, _) = identity_graph("prod");
    let mut made = 0;
    for node in graph.nodes() {
        let claim = Claim { address: node.address.clone(), token: scope.token() };
        match node.address.kind() {
            "role" => {
                let role: Role = serde_json::from_value(node.desired.clone()).unwrap();
                make(&scope, &role, &claim).await;
                made += 1;
            }
            "service_linked_role" => {
                let linked: ServiceLinkedRole =
                    serde_json::from_value(node.desired.clone()).unwrap();
                make(&scope, &linked, &claim).await;
                made += 1;
            }
            _ => {}
        }
    }
    assert!(made >= 12, "{made}");
}
