//! From the internet to the nodes: zone, certificate, load balancer, CDN, mail.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{PriceClass, Settings};
use crate::resources::acm::{Certificate, CertificateRegion, CertificateValidation};
use crate::resources::autoscaling::TargetGroupAttachment;
use crate::resources::cloudfront::{Distribution, OriginAccessControl};
use crate::resources::eks::NodeGroup;
use crate::resources::elbv2::{Listener, ListenerAction, LoadBalancer, TargetGroup};
use crate::resources::iam::SmtpUser;
use crate::resources::route53::{HostedZone, Record, RecordSet, RecordZone};
use crate::resources::ses::{EmailIdentity, EmailVerification};
use crate::stack::cluster::Compute;
use crate::stack::network::Network;
use crate::stack::storage::Storage;
use crate::stack::{Surroundings, hosts, identity, name};

/// The port on every node that the platforms' web server listens on.
pub const NODE_PORT: u16 = 30080;

/// TLS 1.2 and 1.3 with forward secrecy.
const TLS_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// Seconds without a byte: course imports and large grade reports stay silent for longer than the
/// usual 60.
const IDLE_TIMEOUT: u32 = 180;

/// CloudFront reads certificates from here only.
const CDN_REGION: &str = "us-east-1";

/// What the other parts of the stack point at.
#[derive(Debug, Clone)]
pub struct Edge {
    pub zone: Ref<HostedZone>,
    pub load_balancer: Ref<LoadBalancer>,
    pub target_group: Ref<TargetGroup>,
    /// What HTTPS from outside waits for: the listener and every host's record.
    pub https: Ref<Listener>,
    pub hosts: Ref<RecordSet>,
    /// By platform.
    pub distributions: BTreeMap<String, Ref<Distribution>>,
    pub smtp: Option<Ref<SmtpUser>>,
}

pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    network: &Network,
    storage: &Storage,
    compute: &Compute,
) -> Edge {
    graph.part("edge");
    let mut parts = Parts::zone(graph, settings);
    let certificates = parts.certificates(place);
    let (load_balancer, target_group) = parts.balancer(network);
    let https = parts.listeners(&load_balancer, &target_group, &certificates);
    parts.attach(compute, &target_group);
    let hosts = parts.hosts(place, &load_balancer);
    let distributions = parts.cdn(storage, &certificates.cdn);
    let smtp = settings.mail.ses.then(|| parts.mail());
    Edge { zone: parts.zone, load_balancer, target_group, https, hosts, distributions, smtp }
}

struct Parts<'a> {
    graph: &'a mut Graph,
    settings: &'a Settings,
    zone: Ref<HostedZone>,
    /// In the parent zone, when that is in the account.
    delegation: Option<Ref<RecordSet>>,
}

/// Certificates that are issued: the load balancer's own, those of further hosts, the CDN's.
struct Certificates {
    web: Issued,
    more: Vec<Issued>,
    /// None without a CDN.
    cdn: Vec<Issued>,
}

#[derive(Clone)]
struct Issued {
    names: Vec<String>,
    by: Ref<CertificateValidation>,
}

/// One that is asked for, and the names in it.
type Requested = (Ref<Certificate>, Vec<String>);

impl<'a> Parts<'a> {
    fn zone(graph: &'a mut Graph, settings: &'a Settings) -> Self {
        let zone = graph.add("main", HostedZone { name: settings.edge.zone.clone() });
        let delegation = settings.edge.parent_zone.as_ref().map(|parent| {
            let records = vec![Record::Delegation { zone: zone.clone() }];
            let zone = RecordZone::Parent(parent.clone());
            graph.add("delegation", RecordSet { zone, records, wait_in_sync: true })
        });
        Self { graph, settings, zone, delegation }
    }

