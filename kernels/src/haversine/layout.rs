//! How records lie in memory: what each variant gets made outside the clock.
//!
//! Every layout holds the same numbers, latitudes and longitudes in degrees as `f32`, and room
//! for the answers. Only sites are prepared further ([`Sites`]), for all variants alike.

use super::{
    math::Site,
    points::{Answers, Points},
};

/// Records in a block: one 512-bit vector, two 256-bit ones or four 128-bit ones.
pub const LANES: usize = 16;

/// What one variant's iterations work on.
pub trait State {
    /// Lays the data set out; outside the clock.
    fn prepare(points: &Points) -> Self;
    /// What the last iteration found; outside the clock.
    fn answers(&self) -> Answers;
}

/// The sites, prepared both ways.
pub struct Sites {
    /// For the haversine: degrees and the latitude's cosine.
    pub haversine: Vec<Site>,
    /// For the chord: unit vectors from the centre of the earth.
    pub chord: Vec<[f32; 3]>,
}

impl Sites {
    /// Set-up may be slow: everything is computed in `f64` and rounded once.
    pub fn new(points: &Points) -> Self {
        let unit_vector = |&[latitude, longitude]: &[f32; 2]| {
            let (sine, cosine) = f64::from(latitude).to_radians().sin_cos();
            let (east, front) = f64::from(longitude).to_radians().sin_cos();
            [(cosine * front) as f32, (cosine * east) as f32, sine as f32]
        };
        Self {
            haversine: points.sites.iter().copied().map(Site::new).collect(),
            chord: points.sites.iter().map(unit_vector).collect(),
        }
    }
}

/// The nearest site to one record, where answers lie side by side.
#[derive(Clone, Copy)]
pub struct Nearest {
    /// The site's index.
    pub index: u32,
    /// Its distance.
    pub km: f32,
}

/// Array of structs: each record's two numbers side by side, each answer's two as well.
pub struct Structs {
    points: Points,
    sites: Sites,
    nearest: Vec<Nearest>,
}

impl Structs {
    /// Sites and records to read, answers to write.
    pub fn parts(&mut self) -> (&[Site], &[[f32; 2]], &mut [Nearest]) {
        (&self.sites.haversine, &self.points.records, &mut self.nearest)
    }
}

impl State for Structs {
    fn prepare(points: &Points) -> Self {
        let unanswered = Nearest { index: u32::MAX, km: f32::NAN };
        let nearest = vec![unanswered; points.records.len()];
        Self { points: points.clone(), sites: Sites::new(points), nearest }
    }

    fn answers(&self) -> Answers {
        let (index, km) = self.nearest.iter().map(|nearest| (nearest.index, nearest.km)).unzip();
        Answers { points: self.points.clone(), index, km }
    }
}

/// Struct of arrays: one array per number.
pub struct Columns {
    points: Points,
    sites: Sites,
    latitude: Vec<f32>,
    longitude: Vec<f32>,
    index: Vec<u32>,
    km: Vec<f32>,
}

