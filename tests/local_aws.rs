//! The SDK against the local AWS in process, under virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;

use edxaws::aws::{Clients, Clock, Endpoint, Scope, StackId, connect};
use edxaws::resource::{Change, Claim, Facts, Resource};
use edxaws::resources::ec2::Vpc;
use edxaws_localstack::{LocalAws, sdk_client};

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
