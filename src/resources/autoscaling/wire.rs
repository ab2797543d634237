//! How Auto Scaling spells missing answers.

use crate::aws::{Failure, Verdict, verdict};
use crate::resource::Result;

/// Absent instead of an error where AWS says that the group is not there.
pub fn present<T, E: Into<Failure>>(answer: Result<T, E>) -> Result<Option<T>> {
    match answer.map_err(Into::into) {
        Ok(found) => Ok(Some(found)),
        Err(failure) if verdict(&failure) == Verdict::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}
