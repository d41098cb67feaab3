//! Charts as inline SVG. Positions across are percentages, so that a chart fits any width
//! while its text keeps its size.

mod distribution;
mod forest;
mod roofline;
mod scale;

pub(super) use distribution::distribution;
pub(super) use forest::Forest;
pub(super) use roofline::{RooflineChart, RooflinePoint};
