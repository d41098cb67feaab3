//! A family: a task, its workloads, its reference and the other variants.

use std::{cell::RefCell, sync::Arc};

use duel_record::protocol::Work;

use crate::{
    Check, Content, ContentHash, InPlace,
    kernel::{Changing, Kernel, Returning},
};

/// Makes a data set from a size and a seed.
type Recipe<D> = Box<dyn Fn(usize, u64) -> D>;
/// Feeds the content of a data set to a hash.
type Feed<D> = Box<dyn Fn(&D, &mut ContentHash)>;
/// Prepares a variant from a data set.
type Prepare<D, O> = Box<dyn Fn(&Arc<D>) -> Box<dyn Kernel<O>>>;

pub(crate) struct Workload<D> {
    pub name: String,
    pub sizes: Vec<(String, usize)>,
    pub recipe: Recipe<D>,
}

pub(crate) struct Variant<D, O> {
    pub name: String,
    pub reference: bool,
    pub parallel: bool,
    pub needs_cpu: Vec<String>,
    pub prepare: Prepare<D, O>,
}

/// The data set at hand and what the reference makes of it, kept while one case after another
/// of the same data set is verified.
pub(crate) struct Cached<D, O> {
    pub key: (String, String, u64),
    pub data: Arc<D>,
    pub data_hash: String,
    pub expected: O,
}

/// A task with interchangeable implementations. `D` is its data set, `O` its output.
///
/// Built by chaining; see the crate's first page for a whole one. [`needs_cpu`](Self::needs_cpu)
/// and [`parallel`](Self::parallel) speak of the variant added last.
pub struct Family<D, O> {
    pub(crate) name: String,
    pub(crate) question: String,
    pub(crate) check: Check<O>,
    pub(crate) feed: Feed<D>,
    pub(crate) workloads: Vec<Workload<D>>,
    pub(crate) variants: Vec<Variant<D, O>>,
    pub(crate) work: Box<dyn Fn(&D) -> Work>,
    pub(crate) compare_allocators: bool,
    pub(crate) precision_bits: u32,
    pub(crate) cached: RefCell<Option<Cached<D, O>>>,
}

impl<D: 'static, O: 'static> Family<D, O> {
    /// A family with its name, the question that it answers, and how outputs are compared with
    /// the reference: [`exact`](crate::exact), [`within_relative`](crate::within_relative),
    /// [`within_absolute`](crate::within_absolute) or [`checked_by`](crate::checked_by).
    pub fn new(name: impl Into<String>, question: impl Into<String>, check: Check<O>) -> Self
    where
        D: Content + Send + Sync,
    {
        Self::with_content(name, question, check, D::feed)
    }

    /// A family whose data set can't implement [`Content`], since its type belongs to another crate:
    /// `feed` feeds all that makes one data set different from another.
    /// ```
    /// # mod grid { pub struct Grid; impl Grid { pub fn cells(&self) -> &[f32] { &[] } } }
    /// use duel::{Content, Family};
    ///
    /// # let family =
    /// Family::<grid::Grid, f32>::with_content("sum", "…", duel::exact(), |grid, hash| grid.cells().feed(hash))
    /// # ;
    /// ```
    pub fn with_content(
        name: impl Into<String>,
        question: impl Into<String>,
        check: Check<O>,
        feed: impl Fn(&D, &mut ContentHash) + 'static,
    ) -> Self
    where
        D: Send + Sync,
    {
        Self {
            name: name.into(),
            question: question.into(),
            check,
            feed: Box::new(feed),
            workloads: Vec::new(),
            variants: Vec::new(),
            work: Box::new(|_| Work::default()),
            compare_allocators: false,
            precision_bits: 0,
            cached: RefCell::new(None),
        }
    }

    /// Adds a workload: its name, its sizes (name and number of elements, smallest first; the
    /// middle one is what `--quick` takes), and its recipe from size and seed.
    ///
    /// The recipe must make the same data set from the same size and seed, in every process.
    #[must_use]
    pub fn workload(
        mut self,
        name: impl Into<String>,
        sizes: &[(&str, usize)],
        recipe: impl Fn(usize, u64) -> D + 'static,
    ) -> Self {
        self.workloads.push(Workload {
            name: name.into(),
            sizes: sizes.iter().map(|(name, elements)| ((*name).to_owned(), *elements)).collect(),
            recipe: Box::new(recipe),
        });
        self
    }

