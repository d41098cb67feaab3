//! What the estimators promise, compared with simulation and against arbitrary input. One test
//! program, so that the generator is shared and linked once.

mod coverage;
mod decisions;
mod gates;
mod properties;
mod simulate;
