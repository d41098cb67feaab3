//! The library that users depend on: families, workloads, the runner, allocators, in-process instruments.
