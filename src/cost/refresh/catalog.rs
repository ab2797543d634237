//! Every question to the price list. What the book has and no question asks for stays as it is.

use super::question::Question;

mod compute;
mod databases;
mod services;

/// The questions, in the order they are asked.
pub fn questions() -> impl Iterator<Item = &'static Question> {
    [compute::QUESTIONS, databases::QUESTIONS, services::QUESTIONS].into_iter().flatten()
}
