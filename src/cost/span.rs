//! An amount of which the least, the expected and the most are known: autoscaling has no single size.

use std::iter::Sum;
use std::ops::{Add, Sub};

use rust_decimal::Decimal;

/// Least, expected, most; for what has one size all three are equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    pub least: Decimal,
    pub expected: Decimal,
    pub most: Decimal,
}

impl Span {
    pub const ZERO: Self = Self::exactly(Decimal::ZERO);

    pub const fn exactly(amount: Decimal) -> Self {
        Self { least: amount, expected: amount, most: amount }
    }

    pub fn new(
        least: impl Into<Decimal>,
        expected: impl Into<Decimal>,
        most: impl Into<Decimal>,
    ) -> Self {
        Self { least: least.into(), expected: expected.into(), most: most.into() }
    }

    /// The same done to each of the three.
    pub fn each(self, change: impl Fn(Decimal) -> Decimal) -> Self {
        Self { least: change(self.least), expected: change(self.expected), most: change(self.most) }
    }

    pub fn with(self, other: Self, join: impl Fn(Decimal, Decimal) -> Decimal) -> Self {
        Self {
            least: join(self.least, other.least),
            expected: join(self.expected, other.expected),
            most: join(self.most, other.most),
        }
    }

    /// Least times least, and so on: both must grow together.
    pub fn times(self, other: impl Into<Self>) -> Self {
        self.with(other.into(), |a, b| a * b)
    }

    pub fn is_exact(self) -> bool {
        self.least == self.expected && self.expected == self.most
    }
}

impl<T: Into<Decimal>> From<T> for Span {
    fn from(amount: T) -> Self {
        Self::exactly(amount.into())
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}
