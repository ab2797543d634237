//! What is said while there is nothing to show yet.

use super::text::{YELLOW, paint};
use crate::aws::Failure;
use crate::openedx::Progress;

/// One line on what keeps an answer from coming.
pub fn still_asking(failure: &Failure) -> String {
    format!("{} {failure}\n", paint(YELLOW, "still asking:"))
}

/// One line on what takes a while.
pub fn rendering(progress: &Progress) -> String {
    match progress {
        Progress::Waiting { folder } => {
            format!("waiting for another edxaws that holds {}\n", folder.display())
        }
        Progress::Installing { what } => format!("installing {what}\n"),
        Progress::Rendering { platform } => format!("rendering {platform} with Tutor\n"),
    }
}
