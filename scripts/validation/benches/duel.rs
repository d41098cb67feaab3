//! The kernels as duel's families.

use duel_validation::cases;

duel::main!(cases().into_iter().flat_map(|case| (case.family)()).collect::<Vec<_>>());
