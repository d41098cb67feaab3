//! Numbers of a record that have bounds. A record may come from anybody, and a share of 10³⁰⁸ would be printed, and
//! compared with others, as if it had been measured.

use serde::{Deserialize, Deserializer, de::Error};

/// What rounding adds to a sum of shares that is 1.
const ROUNDING: f64 = 1e-6;
/// No trial is slowed by more.
const LARGEST_FACTOR: f64 = 1000.0;

fn within<E: Error>(found: f64, low: f64, high: f64, what: &str) -> Result<f64, E> {
    if (low..=high).contains(&found) {
        Ok(found)
    } else {
        Err(E::custom(format!("expected {what}, found {found}")))
    }
}

/// Reads a share.
///
/// # Errors
/// If it is not from 0 to 1.
pub(crate) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    within(f64::deserialize(deserializer)?, -ROUNDING, 1.0 + ROUNDING, "a share from 0 to 1")
}

/// Reads a share that may be unknown, and is unknown if it is not from 0 to 1. Not an error: what systems count of
/// themselves goes back now and then, and nothing else in a record is lost for that.
///
/// # Errors
/// If it is neither a number nor nothing.
pub(crate) fn optional_share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let found: Option<f64> = Option::deserialize(deserializer)?;
    Ok(found.filter(|found| (-ROUNDING..=1.0 + ROUNDING).contains(found)))
}

/// Reads a factor by which something grows or is slowed.
///
/// # Errors
/// If it is not from 0.001 to 1000.
pub(crate) fn factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let (low, high) = (1.0 / LARGEST_FACTOR, LARGEST_FACTOR);
    within(f64::deserialize(deserializer)?, low, high, "a factor from 0.001 to 1000")
}

#[cfg(test)]
mod tests {
    use crate::{GateDeclared, Pressure, VectorShares};

    #[test]
    fn a_share_beyond_what_it_can_be_is_refused_or_unknown() {
        let pressure = |text: &str| serde_json::from_str::<Pressure>(text).unwrap();
        assert_eq!((pressure(r#"{"steal":1e308}"#).steal, pressure(r#"{"busy":-5}"#).busy), (None, None));
        assert_eq!(
            pressure(r#"{"busy":1.1,"steal":0.5}"#),
            Pressure { steal: Some(0.5), ..Pressure::default() }
        );
        let of = serde_json::from_str::<Pressure>(r#"{"busy":1.0000000002,"load":7.5}"#).unwrap();
        assert_eq!((of.steal, of.load), (None, Some(7.5)));
        let shares = |packed: &str| {
            let text = format!(r#"{{"scalar":0,"packed_128":{packed},"packed_256":0,"packed_512":0}}"#);
            serde_json::from_str::<VectorShares>(&text)
        };
        let refused = shares("18446744073709551615").unwrap_err().to_string();
        assert!(refused.contains("expected a share from 0 to 1"), "{refused}");
        assert!(shares("1").is_ok() && shares("-5").is_err() && shares("null").is_err());
        let gate = |growth: &str| {
            let text = format!(
                r#"{{"metric":"time","family_error":0.05,"confirmation_error":0.05,"growth":{growth},
                "control_slowdown":1.05,"set_aside_steal":0.1,"strict":false,"cases":[],"added":[],"removed":[]}}"#
            );
            serde_json::from_str::<GateDeclared>(&text)
        };
        assert!(gate("1.5").is_ok() && gate("-5").is_err() && gate("1e308").is_err());
    }
}
