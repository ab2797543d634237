//! S3, SNS, CloudWatch, Budgets, Backup and ECR kinds against the local AWS, and what it refuses.
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
use edxaws::aws::{
    Clients, Clock, DataPolicy, Depth, Endpoint, Failure, Scope, StackId, Verdict, connect, verdict,
};
use edxaws::resource::{Change, Claim, Facts, Found, OnDestroy, Ready, Resource, Wanted};
use edxaws::resources::backup::{
    BackupPlan, BackupPlanLive, BackupSelection, BackupVault, Choice, Rule as Schedule,
};
use edxaws::resources::budgets::{Budget, Tell};
use edxaws::resources::cloudfront::Distribution;
use edxaws::resources::cloudwatch::{Alarm, Rule, Subject};
use edxaws::resources::ecr::Repository;
use edxaws::resources::iam::Role;
use edxaws::resources::rds::DbInstance;
use edxaws::resources::s3::{Bucket, BucketPolicy, Grant};
use edxaws::resources::sns::{Topic, TopicLive};
use edxaws::stack::{self, Surroundings};
use edxaws::{graph::Graph, profile};
use edxaws_localstack::{LocalAws, Owner, Thing, sdk_client};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

async fn start(region: &str) -> (LocalAws, Scope) {
    let local = LocalAws::in_memory(7);
    let scope = scope_of(&local, "test", region).await;
    (local, scope)
}

