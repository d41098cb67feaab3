//! The catalogue's runner: every family of this crate.

duel::main!(duel_kernels::families());
