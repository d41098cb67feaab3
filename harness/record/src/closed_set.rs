//! Enums whose values have names: each name is spelt once, and parsing, printing, JSON and the error of an
//! unknown one follow from it.

/// A name that no value of a closed set has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} \"{found}\": expected {expected}")]
pub struct UnknownName {
    /// What it should have been, such as `instrument`.
    pub kind: &'static str,
    /// The name.
    pub found: String,
    /// The names that there are, as a phrase: `a, b or c`.
    pub expected: String,
}

impl UnknownName {
    pub(crate) fn new(kind: &'static str, found: &str, expected: &[&str]) -> Self {
        let expected = match expected {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        Self { kind, found: found.to_owned(), expected }
    }
}

/// Declares an enum from the names of its values, with `ALL`, `name`, `Display`, `FromStr` and serde's traits.
macro_rules! closed_set {
    (
        $(#[$about:meta])*
        pub enum $set:ident, $kind:literal {
            $($(#[$of_variant:meta])* $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $set {
            $($(#[$of_variant])* #[serde(rename = $name)] $variant,)+
        }

        impl $set {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name on disk, on the command line and in messages.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $set {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == name)
                    .ok_or_else(|| $crate::UnknownName::new($kind, name, &[$($name,)+]))
            }
        }
    };
}

pub(crate) use closed_set;

#[cfg(test)]
mod tests {
    use crate::{Factor, Instrument, Metric, Simulation, UnknownName};

    #[test]
    fn a_name_is_the_same_parsed_printed_and_in_json() {
        for instrument in Instrument::ALL {
            assert_eq!(instrument.to_string().parse(), Ok(*instrument));
            let json = serde_json::to_string(instrument).unwrap();
            assert_eq!(json, format!("\"{instrument}\""));
            assert_eq!(serde_json::from_str::<Instrument>(&json).unwrap(), *instrument);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_those_that_there_are() {
        let said = |error: UnknownName| error.to_string();
        assert_eq!(
            said("x".parse::<Simulation>().unwrap_err()),
            "unknown simulation \"x\": expected cache or branches"
        );
        assert_eq!(
            said("Time".parse::<Factor>().unwrap_err()),
            "unknown factor \"Time\": expected variant, allocator, threads or artifact"
        );
        assert_eq!(
            said("".parse::<Metric>().unwrap_err()),
            "unknown metric \"\": expected time or instructions"
        );
        assert!("Cache".parse::<Simulation>().is_err() && "threads".parse::<Factor>().is_ok());
    }
}
