//! From a graph, the state and what AWS says to a plan, and from a plan to AWS.
//!
//! Planning is pure; running chooses nothing. One loop owns the state, tasks call AWS, and every
//! transition is durable before the step that follows from it.

mod attempt;
mod checked;
mod choice;
mod error;
mod links;
mod plan;
mod planner;
mod poll;
mod rescue;
mod run;
mod schedule;
mod stop;
mod survey;
mod told;

pub use attempt::{Patience, attempt};
pub use choice::{Choice, Select};
pub use error::{PlanError, StepError, hint};
pub use plan::{Action, Plan, Refusal, Retained, Step, Verb, Why};
pub use planner::{plan_destroy, plan_up};
pub use poll::{Reads, back_off_looks};
pub use rescue::{adopt, adopt_strays};
pub use run::{Engine, RunError, Summary};
pub use schedule::Schedule;
pub use stop::{Stop, StopLevel, Stopper};
pub use survey::{Sighting, Stray, Survey, survey};
pub use told::Told;
