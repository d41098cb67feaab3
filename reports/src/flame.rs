//! Flame graphs and folded stacks of a CPU profile.

use std::collections::BTreeMap;

use duel_record::ProfileSummary;
use inferno::flamegraph::{
    self, Direction, Options, TextTruncateDirection,
    color::{BackgroundColor, Color},
};

/// Frames narrower than this share of the width are left out, so that rare stacks do not bloat
/// the file.
const MINIMUM_WIDTH_PERCENT: f64 = 0.2;

/// Why there is no flame graph.
#[derive(Debug, thiserror::Error)]
pub enum FlameError {
    /// The profile has no samples.
    #[error("the profile has no samples")]
    NoSamples,
    /// The stacks can't be drawn.
    #[error("the stacks of the profile cannot be drawn")]
    Draw(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Folded stacks, one a line: `outer;inner;leaf 12`, as flame graph tools read them.
pub fn folded(profile: &ProfileSummary) -> String {
    let mut text = String::new();
    for stack in &profile.stacks {
        text.push_str(&folded_line(&stack.frames, stack.samples));
        text.push('\n');
    }
    text
}

/// One line. A name with a line break would end it early, and a name that ends in a number
/// would read as a second count.
fn folded_line(frames: &str, samples: u64) -> String {
    let mut frames: String = frames.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    frames.truncate(frames.trim_end().len());
    if let Some((head, tail)) = frames.rsplit_once(' ')
        && !tail.is_empty()
        && tail.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        frames = format!("{head}_{tail}");
    }
    if frames.is_empty() {
        frames.push('?');
    }
    format!("{frames} {samples}")
}

/// An interactive flame graph as one SVG that needs nothing else. The same profile gives the
/// same bytes.
///
/// # Errors
/// Where the profile has no samples or its stacks can't be drawn.
pub fn flame_graph_svg(title: &str, profile: &ProfileSummary) -> Result<String, FlameError> {
    if profile.stacks.iter().all(|stack| stack.samples == 0) {
        return Err(FlameError::NoSamples);
    }
    let mut options = Options::default();
    options.title = printable(title);
    options.subtitle = Some(printable(&format!(
        "{} samples by {}, {} iterations",
        profile.samples, profile.profiler, profile.iters
    )));
    options.count_name = "samples".to_owned();
    options.hash = true;
    options.bgcolors = Some(BackgroundColor::Flat(Color { r: 255, g: 255, b: 255 }));
    options.direction = Direction::Inverted;
    options.min_width = MINIMUM_WIDTH_PERCENT;
    options.text_truncate_direction = TextTruncateDirection::Right;
    options.font_type = "monospace".to_owned();
    let text = folded(profile);
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, text.lines(), &mut svg)
        .map_err(|source| FlameError::Draw(source.into()))?;
    String::from_utf8(svg).map_err(|source| FlameError::Draw(source.into()))
}

/// XML has no control characters.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The functions that were running most often when a sample was taken, with their share of all
/// samples, at most `limit` of them.
pub fn hottest(profile: &ProfileSummary, limit: usize) -> Vec<(String, f64)> {
    let mut functions: BTreeMap<&str, u64> = BTreeMap::new();
    for stack in &profile.stacks {
        let leaf = stack.frames.rsplit(';').next().unwrap_or_default();
        *functions.entry(leaf).or_default() += stack.samples;
    }
    let total: u64 = functions.values().sum();
    let mut functions: Vec<(&str, u64)> = functions.into_iter().collect();
    functions.sort_by_key(|(_, samples)| std::cmp::Reverse(*samples));
    functions
        .into_iter()
        .take(limit)
        .map(|(name, samples)| (name.to_owned(), samples as f64 / total.max(1) as f64))
        .collect()
}
