//! A record in; HTML, Markdown, CSV, JUnit and workflow commands as text out.
//!
//! Everything here is pure: a [`duel_record::Recording`] becomes a [`Model`] (every number a
//! reader may want, computed once), and each format is one function from models to text.
//! Nothing touches a terminal, a file or a clock.

mod annotations;
pub mod code;
mod counters;
mod csv;
pub mod flame;
mod html;
mod junit;
mod markdown;
mod message;
pub mod model;
pub mod number;
pub mod profile;

pub use annotations::annotations;
pub use csv::csv;
pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use message::messages;
pub use model::Model;
