//! The loops whose bandwidth is measured: two arrays are read, and in one mix the first is written.
//!
//! An update in place and not a copy or a triad, since what those write to is read from memory
//! first, unseen and uncounted: of an update every byte that moves is counted. It is also measured
//! without the write, since a kernel that only reads may be faster than one that writes.

/// One loop over two arrays of equal length.
pub struct Stream {
    /// As in the record.
    pub mix: &'static str,
    /// Bytes that it moves for each element of an array.
    pub bytes_per_element: u64,
    /// Returns something that depends on all that was read.
    pub pass: fn(a: &mut [f64], b: &[f64]) -> f64,
}

/// Both mixes, with the widest registers that this CPU has.
pub fn streams() -> [Stream; 2] {
    let (update, read) = widest();
    [
        Stream { mix: "update", bytes_per_element: 24, pass: update },
        Stream { mix: "read", bytes_per_element: 16, pass: read },
    ]
}

type Pass = fn(&mut [f64], &[f64]) -> f64;

#[cfg(target_arch = "x86_64")]
fn widest() -> (Pass, Pass) {
    use super::bandwidth_x86 as x86;
    if is_x86_feature_detected!("avx512f") {
        (x86::update_512, x86::read_512)
    } else if is_x86_feature_detected!("avx") {
        (x86::update_256, x86::read_256)
    } else {
        (update, read)
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn widest() -> (Pass, Pass) {
    (update, read)
}

/// `a += b`, left to the compiler; also what the others are tested against.
fn update(a: &mut [f64], b: &[f64]) -> f64 {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a.first().copied().unwrap_or_default()
}

/// The sum of both, left to the compiler, in as many sums as let it use vectors.
fn read(a: &mut [f64], b: &[f64]) -> f64 {
    const SUMS: usize = 32;
    let mut sums = [0.0; SUMS];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<SUMS>(), b.as_chunks::<SUMS>());
    for (a, b) in a.iter().zip(b) {
        for at in 0..SUMS {
            sums[at] += a[at] + b[at];
        }
    }
    sums.iter().chain(a_rest).chain(b_rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, whose sums are exact in any order.
    fn arrays(length: usize) -> (Vec<f64>, Vec<f64>) {
        ((0..length).map(|i| i as f64).collect(), (0..length).map(|i| (i * 3) as f64).collect())
    }

    fn all() -> Vec<(&'static str, Pass, Pass)> {
        let mut all: Vec<(&'static str, Pass, Pass)> = vec![("compiler", update, read)];
        #[cfg(target_arch = "x86_64")]
        {
            use super::super::bandwidth_x86 as x86;
            if is_x86_feature_detected!("avx") {
                all.push(("256", x86::update_256, x86::read_256));
            }
            if is_x86_feature_detected!("avx512f") {
                all.push(("512", x86::update_512, x86::read_512));
            }
        }
        all
    }

    #[test]
    fn every_loop_moves_every_element_at_every_length() {
        for (name, update, read) in all() {
            for length in 0..200 {
                let (mut a, b) = arrays(length);
                let sum = (0..length).map(|i| 4.0 * i as f64).sum::<f64>();
                assert_eq!(read(&mut a, &b), sum, "{name}, {length} elements");
                assert_eq!(a, arrays(length).0, "{name} only reads");
                update(&mut a, &b);
                let expected: Vec<f64> = (0..length).map(|i| 4.0 * i as f64).collect();
                assert_eq!(a, expected, "{name}, {length} elements");
            }
        }
    }

    #[test]
    fn the_loops_that_are_measured_count_what_they_move() {
        let [update, read] = streams();
        assert_eq!((update.mix, update.bytes_per_element), ("update", 3 * 8));
        assert_eq!((read.mix, read.bytes_per_element), ("read", 2 * 8));
    }
}
