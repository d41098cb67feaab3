//! The summary's schema, in the versions that are known: `summary.v6.schema.json` (iai-callgrind
//! 0.15 to gungraun 0.18) and `summary.v7.schema.json` (gungraun after that).
//!
//! Only what a table shows is read; of a benchmark that was compared with an older run, the newer.

use duel_record::{Foreign, ForeignMetric};
use serde_json::{Map, Value};

/// Reads a summary; one part for every tool that counted.
///
/// # Errors
/// What was expected and what was found.
pub fn parse(text: &str) -> Result<Vec<Foreign>, String> {
    let summary: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let version = match summary.get("version") {
        Some(Value::String(version)) => version.clone(),
        Some(other) => other.to_string(),
        None => "none".to_owned(),
    };
    let metrics_of: fn(&Value) -> Option<&Map<String, Value>> = match version.as_str() {
        "6" => metrics_6,
        "7" => metrics_7,
        _ => return Err(format!("the version of its schema: expected 6 or 7, found {version}")),
    };
    let benchmark = benchmark(&summary).ok_or_else(|| lacks("module_path", &version))?;
    let profiles = summary["profiles"].as_array().ok_or_else(|| lacks("profiles", &version))?;
    profiles
        .iter()
        .map(|profile| {
            let tool = profile["tool"].as_str().ok_or_else(|| lacks("tool", &version))?;
            let metrics = metrics_of(profile).ok_or_else(|| lacks("metrics", &version))?;
            let metrics = metrics
                .iter()
                .filter_map(|(name, metric)| {
                    Some(ForeignMetric { name: name.clone(), value: newer(metric)? })
                })
                .collect();
            let (tool, schema) = (tool.to_owned(), version.clone());
            Ok(Foreign { tool, schema, benchmark: benchmark.clone(), metrics, file: String::new() })
        })
        .collect()
}

fn lacks(what: &str, version: &str) -> String {
    format!("it has no \"{what}\", which version {version} of its schema demands")
}

fn benchmark(summary: &Value) -> Option<String> {
    let path = summary["module_path"].as_str()?;
    Some(match summary["id"].as_str() {
        Some(id) => format!("{path} {id}"),
        None => path.to_owned(),
    })
}

/// Beneath the tool's name; a tool that counts nothing has the word `None` in its place.
fn metrics_6(profile: &Value) -> Option<&Map<String, Value>> {
    profile["summaries"]["total"]["summary"].as_object()?.values().next()?.as_object()
}

fn metrics_7(profile: &Value) -> Option<&Map<String, Value>> {
    profile["data"]["total"]["metrics"].as_object()
}

/// The newer value; `None` of a metric that only an older run had.
fn newer(metric: &Value) -> Option<f64> {
    let new = match &metric["metrics"] {
        Value::Null => &metric["values"]["new"],
        sides => match &sides["Left"] {
            Value::Null => &sides["Both"][0],
            left => left,
        },
    };
    ["Int", "Float", "value"].iter().find_map(|kind| new[kind].as_f64()).or_else(|| new.as_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(foreign: &Foreign, name: &str) -> Option<f64> {
        foreign.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value)
    }

    #[test]
    fn a_summary_that_iai_callgrind_wrote_is_read() {
        let found = parse(include_str!("../../tests/summaries/v6.json")).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].tool.as_str(), found[0].schema.as_str()), ("Callgrind", "6"));
        assert_eq!(found[0].benchmark, "iai::families::one count_duplicates");
        assert!(metric(&found[0], "Ir").is_some_and(|count| count > 1e6), "{found:?}");
    }

    #[test]
    fn the_newer_of_two_runs_counts() {
        let text = |sides: &str| {
            format!(
                r#"{{"version":"6","module_path":"m","profiles":[{{"tool":"DHAT","summaries":{{"total":{{"summary":{{"Dhat":{{"TotalBytes":{{"metrics":{sides}}}}}}}}}}}}}]}}"#
            )
        };
        let value = |sides: &str| metric(&parse(&text(sides)).unwrap()[0], "TotalBytes");
        assert_eq!(value(r#"{"Both":[{"Int":5},{"Int":7}]}"#), Some(5.0));
        assert_eq!(value(r#"{"Left":{"Float":2.5}}"#), Some(2.5));
        assert_eq!(value(r#"{"Right":{"Int":7}}"#), None);
    }

    #[test]
    fn version_7_is_read() {
        let found = parse(
            r#"{"version":"7","module_path":"m","id":"few","profiles":[{"tool":"Callgrind","data":{"parts":[],"total":
               {"regressions":[],"metrics":{"Ir":{"values":{"new":56,"old":60}},"cycles":{"values":{"new":{"value":3.5}}}}}}}]}"#,
        )
        .unwrap();
        assert_eq!(found[0].benchmark, "m few");
        assert_eq!((metric(&found[0], "Ir"), metric(&found[0], "cycles")), (Some(56.0), Some(3.5)));
    }

    #[test]
    fn what_is_no_summary_says_what_was_expected() {
        for (text, words) in [
            ("", "no JSON"),
            ("[]", "expected 6 or 7, found none"),
            (r#"{"version":5}"#, "expected 6 or 7, found 5"),
            (r#"{"version":"6"}"#, "module_path"),
            (r#"{"version":"6","module_path":"m"}"#, "profiles"),
            (r#"{"version":"7","module_path":"m","profiles":[{"tool":"Callgrind","data":{}}]}"#, "metrics"),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(reason.contains(words), "{text}: {reason}");
        }
    }
}
