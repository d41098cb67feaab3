//! Families without their types, as the runner handles them.

use std::{collections::HashSet, fmt::Display, sync::Arc};

use duel_record::{
    CaseId,
    protocol::{FamilyListing, SizeListing, VariantListing, Work, WorkloadListing},
};

use crate::{
    ContentHash, Family, cpu,
    family::{Cached, Variant, Workload},
    kernel::Prepared,
};

/// What a verification found.
pub struct Verified {
    pub difference: Option<String>,
    pub data_hash: String,
    pub work: Work,
}

mod sealed {
    use super::{CaseId, FamilyListing, Prepared, Verified};

    pub trait Erased {
        fn listing(&self) -> FamilyListing;
        fn problem(&self) -> Option<String>;
        fn verify(&self, case: &CaseId, seed: u64) -> Result<Verified, String>;
        fn prepare(
            &self,
            case: &CaseId,
            seed: u64,
            hash: bool,
        ) -> Result<(Box<dyn Prepared>, Option<String>), String>;
    }
}
pub(crate) use sealed::Erased;

/// Any [`Family`], whatever its types.
#[allow(private_bounds)]
pub trait AnyFamily: Erased {}

impl<D: 'static, O: 'static> AnyFamily for Family<D, O> {}

/// What [`main!`](crate::main) takes: one family, or a vector of boxed ones.
pub trait IntoFamilies {
    /// The families.
    fn into_families(self) -> Vec<Box<dyn AnyFamily>>;
}

impl<D: 'static, O: 'static> IntoFamilies for Family<D, O> {
    fn into_families(self) -> Vec<Box<dyn AnyFamily>> {
        vec![Box::new(self)]
    }
}

impl IntoFamilies for Vec<Box<dyn AnyFamily>> {
    fn into_families(self) -> Vec<Box<dyn AnyFamily>> {
        self
    }
}

/// The entry with this name, or what there is instead.
fn find<'a, T>(
    entries: &'a [T],
    name_of: impl Fn(&T) -> &str,
    what: impl Display,
    name: &str,
) -> Result<&'a T, String> {
    entries.iter().find(|entry| name_of(entry) == name).ok_or_else(|| {
        let known: Vec<_> = entries.iter().map(name_of).collect();
        format!("no {what} \"{name}\"; there is {}", known.join(", "))
    })
}

/// The first name that comes twice.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

impl<D: 'static, O: 'static> Family<D, O> {
    fn find_workload(&self, case: &CaseId) -> Result<(&Workload<D>, usize), String> {
        let workload = find(
            &self.workloads,
            |workload| &workload.name,
            format_args!("workload in {}", self.name),
            &case.workload,
        )?;
        let (_, elements) = find(
            &workload.sizes,
            |(name, _)| name,
            format_args!("size of {}/{}", self.name, workload.name),
            &case.size,
        )?;
        Ok((workload, *elements))
    }

    fn find_variant(&self, case: &CaseId) -> Result<&Variant<D, O>, String> {
        let variant = find(
            &self.variants,
            |variant| &variant.name,
            format_args!("variant of {}", self.name),
            &case.variant,
        )?;
        match cpu::missing(&variant.needs_cpu) {
            None => Ok(variant),
            Some(reason) => Err(format!("{}/{} can't run here: {reason}", self.name, variant.name)),
        }
    }

    fn make_data(&self, case: &CaseId, seed: u64) -> Result<Arc<D>, String> {
        let (workload, elements) = self.find_workload(case)?;
        Ok(Arc::new((workload.recipe)(elements, seed)))
    }

    fn hash(&self, data: &D) -> String {
        ContentHash::of_fed(|hash| (self.feed)(data, hash))
    }

    /// The data set of a case with the reference's output, made once while it stays the same.
    fn expected(&self, case: &CaseId, seed: u64) -> Result<Cached<D, O>, String> {
        let key = (case.workload.clone(), case.size.clone(), seed);
        if let Some(cached) = self.cached.borrow_mut().take_if(|cached| cached.key == key) {
            return Ok(cached);
        }
        let data = self.make_data(case, seed)?;
        let data_hash = self.hash(&data);
        let reference = self
            .variants
            .iter()
            .find(|variant| variant.reference)
            .ok_or_else(|| format!("{} has no reference", self.name))?;
        let expected = (reference.prepare)(&data).output();
        Ok(Cached { key, data, data_hash, expected })
    }
}

