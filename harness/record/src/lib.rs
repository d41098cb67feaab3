//! Every type that crosses a process or reaches a disk, and its only encoder and decoder.
