//! Drift and orphans on the local AWS, priced one by one with what ends them.

use aws_sdk_ec2::types::{DomainType, ResourceType, Tag, TagSpecification};
use aws_sdk_eks::types::NodegroupScalingConfig;
use edxaws::aws::Depth;
use edxaws::cost::book::Book;
use edxaws::cost::drift::{Scene, Why, odd, sum};
use edxaws::cost::{Terms, Usage};
use edxaws::engine::{Choice, Stop, Told, plan_up, survey};
use rust_decimal::dec;

use crate::stage::Stage;
use crate::today;

#[tokio::test(start_paused = true)]
async fn what_costs_other_than_recorded() {
    let mut stage = Stage::new("dev", 7).await;
    let summary = stage.up().await;
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    // Somebody asks for four nodes instead of two, and takes an address of their own.
    let sizes = NodegroupScalingConfig::builder().min_size(1).max_size(4).desired_size(4).build();
    let group = stage.scope.aws.eks.update_nodegroup_config();
    let group = group.cluster_name("edxaws-dev-main").nodegroup_name("edxaws-dev-workers");
    group.scaling_config(sizes).send().await.unwrap();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::ElasticIp)
        .tags(tag("edxaws:stack", "dev"))
        .tags(tag("edxaws:address", "elastic_ip.nat-a"))
        .tags(tag("edxaws:claim", "0123456789abcdef"))
        .build();
    let address = stage.scope.aws.ec2.allocate_address().domain(DomainType::Vpc);
    address.tag_specifications(tags).send().await.unwrap();

    let graph = stage.graph().await;
    let (never, told) = (Stop::never(), Told::nobody());
    let survey = survey(&stage.scope, Depth::Thorough, &graph, &stage.state, &never, &told);
    let survey = survey.await.unwrap();
    let plan = plan_up(&graph, &stage.state, &survey, &Choice::default()).unwrap();
    let (state, options) = (&stage.state, "--profile dev");
    let scene = Scene { state, graph: &graph, survey: &survey, plan: &plan, options };
    let usage = Usage::default();
    let terms =
        Terms { book: Book::embedded(), region: "us-east-1", usage: &usage, today: today() };
    let all = odd(&scene, &terms);
    let said: Vec<_> =
        all.iter().map(|one| (one.what.split(' ').next().unwrap(), one.why)).collect();
    assert_eq!(said, [("eks_nodegroup.workers", Why::Changed), ("elastic_ip", Why::Orphan)]);
    // Two nodes of the mean of four types at half of on demand, with 50 GB of gp3 each.
    let mean = (dec!(0.11592) + dec!(0.0864) + dec!(0.0752) + dec!(0.0832)) / dec!(4);
    let nodes = dec!(1460) * mean * dec!(0.5) + dec!(100) * dec!(0.08);
    let usd = |at: usize| all[at].more.unwrap().usd.expected;
    assert!((usd(0) - nodes).abs() < dec!(0.01), "{} is not {nodes}", usd(0));
    assert_eq!(usd(1), dec!(3.65));
    let command = all[1].command.as_deref().unwrap();
    assert_eq!(command, "edxaws destroy --profile dev --sweep --target elastic_ip.nat-a~01234567");
    assert_eq!(sum(&all).usd.expected, usd(0) + usd(1));
}
