//! What things cost: the price book and how it is refreshed, the formulas by which AWS bills, and
//! the estimates made of them. No I/O.

pub mod advice;
pub mod allowance;
pub mod book;
pub mod compare;
pub mod drift;
pub mod estimate;
pub mod forecast;
pub mod goods;
pub mod infracost;
pub mod line;
pub mod meter;
pub mod offline;
pub mod plain;
pub mod refresh;
pub mod report;
pub mod sheet;
pub mod span;
pub mod spot;
pub mod support;
pub mod tariff;
pub mod usage;
pub mod vocabulary;

pub use estimate::{Estimate, Priced, Terms, Total};
pub use line::{Amount, Basis, HOURS, Line, Rate};
pub use meter::{Inventory, Meter, Thing};
pub use report::{Prices, Report};
pub use span::Span;
pub use usage::Usage;
