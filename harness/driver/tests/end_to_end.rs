//! All end-to-end tests but those of revisions, as one program: linked once, and its tests run side by
//! side.

mod common;

mod asm;
mod browser;
mod causes;
mod counters;
mod doctor;
mod factors;
mod foreign;
mod gate;
mod heap;
mod house;
mod input;
mod instructions;
mod interrupted;
mod kernels;
mod names;
mod profile;
mod roofline;
mod runners;
mod stranger;
