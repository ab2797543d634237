//! What people and programs see: every command on a pipe, on a terminal, without colour and as
//! JSON; every error with its hint; the progress of recorded runs.
//!
//! Snapshots are written anew with `INSTA_UPDATE=always cargo test --test interface`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

/// Examples of an error type, one for each pattern; the patterns must cover the type.
macro_rules! examples {
    ($type:ty { $($pattern:pat => $example:expr,)+ }) => {{
        // Not called: it only has to compile, and does not when a variant has no example.
        let _covers = |error: &$type| match error { $($pattern => (),)+ };
        vec![$({
            let example: $type = $example;
            #[allow(unreachable_patterns, reason = "a type of one variant")]
            match &example {
                $pattern => {}
                _ => panic!("{example:?} is no example of {}", stringify!($pattern)),
            }
            example
        },)+]
    }};
}

mod commands;
mod errors;
mod help;
mod more_errors;
mod progress;

/// Text without colours.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('\u{1b}') {
        plain.push_str(&rest[..start]);
        let end = rest[start..].find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        rest = &rest[start + end + 1..];
    }
    plain + rest
}
