//! A record in; HTML, Markdown, CSV, JUnit and workflow commands as text out.
//!
//! Everything here is pure: a [`duel_record::Recording`] becomes a [`Model`] (every number a
//! reader may want, computed once), and each format is one function from models to text.
//! Nothing touches a terminal, a file or a clock.

mod annotations;
mod cause;
pub mod code;
mod csv;
pub mod flame;
mod gate_error;
mod html;
mod instruments;
mod junit;
mod markdown;
mod markdown_text;
mod message;
mod missing_base;
pub mod model;
pub mod number;
mod page_run;
pub mod profile;
mod shortened;

pub use annotations::{AnnotationKind, annotations, command as annotation};
pub use csv::csv;
pub use gate_error::GateError;
pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use message::messages;
pub use missing_base::MissingBase;
pub use model::{Model, gate_plan, gate_procedure};
pub use shortened::shortened;
