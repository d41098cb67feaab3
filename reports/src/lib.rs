//! A record in; HTML, Markdown and CSV text out.
//!
//! Everything here is pure: a [`duel_record::Recording`] becomes a [`Model`] (every number a
//! reader may want, computed once), and each format is one function from models to text.
//! Nothing touches a terminal, a file or a clock.

mod csv;
pub mod flame;
mod html;
mod markdown;
mod message;
pub mod model;
pub mod number;

pub use csv::csv;
pub use html::html;
pub use markdown::markdown;
pub use message::messages;
pub use model::Model;
