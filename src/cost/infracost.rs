//! Estimates in Infracost's breakdown shape, so that whatever reads that reads this; what Infracost
//! has no word for stands under `edxaws`. Numbers are strings, as there.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::advice::Saving;
use super::estimate::{Estimate, Priced, Total};
use super::line::{Basis, HOURS, Line, Rate};
use super::report::Report;
use super::span::Span;

/// One document for one or several reports: each becomes a project.
pub fn document(reports: &[Report]) -> Value {
    let projects: Vec<Value> = reports.iter().map(project).collect();
    let all: Vec<&Estimate> = reports.iter().map(|report| &report.estimate).collect();
    let monthly = all.iter().map(|estimate| estimate.total().usd.expected).sum();
    let usage = all.iter().map(|estimate| used(estimate.lines().map(|(_, line)| line))).sum();
    let prices = reports.first().map(|report| report.prices);
    json!({
        "version": "0.2",
        "metadata": {"infracostCommand": "breakdown", "generatedBy": "edxaws"},
        "currency": "USD",
        "projects": projects,
        "totalHourlyCost": text(monthly / HOURS),
        "totalMonthlyCost": text(monthly),
        "totalMonthlyUsageCost": text(usage),
        "timeGenerated": prices.map(|prices| format!("{}T00:00:00Z", prices.today)),
        "summary": summary(&all),
        "edxaws": prices.map(|prices| json!({
            "pricesDate": prices.date.to_string(),
            "pricesAgeDays": prices.age_days,
            "pricesAreStale": prices.are_stale(),
        })),
    })
}

/// A total as every JSON output has it.
pub fn total(total: &Total) -> Value {
    json!({
        "least": text(total.usd.least),
        "expected": text(total.usd.expected),
        "most": text(total.usd.most),
        "atLeast": !total.is_whole(),
        "missingPrices": total.missing,
        "unstatedUsage": total.unstated,
    })
}

fn project(report: &Report) -> Value {
    let estimate = &report.estimate;
    let (billed, free): (Vec<&Priced>, Vec<&Priced>) =
        estimate.resources.iter().partition(|resource| !resource.lines.is_empty());
    let monthly = estimate.total().usd.expected;
    let stays = report
        .stays
        .as_ref()
        .map(|stays| json!({"total": total(&stays.total()), "resources": resources(stays)}));
    json!({
        "name": report.title,
        "metadata": {"path": report.title, "type": "edxaws", "region": estimate.region},
        "pastBreakdown": null,
        "breakdown": {
            "resources": billed.iter().map(|one| resource(one)).collect::<Vec<_>>(),
            "freeResources": free
                .iter()
                .map(|one| json!({"name": one.name, "resourceType": one.kind}))
                .collect::<Vec<_>>(),
            "totalHourlyCost": text(monthly / HOURS),
            "totalMonthlyCost": text(monthly),
            "totalMonthlyUsageCost": text(used(estimate.lines().map(|(_, line)| line))),
        },
        "diff": null,
        "summary": summary(&[estimate]),
        "edxaws": {
            "total": total(&estimate.total()),
            "parts": parts(estimate),
            "notes": estimate.notes,
            "usage": report.usage,
            "savings": report.savings.iter().map(saving).collect::<Vec<_>>(),
            "staysAfterDestroy": stays,
            "perLearner": report.by_learner().map(|usd| json!({
                "learners": report.learners,
                "least": text(usd.least),
                "expected": text(usd.expected),
                "most": text(usd.most),
            })),
        },
    })
}

fn parts(estimate: &Estimate) -> Vec<Value> {
    let of = |(part, resources): (&str, Vec<&Priced>)| {
        let sum: Total = resources.iter().flat_map(|one| &one.lines).collect();
        json!({"part": part, "total": total(&sum)})
    };
    estimate.parts().into_iter().map(of).collect()
}

fn saving(saving: &Saving) -> Value {
    let since = saving.since.map(|date| date.to_string());
    json!({"what": saving.what, "monthly": text(saving.usd), "since": since})
}

fn resources(estimate: &Estimate) -> Vec<Value> {
    let billed = estimate.resources.iter().filter(|resource| !resource.lines.is_empty());
    billed.map(resource).collect()
}

fn resource(resource: &Priced) -> Value {
    let sum = resource.total();
    json!({
        "name": resource.name,
        "resourceType": resource.kind,
        "tags": {},
        "metadata": {"region": resource.region, "part": resource.part},
        "hourlyCost": text(sum.usd.expected / HOURS),
        "monthlyCost": text(sum.usd.expected),
        "monthlyUsageCost": text(used(&resource.lines)),
        "costComponents": resource.lines.iter().map(component).collect::<Vec<_>>(),
        "actualCosts": [],
        "subresources": [],
    })
}

fn component(line: &Line) -> Value {
    let quantity = line.amount.quantity;
    let monthly = line.monthly();
    let (item, region) = match &line.rate {
        Rate::Price { item, region, .. } | Rate::Missing { item, region } => {
            (Some(item.to_string()), Some(region.clone()))
        }
        Rate::Spot { items, region, .. } => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            (Some(items.join(" | ")), Some(region.clone()))
        }
        Rate::Free => (None, None),
    };
    let assumption = match &line.amount.basis {
        Basis::Usage(Some(name)) => Some(name.clone()),
        _ => None,
    };
    json!({
        "name": line.name,
        "unit": line.unit,
        "hourlyQuantity": quantity.map(|span| text(span.expected / HOURS)),
        "monthlyQuantity": quantity.map(|span| text(span.expected)),
        "price": line.unit_usd().map_or_else(|| "0".to_owned(), |usd| text(usd.expected)),
        "hourlyCost": monthly.map(|usd| text(usd.expected / HOURS)),
        "monthlyCost": monthly.map(|usd| text(usd.expected)),
        "usageBased": line.is_usage(),
        "priceNotFound": line.is_missing(),
        "edxaws": {
            "item": item,
            "region": region,
            "isPrice": matches!(line.rate, Rate::Price { .. }),
            "assumption": assumption,
            "quantity": quantity.map(span),
            "monthly": monthly.map(span),
        },
    })
}

fn span(span: Span) -> Value {
    json!({"least": text(span.least), "expected": text(span.expected), "most": text(span.most)})
}

fn summary(estimates: &[&Estimate]) -> Value {
    let all = || estimates.iter().flat_map(|estimate| &estimate.resources);
    let count = |fits: fn(&Priced) -> bool| all().filter(|one| fits(one)).count();
    let free = count(|one| one.lines.is_empty());
    json!({
        "totalDetectedResources": all().count(),
        "totalSupportedResources": all().count() - free,
        "totalUnsupportedResources": 0,
        "totalUsageBasedResources": count(|one| one.lines.iter().any(Line::is_usage)),
        "totalNoPriceResources": free,
        "unsupportedResourceCounts": {},
        "noPriceResourceCounts": {},
    })
}

/// What follows use.
fn used<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Decimal {
    let usage = lines.into_iter().filter(|line| line.is_usage());
    usage.filter_map(|line| Some(line.monthly()?.expected)).sum()
}

fn text(number: Decimal) -> String {
    number.round_dp(10).normalize().to_string()
}