impl<D: 'static, O: 'static> Erased for Family<D, O> {
    fn listing(&self) -> FamilyListing {
        FamilyListing {
            name: self.name.clone(),
            question: self.question.clone(),
            check: self.check.description.clone(),
            workloads: self
                .workloads
                .iter()
                .map(|workload| WorkloadListing {
                    name: workload.name.clone(),
                    sizes: workload
                        .sizes
                        .iter()
                        .map(|(name, elements)| SizeListing {
                            name: name.clone(),
                            elements: *elements as u64,
                        })
                        .collect(),
                })
                .collect(),
            variants: self
                .variants
                .iter()
                .map(|variant| VariantListing {
                    name: variant.name.clone(),
                    reference: variant.reference,
                    parallel: variant.parallel,
                    unavailable: cpu::missing(&variant.needs_cpu),
                })
                .collect(),
            compare_allocators: self.compare_allocators,
            precision_bits: self.precision_bits,
        }
    }

    fn problem(&self) -> Option<String> {
        let name = &self.name;
        let references: Vec<_> = self.variants.iter().filter(|variant| variant.reference).collect();
        // Names stand in terminals, tables and files; any visible character may be in them.
        let unfit = |name: &str| name.is_empty() || name.contains(duel_record::plain::is_acting);
        if unfit(name) {
            return Some(format!("a family has an empty name, or one with a control character: {name:?}"));
        }
        match references[..] {
            [] => return Some(format!("family \"{name}\" has no reference: add one with .reference(…)")),
            [reference] if !reference.needs_cpu.is_empty() => {
                return Some(format!(
                    "the reference of family \"{name}\" must run everywhere, yet needs a CPU feature"
                ));
            }
            [_] => {}
            _ => return Some(format!("family \"{name}\" has {} references, expected one", references.len())),
        }
        if let Some(variant) = repeated(self.variants.iter().map(|variant| &*variant.name)) {
            return Some(format!("family \"{name}\" has two variants \"{variant}\""));
        }
        if let Some(workload) = repeated(self.workloads.iter().map(|workload| &*workload.name)) {
            return Some(format!("family \"{name}\" has two workloads \"{workload}\""));
        }
        if self.workloads.is_empty() {
            return Some(format!("family \"{name}\" has no workload: add one with .workload(…)"));
        }
        for workload in &self.workloads {
            if workload.sizes.is_empty() {
                return Some(format!("workload \"{}\" of family \"{name}\" has no sizes", workload.name));
            }
            if let Some(size) = repeated(workload.sizes.iter().map(|(size, _)| &**size)) {
                return Some(format!(
                    "workload \"{}\" of family \"{name}\" has two sizes \"{size}\"",
                    workload.name
                ));
            }
        }
        let mut names = (self.variants.iter().map(|variant| &*variant.name))
            .chain(self.workloads.iter().map(|workload| &*workload.name))
            .chain(self.workloads.iter().flat_map(|workload| workload.sizes.iter().map(|(size, _)| &**size)));
        let unfit = names.find(|name| unfit(name))?;
        Some(format!(
            "family \"{name}\" has a variant, workload or size with an empty name, or one with a control character: {unfit:?}"
        ))
    }

    fn verify(&self, case: &CaseId, seed: u64) -> Result<Verified, String> {
        let variant = self.find_variant(case)?;
        let cached = self.expected(case, seed)?;
        let mut kernel = (variant.prepare)(&cached.data);
        // Twice: what a first call leaves behind must not change the second.
        let difference = ["", "on the second call, "].iter().find_map(|call| {
            let found = kernel.output();
            (self.check.compare)(&cached.expected, &found)
                .err()
                .map(|difference| format!("{call}{difference}"))
        });
        let verified =
            Verified { difference, data_hash: cached.data_hash.clone(), work: (self.work)(&cached.data) };
        drop(kernel);
        self.cached.replace(Some(cached));
        Ok(verified)
    }

    fn prepare(
        &self,
        case: &CaseId,
        seed: u64,
        hash: bool,
    ) -> Result<(Box<dyn Prepared>, Option<String>), String> {
        let variant = self.find_variant(case)?;
        self.cached.replace(None);
        let data = self.make_data(case, seed)?;
        let data_hash = hash.then(|| self.hash(&data));
        Ok(((variant.prepare)(&data), data_hash))
    }
}
