//! What another benchmark harness counted, taken into a record as it is.

use serde::{Deserialize, Serialize};

/// One benchmark of iai-callgrind (later named gungraun), by one of valgrind's tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Foreign {
    /// What counted, as the summary names it, such as `Callgrind`.
    pub tool: String,
    /// Version of the summary's schema.
    pub schema: String,
    /// The benchmark's module path and id, which together are unique.
    pub benchmark: String,
    /// What was counted of it, in the tool's own names.
    pub metrics: Vec<ForeignMetric>,
    /// The summary's file.
    pub file: String,
}

/// A number of another harness.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForeignMetric {
    /// Its name there, such as `Ir`.
    pub name: String,
    /// Its value, in the unit that the tool has for it.
    pub value: f64,
}
