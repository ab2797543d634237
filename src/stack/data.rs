//! Databases, cache, and the secrets that AWS makes up for the platforms.

use std::collections::BTreeMap;

use crate::address::Ref;
use crate::graph::Graph;
use crate::openedx::secrets::JWT_KEY;
use crate::profile::{CacheEngine, CacheMode, MongodbMode, Settings};
use crate::resource::Resource;
use crate::resources::docdb::{DocdbCluster, DocdbInstance};
use crate::resources::ec2::SecurityGroup;
use crate::resources::elasticache::{CacheParameterGroup, CacheSubnetGroup, ReplicationGroup};
use crate::resources::rds::{DbInstance, DbParameterGroup, DbSubnetGroup};
use crate::resources::secrets::{ForeignSecret, Password, Secret, Shape};
use crate::stack::identity::Identity;
use crate::stack::network::Network;
use crate::stack::{Surroundings, name};

/// Where the platforms keep what they know.
#[derive(Debug, Clone)]
pub struct Data {
    pub mysql: Ref<DbInstance>,
    pub cache: Option<Ref<ReplicationGroup>>,
    pub documentdb: Option<Ref<DocdbCluster>>,
    /// A cluster answers only once one of these is ready.
    pub documentdb_instances: Vec<Ref<DocdbInstance>>,
    /// `openedx-<platform>`, `cache-auth`, `mongodb`.
    pub secrets: BTreeMap<String, Ref<Secret>>,
    /// Where a MongoDB of the user's own is.
    pub foreign_mongodb: Option<Ref<ForeignSecret>>,
}

/// The user that AWS makes with the databases.
const USERNAME: &str = "edxaws";
const DOCUMENTDB_VERSION: &str = "5.0";

/// Databases take longest after the cluster, so they need nothing but their subnets, their security
/// group and the role AWS acts through: they start in the first seconds.
pub fn build(
    graph: &mut Graph,
    settings: &Settings,
    _place: &Surroundings,
    network: &Network,
    identity: &Identity,
) -> Data {
    graph.part("data");
    let mysql = mysql(graph, settings, network, identity);
    let mut secrets = BTreeMap::new();
    let cache = match (settings.cache.mode, &network.cache) {
        (CacheMode::Managed, Some(group)) => {
            Some(cache(graph, settings, network, identity, group, &mut secrets))
        }
        _ => None,
    };
    let documentdb = match (settings.mongodb.mode, &network.documentdb) {
        (MongodbMode::Documentdb, Some(group)) => {
            Some(documentdb(graph, settings, network, identity, group))
        }
        _ => None,
    };
    platform_secrets(graph, settings, &mut secrets);
    let (documentdb, documentdb_instances) = documentdb.unzip();
    let documentdb_instances = documentdb_instances.unwrap_or_default();
    let external = settings.mongodb.mode == MongodbMode::External;
    let foreign = settings.mongodb.external_secret.clone().filter(|_| external);
    let foreign_mongodb = foreign.map(|arn| graph.add("mongodb", ForeignSecret { arn }));
    Data { mysql, cache, documentdb, documentdb_instances, secrets, foreign_mongodb }
}

fn mysql(
    graph: &mut Graph,
    settings: &Settings,
    network: &Network,
    identity: &Identity,
) -> Ref<DbInstance> {
    let wanted = &settings.mysql;
    let subnet_group = subnet_group(graph, settings, network, "mysql");
    // A family's group cannot become another's: the next version gets one of its own beside it.
    let what = format!("mysql-{}", wanted.version.replace('.', "-"));
    let parameter_group = DbParameterGroup {
        name: name(settings, &what),
        family: format!("mysql{}", wanted.version),
        description: format!("MySQL {} of stack {}", wanted.version, settings.stack),
        parameters: parameters(&[
            ("character_set_server", "utf8mb4"),
            ("collation_server", "utf8mb4_unicode_ci"),
            // With backups there is a binary log, and then migrations may not make triggers.
            ("log_bin_trust_function_creators", "1"),
            ("require_secure_transport", "ON"),
        ]),
    };
    let parameter_group = graph.add(&what, parameter_group);
    let instance = DbInstance {
        id: name(settings, "mysql"),
        class: wanted.instance_class.clone(),
        version: wanted.version.clone(),
        storage_gib: wanted.storage_gib,
        max_storage_gib: wanted.max_storage_gib,
        multi_az: wanted.multi_az,
        backup_days: wanted.backup_days,
        deletion_protection: wanted.deletion_protection,
        final_snapshot: wanted.final_snapshot,
        performance_insights: wanted.performance_insights,
        username: USERNAME.to_owned(),
        subnet_group,
        parameter_group,
        security_groups: vec![network.mysql.clone()],
    };
    let instance = graph.add("mysql", instance);
    after_role(graph, &instance, identity, "rds");
    instance
}

fn subnet_group(
    graph: &mut Graph,
    settings: &Settings,
    network: &Network,
    what: &str,
) -> Ref<DbSubnetGroup> {
    let group = DbSubnetGroup {
        name: name(settings, what),
        description: format!("Data subnets of stack {}", settings.stack),
        subnets: network.data.clone(),
    };
    graph.add(what, group)
}

fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// AWS acts through a role of its own in each of these services.
fn after_role<R: Resource>(graph: &mut Graph, later: &Ref<R>, identity: &Identity, service: &str) {
    let role = identity.linked.iter().find(|role| role.address.name() == service);
    if let Some(role) = role {
        graph.after(later, role);
    }
}

/// Engine, oldest version, parameter group family.
fn engine(engine: CacheEngine) -> (&'static str, &'static str, &'static str) {
    match engine {
        CacheEngine::Valkey => ("valkey", "8.0", "valkey8"),
        CacheEngine::Redis => ("redis", "7.1", "redis7"),
    }
}

fn cache(
    graph: &mut Graph,
    settings: &Settings,
    network: &Network,
    identity: &Identity,
    group: &Ref<SecurityGroup>,
    secrets: &mut BTreeMap<String, Ref<Secret>>,
) -> Ref<ReplicationGroup> {
    let (engine, version, family) = engine(settings.cache.engine);
    let subnet_group = CacheSubnetGroup {
        name: name(settings, "cache"),
        description: format!("Data subnets of stack {}", settings.stack),
        subnets: network.data.clone(),
    };
    let subnet_group = graph.add("main", subnet_group);
    let parameter_group = CacheParameterGroup {
        name: name(settings, family),
        family: family.to_owned(),
        description: format!("Cache of stack {}", settings.stack),
        // Cached values have a time to live, Celery's queues have none: only the former may go.
        parameters: parameters(&[("maxmemory-policy", "volatile-lru")]),
    };
    let parameter_group = graph.add(family, parameter_group);
    let token = Secret {
        name: name(settings, "cache-auth"),
        description: format!("Token of the cache of stack {}", settings.stack),
        shape: Shape::Password(Password::of(64)),
        // Worth nothing without its cache, which leaves nothing behind.
        force_delete: true,
    };
    let token = graph.add("cache-auth", token);
    secrets.insert("cache-auth".to_owned(), token.clone());
    let cache = ReplicationGroup {
        id: name(settings, "cache"),
        description: format!("Cache and queues of stack {}", settings.stack),
        engine: engine.to_owned(),
        version: version.to_owned(),
        node_type: settings.cache.node_type.clone(),
        nodes: settings.cache.nodes,
        snapshot_days: settings.cache.snapshot_days,
        subnet_group,
        parameter_group,
        security_groups: vec![group.clone()],
        token,
    };
    let cache = graph.add("main", cache);
    after_role(graph, &cache, identity, "elasticache");
    cache
}

fn documentdb(
    graph: &mut Graph,
    settings: &Settings,
    network: &Network,
    identity: &Identity,
    group: &Ref<SecurityGroup>,
) -> (Ref<DocdbCluster>, Vec<Ref<DocdbInstance>>) {
    let wanted = &settings.mongodb;
    let cluster = DocdbCluster {
        id: name(settings, "docdb"),
        version: DOCUMENTDB_VERSION.to_owned(),
        backup_days: wanted.backup_days,
        // Courses are worth as much as what MySQL knows of them: one switch guards both.
        deletion_protection: settings.mysql.deletion_protection,
        final_snapshot: settings.mysql.final_snapshot,
        username: USERNAME.to_owned(),
        subnet_group: subnet_group(graph, settings, network, "docdb"),
        security_groups: vec![group.clone()],
    };
    let cluster = graph.add("main", cluster);
    // DocumentDB acts through the role of RDS.
    after_role(graph, &cluster, identity, "rds");
    let instances = (1..=wanted.instances).map(|number| {
        let instance = DocdbInstance {
            id: name(settings, &format!("docdb-{number}")),
            cluster: cluster.clone(),
            class: wanted.instance_class.clone(),
        };
        graph.add(&number.to_string(), instance)
    });
    let instances = instances.collect();
    (cluster, instances)
}

/// What Tutor would make up for each site, made up once and kept outside of every file.
fn platform_secrets(
    graph: &mut Graph,
    settings: &Settings,
    secrets: &mut BTreeMap<String, Ref<Secret>>,
) {
    // As long as data is kept at the end, the secrets that open it can be restored.
    let force_delete = !settings.mysql.final_snapshot;
    let mut add = |what: String, description: String, keys: &[(&str, Password)]| {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
        let (name, shape) = (name(settings, &what), Shape::Keys(keys));
        let secret = graph.add(&what, Secret { name, description, shape, force_delete });
        secrets.insert(what, secret);
    };
    for platform in settings.platforms.keys() {
        add(
            format!("openedx-{platform}"),
            format!("Open edX site {platform} of stack {}", settings.stack),
            &[
                ("cms_oauth2_secret", Password::of(32)),
                (JWT_KEY, Password::RSA_KEY),
                ("meilisearch_api_key_uid", Password::UUID),
                ("meilisearch_master_key", Password::of(32)),
                ("mysql_password", Password::of(32)),
                ("secret_key", Password::of(50)),
            ],
        );
    }
    if settings.mongodb.mode == MongodbMode::InCluster {
        let description = format!("MongoDB in the cluster of stack {}", settings.stack);
        add("mongodb".to_owned(), description, &[("password", Password::of(32))]);
    }
}
