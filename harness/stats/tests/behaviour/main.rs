//! What the estimators promise, held against simulation and against arbitrary input. One test
//! program, so that the generator is shared and linked once.

mod coverage;
mod decisions;
mod gates;
mod properties;
mod simulate;
