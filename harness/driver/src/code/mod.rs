//! The machine code of a runner: which function is hot, what it consists of, where it comes from.
//!
//! Everything is read from the executable file itself, in this process: no tool need be installed,
//! and nothing of the runner is started.

mod align;
mod executable;
mod flow;
mod functions;
mod inlined;
mod loops;
mod names;
mod source;
mod summary;
mod vectors;
mod weights;
mod writer;

pub use align::{Row, align};
pub use executable::{Executable, Unreadable};
pub use functions::Functions;
pub use names::callgrind_name;
pub use summary::{Wish, summarize};
pub use weights::Evidence;
