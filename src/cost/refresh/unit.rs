//! The units of the price list, which spells some of them in several ways.

/// What AWS counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Hours,
    VcpuHours,
    LcuHours,
    Gb,
    GbMonths,
    IopsMonths,
    GibpsMonths,
    /// Things by the month: keys, secrets, zones, metrics, alarms.
    Months,
    /// Calls, queries, mails.
    Requests,
}

impl Unit {
    /// Whether the price list means this unit.
    pub fn is(self, spelled: &str) -> bool {
        let spelled = spelled.to_ascii_lowercase();
        self.spellings().contains(&spelled.as_str())
    }

    const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Hours => &["hrs", "hours", "hour"],
            Self::VcpuHours => &["vcpu-hours", "vcpu-hour"],
            Self::LcuHours => &["lcu-hrs"],
            Self::Gb => &["gb"],
            Self::GbMonths => &["gb-mo", "gb-month"],
            Self::IopsMonths => &["iops-mo"],
            Self::GibpsMonths => &["gibps-mo"],
            Self::Months => &[
                "month",
                "keys",
                "secrets",
                "hostedzone",
                "metrics",
                "alarms",
                "web acls",
                "rules",
            ],
            Self::Requests => {
                &["requests", "request", "queries", "api requests", "ios", "count", "recipients"]
            }
        }
    }
}
