//! Profiles: from TOML files to checked settings, every finding at once with file, line and column.

mod settings;

pub use settings::*;
