//! What RDS and DocumentDB offer: small tables of engine versions and instance classes.

use serde_json::{Value, json};

use super::super::Operation;
use crate::call::{Answer, Call};
use crate::error::AwsError;

pub const OPERATIONS: &[(&str, Operation)] = &[
    ("DescribeDBEngineVersions", describe_versions),
    ("DescribeOrderableDBInstanceOptions", describe_orderable),
];

/// Engine, version, parameter group family, major version; the newest of a major comes last.
const VERSIONS: &[(&str, &str, &str, &str)] = &[
    ("mysql", "8.0.42", "mysql8.0", "8.0"),
    ("mysql", "8.0.43", "mysql8.0", "8.0"),
    ("mysql", "8.4.5", "mysql8.4", "8.4"),
    ("mysql", "8.4.6", "mysql8.4", "8.4"),
    ("mysql", "8.4.7", "mysql8.4", "8.4"),
    ("docdb", "4.0.0", "docdb4.0", "4.0"),
    ("docdb", "5.0.0", "docdb5.0", "5.0"),
    ("docdb", "8.0.0", "docdb8.0", "8.0"),
];

/// Engine, class families, sizes.
const CLASSES: &[(&str, &[&str], &[&str])] = &[
    ("mysql", &["t3", "t4g"], &["micro", "small", "medium", "large", "xlarge", "2xlarge"]),
    (
        "mysql",
        &["m5", "m6i", "m6g", "m7i", "m7g", "m8g", "r5", "r6i", "r6g", "r7i", "r7g", "r8g"],
        &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge"],
    ),
    ("docdb", &["t3", "t4g"], &["medium"]),
    ("docdb", &["r5", "r6g", "r8g"], &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge"]),
];

/// A version of an engine, with its parameter group family.
pub struct Version {
    pub number: &'static str,
    pub family: &'static str,
    pub major: &'static str,
}

/// The version a request means: a full one, or the newest of a major one; none means the newest.
pub fn version(engine: &str, asked: Option<&str>) -> Result<Version, AwsError> {
    let fits = |number: &str, major: &str| match asked {
        Some(asked) => asked == number || asked == major,
        None => true,
    };
    let found = VERSIONS.iter().rev().find(|(e, n, _, m)| *e == engine && fits(n, m));
    let (_, number, family, major) = *found.ok_or_else(|| {
        let asked = asked.unwrap_or_default();
        let message = format!("Cannot find version {asked} for {engine}");
        AwsError::bad("InvalidParameterCombination", message)
    })?;
    Ok(Version { number, family, major })
}

pub fn family_known(family: &str) -> bool {
    VERSIONS.iter().any(|(_, _, known, _)| *known == family)
}

/// Refuses classes that do not exist and those that the engine cannot have.
pub fn check_class(engine: &str, class: &str, version: &str) -> Result<(), AwsError> {
    if offered(engine, class) {
        return Ok(());
    }
    let anywhere = CLASSES.iter().any(|(other, ..)| offered(other, class));
    if !anywhere {
        let message = format!("Invalid DB Instance class: {class}");
        return Err(AwsError::bad("InvalidParameterValue", message));
    }
    let message = format!(
        "RDS does not support creating a DB instance with the following combination: \
         DBInstanceClass={class}, Engine={engine}, EngineVersion={version}."
    );
    Err(AwsError::bad("InvalidParameterCombination", message))
}

fn offered(engine: &str, class: &str) -> bool {
    classes(engine).any(|known| known == class)
}

fn classes(engine: &str) -> impl Iterator<Item = String> {
    let rows = CLASSES.iter().filter(move |(of, ..)| *of == engine);
    rows.flat_map(|(_, families, sizes)| {
        let pairs = families.iter().flat_map(|family| sizes.iter().map(move |size| (family, size)));
        pairs.map(|(family, size)| format!("db.{family}.{size}"))
    })
}

/// The smallest burstable classes have no Performance Insights (RDS user guide).
pub fn has_insights(class: &str) -> bool {
    !class.ends_with(".micro") && !class.ends_with(".small")
}

fn describe_versions(call: &mut Call<'_>) -> Answer {
    let engine = call.text("Engine").map(str::to_owned);
    let asked = call.text("EngineVersion").map(str::to_owned);
    let family = call.text("DBParameterGroupFamily").map(str::to_owned);
    let newest = call.flag("DefaultOnly").unwrap_or_default();
    let fits = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
    let mut shown: Vec<Value> = VERSIONS
        .iter()
        .filter(|(e, n, f, m)| {
            fits(&engine, e) && (fits(&asked, n) || fits(&asked, m)) && fits(&family, f)
        })
        .map(|(engine, number, family, major)| {
            json!({
                "Engine": engine,
                "EngineVersion": number,
                "MajorEngineVersion": major,
                "DBParameterGroupFamily": family,
                "DBEngineDescription": if *engine == "mysql" { "MySQL Community Edition" } else { "Amazon DocumentDB" },
                "Status": "available",
            })
        })
        .collect();
    if newest {
        shown = shown.pop().into_iter().collect();
    }
    let (page, next) = call.page(shown, "MaxRecords", "Marker");
    Ok(json!({"DBEngineVersions": {"DBEngineVersion": page}, "Marker": next}))
}

fn describe_orderable(call: &mut Call<'_>) -> Answer {
    let engine = call.required("Engine")?;
    let version = version(&engine, call.text("EngineVersion"))?.number;
    let class = call.text("DBInstanceClass").map(str::to_owned);
    let zones: Vec<Value> = ["a", "b", "c"]
        .iter()
        .map(|zone| json!({"Name": format!("{}{zone}", call.region())}))
        .collect();
    let shown: Vec<Value> = classes(&engine)
        .filter(|known| class.as_ref().is_none_or(|class| class == known))
        .map(|class| {
            json!({
                "Engine": engine,
                "EngineVersion": version,
                "DBInstanceClass": class,
                "LicenseModel": "general-public-license",
                "AvailabilityZones": {"AvailabilityZone": zones},
                "MultiAZCapable": true,
                "Vpc": true,
                "SupportsStorageEncryption": true,
                "StorageType": "gp3",
                "SupportsPerformanceInsights": has_insights(&class),
                "SupportsStorageAutoscaling": true,
            })
        })
        .collect();
    let (page, next) = call.page(shown, "MaxRecords", "Marker");
    Ok(json!({
        "OrderableDBInstanceOptions": {"OrderableDBInstanceOption": page}, "Marker": next}))
}