    fn records(&mut self, name: &str, records: Vec<Record>, wait_in_sync: bool) -> Ref<RecordSet> {
        let zone = RecordZone::Own(self.zone.clone());
        self.graph.add(name, RecordSet { zone, records, wait_in_sync })
    }

    /// Names that are looked up before the delegation is seen count as absent for a quarter of an
    /// hour, so nothing that makes AWS look starts before it.
    fn after_delegation<R>(&mut self, later: &Ref<R>) {
        if let Some(delegation) = &self.delegation {
            self.graph.after(later, delegation);
        }
    }

    fn certificates(&mut self, place: &Surroundings) -> Certificates {
        let (first, more) = hosts::certificates(self.settings, &place.rendered);
        let has_cdn = self.settings.edge.cdn;
        let elsewhere = has_cdn && place.region != CDN_REGION;
        let web = self.certificate("web", CertificateRegion::Stack, first.clone());
        let mut ask = |what, region, names| self.certificate(what, region, names);
        let cdn = [&first].into_iter().chain(&more).filter(|_| elsewhere).cloned();
        let cdn: Vec<_> = cdn.map(|names| ask("cdn", CertificateRegion::UsEast1, names)).collect();
        let more = more.into_iter().map(|names| ask("web", CertificateRegion::Stack, names));
        let more: Vec<_> = more.collect();
        // The same names have the same validation records in every region.
        let asked = [&web].into_iter().chain(&more).chain(&cdn);
        let records =
            asked.map(|(one, _)| Record::CertificateValidation { certificate: one.clone() });
        let records = self.records("certificates", records.collect(), true);
        let mut issue = |one| self.issued(one, &records);
        let (web, more): (_, Vec<_>) = (issue(web), more.into_iter().map(&mut issue).collect());
        let cdn = match (has_cdn, elsewhere) {
            (true, true) => cdn.into_iter().map(issue).collect(),
            (true, false) => [&web].into_iter().chain(&more).cloned().collect(),
            (false, _) => Vec::new(),
        };
        Certificates { web, more, cdn }
    }

    /// Other names make another certificate, not a change of this one: the old one goes when the
    /// listeners have changed to the new one, which its name in the graph makes possible.
    fn certificate(
        &mut self,
        what: &str,
        region: CertificateRegion,
        names: Vec<String>,
    ) -> Requested {
        let digest = Sha256::digest(names.join(" "));
        let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let certificate = Certificate { names: names.clone(), region };
        let handle = self.graph.add(&format!("{what}-{digest}"), certificate);
        self.after_delegation(&handle);
        (handle, names)
    }

    fn issued(&mut self, (certificate, names): Requested, records: &Ref<RecordSet>) -> Issued {
        let (name, records) = (certificate.address.name().to_owned(), records.clone());
        Issued { names, by: self.graph.add(&name, CertificateValidation { certificate, records }) }
    }

    fn balancer(&mut self, network: &Network) -> (Ref<LoadBalancer>, Ref<TargetGroup>) {
        let balancer = LoadBalancer {
            name: name(self.settings, "web"),
            vpc: network.vpc.clone(),
            subnets: network.public.clone(),
            security_groups: vec![network.alb.clone()],
            idle_timeout: IDLE_TIMEOUT,
            deletion_protection: self.settings.edge.deletion_protection,
        };
        let balancer = self.graph.add("main", balancer);
        self.graph.after(&balancer, &network.internet_gateway);
        let group = TargetGroup {
            name: name(self.settings, "web"),
            vpc: network.vpc.clone(),
            port: NODE_PORT,
            // The web server answers 200 on any host it does not know; Django would answer 400.
            health_path: "/".to_owned(),
            health_codes: "200-399".to_owned(),
            deregistration_delay: 30,
        };
        (balancer, self.graph.add("web", group))
    }

