//! VPC, subnets, ways out, security groups.

use std::collections::BTreeMap;

use crate::address::Ref;
use crate::graph::Graph;
use crate::profile::{CacheMode, MongodbMode, Nat, Settings};
use crate::resources::ec2::{
    ElasticIp, InternetGateway, NatGateway, Route, RouteTable, SecurityGroup, SecurityGroupRule,
    Source, Subnet, Traffic, Vpc, VpcEndpoint, Way,
};
use crate::stack::{Surroundings, name};

mod cidr;

pub use cidr::{NetworkError, ZoneCidrs, allocate};

/// The port on every node behind which Caddy answers the load balancer.
pub const NODE_PORT: u16 = 30080;

const WORLD: &str = "0.0.0.0/0";

/// What the other parts of the stack stand on.
#[derive(Debug, Clone)]
pub struct Network {
    pub vpc: Ref<Vpc>,
    pub internet_gateway: Ref<InternetGateway>,
    pub public: Vec<Ref<Subnet>>,
    pub private: Vec<Ref<Subnet>>,
    pub data: Vec<Ref<Subnet>>,
    /// Where nodes stand: the private subnets, or the public ones when there is no NAT.
    pub node_subnets: Vec<Ref<Subnet>>,
    /// What nodes need before they can reach the world.
    pub ways_out: Vec<Ref<Route>>,
    pub nodes: Ref<SecurityGroup>,
    pub alb: Ref<SecurityGroup>,
    pub mysql: Ref<SecurityGroup>,
    pub cache: Option<Ref<SecurityGroup>>,
    pub documentdb: Option<Ref<SecurityGroup>>,
}

/// One availability zone with its subnets.
struct Zone {
    /// What is left of the zone's name without the region: `a`.
    letter: String,
    public: Ref<Subnet>,
    private: Ref<Subnet>,
    data: Ref<Subnet>,
}

pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
) -> Result<Network, NetworkError> {
    let wanted = &settings.network;
    let cidrs = allocate(wanted)?;
    if place.zones.len() < cidrs.len() {
        let (region, has) = (place.region.clone(), place.zones.len());
        return Err(NetworkError::TooFewZones { region, wanted: cidrs.len(), has });
    }
    graph.part("network");
    let vpc = graph.add("main", Vpc { cidr: wanted.cidr.clone() });
    let gateway = graph.add("main", InternetGateway { vpc: vpc.clone() });
    let zones: Vec<Zone> = place
        .zones
        .iter()
        .zip(cidrs)
        .map(|(zone, cidrs)| subnets(graph, settings, place, &vpc, zone, &cidrs))
        .collect();
    let all = |pick: fn(&Zone) -> &Ref<Subnet>| -> Vec<_> {
        zones.iter().map(|zone| pick(zone).clone()).collect()
    };
    let (public, private) = (all(|zone| &zone.public), all(|zone| &zone.private));
    let data = all(|zone| &zone.data);
    let ways_out = ways_out(graph, settings, place, &vpc, &gateway, &zones);
    let groups = groups(graph, settings, &vpc);
    let node_subnets = if wanted.nat == Nat::None { public.clone() } else { private.clone() };
    let Groups { nodes, alb, mysql, cache, documentdb } = groups;
    Ok(Network {
        vpc,
        internet_gateway: gateway,
        public,
        private,
        data,
        node_subnets,
        ways_out,
        nodes,
        alb,
        mysql,
        cache,
        documentdb,
    })
}

fn subnets(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    vpc: &Ref<Vpc>,
    zone: &str,
    cidrs: &ZoneCidrs,
) -> Zone {
    let letter = zone.strip_prefix(&place.region).unwrap_or(zone).to_owned();
    let nodes_are_public = settings.network.nat == Nat::None;
    let mut subnet =
        |tier: &str, cidr: ipnet::Ipv4Net, public_addresses: bool, role: Option<&str>| {
            // The tags by which Kubernetes' own balancers choose their subnets.
            let role = role.map(|role| (format!("kubernetes.io/role/{role}"), "1".to_owned()));
            let (vpc, zone) = (vpc.clone(), zone.to_owned());
            let extra_tags = BTreeMap::from_iter(role);
            let desired =
                Subnet { vpc, cidr: cidr.to_string(), zone, public_addresses, extra_tags };
            graph.add(&format!("{tier}-{letter}"), desired)
        };
    let public = subnet("public", cidrs.public, nodes_are_public, Some("elb"));
    let private = subnet("private", cidrs.private, false, Some("internal-elb"));
    let data = subnet("data", cidrs.data, false, None);
    Zone { letter, public, private, data }
}

