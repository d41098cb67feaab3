//! Sections behind a line that opens. On a page of many cases their content is compressed, and drawn by the
//! page's script when it is asked for; a small page has it in place and needs no script.

use std::{io::Write as _, thread};

use flate2::{Compression, write::ZlibEncoder};
use maud::{Markup, PreEscaped, html};

use super::base64::base64;

/// A page with more cases and candidates than this is folded: at about 5 KB each it would be slow to load, too.
const MOST_IN_PLACE: usize = 400;
/// Contents are compressed in blocks of about this size: together they compress far better than one by one,
/// and a reader who opens one section does not wait for all of them.
const BLOCK_BYTES: usize = 512 << 10;
/// Ends a content within a block. No content has it: HTML forbids the character.
const END: char = '\u{1e}';

/// The folded sections of a page.
pub(super) struct Folds {
    folded: bool,
    /// Blocks of contents, not yet compressed.
    blocks: Vec<FoldBlock>,
}

#[derive(Default)]
struct FoldBlock {
    contents: String,
    count: usize,
}

/// The content of a section: in its place, or elsewhere on the page by its number in a block.
pub(super) enum FoldContent {
    InPlace(Markup),
    Folded { block: usize, number: usize },
}

impl Folds {
    /// Of a page that draws this many cases and candidates of comparisons.
    pub fn new(drawn: usize) -> Self {
        Self { folded: drawn > MOST_IN_PLACE, blocks: Vec::new() }
    }

    /// Whether sections are folded at all.
    pub fn folded(&self) -> bool {
        self.folded
    }

    /// What to put behind a line that opens.
    pub fn content(&mut self, content: Markup) -> FoldContent {
        if !self.folded {
            return FoldContent::InPlace(content);
        }
        if self.blocks.last().is_none_or(|block| block.contents.len() >= BLOCK_BYTES) {
            self.blocks.push(FoldBlock::default());
        }
        let place = self.blocks.len() - 1;
        let block = &mut self.blocks[place];
        block.contents.push_str(&content.into_string().replace(END, "\u{fffd}"));
        block.contents.push(END);
        block.count += 1;
        FoldContent::Folded { block: place, number: block.count - 1 }
    }

    /// The notice at the top of the page for a browser that runs no script.
    pub fn without_script(&self) -> Markup {
        html! {
            @if self.folded {
                noscript {
                    p.callout { "This report is large: a script, which does not run here, draws what is behind its lines. report.csv and report.md have the numbers." }
                }
            }
        }
    }

    /// The compressed contents, for the end of the page. Each names the ids within it, by which links find it.
    pub fn templates(&self) -> Markup {
        let packed = self.packed();
        html! {
            @for (number, (block, packed)) in self.blocks.iter().zip(packed).enumerate() {
                template id={ "folded-" (number) } data-ids=(ids(&block.contents)) { (PreEscaped(packed)) }
            }
        }
    }

    /// The blocks as text, made on all cores: this takes as long as everything else on the page.
    fn packed(&self) -> Vec<String> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let pack = |blocks: &[FoldBlock]| -> Vec<String> {
            blocks.iter().map(|block| base64(&compressed(&block.contents))).collect()
        };
        let parts: Vec<&[FoldBlock]> = self.blocks.chunks(self.blocks.len().div_ceil(cores).max(1)).collect();
        thread::scope(|scope| {
            let workers: Vec<_> = parts.iter().map(|part| scope.spawn(|| pack(part))).collect();
            let packed = workers.into_iter().zip(&parts);
            // A thread that could not do its part leaves it to this one.
            packed.flat_map(|(worker, part)| worker.join().unwrap_or_else(|_| pack(part))).collect()
        })
    }
}

impl FoldContent {
    /// The value of the attribute by which the script finds it; `None` where it is in its place.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::InPlace(_) => None,
            Self::Folded { block, number } => Some(format!("{block} {number}")),
        }
    }

    /// What the section has in the page itself: nothing where it is folded.
    pub fn in_place(&self) -> Markup {
        match self {
            Self::InPlace(content) => content.clone(),
            Self::Folded { .. } => html! {},
        }
    }
}

/// As zlib has it (RFC 1950), which browsers call `deflate`.
fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(7));
    // Nothing fails that is written into memory.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// The ids of all elements, with a space between. Text can't be taken for one: a quote within it is escaped.
fn ids(html: &str) -> String {
    let ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    #[test]
    fn a_small_page_has_everything_in_place() {
        let mut folds = Folds::new(MOST_IN_PLACE);
        let content = folds.content(html! { p #a { "x" } });
        assert_eq!(
            (content.place(), content.in_place().into_string()),
            (None, "<p id=\"a\">x</p>".to_owned())
        );
        assert_eq!(folds.templates().into_string(), "");
    }

    #[test]
    fn contents_come_back_by_block_and_number_whatever_is_in_them() {
        let mut folds = Folds::new(MOST_IN_PLACE + 1);
        let texts: Vec<String> =
            (0..40).map(|i| format!("{i} \u{1e} <ü> id=\"q\" {}", "x".repeat(i * 2000))).collect();
        let places: Vec<_> =
            texts.iter().map(|text| folds.content(html! { p id="p" { (text) } }).place().unwrap()).collect();
        assert!(folds.blocks.len() > 1);
        for (text, place) in texts.iter().zip(places) {
            let (block, number) = place.split_once(' ').unwrap();
            let bytes = compressed(&folds.blocks[block.parse::<usize>().unwrap()].contents);
            let mut whole = String::new();
            ZlibDecoder::new(&*bytes).read_to_string(&mut whole).unwrap();
            let found = whole.split(END).nth(number.parse().unwrap()).unwrap();
            let expected = html! { p id="p" { (text.replace(END, "\u{fffd}")) } };
            assert_eq!(found, expected.into_string());
        }
        // Only the elements' own ids: what a text has instead of quotes is no quote.
        assert_eq!(ids(&folds.blocks[1].contents).split(' ').next(), Some("p"));
        assert!(!ids(&folds.blocks[0].contents).contains('q'));
    }
}