    fn listeners(
        &mut self,
        balancer: &Ref<LoadBalancer>,
        group: &Ref<TargetGroup>,
        certificates: &Certificates,
    ) -> Ref<Listener> {
        let listener = |port, action| Listener { load_balancer: balancer.clone(), port, action };
        self.graph.add("http", listener(80, ListenerAction::RedirectToHttps));
        let forward = ListenerAction::Forward {
            target_group: group.clone(),
            certificate: certificates.web.by.clone(),
            more_certificates: certificates.more.iter().map(|one| one.by.clone()).collect(),
            tls_policy: TLS_POLICY.to_owned(),
        };
        self.graph.add("https", listener(443, forward))
    }

    /// The platforms run on the workers, where there are any.
    fn attach(&mut self, compute: &Compute, target_group: &Ref<TargetGroup>) {
        let workers = compute.groups.get_key_value("workers");
        let groups: Vec<(&String, &Ref<NodeGroup>)> = match workers {
            Some(workers) => vec![workers],
            None => compute.groups.iter().collect(),
        };
        for (name, group) in groups {
            let (group, target_group) = (group.clone(), target_group.clone());
            self.graph.add(name, TargetGroupAttachment { group, target_group });
        }
    }

    fn hosts(&mut self, place: &Surroundings, balancer: &Ref<LoadBalancer>) -> Ref<RecordSet> {
        let record = |name| Record::LoadBalancer { name, target: balancer.clone() };
        let records = hosts::web(self.settings, &place.rendered).into_iter().map(record).collect();
        self.records("hosts", records, false)
    }

    fn cdn(
        &mut self,
        storage: &Storage,
        certificates: &[Issued],
    ) -> BTreeMap<String, Ref<Distribution>> {
        if certificates.is_empty() {
            return BTreeMap::new();
        }
        let access = OriginAccessControl { name: name(self.settings, "media") };
        let access = self.graph.add("media", access);
        let mut made = BTreeMap::new();
        for (platform, site) in &self.settings.platforms {
            let host = hosts::cdn(site);
            let certificate = certificates.iter().find(|one| hosts::covers(&one.names, &host));
            let (Some(bucket), Some(certificate)) = (storage.media.get(platform), certificate)
            else {
                continue;
            };
            let distribution = Distribution {
                comment: name(self.settings, &format!("{platform}-media")),
                bucket: bucket.clone(),
                access: access.clone(),
                aliases: vec![host.clone()],
                certificate: certificate.by.clone(),
                price_class: price_class(self.settings.edge.price_class).to_owned(),
            };
            let distribution = self.graph.add(platform, distribution);
            // Records of its own, so that one platform can go without the others' names.
            let record = Record::Distribution { name: host, target: distribution.clone() };
            self.records(&format!("cdn-{platform}"), vec![record], false);
            made.insert(platform.clone(), distribution);
        }
        made
    }

    fn mail(&mut self) -> Ref<SmtpUser> {
        self.graph.part("mail");
        let domain = self.settings.edge.zone.clone();
        let identity = self.graph.add("main", EmailIdentity { domain });
        self.after_delegation(&identity);
        let records = vec![Record::Dkim { identity: identity.clone() }];
        let records = self.records("dkim", records, true);
        self.graph.add("main", EmailVerification { identity, records });
        identity::smtp(self.graph, self.settings)
    }
}

