//! The SDK against the local AWS in process, under virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;

use aws_sdk_ec2::types::AddressAttributeName;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleRule,
    LifecycleRuleFilter, TransitionDefaultMinimumObjectSize as Smallest,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use edxaws::aws::{Clients, Clock, Endpoint, Scope, StackId, connect};
use edxaws::resource::{Change, Claim, Facts, Resource};
use edxaws::resources::ec2::Vpc;
use edxaws_localstack::{LocalAws, sdk_client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test(start_paused = true)]
async fn a_vpc_lives_and_dies() {
    let local = LocalAws::in_memory(7);
    let config = connect(&Endpoint::Local(sdk_client(&local)), "us-east-1").await;
    let [name, account, region, partition] =
        ["test", "123456789012", "us-east-1", "aws"].map(str::to_owned);
    let stack = StackId { name, account, region, partition };
    let random = fastrand::Rng::with_seed(1);
    let scope = Scope::new(Clients::new(&config), stack, Clock::real(), BTreeMap::new(), random);
    let vpc = Vpc { cidr: "10.0.0.0/16".to_owned() };
    let claim =
        Claim { address: "vpc.main".to_owned().as_str().parse_address(), token: scope.token() };
    let live = vpc.create(&scope, &claim).await.unwrap();
    assert!(matches!(vpc.diff(&live, &Facts::default()), Change::Update(_)));
    vpc.update(&scope, &live, &claim).await.unwrap();
    let found = Vpc::list(&scope, &[]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address.as_ref().unwrap().as_str(), "vpc.main");
    assert_eq!(vpc.diff(&found[0].live, &Facts::default()), Change::Keep);
    vpc.delete(&scope, &found[0].live).await.unwrap();
    assert!(Vpc::list(&scope, &[]).await.unwrap().is_empty());
}

trait ParseAddress {
    fn parse_address(&self) -> edxaws::address::Address;
}
impl ParseAddress for str {
    fn parse_address(&self) -> edxaws::address::Address {
        edxaws::address::Address::parse(self).unwrap()
    }
}

async fn clients() -> Clients {
    let local = LocalAws::in_memory(7);
    Clients::new(&connect(&Endpoint::Local(sdk_client(&local)), "us-east-1").await)
}

/// The code of the refusal.
fn refused<T: Debug, E: ProvideErrorMetadata>(answer: Result<T, E>) -> String {
    answer.map_err(|error| error.code().unwrap_or_default().to_owned()).expect_err("a refusal")
}

#[tokio::test(start_paused = true)]
async fn an_address_tells_its_attributes_and_is_nobodys() {
    let ec2 = clients().await.ec2;
    let made = ec2.allocate_address().send().await.unwrap();
    let id = made.allocation_id().unwrap();
    let asked = ec2.describe_addresses_attribute().allocation_ids(id);
    let told = asked.attribute(AddressAttributeName::DomainName).send().await.unwrap();
    assert_eq!(told.addresses().len(), 1);
    assert_eq!(told.addresses()[0].public_ip(), made.public_ip());
    let unknown = ec2.describe_addresses_attribute().allocation_ids("eipalloc-0").send().await;
    assert_eq!(refused(unknown), "InvalidAllocationID.NotFound");
    let nowhere = ec2.disassociate_address().association_id("eipassoc-0").send().await;
    assert_eq!(refused(nowhere), "InvalidAssociationID.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_lifecycle_remembers_the_smallest_object_that_moves() {
    let s3 = clients().await.s3;
    s3.create_bucket().bucket("a-bucket").send().await.unwrap();
    let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(7).build();
    let filter = LifecycleRuleFilter::builder().prefix("").build();
    let rule = LifecycleRule::builder()
        .id("uploads")
        .status(ExpirationStatus::Enabled)
        .filter(filter)
        .abort_incomplete_multipart_upload(abort)
        .build()
        .unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
    let put = || {
        let call = s3.put_bucket_lifecycle_configuration().bucket("a-bucket");
        call.lifecycle_configuration(rules.clone())
    };
    let get = || s3.get_bucket_lifecycle_configuration().bucket("a-bucket").send();
    put().send().await.unwrap();
    let usual = Smallest::AllStorageClasses128K;
    assert_eq!(get().await.unwrap().transition_default_minimum_object_size, Some(usual));
    let other = Smallest::VariesByStorageClass;
    put().transition_default_minimum_object_size(other.clone()).send().await.unwrap();
    assert_eq!(get().await.unwrap().transition_default_minimum_object_size, Some(other));
    let wrong = put().transition_default_minimum_object_size(Smallest::from("any")).send().await;
    assert_eq!(refused(wrong), "InvalidRequest");
}

/// A bare request to the served one; the status line and what follows the headers.
async fn asked(address: SocketAddr, method: &str, path: &str, more: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: local\r\nconnection: close\r\n");
    stream.write_all(format!("{head}{more}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[tokio::test]
async fn the_served_one_tells_its_trace_and_shows_its_sites() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(edxaws_localstack::serve(LocalAws::in_memory(7), listener));
    let scope =
        "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request\r\n";
    asked(address, "GET", "/?Action=DescribeVpcs", scope).await;
    let (_, trace) = asked(address, "GET", "/_edxaws/trace", "").await;
    assert_eq!(trace, r#"[{"service":"ec2","action":"DescribeVpcs","outcome":"ok"}]"#);
    let (_, trace) = asked(address, "DELETE", "/_edxaws/trace", "").await;
    assert_eq!(trace, "[]");
    let (status, _) = asked(address, "GET", "/_edxaws/web/nobody.test/heartbeat", "").await;
    assert!(status.contains("421"), "{status}");
    let (status, _) = asked(address, "GET", "/_edxaws/secrets", "").await;
    assert!(status.contains("404"), "{status}");
}
