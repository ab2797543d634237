//! Talking to a stack's cluster: how it is reached, what is sent to it, and what its answers mean.

mod causes;
mod compare;
mod connect;
mod drain;
mod exec;
mod failure;
mod held;
mod object;
mod progress;
mod token;

pub use causes::explain;
pub use compare::differences;
pub use connect::{Clusters, Door, Target};
pub use drain::{Leftover, leftovers, remove};
pub use exec::{Container, Ended, Streams, exec};
pub use failure::failure;
pub use held::{held, holder};
pub use object::{Api, Conflicts, FIELD_MANAGER, ObjectId, STACK_LABEL};
pub use progress::{Progress, UNAWAITED, pods, progress};
pub use token::sign_token;
