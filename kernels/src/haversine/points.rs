//! The data set, the answers, and how answers are checked.

use std::sync::Arc;

use duel::{Content, ContentHash};

use super::math::RADIUS_KM;

/// Records and sites, each `[latitude, longitude]` in degrees: −90 to 90, −180 to 180, finite.
///
/// Shared, so that a variant's state can keep them for the check at no cost.
#[derive(Clone, Debug)]
pub struct Points {
    /// For each of these the nearest site is asked.
    pub records: Arc<Vec<[f32; 2]>>,
    /// The candidates.
    pub sites: Arc<Vec<[f32; 2]>>,
}

impl Points {
    /// A data set.
    ///
    /// # Panics
    /// If there is no site: then nothing is nearest.
    pub fn new(records: Vec<[f32; 2]>, sites: Vec<[f32; 2]>) -> Self {
        assert!(!sites.is_empty(), "at least one site");
        Self { records: Arc::new(records), sites: Arc::new(sites) }
    }
}

impl Content for Points {
    fn feed(&self, hash: &mut ContentHash) {
        // Flat, which is many times faster than pair by pair.
        self.records.as_flattened().feed(hash);
        self.sites.as_flattened().feed(hash);
    }
}

/// For every record the nearest site's index, and how far it is.
#[derive(Clone, Debug)]
pub struct Answers {
    /// What was asked.
    pub points: Points,
    /// The nearest site's index; of several equally near ones, any.
    pub index: Vec<u32>,
    /// Its great-circle distance.
    pub km: Vec<f32>,
}

/// How far a variant's answer may be from the truth, as an error of the sine of half the angle,
/// which is half the straight line through the earth, in earth radii.
///
/// It is the right scale because it is the one in which every variant's `f32` rounding is about
/// the same size everywhere. In kilometres, 5e-7 is 6 m between neighbours, 9 m at a quarter of
/// the globe, and up to 13 km within a hair of the antipodes, where the haversine is flat at 1
/// and no `f32` formula made of it can do better.
///
/// The largest seen over 12 million pairs, half of them within a hair of each other, of the
/// antipodes or of a pole: 3.0e-7 by the textbook, 2.8e-7 by the polynomials, 2.0e-7 by the chord.
pub const LARGEST_ERROR: f64 = 5e-7;

/// The sine of half the angle between two points: the truth, in `f64`.
pub fn half_chord([latitude, longitude]: [f32; 2], site: [f32; 2]) -> f64 {
    let radians = |degrees: f32| f64::from(degrees).to_radians();
    let north = ((radians(latitude) - radians(site[0])) / 2.0).sin();
    let east = ((radians(longitude) - radians(site[1])) / 2.0).sin();
    (north * north + radians(latitude).cos() * radians(site[0]).cos() * east * east).sqrt().min(1.0)
}

/// The sine of half the angle of a distance.
pub fn half_chord_of(km: f32) -> f64 {
    (f64::from(km) / (2.0 * RADIUS_KM)).sin()
}

/// Holds found answers against expected ones; says what differs first.
///
/// The distance must agree within the error that both sides may have. The index must too, or
/// name a site that is truly equally near within that error, at the distance stated.
pub fn compare(expected: &Answers, found: &Answers) -> Result<(), String> {
    let count = expected.km.len();
    if found.km.len() != count || found.index.len() != count {
        return Err(format!("expected {count} answers, found {} and {}", found.index.len(), found.km.len()));
    }
    (0..count).try_for_each(|record| {
        let want = (expected.index[record], expected.km[record]);
        let have = (found.index[record], found.km[record]);
        let point = expected.points.records[record];
        if agree(point, &expected.points.sites, want, have) {
            return Ok(());
        }
        Err(format!(
            "record {record} at {point:?}: expected site {} at {} km, found site {} at {} km",
            want.0, want.1, have.0, have.1
        ))
    })
}

fn agree(point: [f32; 2], sites: &[[f32; 2]], want: (u32, f32), have: (u32, f32)) -> bool {
    if want == have {
        return true;
    }
    // Written so that NaN fails. Past half the globe the sine would fall again.
    let longest = (std::f64::consts::PI * RADIUS_KM) as f32 + 0.01;
    if !(0.0..=longest).contains(&have.1) {
        return false;
    }
    let stated = half_chord_of(have.1);
    if want.0 == have.0 {
        return (stated - half_chord_of(want.1)).abs() <= 2.0 * LARGEST_ERROR;
    }
    let (Some(&best), Some(&chosen)) = (sites.get(want.0 as usize), sites.get(have.0 as usize)) else {
        return false;
    };
    let (best, chosen) = (half_chord(point, best), half_chord(point, chosen));
    (stated - chosen).abs() <= LARGEST_ERROR && (chosen - best).abs() <= 2.0 * LARGEST_ERROR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(sites: &[[f32; 2]], index: u32, km: f32) -> Answers {
        let points = Points::new(vec![[0.0, 0.0]], sites.to_vec());
        Answers { points, index: vec![index], km: vec![km] }
    }

    #[test]
    fn a_difference_is_named_by_its_record() {
        let sites = [[0.0, 1.0], [0.0, 2.0]];
        let expected = answers(&sites, 0, 111.195);
        assert_eq!(compare(&expected, &answers(&sites, 0, 111.196)), Ok(()));
        assert_eq!(
            compare(&expected, &answers(&sites, 0, 111.5)),
            Err("record 0 at [0.0, 0.0]: expected site 0 at 111.195 km, found site 0 at 111.5 km".to_owned())
        );
        for wrong in [f32::NAN, f32::INFINITY, -111.195] {
            assert!(compare(&expected, &answers(&sites, 0, wrong)).is_err());
        }
    }

    #[test]
    fn another_site_passes_only_where_it_is_equally_near() {
        let sites = [[0.0, 1.0], [1.0, 0.0], [0.0, 2.0]];
        let expected = answers(&sites, 0, 111.195);
        assert_eq!(compare(&expected, &answers(&sites, 1, 111.195)), Ok(()));
        assert!(compare(&expected, &answers(&sites, 2, 111.195)).is_err(), "right distance, wrong site");
        assert!(compare(&expected, &answers(&sites, 2, 222.39)).is_err(), "a site farther away");
        assert!(compare(&expected, &answers(&sites, 3, 111.195)).is_err(), "no such site");
    }

    #[test]
    fn a_missing_answer_is_found() {
        let expected = answers(&[[0.0, 1.0]], 0, 111.195);
        let mut found = expected.clone();
        found.km.clear();
        assert_eq!(compare(&expected, &found), Err("expected 1 answers, found 1 and 0".to_owned()));
    }
}
