//! What the command line says of sides that are the same.

use clap::Args;

/// What `compare` and `gate` may do with two sides that are the same.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct SidesArgs {
    /// Make the candidate do this many times the iterations that it reports, such as 1.03
    #[arg(long, value_name = "FACTOR", value_parser = inject)]
    pub inject: Option<f64>,
    /// Measure even the cases whose sides are the same executable and made the same data; without
    /// this (or --inject) they are identical, and take no trials
    #[arg(long)]
    pub measure_unchanged: bool,
}

fn inject(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if (1.0..=10.0).contains(&factor) => Ok(factor),
        _ => Err("expected a factor from 1 to 10, such as 1.03".into()),
    }
}
