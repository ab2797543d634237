//! Service Quotas: the limits that a platform meets.

use serde_json::{Value, json};

use super::{Operation, Service};
use crate::call::{Answer, Call};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};

pub const SERVICE: Service = Service {
    name: "servicequotas",
    signing: "servicequotas",
    protocol: Protocol::Json,
    lists: Lists::Plain,
    operations: &[OPERATIONS],
    ..Service::EMPTY
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("GetServiceQuota", get),
    ("GetAWSDefaultServiceQuota", get_default),
    ("ListServiceQuotas", list),
    ("ListServices", list_services),
];

struct Quota {
    service: &'static str,
    title: &'static str,
    code: &'static str,
    name: &'static str,
    value: f64,
}

const fn quota(
    service: &'static str,
    title: &'static str,
    code: &'static str,
    name: &'static str,
    value: f64,
) -> Quota {
    Quota { service, title, code, name, value }
}

const VPC: &str = "Amazon Virtual Private Cloud (Amazon VPC)";
const EC2: &str = "Amazon Elastic Compute Cloud (Amazon EC2)";
const EKS: &str = "Amazon Elastic Kubernetes Service (Amazon EKS)";
const VCPUS: &str = "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances";
const SPOT_VCPUS: &str = "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests";

/// Source: AWS General Reference, quotas of each service; vCPUs as an account has after a while.
const QUOTAS: &[Quota] = &[
    quota("vpc", VPC, "L-F678F1CE", "VPCs per Region", 5.0),
    quota("vpc", VPC, "L-A4707A72", "Internet gateways per Region", 5.0),
    quota("vpc", VPC, "L-FE5A380F", "NAT gateways per Availability Zone", 5.0),
    quota("ec2", EC2, "L-0263D0A3", "EC2-VPC Elastic IPs", 5.0),
    quota("ec2", EC2, "L-1216C47A", VCPUS, 256.0),
    quota("ec2", EC2, "L-34B43A08", SPOT_VCPUS, 256.0),
    quota("eks", EKS, "L-1194D53C", "Clusters", 100.0),
    quota(
        "elasticloadbalancing",
        "Elastic Load Balancing (ELB)",
        "L-53DA6B97",
        "Application Load Balancers per Region",
        50.0,
    ),
    quota(
        "rds",
        "Amazon Relational Database Service (Amazon RDS)",
        "L-7B6409FD",
        "DB instances",
        40.0,
    ),
];

fn shape(call: &Call<'_>, quota: &Quota, value: f64) -> Value {
    let Quota { service, title, code, name, .. } = quota;
    json!({
        "ServiceCode": service,
        "ServiceName": title,
        "QuotaCode": code,
        "QuotaName": name,
        "QuotaArn": call.arn("servicequotas", &format!("{service}/{code}")),
        "Value": value,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
    })
}

/// A thing of kind `quota` with this id and an attribute `Value` stands for a limit of this account.
fn applied(call: &Call<'_>, quota: &Quota) -> f64 {
    let own = call.world.get(&format!("quota/{}", quota.code));
    own.and_then(|thing| thing.attrs.get("Value")?.as_f64()).unwrap_or(quota.value)
}

fn asked(call: &Call<'_>) -> Result<&'static Quota, AwsError> {
    let (service, code) = (call.required("ServiceCode")?, call.required("QuotaCode")?);
    let found = QUOTAS.iter().find(|quota| quota.service == service && quota.code == code);
    found.ok_or_else(|| {
        let message = "The request failed because the specified quota does not exist.";
        AwsError::bad("NoSuchResourceException", message)
    })
}

fn get(call: &mut Call<'_>) -> Answer {
    let quota = asked(call)?;
    Ok(json!({"Quota": shape(call, quota, applied(call, quota))}))
}

fn get_default(call: &mut Call<'_>) -> Answer {
    let quota = asked(call)?;
    Ok(json!({"Quota": shape(call, quota, quota.value)}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let service = call.required("ServiceCode")?;
    let ours = QUOTAS.iter().filter(|quota| quota.service == service);
    let all: Vec<_> = ours.map(|quota| shape(call, quota, applied(call, quota))).collect();
    if all.is_empty() {
        let message = "The request failed because the specified service does not exist.";
        return Err(AwsError::bad("NoSuchResourceException", message));
    }
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"Quotas": page, "NextToken": next}))
}

fn list_services(call: &mut Call<'_>) -> Answer {
    let mut all: Vec<_> = QUOTAS
        .iter()
        .map(|quota| json!({"ServiceCode": quota.service, "ServiceName": quota.title}))
        .collect();
    all.dedup();
    let (page, next) = call.page(all, "MaxResults", "NextToken");
    Ok(json!({"Services": page, "NextToken": next}))
}
