//! All end-to-end tests as one program: linked once, and its tests run side by side.

mod common;

mod asm;
mod browser;
mod build_cost;
mod causes;
mod counters;
mod dependencies;
mod doctor;
mod documents;
mod elsewhere;
mod factors;
mod foreign;
mod gate;
mod gate_entry;
mod heap;
mod house;
mod identical;
mod input;
mod instructions;
mod interrupted;
mod kernels;
mod left_behind;
mod names;
mod own_data;
mod planted;
mod preparation;
mod profile;
mod revisions;
mod roofline;
mod runners;
mod sides;
mod stranger;
mod undeclared;
mod validation;
