//! The functions of an executable file, by address, with all the names that each has.

use std::collections::{BTreeSet, HashMap};

use object::{Object, ObjectSymbol, SymbolKind};

use super::names;

/// Names beside the first that are written out.
const MOST_OTHERS: usize = 2;

/// A function with code of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    pub address: u64,
    pub size: u64,
    /// Symbols of this address. Functions with the same code are often merged by LLVM or the linker.
    symbols: Vec<String>,
}

impl Function {
    /// Its name, demangled, without its hash; where it has several, all of them are said.
    pub fn name(&self) -> String {
        let names = self.names();
        let mut rest = names.iter();
        let first = rest.next().cloned().unwrap_or_default();
        let others: Vec<&str> = rest.clone().take(MOST_OTHERS).map(String::as_str).collect();
        match (others.as_slice(), rest.len().saturating_sub(MOST_OTHERS)) {
            ([], _) => first,
            (others, 0) => format!("{first} (also {})", others.join(" and ")),
            (others, more) => format!("{first} (also {} and {more} more)", others.join(", ")),
        }
    }

    /// All its names, each once: the measured loop first, then in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let names: BTreeSet<String> = self.symbols.iter().map(|symbol| names::demangled(symbol)).collect();
        let (measured, others): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| names::is_measured(name));
        measured.into_iter().chain(others).collect()
    }

    /// Whether one of its names has this in it, also one that is not written out.
    pub fn has_name_with(&self, part: &str) -> bool {
        self.symbols.iter().any(|symbol| names::demangled(symbol).contains(part))
    }

    fn holds(&self, address: u64) -> bool {
        (self.address..self.address + self.size).contains(&address)
    }
}

/// All functions of a file, in the order of addresses, one for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions(Vec<Function>);

impl Functions {
    /// Those of a file; one whose size is not told ends where the next starts.
    pub fn of(file: &object::File<'_>) -> Self {
        let found = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
            .filter_map(|symbol| {
                let name = symbol.name().ok().filter(|name| !name.is_empty())?;
                Some((symbol.address(), symbol.size(), name.to_owned()))
            });
        Self::from_symbols(found.collect())
    }

    /// From address, size and name of each symbol.
    fn from_symbols(mut found: Vec<(u64, u64, String)>) -> Self {
        // Of several sizes at one address the longest counts.
        found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
        let mut functions: Vec<Function> = Vec::new();
        for (address, size, symbol) in found {
            match functions.last_mut() {
                // A label without a size within a function of some is no other name of it.
                Some(last) if last.address == address && (size > 0 || last.size == 0) => {
                    last.symbols.push(symbol);
                }
                Some(last) if last.address == address => {}
                _ => functions.push(Function { address, size, symbols: vec![symbol] }),
            }
        }
        for place in 1..functions.len() {
            let next = functions[place].address;
            let function = &mut functions[place - 1];
            if function.size == 0 {
                function.size = next - function.address;
            }
        }
        Self(functions)
    }

    pub fn all(&self) -> &[Function] {
        &self.0
    }

    /// The function that an address is in.
    pub fn at(&self, address: u64) -> Option<&Function> {
        let after = self.0.partition_point(|function| function.address <= address);
        self.0[..after].last().filter(|function| function.holds(address))
    }

    /// What to write for each single name of a function that has several: all of them. A name that
    /// another function has as well (an instance of the same generic one) is left as it is.
    pub fn full_names(&self) -> HashMap<String, String> {
        let mut full: HashMap<String, Option<String>> = HashMap::new();
        for function in &self.0 {
            let names = function.names();
            let whole = (names.len() > 1).then(|| function.name());
            for name in names {
                full.entry(name)
                    .and_modify(|of| {
                        if *of != whole {
                            *of = None;
                        }
                    })
                    .or_insert_with(|| whole.clone());
            }
        }
        full.into_iter().filter_map(|(name, whole)| Some((name, whole?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(found: &[(u64, u64, &str)]) -> Functions {
        Functions::from_symbols(
            found.iter().map(|(address, size, name)| (*address, *size, (*name).to_owned())).collect(),
        )
    }

    #[test]
    fn a_function_with_several_names_says_them_all() {
        let found = functions(&[(8, 4, "second"), (8, 4, "first"), (8, 4, "first"), (16, 4, "alone")]);
        let names: Vec<_> = found.all().iter().map(Function::name).collect();
        assert_eq!(names, ["first (also second)", "alone"]);
        let many = functions(&[(8, 4, "a"), (8, 4, "b"), (8, 4, "c"), (8, 4, "d"), (8, 4, "e")]);
        assert_eq!(many.all()[0].name(), "a (also b, c and 2 more)");
    }

    #[test]
    fn the_measured_loop_is_known_whatever_it_is_merged_with() {
        let found = functions(&[(8, 4, "a"), (8, 4, "_ZN4duel6kernel7clocked17h0123456789abcdefE")]);
        assert_eq!(found.all()[0].name(), "duel::kernel::clocked (also a)");
    }

    #[test]
    fn a_single_name_leads_to_all_unless_it_is_another_functions_too() {
        let found = functions(&[(8, 4, "a"), (8, 4, "b"), (16, 4, "b"), (24, 4, "c")]);
        assert_eq!(found.full_names(), HashMap::from([("a".to_owned(), "a (also b)".to_owned())]));
    }

    #[test]
    fn sizes_are_the_longest_and_end_where_the_next_function_starts() {
        let found = functions(&[(8, 0, "label"), (8, 4, "a"), (16, 0, "b"), (32, 1, "c")]);
        let found: Vec<_> = found.all().iter().map(|one| (one.address, one.size, one.name())).collect();
        assert_eq!(found, [(8, 4, "a".to_owned()), (16, 16, "b".to_owned()), (32, 1, "c".to_owned())]);
    }
}