    /// States what one iteration moves and computes, for throughput, and to hold each variant against
    /// what the machine can do at most: all bytes that an iteration reads and writes (of memory, not
    /// of registers), and its floating-point operations, a multiply-add being two; 0 means not stated.
    #[must_use]
    pub fn work(mut self, work: impl Fn(&D) -> Work + 'static) -> Self {
        self.work = Box::new(work);
        self
    }

    /// The floating-point operations that [`work`](Self::work) states are on `f32` (32) or `f64` (64);
    /// where a family does not say, they are compared with the peak of `f64`.
    #[must_use]
    pub fn precision_bits(mut self, bits: u32) -> Self {
        self.precision_bits = bits;
        self
    }

    /// Adds the variant that all others are compared with, in output and in time.
    ///
    /// `prepare` gets the data set and returns what is measured; preparing and the dropping of
    /// outputs stay outside the clock.
    #[must_use]
    pub fn reference<K>(self, name: impl Into<String>, prepare: impl Fn(Arc<D>) -> K + 'static) -> Self
    where
        K: FnMut() -> O + 'static,
    {
        self.variant(name, prepare).into_reference()
    }

    /// Adds a variant; see [`reference`](Self::reference).
    #[must_use]
    pub fn variant<K>(self, name: impl Into<String>, prepare: impl Fn(Arc<D>) -> K + 'static) -> Self
    where
        K: FnMut() -> O + 'static,
    {
        self.add(name.into(), Box::new(move |data| Box::new(Returning::new(prepare(Arc::clone(data))))))
    }

    /// Adds the reference as a kernel that changes its input.
    #[must_use]
    pub fn in_place_reference<S, P, R, F, G>(
        self,
        name: impl Into<String>,
        parts: InPlace<P, R, F, G>,
    ) -> Self
    where
        S: 'static,
        P: Fn(&D) -> S + 'static,
        R: Fn(&D, &mut S) + 'static,
        F: Fn(&mut S) + 'static,
        G: Fn(&S) -> O + 'static,
    {
        self.in_place(name, parts).into_reference()
    }

    /// Adds a variant that changes its input; its resetting stays outside the clock.
    #[must_use]
    pub fn in_place<S, P, R, F, G>(self, name: impl Into<String>, parts: InPlace<P, R, F, G>) -> Self
    where
        S: 'static,
        P: Fn(&D) -> S + 'static,
        R: Fn(&D, &mut S) + 'static,
        F: Fn(&mut S) + 'static,
        G: Fn(&S) -> O + 'static,
    {
        let parts = Arc::new(parts);
        self.add(
            name.into(),
            Box::new(move |data| Box::new(Changing::new(Arc::clone(data), Arc::clone(&parts)))),
        )
    }

    /// The variant added last needs these CPU features (`"avx2"`, `"fma"`, …); where one is
    /// missing it is shown as unavailable.
    #[must_use]
    pub fn needs_cpu(mut self, features: &[&str]) -> Self {
        if let Some(variant) = self.variants.last_mut() {
            variant.needs_cpu.extend(features.iter().map(|feature| (*feature).to_owned()));
        }
        self
    }

    /// The variant added last runs on [`threads()`](crate::threads) threads; it is not pinned
    /// to a core.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        if let Some(variant) = self.variants.last_mut() {
            variant.parallel = true;
        }
        self
    }

    /// This family wants its allocators compared in every `run`.
    #[must_use]
    pub fn compare_allocators(mut self) -> Self {
        self.compare_allocators = true;
        self
    }

    fn into_reference(mut self) -> Self {
        if let Some(variant) = self.variants.last_mut() {
            variant.reference = true;
        }
        self
    }

    fn add(mut self, name: String, prepare: Prepare<D, O>) -> Self {
        self.variants.push(Variant {
            name,
            reference: false,
            parallel: false,
            needs_cpu: Vec::new(),
            prepare,
        });
        self
    }
}
