//! A run: what it measures, its folder, who measures into it, and how it is resumed and closed.

pub mod close;
pub mod folder;
pub mod job;
pub mod measuring_lock;
pub mod output_file;
pub mod resume;
pub mod subject;
pub mod work;
