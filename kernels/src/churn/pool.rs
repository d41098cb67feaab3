//! A pool of objects that were done with, by size.
//!
//! Why powers of two: few enough lists to find the right one by counting bits, and at most half of an object is waste.

use super::object::filling;

/// Lists of unused buffers; list `c` holds those with room for at least 2^c bytes.
#[derive(Debug, Default)]
pub struct Pool {
    unused: [Vec<Vec<u8>>; 32],
}

impl Pool {
    /// An object of `size` bytes: a used one where there is one, else a new one.
    #[inline]
    pub fn take(&mut self, size: u32, step: usize) -> Vec<u8> {
        let room = size.next_power_of_two();
        let mut object =
            self.unused[room.ilog2() as usize].pop().unwrap_or_else(|| Vec::with_capacity(room as usize));
        object.clear();
        object.resize(size as usize, filling(step));
        object
    }

    /// Takes back an object that is done with.
    #[inline]
    pub fn give(&mut self, object: Vec<u8>) {
        self.unused[object.capacity().ilog2() as usize].push(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_taken_again() {
        let mut pool = Pool::default();
        let first = pool.take(100, 0);
        let address = first.as_ptr();
        pool.give(first);
        let second = pool.take(65, 2);
        assert_eq!(second.as_ptr(), address);
        assert_eq!(second, [3; 65]);
        let third = pool.take(64, 4);
        assert_ne!(third.as_ptr(), address);
    }

    #[test]
    fn room_is_never_too_small() {
        let mut pool = Pool::default();
        for size in (1..=600).chain((1..=600).rev()) {
            let object = pool.take(size, 0);
            assert_eq!(object.len(), size as usize);
            pool.give(object);
        }
    }
}