/// AWS's word for it.
fn price_class(class: PriceClass) -> &'static str {
    match class {
        PriceClass::Class100 => "PriceClass_100",
        PriceClass::Class200 => "PriceClass_200",
        PriceClass::All => "PriceClass_All",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::address::Address;
    use crate::stack::{network, storage};

    pub fn settings() -> Settings {
        crate::profile::load("sandbox", Path::new("profiles")).unwrap().settings
    }

    fn graph(settings: &Settings, region: &str) -> Graph {
        let place = Surroundings {
            account: "123456789012".to_owned(),
            region: region.to_owned(),
            partition: "aws".to_owned(),
            caller: "arn:aws:iam::123456789012:user/admin".to_owned(),
            zones: ["a", "b", "c"].map(|letter| format!("{region}{letter}")).to_vec(),
            kubernetes_version: "1.35".to_owned(),
            rendered: BTreeMap::new(),
        };
        let mut graph = Graph::new();
        let network = network::build(&mut graph, settings, &place).unwrap();
        let storage = storage::build(&mut graph, settings, &place);
        let groups = settings.cluster.node_groups.keys();
        let groups = groups.map(|name| (name.clone(), Ref::to(name))).collect();
        let compute = Compute { cluster: Ref::to("main"), groups };
        build(&mut graph, settings, &place, &network, &storage, &compute);
        graph
    }

    fn of_kind(graph: &Graph, kind: &str) -> BTreeSet<String> {
        let nodes = graph.nodes().filter(|node| node.address.kind() == kind);
        nodes.map(|node| node.address.name().to_owned()).collect()
    }

    #[test]
    fn one_certificate_serves_both_in_the_region_of_the_cdn() {
        let graph = graph(&settings(), "us-east-1");
        assert_eq!(of_kind(&graph, "certificate").len(), 1);
        assert_eq!(of_kind(&graph, "certificate_validation"), of_kind(&graph, "certificate"));
    }

    #[test]
    fn elsewhere_the_cdn_has_a_certificate_of_its_own() {
        let graph = graph(&settings(), "eu-west-1");
        let certificates = of_kind(&graph, "certificate");
        assert_eq!(certificates.len(), 2);
        let records = graph.get(&Address::new("record_set", "certificates")).unwrap();
        assert_eq!(records.needs.iter().filter(|need| need.kind() == "certificate").count(), 2);
        let distribution = graph.get(&Address::new("distribution", "demo")).unwrap();
        let cdn = certificates.iter().find(|name| name.starts_with("cdn-")).unwrap();
        assert!(distribution.needs.contains(&Address::new("certificate_validation", cdn)));
    }

    #[test]
    fn other_hosts_make_another_certificate() {
        let before = of_kind(&graph(&settings(), "us-east-1"), "certificate");
        let mut settings = settings();
        let mut second = settings.platforms["demo"].clone();
        second.lms_host = "second.edx.sandbox.test".to_owned();
        settings.platforms.insert("second".to_owned(), second);
        let after = of_kind(&graph(&settings, "us-east-1"), "certificate");
        assert!(before.is_disjoint(&after));
    }

    #[test]
    fn nothing_is_looked_up_before_the_delegation() {
        let mut settings = settings();
        settings.edge.parent_zone = Some("sandbox.test".to_owned());
        let graph = graph(&settings, "us-east-1");
        let delegation = Address::new("record_set", "delegation");
        for node in graph.nodes() {
            if matches!(node.address.kind(), "certificate" | "email_identity") {
                assert!(node.needs.contains(&delegation), "{}", node.address);
            }
        }
        assert!(graph.get(&delegation).is_some());
    }

    #[test]
    fn only_the_workers_are_attached() {
        let mut settings = settings();
        assert_eq!(
            of_kind(&graph(&settings, "us-east-1"), "target_group_attachment"),
            BTreeSet::from(["workers".to_owned()])
        );
        settings.cluster.node_groups.remove("workers");
        assert_eq!(
            of_kind(&graph(&settings, "us-east-1"), "target_group_attachment"),
            BTreeSet::from(["system".to_owned()])
        );
    }

    #[test]
    fn without_cdn_and_mail_there_are_none_of_their_parts() {
        let mut settings = settings();
        settings.edge.cdn = false;
        settings.mail.ses = false;
        let graph = graph(&settings, "eu-west-1");
        for kind in ["distribution", "origin_access_control", "email_identity", "smtp_user"] {
            assert!(of_kind(&graph, kind).is_empty(), "{kind}");
        }
        assert_eq!(of_kind(&graph, "certificate").len(), 1);
    }
}
