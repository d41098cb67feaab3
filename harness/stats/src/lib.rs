//! Slices in, numbers and verdicts out: no serde, no printing, no clock.
