//! How this service spells tags and ownership.
