//! Network and edge.

use super::{PlainKind, Type, Values};
use super::{kind, number, required, usage, word};
use crate::cost::line::Amount;
use crate::cost::sheet::Sheet;
use crate::cost::tariff::{self, Balancer, Cdn, DataTransfer, Firewall, Traffic};

pub const NAT_GATEWAY: PlainKind = kind(
    "nat_gateway",
    &[
        usage("monthly_data_processed_gb", "GB through the gateway"),
        number("public_ipv4", 0, "public addresses to add; an `eip` beside it counts them, too"),
    ],
    |sheet, values, _| {
        tariff::nat_gateway(sheet, values.used("monthly_data_processed_gb", 1));
        public(sheet, values);
    },
);

pub const ALB: PlainKind = kind(
    "alb",
    &[
        usage("lcu_hours", "capacity unit hours; reckoned from the next four when left out"),
        usage("new_connections", "new connections a second"),
        usage("active_connections", "active connections a minute"),
        usage("processed_bytes_gb", "GB processed a month"),
        usage("rule_evaluations", "rules evaluated a second"),
        number(
            "public_ipv4",
            0,
            "public addresses; AWS bills one in each zone of a public balancer",
        ),
    ],
    |sheet, values, _| {
        tariff::balancer(sheet, Balancer::Application, units(values, Balancer::Application));
        public(sheet, values);
    },
);

pub const NLB: PlainKind = kind(
    "nlb",
    &[
        usage("lcu_hours", "capacity unit hours; reckoned from the next three when left out"),
        usage("new_connections", "new TCP connections a second"),
        usage("active_connections", "active TCP connections a minute"),
        usage("processed_bytes_gb", "GB processed a month"),
        number(
            "public_ipv4",
            0,
            "public addresses; AWS bills one in each zone of a public balancer",
        ),
    ],
    |sheet, values, _| {
        tariff::balancer(sheet, Balancer::Network, units(values, Balancer::Network));
        public(sheet, values);
    },
);

fn units(values: &Values, balancer: Balancer) -> Amount {
    let names = ["new_connections", "active_connections", "processed_bytes_gb", "rule_evaluations"];
    let stated = names.iter().any(|name| values.stated(name).is_some());
    let [new_per_second, active, gb, rules_per_second] = names.map(|name| values.number(name));
    let traffic = Traffic { new_per_second, active, gb, rules_per_second };
    let reckoned = stated.then(|| balancer.unit_hours(&traffic));
    Amount::used(values.stated("lcu_hours").or(reckoned))
}

fn public(sheet: &mut Sheet<'_>, values: &Values) {
    let count = values.number("public_ipv4");
    if !count.is_zero() {
        tariff::addresses(sheet, count, "in-use");
    }
}

const STATES: &[&str] = &["in-use", "idle"];

pub const EIP: PlainKind = kind(
    "eip",
    &[word("state", STATES, "in-use", "AWS bills both"), number("count", 1, "addresses")],
    |sheet, values, _| tariff::addresses(sheet, values.number("count"), values.text("state")),
);

pub const PUBLIC_IPV4: PlainKind = PlainKind { name: "public_ipv4", ..EIP };

pub const VPC_ENDPOINT: PlainKind = kind(
    "vpc_endpoint",
    &[
        word("vpc_endpoint_type", &["Gateway", "Interface"], "Gateway", "gateways are free"),
        number("subnets", 1, "zones an interface endpoint stands in"),
        usage("monthly_data_processed_gb", "GB through an interface endpoint"),
    ],
    |sheet, values, _| match values.text("vpc_endpoint_type") {
        "Interface" => {
            let gb = values.used("monthly_data_processed_gb", 1);
            tariff::interface_endpoint(sheet, values.number("subnets"), gb);
        }
        _ => tariff::gateway_endpoint(sheet),
    },
);

pub const DATA_TRANSFER: PlainKind = kind(
    "data_transfer",
    &[
        usage("monthly_intra_region_gb", "GB between zones; billed going out and coming in"),
        usage("monthly_outbound_internet_gb", "GB to the internet"),
        usage("monthly_outbound_us_east_to_us_east_gb", "GB between us-east-1 and us-east-2"),
        usage("monthly_outbound_other_regions_gb", "GB to other regions"),
    ],
    |sheet, values, _| {
        let data = DataTransfer {
            internet: values.rare("monthly_outbound_internet_gb", 1),
            between_zones: values.rare("monthly_intra_region_gb", 1),
            other_regions: values.rare("monthly_outbound_other_regions_gb", 1),
            us_east: values.rare("monthly_outbound_us_east_to_us_east_gb", 1),
        };
        tariff::data_transfer(sheet, data);
    },
);

pub const CLOUDFRONT_DISTRIBUTION: PlainKind = kind(
    "cloudfront_distribution",
    &[
        usage("us_data_gb", "GB to viewers in the USA, Mexico, Canada"),
        usage("europe_data_gb", "GB to viewers in Europe and Israel"),
        usage("japan_data_gb", "GB to viewers in Japan"),
        usage("south_america_data_gb", "GB to viewers in South America"),
        usage("us_https_requests", "HTTPS requests from the USA, Mexico, Canada"),
        usage("us_http_requests", "HTTP requests from the USA, Mexico, Canada"),
        usage("monthly_invalidation_requests", "paths invalidated; 1,000 are free"),
    ],
    |sheet, values, _| {
        let cdn = Cdn {
            data: vec![
                ("us", Some(values.used("us_data_gb", 1))),
                ("eu", values.rare("europe_data_gb", 1)),
                ("japan", values.rare("japan_data_gb", 1)),
                ("south-america", values.rare("south_america_data_gb", 1)),
            ],
            requests: vec![
                ("us-https", Some(values.used("us_https_requests", 10_000))),
                ("us-http", values.rare("us_http_requests", 10_000)),
            ],
            invalidations: values.rare("monthly_invalidation_requests", 1),
        };
        tariff::cdn(sheet, &cdn);
    },
);

pub const ROUTE53_ZONE: PlainKind = kind("route53_zone", &[], |sheet, _, _| tariff::zone(sheet));

pub const ROUTE53_RECORD: PlainKind = kind(
    "route53_record",
    &[
        usage("monthly_standard_queries", "queries; those of aliases to AWS's own are free"),
        usage("monthly_latency_based_queries", "queries routed by latency"),
        usage("monthly_geo_queries", "queries routed by place"),
    ],
    |sheet, values, _| {
        let standard = values.used("monthly_standard_queries", 1_000_000);
        tariff::queries(sheet, "standard", standard);
        for (routing, name) in
            [("latency", "monthly_latency_based_queries"), ("geo", "monthly_geo_queries")]
        {
            if let Some(millions) = values.rare(name, 1_000_000) {
                tariff::queries(sheet, routing, millions);
            }
        }
    },
);

pub const SES_DOMAIN_IDENTITY: PlainKind = kind(
    "ses_domain_identity",
    &[usage("monthly_messages_sent", "mails, each recipient counted")],
    |sheet, values, _| tariff::mail(sheet, values.used("monthly_messages_sent", 1_000)),
);

pub const WAFV2_WEB_ACL: PlainKind = kind(
    "wafv2_web_acl",
    &[
        required("rules", Type::Number, "rules and rule groups"),
        usage("monthly_requests", "requests inspected"),
    ],
    |sheet, values, _| {
        let requests = values.used("monthly_requests", 1_000_000);
        tariff::firewall(sheet, Firewall { rules: values.number("rules"), requests });
    },
);
