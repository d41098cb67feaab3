//! Where people live: the coordinates of real cities.
//!
//! Why: real points cluster, along coasts and in valleys, as uniform ones never do, and branches and caches notice.
//! Source: GeoNames (<https://www.geonames.org/>), CC BY 4.0; `workloads/data/README.md` says how the file was made.

use crate::rng::Rng;

/// 27,390 cities of at least 20,000 people: latitude and longitude as little-endian `f32` degrees.
static CITIES: &[u8] = include_bytes!("../data/cities.f32le");

const BYTES_PER_CITY: usize = 8;

/// Half the side of the square, in degrees, into which a city drawn once more is moved: about 5 km.
const JITTER_DEGREES: f32 = 0.05;

/// How many real cities there are.
pub const REAL: usize = CITIES.len() / BYTES_PER_CITY;

/// `n` cities as `[latitude, longitude]` in degrees.
///
/// The first [`REAL`] are the real list in random order, each once. Beyond it the list is drawn again, in a new order,
/// with every point moved by up to 0.05 degrees in either direction, so that no point is simply repeated.
pub fn cities(n: usize, seed: u64) -> Vec<[f32; 2]> {
    let mut rng = Rng::for_recipe("cities", seed);
    let mut deck: Vec<[f32; 2]> = real().collect();
    let mut drawn = Vec::with_capacity(n);
    while drawn.len() < n {
        rng.shuffle(&mut deck);
        let wanted = (n - drawn.len()).min(REAL);
        if drawn.is_empty() {
            drawn.extend_from_slice(&deck[..wanted]);
        } else {
            drawn.extend(deck[..wanted].iter().map(|&city| moved(city, &mut rng)));
        }
    }
    drawn
}

/// The real list, in the file's order.
fn real() -> impl Iterator<Item = [f32; 2]> {
    let (cities, rest) = CITIES.as_chunks::<BYTES_PER_CITY>();
    debug_assert!(rest.is_empty());
    cities
        .iter()
        .map(|&[a, b, c, d, e, f, g, h]| [f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])])
}

fn moved([latitude, longitude]: [f32; 2], rng: &mut Rng) -> [f32; 2] {
    let mut jitter = || (2.0 * rng.f32() - 1.0) * JITTER_DEGREES;
    let latitude = (latitude + jitter()).clamp(-90.0, 90.0);
    let longitude = longitude + jitter();
    // Past the date line the map goes on at the other side.
    let longitude = if longitude < -180.0 {
        longitude + 360.0
    } else if longitude > 180.0 {
        longitude - 360.0
    } else {
        longitude
    };
    [latitude, longitude]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::fnv1a;

    fn bits(city: &[f32; 2]) -> [u32; 2] {
        city.map(f32::to_bits)
    }

    #[test]
    fn the_file_is_the_one_that_the_readme_describes() {
        assert_eq!(REAL, 27_390);
        assert_eq!(fnv1a(CITIES), 0x3dfc_0364_ec8e_e703);
    }

    #[test]
    fn berlin_and_sydney_are_where_they_are() {
        for [latitude, longitude] in [[52.52, 13.41], [-33.87, 151.21]] {
            assert!(
                real().any(|city| (city[0] - latitude).abs() < 0.02 && (city[1] - longitude).abs() < 0.02)
            );
        }
    }

    #[test]
    fn the_first_pass_is_the_real_list() {
        let mut expected: Vec<_> = real().map(|city| bits(&city)).collect();
        let mut found: Vec<_> = cities(REAL, 5).iter().map(bits).collect();
        assert_ne!(found, expected, "the order is not shuffled");
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn later_passes_stay_close_to_real_cities_and_rarely_repeat_one() {
        let more = cities(REAL + 500, 6);
        let repeated =
            more[REAL..].iter().filter(|city| real().any(|real| bits(&real) == bits(city))).count();
        assert!(repeated <= 1, "{repeated} points were not moved");
        for city in &more[REAL..] {
            let near =
                |real: [f32; 2]| (real[0] - city[0]).abs() < 0.051 && (real[1] - city[1]).abs() < 0.051;
            assert!(real().any(near), "{city:?} is near no city");
        }
    }

    #[test]
    fn points_past_the_date_line_come_back() {
        let mut rng = Rng::new(0);
        for _ in 0..1_000 {
            for corner in [[90.0, 180.0], [-90.0, -180.0]] {
                let [latitude, longitude] = moved(corner, &mut rng);
                assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0);
            }
        }
    }

    #[test]
    fn a_shorter_list_is_the_beginning_of_a_longer_one() {
        assert_eq!(cities(100, 9), cities(1_000, 9)[..100]);
    }
}
