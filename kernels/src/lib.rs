//! The catalogue: families of interchangeable kernel variants.