async fn scope_of(local: &LocalAws, name: &str, region: &str) -> Scope {
    let config = connect(&Endpoint::Local(sdk_client(local)), region).await;
    let [name, account, region, partition] = [name, ACCOUNT, region, "aws"].map(str::to_owned);
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
    if let Some(token) = first.as_ref().and_then(|found| found.token.as_ref()) {
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

async fn remove<R: Resource>(scope: &Scope, desired: &R, claim: &Claim, live: R::Live) {
    desired.delete(scope, &live).await.unwrap();
    assert!(find(scope, desired, claim, Some(live.clone())).await.is_none());
    if let Err(again) = desired.delete(scope, &live).await {
        assert_eq!(verdict(&again), Verdict::Gone, "{again}");
    }
}

/// A scope in which these upstreams have these live values.
fn knowing(scope: &Scope, live: &[(Address, Value)]) -> Scope {
    scope.with_facts(Facts::new(live.iter().cloned().collect()))
}

fn fact<R: Resource>(of: &Ref<R>, live: &R::Live) -> (Address, Value) {
    (of.address.clone(), serde_json::to_value(live).unwrap())
}

fn refused<T, E: Into<Failure>>(result: Result<T, E>) -> Failure {
    match result {
        Ok(_) => panic!("should have been refused"),
        Err(error) => error.into(),
    }
}

fn bucket(name: &str) -> Bucket {
    Bucket {
        name: name.to_owned(),
        versioned: true,
        cors_origins: vec!["https://apps.example.org".into(), "https://example.org".into()],
        expire_days: Some(30),
        keep_on_destroy: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_lives_changes_and_dies() {
    for region in ["eu-west-1", "us-east-1"] {
        let (local, scope) = start(region).await;
        let (media, claim) = (bucket("edxaws-test-media-1"), claim::<Bucket>(&scope, "media"));
        let live = make(&scope, &media, &claim).await;
        assert_eq!(live.domain, format!("edxaws-test-media-1.s3.{region}.amazonaws.com"));
        assert_eq!(live.arn, "arn:aws:s3:::edxaws-test-media-1");
        let again = refused(media.create(&scope, &claim).await);
        assert_eq!(verdict(&again), Verdict::Exists, "{again}");

        // Somebody opens it and takes the rules away; a thorough look sees it in five calls.
        let s3 = &scope.aws.s3;
        s3.delete_public_access_block().bucket(&live.name).send().await.unwrap();
        s3.delete_bucket_lifecycle().bucket(&live.name).send().await.unwrap();
        local.clear_trace();
        let quick = scope.for_survey(Depth::Quick);
        let kept = find(&quick, &media, &claim, Some(live.clone())).await.unwrap();
        assert_eq!((local.trace().len(), kept.public_access_blocked), (1, true));
        local.clear_trace();
        let drifted = find(&scope, &media, &claim, Some(live)).await.unwrap();
        assert_eq!(local.trace().len(), 5);
        assert!(
            matches!(media.diff(&drifted, &scope.facts), Change::Update(why) if why.len() == 2)
        );
        let live = converge(&scope, &media, &claim, drifted).await;

        let changed = Bucket {
            versioned: false,
            cors_origins: Vec::new(),
            expire_days: None,
            ..media.clone()
        };
        let live = converge(&scope, &changed, &claim, live).await;
        remove(&scope, &changed, &claim, live).await;
        assert_eq!(local.world(|world| world.things.len()).unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_bucket_is_emptied_with_all_versions() {
    let (local, scope) = start("eu-west-1").await;
    let (media, claim) = (bucket("edxaws-test-media-1"), claim::<Bucket>(&scope, "media"));
    let live = make(&scope, &media, &claim).await;
    let s3 = &scope.aws.s3;
    for body in ["first", "second"] {
        let call = s3.put_object().bucket(&live.name).key("a folder/ä+b.txt");
        call.body(body.as_bytes().to_vec().into()).send().await.unwrap();
    }
    let answer = s3.get_object().bucket(&live.name).key("a folder/ä+b.txt").send().await.unwrap();
    assert_eq!(answer.body.collect().await.unwrap().into_bytes().as_ref(), b"second");
    let answer = s3.list_objects_v2().bucket(&live.name).delimiter("/").send().await.unwrap();
    assert_eq!(answer.common_prefixes()[0].prefix(), Some("a folder/"));
    s3.delete_object().bucket(&live.name).key("a folder/ä+b.txt").send().await.unwrap();
    s3.create_multipart_upload().bucket(&live.name).key("half").send().await.unwrap();
    assert!(s3.list_objects_v2().bucket(&live.name).send().await.unwrap().contents().is_empty());

    let full = refused(s3.delete_bucket().bucket(&live.name).send().await);
    assert_eq!((full.code.as_str(), verdict(&full)), ("BucketNotEmpty", Verdict::InUse));
    let versions = s3.list_object_versions().bucket(&live.name).send().await.unwrap();
    assert_eq!((versions.versions().len(), versions.delete_markers().len()), (2, 1));
    remove(&scope, &media, &claim, live).await;
    assert_eq!(local.world(|world| world.things.len()).unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_elses_bucket_is_taken() {
    let (local, scope) = start("us-east-1").await;
    let (media, claim) = (bucket("edxaws-test-media-1"), claim::<Bucket>(&scope, "media"));
    // The user's own bucket of that name: S3 would answer 200 here.
    scope.aws.s3.create_bucket().bucket(&media.name).send().await.unwrap();
    scope.aws.s3.create_bucket().bucket(&media.name).send().await.unwrap();
    let taken = refused(media.create(&scope, &claim).await);
    assert_eq!(verdict(&taken), Verdict::Exists);
    assert!(find(&scope, &media, &claim, None).await.is_none());
    // Another stack's.
    let other = scope_of(&local, "other", "us-east-1").await;
    let theirs = bucket("edxaws-test-media-2");
    theirs.create(&other, &claim).await.unwrap();
    assert!(find(&scope, &theirs, &claim, None).await.is_none());
    assert_eq!(Bucket::list(&other, &[wanted(&theirs, &claim, None)]).await.unwrap().len(), 1);
    // Another account's.
    let stranger = Thing::new("bucket", "bucket/edxaws-test-media-3").owned_by(Owner::Stranger);
    local.world(|world| world.create(stranger, 0.0).map(|_| ())).unwrap().unwrap();
    let taken = refused(bucket("edxaws-test-media-3").create(&scope, &claim).await);
    assert_eq!((taken.code.as_str(), verdict(&taken)), ("BucketAlreadyExists", Verdict::Exists));
}

#[tokio::test(start_paused = true)]
async fn the_local_s3_refuses_what_s3_refuses() {
    let (_local, scope) = start("eu-west-1").await;
    let s3 = &scope.aws.s3;
    let unplaced = refused(s3.create_bucket().bucket("some-bucket").send().await);
    assert_eq!(unplaced.code, "IllegalLocationConstraintException");
    let missing = refused(s3.get_bucket_versioning().bucket("some-bucket").send().await);
    assert_eq!((missing.code.as_str(), verdict(&missing)), ("NoSuchBucket", Verdict::Gone));
    let (media, claim) = (bucket("edxaws-test-media-1"), claim::<Bucket>(&scope, "media"));
    let live = make(&scope, &media, &claim).await;
    let policy = |resource: &str, principal: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
            "Principal": principal, "Resource": resource}]})
        .to_string()
    };
    let put = |text: String| s3.put_bucket_policy().bucket(&live.name).policy(text).send();
    let elsewhere = refused(put(policy("arn:aws:s3:::other/*", json!("*"))).await);
    assert_eq!(elsewhere.code, "MalformedPolicy");
    let public = refused(put(policy(&format!("{}/*", live.arn), json!("*"))).await);
    assert_eq!((public.code.as_str(), verdict(&public)), ("AccessDenied", Verdict::Denied));
    let nobody = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/nobody")});
    let nobody = refused(put(policy(&format!("{}/*", live.arn), nobody)).await);
    assert_eq!(verdict(&nobody), Verdict::NotYet, "{nobody}");

    let put = || s3.put_object().bucket(&live.name).key("lock").body(b"me".to_vec().into());
    let first = put().if_none_match("*").send().await.unwrap();
    let second = refused(put().if_none_match("*").send().await);
    assert_eq!(second.code, "PreconditionFailed");
    let etag = first.e_tag().unwrap();
    put().if_match(etag).send().await.unwrap();
    assert_eq!(refused(put().if_match("\"0\"").send().await).code, "PreconditionFailed");
    let unknown = refused(s3.get_object_acl().bucket(&live.name).key("lock").send().await);
    assert_eq!(unknown.code, "NotImplementedByEdxawsLocalstack");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_policy_follows_its_distribution() {
    let (_local, scope) = start("eu-west-1").await;
    let (media, claim_of_media) = (bucket("edxaws-test-media-1"), claim::<Bucket>(&scope, "media"));
    let live = make(&scope, &media, &claim_of_media).await;
    let (of, cdn) = (Ref::<Bucket>::to("media"), Ref::<Distribution>::to("media"));
    let policy = BucketPolicy { bucket: of.clone(), grants: vec![Grant::Read(cdn.clone())] };
    let claim = claim::<BucketPolicy>(&scope, "media");
    let scope = knowing(&scope, &[fact(&of, &live)]);
    let early = refused(policy.create(&scope, &claim).await);
    assert!(early.message.contains("distribution.media"), "{early}");

    let distribution = |id: &str| {
        let live = json!({"id": id, "arn": format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}"),
            "domain_name": "", "comment": "", "status": "Deployed", "enabled": true,
            "bucket_domain": "", "access_id": "", "aliases": [], "certificate_arn": "",
            "price_class": "PriceClass_100"});
        (cdn.address.clone(), live)
    };
    let scope = knowing(&scope, &[fact(&of, &live), distribution("E1")]);
    let made = make(&scope, &policy, &claim).await;
    assert_eq!(made.policy["Statement"].as_array().unwrap().len(), 2);
    let scope = knowing(&scope, &[fact(&of, &live), distribution("E2")]);
    let made = converge(&scope, &policy, &claim, made).await;
    assert!(made.policy.to_string().contains("distribution/E2"));
    remove(&scope, &policy, &claim, made.clone()).await;
    // The bucket went first.
    remove(&scope, &media, &claim_of_media, live).await;
    assert_eq!(verdict(&refused(policy.delete(&scope, &made).await)), Verdict::Gone);
    assert!(find(&scope, &policy, &claim, Some(made)).await.is_none());
}

fn topic() -> Topic {
    Topic {
        name: "edxaws-test-alerts".to_owned(),
        email: Some("ops@example.org".to_owned()),
        publishers: vec!["budgets.amazonaws.com".to_owned()],
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_tells_the_wanted_address_only() {
    let (local, scope) = start("eu-west-1").await;
    let (topic, claim) = (topic(), claim::<Topic>(&scope, "alerts"));
    let live = make(&scope, &topic, &claim).await;
    assert_eq!(live.emails.len(), 1);
    // The same claim: the same topic. Another's claim: refused.
    assert_eq!(topic.create(&scope, &claim).await.unwrap().arn, live.arn);
    let other = self::claim::<Topic>(&scope, "alerts");
    let taken = refused(topic.create(&scope, &other).await);
    assert_eq!(verdict(&taken), Verdict::Exists, "{taken}");

    let moved = Topic { email: Some("new@example.org".to_owned()), ..topic.clone() };
    // An address that never confirmed cannot be removed and is no difference.
    let live = converge(&scope, &moved, &claim, live).await;
    assert_eq!(live.emails.len(), 2);
    let token = local.world(|world| {
        let mut all = world.of_kind("subscription");
        all.find(|one| one.text("Endpoint") == "ops@example.org").unwrap().id.clone()
    });
    let sns = &scope.aws.sns;
    sns.confirm_subscription().topic_arn(&live.arn).token(token.unwrap()).send().await.unwrap();
    let live = find(&scope, &moved, &claim, Some(live)).await.unwrap();
    assert!(matches!(moved.diff(&live, &scope.facts), Change::Update(_)));
    let live = converge(&scope, &moved, &claim, live).await;
    assert_eq!(live.emails.len(), 1);
    assert_eq!(live.emails[0].address, "new@example.org");

    local.clear_trace();
    find(
        &scope,
        &Topic { publishers: Vec::new(), ..moved.clone() },
        &claim,
        Some(TopicLive { publishers: Vec::new(), ..live.clone() }),
    )
    .await
    .unwrap();
    assert_eq!(local.trace().len(), 1);
    remove(&scope, &moved, &claim, live).await;
    // Somebody's topic of that name, without our tags.
    sns.create_topic().name(&topic.name).send().await.unwrap();
    assert!(find(&scope, &topic, &claim, None).await.is_none());
}

fn database(scope: &Scope) -> (Address, Value) {
    let live = json!({"id": "edxaws-test-mysql", "arn": scope.arn("rds", "db:edxaws-test-mysql"),
        "resource_id": "db-1", "status": "available", "endpoint": null, "port": 3306,
        "class": "db.t4g.micro", "version": "8.4", "storage_gib": 20, "max_storage_gib": null,
        "storage_type": "gp3", "encrypted": true, "multi_az": false, "backup_days": 1,
        "deletion_protection": false, "performance_insights": false, "public": false,
        "username": "edxaws", "master_secret_arn": null, "subnet_group": "", "parameter_group": "",
        "security_group_ids": [], "pending": []});
    (Ref::<DbInstance>::to("mysql").address, live)
}

fn alarm(what: &str, statistic: &str) -> Alarm {
    Alarm {
        name: format!("edxaws-test-{what}"),
        subject: Subject::Database(Ref::to("mysql")),
        rule: Rule {
            description: "the database is busy".to_owned(),
            namespace: "AWS/RDS".to_owned(),
            metric: "CPUUtilization".to_owned(),
            statistic: statistic.to_owned(),
            comparison: "GreaterThanOrEqualToThreshold".to_owned(),
            threshold: 80.0,
            period: 300,
            periods: 3,
            missing_data: "notBreaching".to_owned(),
        },
        topic: Ref::to("alerts"),
    }
}

#[tokio::test(start_paused = true)]
async fn alarms_are_found_in_one_call() {
    let (local, scope) = start("eu-west-1").await;
    let cpu = alarm("mysql-cpu", "Average");
    let claim_of_cpu = claim::<Alarm>(&scope, "mysql-cpu");
    let early = refused(cpu.create(&scope, &claim_of_cpu).await);
    assert!(early.message.contains("db_instance.mysql"), "{early}");
    let of = Ref::<Topic>::to("alerts");
    let live = make(&scope, &topic(), &claim::<Topic>(&scope, "alerts")).await;
    let scope = knowing(&scope, &[fact(&of, &live), database(&scope)]);

    let cpu_live = make(&scope, &cpu, &claim_of_cpu).await;
    assert_eq!(cpu_live.dimensions["DBInstanceIdentifier"], "edxaws-test-mysql");
    let slow = alarm("latency", "p95");
    let claim_of_slow = claim::<Alarm>(&scope, "latency");
    let slow_live = make(&scope, &slow, &claim_of_slow).await;
    assert_eq!(verdict(&refused(slow.create(&scope, &claim_of_slow).await)), Verdict::Exists);
    local.clear_trace();
    let both = [
        wanted(&cpu, &claim_of_cpu, Some(cpu_live.clone())),
        wanted(&slow, &claim_of_slow, Some(slow_live.clone())),
    ];
    assert_eq!(Alarm::list(&scope, &both).await.unwrap().len(), 2);
    assert_eq!(local.trace().len(), 1);
    assert_eq!(Alarm::list(&scope, &[]).await.unwrap().len(), 2);

    let mut stricter = cpu.clone();
    stricter.rule.threshold = 70.5;
    let disabled = scope.aws.cloudwatch.disable_alarm_actions().alarm_names(&cpu.name);
    disabled.send().await.unwrap();
    let drifted = find(&scope, &stricter, &claim_of_cpu, Some(cpu_live)).await.unwrap();
    let change = stricter.diff(&drifted, &scope.facts);
    assert!(matches!(change, Change::Update(why) if why.len() == 2));
    let cpu_live = converge(&scope, &stricter, &claim_of_cpu, drifted).await;
    remove(&scope, &stricter, &claim_of_cpu, cpu_live).await;
    remove(&scope, &slow, &claim_of_slow, slow_live).await;

    // Somebody's alarm of that name is neither taken nor overwritten.
    let call = scope.aws.cloudwatch.put_metric_alarm().alarm_name(&cpu.name).namespace("Mine");
    let call = call.metric_name("M").period(60).evaluation_periods(1).threshold(1.0);
    let call = call.statistic(aws_sdk_cloudwatch::types::Statistic::Sum);
    let how = aws_sdk_cloudwatch::types::ComparisonOperator::LessThanThreshold;
    call.comparison_operator(how).send().await.unwrap();
    assert!(find(&scope, &cpu, &claim_of_cpu, None).await.is_none());
    assert_eq!(verdict(&refused(cpu.create(&scope, &claim_of_cpu).await)), Verdict::Exists);
    let topicless = knowing(&scope, &[database(&scope)]);
    assert_eq!(refused(slow.create(&topicless, &claim_of_slow).await).code, "UpstreamUnknown");
}

#[tokio::test(start_paused = true)]
async fn a_budget_tells_of_80_and_100_percent() {
    let (local, scope) = start("eu-west-1").await;
    let budget = Budget {
        name: "edxaws-test-monthly".to_owned(),
        stack: "test".to_owned(),
        monthly_usd: 250,
        tell: Tell::Email("ops@example.org".to_owned()),
    };
    let claim_of_budget = claim::<Budget>(&scope, "monthly");
    let live = make(&scope, &budget, &claim_of_budget).await;
    assert_eq!(live.notices, ["ACTUAL 80", "FORECASTED 100"]);
    assert_eq!(live.filter, ["user:edxaws:stack$test"]);
    let taken = refused(budget.create(&scope, &claim_of_budget).await);
    assert_eq!(verdict(&taken), Verdict::Exists, "{taken}");
    local.clear_trace();
    let quick = scope.for_survey(Depth::Quick);
    find(&quick, &budget, &claim_of_budget, Some(live.clone())).await.unwrap();
    assert_eq!(local.trace().len(), 1);

    // More money, told to a topic: Budgets refuses one that does not let it in.
    let of = Ref::<Topic>::to("alerts");
    let closed = Topic { publishers: Vec::new(), ..topic() };
    let claim_of_topic = claim::<Topic>(&scope, "alerts");
    let topic_live = make(&scope, &closed, &claim_of_topic).await;
    let scope = knowing(&scope, &[fact(&of, &topic_live)]);
    let changed = Budget { monthly_usd: 300, tell: Tell::Topic(of), ..budget.clone() };
    let closed = refused(changed.update(&scope, &live, &claim_of_budget).await);
    assert_eq!(closed.code, "InvalidParameterException");
    converge(&scope, &topic(), &claim_of_topic, topic_live).await;
    let live = find(&scope, &changed, &claim_of_budget, Some(live)).await.unwrap();
    let live = converge(&scope, &changed, &claim_of_budget, live).await;
    assert_eq!((live.monthly_usd, live.told.len()), (300.0, 1));
    assert!(live.told[0].ends_with(":edxaws-test-alerts"));
    remove(&scope, &changed, &claim_of_budget, live).await;

    // Somebody's budget of that name.
    let untagged =
        Thing::new("budget", format!("arn:aws:budgets::{ACCOUNT}:budget/{}", budget.name)).with(
            "Budget",
            json!({"BudgetName": budget.name, "BudgetType": "COST", "TimeUnit": "MONTHLY"}),
        );
    local.world(|world| world.create(untagged, 0.0).map(|_| ())).unwrap().unwrap();
    assert!(find(&scope, &budget, &claim_of_budget, None).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_repository_with_images_goes_only_by_force() {
    let (local, scope) = start("eu-west-1").await;
    let repository = Repository { name: "edxaws-test-openedx".to_owned(), keep_images: 10 };
    let claim = claim::<Repository>(&scope, "openedx");
    let live = make(&scope, &repository, &claim).await;
    assert!(live.uri.ends_with(".amazonaws.com/edxaws-test-openedx"));
    assert_eq!(verdict(&refused(repository.create(&scope, &claim).await)), Verdict::Exists);
    local.clear_trace();
    let quick = scope.for_survey(Depth::Quick);
    find(&quick, &repository, &claim, Some(live.clone())).await.unwrap();
    assert_eq!(local.trace().len(), 1);
    let fewer = Repository { keep_images: 5, ..repository.clone() };
    let live = converge(&scope, &fewer, &claim, live).await;

    let push = scope.aws.ecr.put_image().repository_name(&live.name).image_manifest("{}");
    push.image_tag("v1").send().await.unwrap();
    let full = refused(fewer.delete(&scope, &live).await);
    assert_eq!(verdict(&full), Verdict::InUse, "{full}");
    remove(&scope.with_data(DataPolicy::Delete), &fewer, &claim, live).await;
    assert_eq!(local.world(|world| world.things.len()).unwrap(), 0);
    let create = scope.aws.ecr.create_repository().repository_name(&repository.name);
    create.send().await.unwrap();
    assert!(find(&scope, &repository, &claim, None).await.is_none());
}

fn plan() -> BackupPlan {
    let schedule = |name: &str, cron: &str, keep_days| Schedule {
        name: name.to_owned(),
        schedule: cron.to_owned(),
        keep_days,
    };
    BackupPlan {
        name: "edxaws-test-backup".to_owned(),
        vault: Ref::to("main"),
        rules: vec![
            schedule("daily", "cron(0 3 * * ? *)", 7),
            schedule("weekly", "cron(0 4 ? * SUN *)", 90),
        ],
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_keeps_its_recovery_points() {
    let (local, scope) = start("eu-west-1").await;
    let vault = BackupVault { name: "edxaws-test-vault".to_owned(), keep_on_destroy: false };
    let claim_of_vault = claim::<BackupVault>(&scope, "main");
    let live = make(&scope, &vault, &claim_of_vault).await;
    assert_eq!(vault.create(&scope, &claim_of_vault).await.unwrap().arn, live.arn);
    let other = claim::<BackupVault>(&scope, "main");
    assert_eq!(verdict(&refused(vault.create(&scope, &other).await)), Verdict::Exists);

    let role = role(&scope).await;
    let topic = scope.aws.sns.create_topic().name("something").send().await.unwrap();
    let job = || {
        let call = scope.aws.backup.start_backup_job().backup_vault_name(&vault.name);
        call.resource_arn(topic.topic_arn().unwrap()).iam_role_arn(role.1["arn"].as_str().unwrap())
    };
    let young = refused(job().send().await);
    assert_eq!(verdict(&young), Verdict::NotYet, "{young}");
    scope.clock.sleep(Duration::from_secs(15)).await;
    let point = job().send().await.unwrap().recovery_point_arn.unwrap();
    let direct = scope.aws.backup.delete_backup_vault().backup_vault_name(&vault.name);
    assert_eq!(verdict(&refused(direct.send().await)), Verdict::InUse);
    let kept = refused(vault.delete(&scope, &live).await);
    assert_eq!(kept.code, "InvalidRequestException");
    assert!(kept.message.contains(&point), "{kept}");
    let live = find(&scope, &vault, &claim_of_vault, Some(live)).await.unwrap();
    assert_eq!(live.recovery_points, 1);
    remove(&scope.with_data(DataPolicy::Delete), &vault, &claim_of_vault, live).await;
    assert_eq!(local.world(|world| world.of_kind("recovery_point").count()).unwrap(), 0);
    let keep = BackupVault { keep_on_destroy: true, ..vault };
    assert_eq!(keep.on_destroy(), OnDestroy::Keep);
}

/// A role AWS Backup may work as, and the fact about it.
async fn role(scope: &Scope) -> (Address, Value) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"}, "Action": ["sts:AssumeRole"]}]});
    let call = scope.aws.iam.create_role().role_name("backup");
    let made = call.assume_role_policy_document(trust.to_string()).send().await.unwrap();
    let arn = made.role().unwrap().arn().to_owned();
    let live = json!({"name": "backup", "arn": arn, "trust": trust, "policies": [],
        "permissions": null});
    (Ref::<Role>::to("backup").address, live)
}

#[tokio::test(start_paused = true)]
async fn a_plan_goes_after_its_selections() {
    let (local, scope) = start("eu-west-1").await;
    let vault = BackupVault { name: "edxaws-test-vault".to_owned(), keep_on_destroy: false };
    let vault_live = make(&scope, &vault, &claim::<BackupVault>(&scope, "main")).await;
    let vault_fact = fact(&Ref::<BackupVault>::to("main"), &vault_live);
    let scope = knowing(&scope, std::slice::from_ref(&vault_fact));
    let (plan, claim_of_plan) = (plan(), claim::<BackupPlan>(&scope, "main"));
    let live = make(&scope, &plan, &claim_of_plan).await;
    assert_eq!(plan.create(&scope, &claim_of_plan).await.unwrap().id, live.id);
    local.clear_trace();
    let live = find(&scope, &plan, &claim_of_plan, Some(live)).await.unwrap();
    assert_eq!(local.trace().len(), 1);
    let daily = BackupPlan { rules: plan.rules[..1].to_vec(), ..plan.clone() };
    let live: BackupPlanLive = converge(&scope, &daily, &claim_of_plan, live).await;

    let selection = BackupSelection {
        name: "edxaws-test-database".to_owned(),
        plan: Ref::to("main"),
        role: Ref::to("backup"),
        what: Choice::Databases(vec![Ref::to("mysql")]),
    };
    let claim_of_selection = claim::<BackupSelection>(&scope, "database");
    assert!(find(&scope, &selection, &claim_of_selection, None).await.is_none());
    let known = [
        vault_fact,
        fact(&Ref::<BackupPlan>::to("main"), &live),
        role(&scope).await,
        database(&scope),
    ];
    let scope = knowing(&scope, &known);
    let young = refused(selection.create(&scope, &claim_of_selection).await);
    assert_eq!(verdict(&young), Verdict::NotYet, "{young}");
    scope.clock.sleep(Duration::from_secs(15)).await;
    let chosen = make(&scope, &selection, &claim_of_selection).await;
    let again = selection.create(&scope, &claim_of_selection).await.unwrap();
    assert_eq!(again.id, chosen.id);
    local.clear_trace();
    let chosen = find(&scope, &selection, &claim_of_selection, Some(chosen)).await.unwrap();
    assert_eq!(local.trace().len(), 1);
    let moved = BackupSelection { name: "edxaws-test-other".to_owned(), ..selection.clone() };
    assert!(matches!(moved.diff(&chosen, &scope.facts), Change::Replace(_)));

    let held = refused(daily.delete(&scope, &live).await);
    assert_eq!(verdict(&held), Verdict::InUse, "{held}");
    remove(&scope, &selection, &claim_of_selection, chosen).await;
    remove(&scope, &daily, &claim_of_plan, live).await;
}

/// The graph of a shipped profile.
fn graph(name: &str) -> Graph {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let settings = profile::load(name, &folder).unwrap().settings;
    let region = settings.region.clone();
    let place = Surroundings {
        account: ACCOUNT.to_owned(),
        zones: ["a", "b", "c"].map(|zone| format!("{region}{zone}")).to_vec(),
        region,
        partition: "aws".to_owned(),
        caller: format!("arn:aws:iam::{ACCOUNT}:user/me"),
        kubernetes_version: "1.35".to_owned(),
        rendered: BTreeMap::new(),
    };
    stack::build(&settings, &place).unwrap()
}

#[test]
fn what_each_profile_watches() {
    let of = |graph: &Graph, kind: &str| -> Vec<String> {
        let nodes = graph.nodes().filter(|node| node.address.kind() == kind);
        nodes.map(|node| node.address.name().to_owned()).collect()
    };
    let prod = graph("prod");
    prod.order().unwrap();
    let media = Address::parse("bucket_policy.main-media");
    let media = media.and_then(|address| prod.get(&address)).map(|node| node.needs.len());
    assert_eq!(media, Some(2), "{:?}", of(&prod, "bucket_policy"));
    assert_eq!(of(&prod, "topic"), ["alerts"]);
    let alarms = of(&prod, "alarm");
    for name in
        ["alb-5xx", "mysql-storage", "target-latency", "mysql-connections", "cache-memory-2"]
    {
        assert!(alarms.iter().any(|one| one == name), "{name} is not among {alarms:?}");
    }
    assert!(alarms.iter().any(|one| one.starts_with("nodes-")), "{alarms:?}");
    assert_eq!(of(&prod, "backup_selection"), ["database", "volumes"]);
    let dev = graph("dev");
    dev.order().unwrap();
    assert_eq!(of(&dev, "alarm").len() + of(&dev, "backup_plan").len(), 0);
}
