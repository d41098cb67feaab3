//! Flame graphs and folded stacks of a CPU profile.

use std::collections::BTreeMap;

use duel_record::ProfileSummary;
use inferno::{
    differential,
    flamegraph::{
        self, Direction, Options, TextTruncateDirection,
        color::{BackgroundColor, Color},
    },
};

use crate::number::total;

/// Frames narrower than this share of the width are left out, so that rare stacks do not bloat
/// the file.
const MINIMUM_WIDTH_PERCENT: f64 = 0.2;

/// The most samples of a stack that are drawn: inferno adds them up, and a record may claim any number. No run takes as
/// many, and the sum over all stacks of a record stays within 64 bits.
const MOST_SAMPLES: u64 = 1 << 40;

/// What the outermost frame is called where two variants share a graph.
pub const KERNEL: &str = "the kernel itself";

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
    format!("{frames} {}", samples.min(MOST_SAMPLES))
}

/// An interactive flame graph as one SVG that needs nothing else. The same profile gives the
/// same bytes.
///
/// # Errors
/// Where the profile has no samples or its stacks can't be drawn.
pub fn flame_graph_svg(title: &str, profile: &ProfileSummary) -> Result<String, FlameError> {
    some_samples(profile)?;
    let subtitle =
        format!("{} samples by {}, {} iterations", profile.samples, profile.profiler, profile.iters);
    draw(title, &subtitle, &folded(profile))
}

/// A flame graph of the candidate, in the colours of the difference: red where its share of samples
/// is larger than the baseline's, blue where it is smaller. Both count as much, however many samples
/// each has, and the variants' own names, with which stacks begin, are taken for one.
///
/// # Errors
/// Where one of them has no samples or their stacks can't be drawn.
pub fn difference_svg(
    title: &str,
    baseline: &ProfileSummary,
    candidate: &ProfileSummary,
) -> Result<String, FlameError> {
    some_samples(baseline)?;
    some_samples(candidate)?;
    let options = differential::Options { normalize: true, ..differential::Options::default() };
    let mut both = Vec::new();
    let [before, after] = [baseline, candidate].map(folded_under_one_root);
    differential::from_readers(options, before.as_bytes(), after.as_bytes(), &mut both)
        .map_err(|source| FlameError::Draw(source.into()))?;
    let both = String::from_utf8(both).map_err(|source| FlameError::Draw(source.into()))?;
    let subtitle =
        "red: a larger share of samples than the baseline's; blue: a smaller one; widths are the candidate's";
    draw(title, subtitle, &both)
}

fn some_samples(profile: &ProfileSummary) -> Result<(), FlameError> {
    let some = profile.stacks.iter().any(|stack| stack.samples > 0);
    if some { Ok(()) } else { Err(FlameError::NoSamples) }
}

fn folded_under_one_root(profile: &ProfileSummary) -> String {
    let lines = profile.stacks.iter().map(|stack| {
        let below = stack.frames.split_once(';').map_or_else(String::new, |(_, below)| format!(";{below}"));
        folded_line(&format!("{KERNEL}{below}"), stack.samples) + "\n"
    });
    lines.collect()
}

fn draw(title: &str, subtitle: &str, folded: &str) -> Result<String, FlameError> {
    let mut options = Options::default();
    options.title = printable(title);
    options.subtitle = Some(printable(subtitle));
    options.count_name = "samples".to_owned();
    options.hash = true;
    options.bgcolors = Some(BackgroundColor::Flat(Color { r: 255, g: 255, b: 255 }));
    options.direction = Direction::Inverted;
    options.min_width = MINIMUM_WIDTH_PERCENT;
    options.text_truncate_direction = TextTruncateDirection::Right;
    options.font_type = "monospace".to_owned();
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, folded.lines(), &mut svg)
        .map_err(|source| FlameError::Draw(source.into()))?;
    String::from_utf8(svg).map_err(|source| FlameError::Draw(source.into()))
}

/// XML has no control characters.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// How often a function was running when a sample was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Hot {
    /// The function's name, as the folded stacks have it.
    pub name: String,
    /// Of the candidate's samples, 0 to 1.
    pub share: f64,
    /// Of the baseline's, where there is one.
    pub share_baseline: Option<f64>,
}

