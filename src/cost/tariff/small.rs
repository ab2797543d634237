//! What costs little each and adds up: keys, secrets, logs, alarms, images, firewall rules.

use rust_decimal::Decimal;

use crate::cost::goods;
use crate::cost::line::Amount;
use crate::cost::sheet::Sheet;

/// Requests in tens of thousands.
pub fn key(sheet: &mut Sheet<'_>, requests: Amount) {
    sheet.line("customer key", goods::key(), Amount::fixed(Decimal::ONE));
    sheet.line("key requests", goods::key_requests("symmetric"), requests);
}

/// Requests in tens of thousands.
pub fn secret(sheet: &mut Sheet<'_>, requests: Option<Amount>) {
    sheet.line("secret", goods::secret(), Amount::fixed(Decimal::ONE));
    if let Some(requests) = requests {
        sheet.line("secret requests", goods::secret_requests(), requests);
    }
}

/// What goes into a log group and stays there, in GB.
#[derive(Debug, Clone)]
pub struct Logs {
    pub ingested: Amount,
    pub kept: Amount,
    pub scanned: Option<Amount>,
}

pub fn logs(sheet: &mut Sheet<'_>, logs: Logs) {
    sheet.line("logs taken in", goods::logs_in(), logs.ingested);
    sheet.line("logs kept", goods::logs_kept(), logs.kept);
    if let Some(scanned) = logs.scanned {
        sheet.line("logs searched", goods::logs_read(), scanned);
    }
}

/// `resolution`: `standard` or `high-resolution`.
pub fn alarm(sheet: &mut Sheet<'_>, resolution: &str, metrics: Decimal) {
    sheet.line("alarm", goods::alarm(resolution), Amount::fixed(metrics));
}

pub fn images(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("container images", goods::images(), gb);
}

/// A web ACL with its rules; requests in millions.
#[derive(Debug, Clone)]
pub struct Firewall {
    pub rules: Decimal,
    pub requests: Amount,
}

pub fn firewall(sheet: &mut Sheet<'_>, firewall: Firewall) {
    sheet.line("web ACL", goods::firewall(), Amount::fixed(Decimal::ONE));
    sheet.line("web ACL rules", goods::firewall_rule(), Amount::fixed(firewall.rules));
    sheet.line("requests inspected", goods::firewall_requests(), firewall.requests);
}
