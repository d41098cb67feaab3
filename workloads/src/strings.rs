//! Strings as long as those that programs meet: words and addresses.
//!
//! Why two: most hashers have one path for a few bytes and another for many, and comparing addresses that begin alike
//! is what sorting them pays for. Letters are random; lengths, shared beginnings and repeats are what is modelled.

use crate::rng::Rng;

/// How many of 10,000 words in running English text have 1, 2, 3, … letters.
///
/// From P. Norvig, "English Letter Frequency Counts: Mayzner Revisited" (2012): 743 billion words of scanned books.
const WORD_LENGTHS: [u64; 16] = [300, 1765, 2051, 1479, 1070, 839, 794, 594, 444, 308, 176, 96, 52, 22, 8, 2];

/// Quantiles of the length of an address, between which lengths are drawn evenly.
///
/// From K. Tan, "Average length of a URL (part 2)" (2010): 6,627,999 addresses of 78,764 hosts from web crawls, whose
/// quartiles are 50, 67 and 91, 95 % are up to 157 and 99.5 % up to 218 characters. The shortest and longest are ours:
/// its 0 and 993 are outliers.
const URL_LENGTHS: [(f64, f64); 7] =
    [(0.0, 20.0), (0.25, 50.0), (0.5, 67.0), (0.75, 91.0), (0.95, 157.0), (0.995, 218.0), (1.0, 400.0)];

/// In those crawls a host has 84 addresses on average.
const URLS_PER_HOST: usize = 84;

/// `n` words, drawn evenly from a vocabulary of `n / 2` (at least one) whose lengths are those of running English text.
///
/// Short words repeat often, as they do in text, since there are only so many of one or two letters.
pub fn words(n: usize, seed: u64) -> Vec<String> {
    let mut rng = Rng::for_recipe("words", seed);
    let vocabulary: Vec<String> = (0..(n / 2).max(1)).map(|_| word(&mut rng)).collect();
    drawn(n, &vocabulary, &mut rng)
}

/// `n` web addresses, drawn evenly from a list of `n / 2` (at least one) with 84 to a host.
///
/// Where the length drawn is too short for a path, the address is the host's front page: those repeat more than others.
pub fn urls(n: usize, seed: u64) -> Vec<String> {
    let mut rng = Rng::for_recipe("urls", seed);
    let addresses = (n / 2).max(1);
    let hosts: Vec<String> = (0..addresses.div_ceil(URLS_PER_HOST)).map(|_| host(&mut rng)).collect();
    let vocabulary: Vec<String> = (0..addresses)
        .map(|_| {
            let host = &hosts[rng.below(hosts.len() as u64) as usize];
            url(host, &mut rng)
        })
        .collect();
    drawn(n, &vocabulary, &mut rng)
}

fn drawn(n: usize, vocabulary: &[String], rng: &mut Rng) -> Vec<String> {
    (0..n).map(|_| vocabulary[rng.below(vocabulary.len() as u64) as usize].clone()).collect()
}

fn word(rng: &mut Rng) -> String {
    let mut ticket = rng.below(WORD_LENGTHS.iter().sum());
    let mut letters = 1;
    for tickets in WORD_LENGTHS {
        if ticket < tickets {
            break;
        }
        ticket -= tickets;
        letters += 1;
    }
    (0..letters).map(|_| letter(rng)).collect()
}

fn letter(rng: &mut Rng) -> char {
    char::from(b'a' + rng.below(26) as u8)
}

fn host(rng: &mut Rng) -> String {
    let letters = 5 + rng.below(12);
    let name: String = (0..letters).map(|_| letter(rng)).collect();
    format!("https://www.{name}.com/")
}

/// The host's part, then words of a path or a slug up to the length drawn.
fn url(host: &str, rng: &mut Rng) -> String {
    let length = url_length(rng.f64());
    let mut url = String::with_capacity(length.max(host.len()) + 16);
    url.push_str(host);
    while url.len() < length {
        url.push_str(&word(rng));
        url.push(if rng.below(3) == 0 { '/' } else { '-' });
    }
    url.truncate(length.max(host.len()));
    url
}

fn url_length(quantile: f64) -> usize {
    let above = URL_LENGTHS.iter().position(|&(share, _)| share > quantile).unwrap_or(URL_LENGTHS.len() - 1);
    let ((low_share, low), (high_share, high)) = (URL_LENGTHS[above - 1], URL_LENGTHS[above]);
    (low + (quantile - low_share) / (high_share - low_share) * (high - low)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn mean_length(strings: &[String]) -> f64 {
        strings.iter().map(String::len).sum::<usize>() as f64 / strings.len() as f64
    }

    #[test]
    fn words_are_as_long_as_english_ones() {
        assert_eq!(WORD_LENGTHS.iter().sum::<u64>(), 10_000);
        let words = words(50_000, 1);
        assert!(words.iter().all(|word| (1..=16).contains(&word.len())));
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
        let expected: f64 =
            WORD_LENGTHS.iter().zip(1..).map(|(&share, length)| share as f64 * length as f64 / 1e4).sum();
        assert!(
            (mean_length(&words) - expected).abs() < 0.1,
            "{} instead of {expected}",
            mean_length(&words)
        );
    }

    #[test]
    fn urls_are_as_long_as_in_a_crawl() {
        let mut lengths: Vec<usize> = urls(50_000, 2).iter().map(String::len).collect();
        lengths.sort_unstable();
        for (share, length) in &URL_LENGTHS[1..6] {
            let found = lengths[(share * 50_000.0) as usize] as f64;
            assert!((found - length).abs() <= 0.05 * length, "{share}: {found} instead of {length}");
        }
        assert!(lengths[0] >= 20 && lengths[49_999] <= 400);
    }

    #[test]
    fn the_ends_of_the_length_table_are_reached_and_not_passed() {
        assert_eq!((url_length(0.0), url_length(0.5)), (20, 67));
        assert_eq!(url_length(1.0 - f64::EPSILON), 399);
    }

    #[test]
    fn strings_repeat_and_hosts_are_shared() {
        let urls = urls(20_000, 3);
        let different = urls.iter().collect::<HashSet<_>>().len() as f64 / 20_000.0;
        // As for the even keys 0.43, less the front pages.
        assert!((0.39..0.43).contains(&different), "{different}");
        let hosts = urls.iter().map(|url| url.split('/').nth(2)).collect::<HashSet<_>>().len();
        assert_eq!(hosts, 10_000usize.div_ceil(URLS_PER_HOST));
    }
}
