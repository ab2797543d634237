//! Ways in and out: NAT gateways, public addresses, endpoints.

use rust_decimal::Decimal;

use crate::cost::goods;
use crate::cost::line::{Amount, HOURS};
use crate::cost::sheet::Sheet;
use crate::cost::span::Span;

pub fn nat_gateway(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("NAT gateway", goods::nat_hours(), Amount::fixed(HOURS));
    sheet.line("data through the NAT gateway", goods::nat_data(), gb);
}

/// AWS bills every public IPv4 address, used (`in-use`) or not (`idle`).
pub fn addresses(sheet: &mut Sheet<'_>, count: impl Into<Span>, state: &str) {
    let hours = count.into().each(|count| count * HOURS);
    sheet.line("public IPv4", goods::public_ipv4(state), Amount::fixed(hours));
}

pub fn interface_endpoint(sheet: &mut Sheet<'_>, zones: Decimal, gb: Amount) {
    sheet.line("interface endpoint", goods::interface_endpoint(), Amount::fixed(zones * HOURS));
    sheet.line("data through the endpoint", goods::interface_endpoint_data(), gb);
}

pub fn gateway_endpoint(sheet: &mut Sheet<'_>) {
    sheet.free("gateway endpoint", &goods::gateway_endpoint(), HOURS);
}
