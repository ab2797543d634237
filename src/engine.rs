//! From a graph, the state and what AWS says to a plan, and from a plan to AWS.
//!
//! Planning is pure; running chooses nothing. One loop owns the state, tasks call AWS, and every
//! transition is durable before the step that follows from it.

mod attempt;
mod error;
mod plan;
mod planner;
mod poll;
mod run;
mod schedule;
mod stop;
mod survey;
mod rescue;

pub use attempt::{Patience, attempt};
pub use error::{StepError, hint};
pub use plan::{Action, Plan, Refusal, Retained, Step, Verb, Why};
pub use planner::{Choice, PlanError, Select, plan_destroy, plan_up};
pub use poll::next_poll;
pub use rescue::adopt;
pub use run::{Engine, RunError, Summary};
pub use schedule::Schedule;
pub use stop::{Stop, StopLevel, Stopper};
pub use survey::{Sighting, Stray, Survey, survey};
