//! Durations in nanoseconds, and time stamps.

use std::time::Duration;

/// A duration in whole nanoseconds.
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Now, in RFC 3339 (UTC, whole seconds).
pub fn now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_else(|_| jiff::Timestamp::now()).to_string()
}

/// A run's id: sortable, unique within a folder to the millisecond.
pub fn run_id() -> String {
    jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S-%3f").to_string()
}

/// Reads `90s`, `3m`, `1m30s`, `200ms`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration =
        text.parse().map_err(|error| format!("expected a duration such as 90s or 3m: {error}"))?;
    Duration::try_from(parsed).map_err(|_| "a duration is not negative".to_owned())
}

/// A duration for people: `3m 20s`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 {
        return format!("{seconds:.1}s");
    }
    let seconds = seconds.round() as u64;
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m {:02}s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(parse_duration("3m"), Ok(Duration::from_secs(180)));
        assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
        assert!(parse_duration("3").is_err());
        assert!(parse_duration("-3s").is_err());
        assert_eq!(human(Duration::from_secs(200)), "3m 20s");
    }
}