/// The functions that were running most often on either side, at most `limit` of them. What was
/// inlined into the clock's own function is the kernel itself, whatever the variant's name.
pub fn hottest(candidate: &ProfileSummary, baseline: Option<&ProfileSummary>, limit: usize) -> Vec<Hot> {
    let shares = shares(candidate);
    let baseline = baseline.map(self::shares);
    let mut names: Vec<&str> =
        shares.keys().chain(baseline.iter().flat_map(BTreeMap::keys)).copied().collect();
    names.sort_unstable();
    names.dedup();
    let share = |of: &BTreeMap<&str, f64>, name: &str| of.get(name).copied().unwrap_or(0.0);
    let mut hot: Vec<Hot> = names
        .into_iter()
        .map(|name| Hot {
            name: name.to_owned(),
            share: share(&shares, name),
            share_baseline: baseline.as_ref().map(|baseline| share(baseline, name)),
        })
        .collect();
    let most = |hot: &Hot| hot.share.max(hot.share_baseline.unwrap_or(0.0));
    // A stable sort: what is equally hot stays in the order of names.
    hot.sort_by(|a, b| most(b).total_cmp(&most(a)));
    hot.truncate(limit);
    hot
}

fn shares(profile: &ProfileSummary) -> BTreeMap<&str, f64> {
    let mut functions: BTreeMap<&str, u64> = BTreeMap::new();
    for stack in &profile.stacks {
        let leaf = stack.frames.rsplit_once(';').map_or(KERNEL, |(_, leaf)| leaf);
        let samples = functions.entry(leaf).or_default();
        *samples = samples.saturating_add(stack.samples);
    }
    let total = total(functions.values().copied());
    functions.into_iter().map(|(name, samples)| (name, samples as f64 / total.max(1) as f64)).collect()
}

/// In how far a share may be off by chance, 19 times in 20, where it is about a tenth: points of 1.
pub fn uncertainty_of_a_tenth(profile: &ProfileSummary) -> f64 {
    1.96 * (0.1 * 0.9 / profile.samples.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use duel_record::Stack;

    use super::*;

    fn profile(stacks: &[(&str, u64)]) -> ProfileSummary {
        let stacks: Vec<_> = stacks
            .iter()
            .map(|(frames, samples)| Stack { frames: (*frames).to_owned(), samples: *samples })
            .collect();
        ProfileSummary {
            samples: total(stacks.iter().map(|stack| stack.samples)),
            stacks,
            ..ProfileSummary::default()
        }
    }

    #[test]
    fn any_number_of_samples_is_drawn() {
        let profile = profile(&[("kernel;a", u64::MAX), ("kernel;b", u64::MAX), ("kernel;c", 0)]);
        assert!(flame_graph_svg("a kernel", &profile).is_ok());
        assert!(difference_svg("two", &profile, &profile).is_ok());
        assert_eq!(hottest(&profile, None, 1)[0].share, 1.0);
    }

    #[test]
    fn shares_of_both_sides_stand_beside_each_other() {
        let baseline = profile(&[("old;run;sin", 600), ("old;run", 400)]);
        let candidate = profile(&[("new", 75), ("new;run", 25)]);
        let hot = hottest(&candidate, Some(&baseline), 10);
        let row = |name: &str, share, of_baseline| Hot {
            name: name.into(),
            share,
            share_baseline: Some(of_baseline),
        };
        assert_eq!(hot, [row(KERNEL, 0.75, 0.0), row("sin", 0.0, 0.6), row("run", 0.25, 0.4)]);
    }

    #[test]
    fn a_difference_does_not_depend_on_how_many_samples_each_side_has() {
        let few = profile(&[("old;run;sin", 60), ("old;run", 40)]);
        let many = profile(&[("new;run;sin", 6_000), ("new;run", 4_000)]);
        let svg = difference_svg("same", &few, &many).unwrap();
        assert!(svg.contains("sin (6,000 samples, 60.00%; 0.00%)"), "{svg}");
    }

    #[test]
    fn what_has_no_samples_is_not_drawn() {
        let some = profile(&[("new;run", 25)]);
        assert!(matches!(difference_svg("", &profile(&[]), &some), Err(FlameError::NoSamples)));
        assert!(matches!(flame_graph_svg("", &profile(&[("a", 0)])), Err(FlameError::NoSamples)));
    }
}
