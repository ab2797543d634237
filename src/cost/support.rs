//! Which releases AWS supports until when: past the standard support it bills a surcharge.

use jiff::ToSpan;
use jiff::civil::Date;

/// A release and its two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    pub product: &'static str,
    pub version: &'static str,
    pub standard_until: Date,
    pub extended_until: Date,
}

/// Where a release stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Standard,
    Extended,
    /// AWS raises what still runs it by itself.
    Over,
}

const TABLE: &str = include_str!("support.txt");

/// All known releases, oldest first within a product.
pub fn releases() -> impl Iterator<Item = Release> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(parse)
}

fn parse(line: &'static str) -> Option<Release> {
    let mut words = line.split_whitespace();
    Some(Release {
        product: words.next()?,
        version: words.next()?,
        standard_until: words.next()?.parse().ok()?,
        extended_until: words.next()?.parse().ok()?,
    })
}

impl Release {
    /// `5.7.44` is of release `5.7`.
    pub fn find(product: &str, version: &str) -> Option<Self> {
        let mut all = releases().filter(|release| release.product == product);
        all.find(|release| {
            let rest = version.strip_prefix(release.version);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The newest Kubernetes that AWS supports without a surcharge on that day, as far as known.
    pub fn newest_kubernetes(today: Date) -> Option<Self> {
        let known = releases().filter(|release| release.product == "kubernetes");
        known.filter(|release| release.standing(today) == Standing::Standard).last()
    }

    pub fn standing(&self, today: Date) -> Standing {
        if today <= self.standard_until {
            Standing::Standard
        } else if today <= self.extended_until {
            Standing::Extended
        } else {
            Standing::Over
        }
    }

    /// The price book's word for this database release's surcharge on that day: the third year
    /// costs more than the first two.
    pub fn surcharge(&self, today: Date) -> Option<String> {
        (self.standing(today) == Standing::Extended).then(|| {
            let Self { product, version, .. } = self;
            // Two years after a leap day there is no such day: the last of the month counts.
            let second_ends = self.standard_until.checked_add(2.years());
            let early = second_ends.unwrap_or(self.extended_until) >= today;
            let years = if early { "years-1-2" } else { "year-3" };
            format!("{product}-{version}-{years}")
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_table_is_read_whole_and_in_order() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let all: Vec<_> = releases().collect();
        assert_eq!(all.len(), lines);
        for pair in all.windows(2).filter(|pair| pair[0].product == pair[1].product) {
            assert!(pair[0].standard_until < pair[1].standard_until, "{}", pair[1].version);
            assert!(pair[1].standard_until < pair[1].extended_until);
        }
    }

    #[test]
    fn a_release_ages() {
        let old = Release::find("kubernetes", "1.33").unwrap();
        assert_eq!(old.standing(date(2026, 7, 29)), Standing::Standard);
        assert_eq!(old.standing(date(2026, 7, 30)), Standing::Extended);
        assert_eq!(old.standing(date(2027, 7, 30)), Standing::Over);
        assert_eq!(Release::newest_kubernetes(date(2026, 11, 22)).unwrap().version, "1.35");
        assert_eq!(Release::find("kubernetes", "1.3"), None);
    }

    #[test]
    fn a_database_pays_more_in_the_third_year() {
        let five = Release::find("mysql", "5.7.44").unwrap();
        let on = |date| five.surcharge(date);
        assert_eq!(on(date(2024, 2, 29)), None);
        assert_eq!(on(date(2025, 1, 1)).as_deref(), Some("mysql-5.7-years-1-2"));
        assert_eq!(on(date(2026, 11, 22)).as_deref(), Some("mysql-5.7-year-3"));
    }
}