/// Route tables, their routes, NAT gateways and the S3 endpoint; the routes that nodes wait for.
fn ways_out(
    graph: &mut Graph,
    settings: &Settings,
    place: &Surroundings,
    vpc: &Ref<Vpc>,
    gateway: &Ref<InternetGateway>,
    zones: &[Zone],
) -> Vec<Ref<Route>> {
    let table = |graph: &mut Graph, name: &str, subnets: Vec<Ref<Subnet>>| {
        graph.add(name, RouteTable { vpc: vpc.clone(), subnets })
    };
    let public = table(graph, "public", zones.iter().map(|zone| zone.public.clone()).collect());
    let data = table(graph, "data", zones.iter().map(|zone| zone.data.clone()).collect());
    // One table a zone, even behind a single NAT gateway: going from one to one a zone then changes
    // nothing but routes.
    let private: Vec<_> = zones
        .iter()
        .map(|zone| table(graph, &format!("private-{}", zone.letter), vec![zone.private.clone()]))
        .collect();
    if settings.network.s3_endpoint {
        let mut route_tables = private.clone();
        route_tables.extend([public.clone(), data]);
        let service = format!("com.amazonaws.{}.s3", place.region);
        graph.add("s3", VpcEndpoint { vpc: vpc.clone(), service, route_tables });
    }
    let out = graph.add("public", out(&public, Way::InternetGateway(gateway.clone())));
    let nats = nat_gateways(graph, settings.network.nat, gateway, zones);
    let Some(last) = nats.last() else { return vec![out] };
    let routes = private.iter().zip(zones).enumerate().map(|(at, (table, zone))| {
        let nat = nats.get(at).unwrap_or(last);
        let route = self::out(table, Way::NatGateway(nat.clone()));
        let route = graph.add(&format!("private-{}", zone.letter), route);
        // A NAT gateway leads nowhere before its own subnet has its way out.
        graph.after(&route, &out);
        route
    });
    routes.collect()
}

fn out(table: &Ref<RouteTable>, to: Way) -> Route {
    Route { table: table.clone(), destination: WORLD.to_owned(), to }
}

fn nat_gateways(
    graph: &mut Graph,
    nat: Nat,
    gateway: &Ref<InternetGateway>,
    zones: &[Zone],
) -> Vec<Ref<NatGateway>> {
    let count = match nat {
        Nat::PerZone => zones.len(),
        Nat::Single => 1,
        Nat::None => 0,
    };
    let made = zones.iter().take(count).map(|zone| {
        let address = graph.add(&format!("nat-{}", zone.letter), ElasticIp {});
        let (subnet, internet_gateway) = (zone.public.clone(), gateway.clone());
        graph.add(&zone.letter, NatGateway { subnet, address, internet_gateway })
    });
    made.collect()
}

struct Groups {
    nodes: Ref<SecurityGroup>,
    alb: Ref<SecurityGroup>,
    mysql: Ref<SecurityGroup>,
    cache: Option<Ref<SecurityGroup>>,
    documentdb: Option<Ref<SecurityGroup>>,
}

fn groups(graph: &mut Graph, settings: &Settings, vpc: &Ref<Vpc>) -> Groups {
    let group = |graph: &mut Graph, what: &str, description: &str| {
        let (vpc, description) = (vpc.clone(), description.to_owned());
        graph.add(what, SecurityGroup { vpc, name: name(settings, what), description })
    };
    let alb = group(graph, "alb", "Load balancer");
    let nodes = group(graph, "nodes", "Kubernetes nodes");
    for (name, port) in [("alb-http", 80), ("alb-https", 443)] {
        let world = Source::Cidr(WORLD.to_owned());
        rule(graph, name, &alb, world, Traffic::Tcp(port), "from the world");
    }
    rule(graph, "nodes-self", &nodes, Source::Group(nodes.clone()), Traffic::All, "among nodes");
    let balancer = Source::Group(alb.clone());
    rule(graph, "nodes-alb", &nodes, balancer, Traffic::Tcp(NODE_PORT), "from the load balancer");
    let mut database = |what: &str, description: &str, port: u16| {
        let database = group(graph, what, description);
        let from = Source::Group(nodes.clone());
        rule(
            graph,
            &format!("{what}-nodes"),
            &database,
            from,
            Traffic::Tcp(port),
            "from the nodes",
        );
        database
    };
    let mysql = database("mysql", "MySQL", 3306);
    let managed = settings.cache.mode == CacheMode::Managed;
    let cache = managed.then(|| database("redis", "Valkey or Redis", 6379));
    let documentdb = settings.mongodb.mode == MongodbMode::Documentdb;
    let documentdb = documentdb.then(|| database("documentdb", "DocumentDB", 27017));
    Groups { nodes, alb, mysql, cache, documentdb }
}

fn rule(
    graph: &mut Graph,
    name: &str,
    group: &Ref<SecurityGroup>,
    from: Source,
    traffic: Traffic,
    description: &str,
) {
    let (group, description) = (group.clone(), description.to_owned());
    graph.add(name, SecurityGroupRule { group, from, traffic, description });
}
