//! A run on disk: its folder, who measures into it, and the files that results are written to.

pub mod folder;
pub mod measuring_lock;
pub mod output_file;