/// A kernel on columns: writes the nearest site of every record in the piece.
pub type Kernel = fn(&Sites, Piece<'_>);

impl Columns {
    /// Sites, and all records as one piece.
    pub fn parts(&mut self) -> (&Sites, Piece<'_>) {
        let Self { sites, latitude, longitude, index, km, .. } = self;
        (sites, Piece { latitude, longitude, index, km })
    }

    /// One iteration.
    pub fn run(&mut self, kernel: impl Fn(&Sites, Piece<'_>)) {
        let (sites, piece) = self.parts();
        kernel(sites, piece);
    }
}

impl State for Columns {
    fn prepare(points: &Points) -> Self {
        let count = points.records.len();
        Self {
            latitude: points.records.iter().map(|record| record[0]).collect(),
            longitude: points.records.iter().map(|record| record[1]).collect(),
            // Written, not merely reserved: no iteration is to meet a page for the first time.
            index: vec![u32::MAX; count],
            km: vec![f32::NAN; count],
            sites: Sites::new(points),
            points: points.clone(),
        }
    }

    fn answers(&self) -> Answers {
        Answers { points: self.points.clone(), index: self.index.clone(), km: self.km.clone() }
    }
}

/// Consecutive records of the columns, and where their answers go. All of one length.
pub struct Piece<'a> {
    /// Degrees north.
    pub latitude: &'a [f32],
    /// Degrees east.
    pub longitude: &'a [f32],
    /// The nearest sites' indices, to be written.
    pub index: &'a mut [u32],
    /// Their distances, to be written.
    pub km: &'a mut [f32],
}

impl Piece<'_> {
    /// How many records.
    ///
    /// # Panics
    /// If the four disagree: kernels with raw pointers rely on it.
    pub fn len(&self) -> usize {
        let count = self.latitude.len();
        assert!(self.longitude.len() == count && self.index.len() == count && self.km.len() == count);
        count
    }

    /// Calls `nearest` with block after block; the last is filled up with zeros, whose answers
    /// are dropped.
    #[inline(always)]
    pub fn for_each_block(
        self,
        nearest: impl Fn(&[f32; LANES], &[f32; LANES], &mut [u32; LANES], &mut [f32; LANES]),
    ) {
        let whole = self.len() / LANES;
        let (latitudes, last_latitudes) = self.latitude.as_chunks::<LANES>();
        let (longitudes, last_longitudes) = self.longitude.as_chunks::<LANES>();
        let (indices, last_indices) = self.index.as_chunks_mut::<LANES>();
        let (distances, last_distances) = self.km.as_chunks_mut::<LANES>();
        for block in 0..whole {
            nearest(&latitudes[block], &longitudes[block], &mut indices[block], &mut distances[block]);
        }
        let rest = last_latitudes.len();
        if rest > 0 {
            let (mut latitude, mut longitude) = ([0.0; LANES], [0.0; LANES]);
            latitude[..rest].copy_from_slice(last_latitudes);
            longitude[..rest].copy_from_slice(last_longitudes);
            let (mut index, mut km) = ([0; LANES], [0.0; LANES]);
            nearest(&latitude, &longitude, &mut index, &mut km);
            last_indices.copy_from_slice(&index[..rest]);
            last_distances.copy_from_slice(&km[..rest]);
        }
    }
}

/// Array of structs of arrays: blocks of [`LANES`] latitudes followed by their longitudes.
pub struct Blocks {
    points: Points,
    sites: Sites,
    records: Vec<RecordBlock>,
    nearest: Vec<NearestBlock>,
}

/// Some records; the last block is filled up with zeros.
#[repr(align(64))]
pub struct RecordBlock {
    /// Degrees north.
    pub latitude: [f32; LANES],
    /// Degrees east.
    pub longitude: [f32; LANES],
}

/// Their answers.
#[repr(align(64))]
pub struct NearestBlock {
    /// The nearest sites' indices.
    pub index: [u32; LANES],
    /// Their distances.
    pub km: [f32; LANES],
}

impl Blocks {
    /// Sites and records to read, answers to write.
    pub fn parts(&mut self) -> (&[Site], &[RecordBlock], &mut [NearestBlock]) {
        (&self.sites.haversine, &self.records, &mut self.nearest)
    }
}

impl State for Blocks {
    fn prepare(points: &Points) -> Self {
        let block = |records: &[[f32; 2]]| {
            let number = |which: usize| {
                std::array::from_fn(|lane| records.get(lane).map_or(0.0, |record| record[which]))
            };
            RecordBlock { latitude: number(0), longitude: number(1) }
        };
        let records: Vec<_> = points.records.chunks(LANES).map(block).collect();
        let unanswered = |_: &RecordBlock| NearestBlock { index: [u32::MAX; LANES], km: [f32::NAN; LANES] };
        let nearest = records.iter().map(unanswered).collect();
        Self { points: points.clone(), sites: Sites::new(points), records, nearest }
    }

    fn answers(&self) -> Answers {
        let count = self.points.records.len();
        Answers {
            index: self.nearest.iter().flat_map(|block| block.index).take(count).collect(),
            km: self.nearest.iter().flat_map(|block| block.km).take(count).collect(),
            points: self.points.clone(),
        }
    }
}
