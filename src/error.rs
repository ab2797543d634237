//! What every command's failure becomes at the edge: message, causes, hint, exit code.

use std::error::Error;
use std::process::ExitCode;

use crate::aws::Failure;
use crate::engine::{self, PlanError, RunError};
use crate::openedx::RenderError;
use crate::profile::{Profile, ProfileError};
use crate::stack::StackError;
use crate::state::{Illegal, StateError};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// The user's problem: profile, credentials, quota, a refused plan.
    User,
    /// Ours: a bug.
    Bug,
    /// The plan has changes (`--detailed-exitcode`).
    Changes,
    /// Stopped by a signal.
    Stopped,
    /// As the command ended that was run in a container.
    Command(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::User => 1,
            Self::Bug => 2,
            Self::Changes => 3,
            Self::Stopped => 130,
            Self::Command(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure as the user sees it.
#[derive(Debug, Clone)]
pub struct Problem {
    pub exit: Exit,
    pub message: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
}

pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// Something the user can mend.
    pub fn user(message: impl Into<String>) -> Self {
        Self { exit: Exit::User, message: message.into(), causes: Vec::new(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Says where the profile has the value, by its dotted path, that this is about.
    pub fn at(self, profile: &Profile, path: Option<&str>) -> Self {
        match path.and_then(|path| Some((path, profile.origins.get(path)?))) {
            Some((path, origin)) => self.because(format!("`{path}` is in {origin}")),
            None => self,
        }
    }

    /// The message of an error and the chain behind it.
    fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        Self { exit, message: error.to_string(), causes, hint: None }
    }

    /// A file that cannot be read or written.
    pub fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::user(format!("cannot use `{}`", path.display())).because(error.to_string())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let problem = Self::of(Exit::User, &failure);
        match connection_hint(&failure).or_else(|| engine::hint(&failure)) {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// The two ways in which a first call usually fails.
fn connection_hint(failure: &Failure) -> Option<String> {
    let text = failure.message.to_lowercase();
    if text.contains("credentials") {
        return Some(
            "no AWS credentials were found: set `AWS_PROFILE`, run `aws sso login`, or export \
             `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; to try without an account use \
             `--sandbox`"
                .to_owned(),
        );
    }
    (failure.code == "DispatchFailure").then(|| {
        "AWS could not be reached: check the network, the region and `AWS_ENDPOINT_URL`".to_owned()
    })
}

impl From<StateError> for Problem {
    fn from(error: StateError) -> Self {
        let hint = match &error {
            StateError::Io { .. } => {
                "check that the folder exists, is writable and has space; what was recorded before \
                 is safe"
                    .to_owned()
            }
            StateError::Damaged { good: Some(good), .. } => format!(
                "nothing was written; the newest good version is `{}`: copy it over the damaged \
                 file, or rebuild with `edxaws state rescue`",
                good.display()
            ),
            StateError::Damaged { good: None, .. } => {
                "nothing was written; rebuild it from the tags in AWS with `edxaws state rescue`"
                    .to_owned()
            }
            StateError::Newer { .. } => "use the newer edxaws that wrote it".to_owned(),
            StateError::Overtaken { .. } => {
                "run it again: it goes on from what the other has written; never delete a lock \
                 file while an edxaws runs"
                    .to_owned()
            }
            StateError::Locked { .. } => {
                "wait until it ends; the lock goes with its process, there is nothing to clean up"
                    .to_owned()
            }
        };
        Self::of(Exit::User, &error).hint(hint)
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let exit = match error {
            PlanError::Graph(_) | PlanError::Records(_) => Exit::Bug,
            PlanError::Unreadable(_) | PlanError::NoSuchAddress(_) => Exit::User,
        };
        let problem = Self::of(exit, &error);
        match error {
            PlanError::NoSuchAddress(_) => problem.hint("`edxaws graph` lists the addresses"),
            PlanError::Unreadable(failure) => match engine::hint(&failure) {
                Some(hint) => problem.hint(hint),
                None => problem,
            },
            _ => problem,
        }
    }
}

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        match error {
            RunError::State(state) => Self::from(state).because("the run was broken off"),
            RunError::Stale { .. } | RunError::Foreign { .. } | RunError::Unordered(_) => {
                Self::of(Exit::User, &error).hint("make a new plan with `edxaws plan --out FILE`")
            }
            RunError::Illegal(_) | RunError::UnknownKind(_) => Self::of(Exit::Bug, &error),
        }
    }
}

impl From<Illegal> for Problem {
    fn from(error: Illegal) -> Self {
        Self::of(Exit::Bug, &error)
    }
}

impl From<RenderError> for Problem {
    fn from(error: RenderError) -> Self {
        let problem = Self::user(error.to_string()).hint(error.hint());
        error.causes().into_iter().fold(problem, Self::because)
    }
}

impl From<StackError> for Problem {
    fn from(error: StackError) -> Self {
        Self::of(Exit::User, &error).hint(error.hint())
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        Self::of(Exit::User, &error)
    }
}
