//! What the simulation found: one file a bug, named by what went wrong.
