//! What things cost: the price book, and how it is refreshed from AWS.

pub mod book;
pub mod vocabulary;
