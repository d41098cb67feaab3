//! One of the two sides of a comparison, and errors that are about one.

use std::fmt;

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the other side is compared with.
    Baseline,
    /// What is judged.
    Candidate,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

/// What an error is about, where it is about one side: found below all contexts.
pub fn side_of(error: &anyhow::Error) -> Option<Side> {
    error.downcast_ref::<NoSide>().map(|error| error.side)
}

/// The context of an error that a side could not be had.
#[derive(Debug)]
pub struct NoSide {
    pub side: Side,
    pub text: String,
}

impl NoSide {
    /// Where nothing more is to be said of the side.
    pub fn of(side: Side) -> Self {
        Self { side, text: format!("no {side}") }
    }
}

impl fmt::Display for NoSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
