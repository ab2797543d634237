//! What is said while a platform is rendered.

use crate::openedx::Progress;

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
