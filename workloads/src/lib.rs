//! Seeded, hashed, value-stable data sets.
