//! Which bench targets are built with the features that were asked for. cargo itself leaves out those whose
//! `required-features` are not enabled only where no target is named; and where none is named, it builds the library's
//! own tests, too.

use std::collections::BTreeSet;

use cargo_metadata::{Package, Target, TargetKind};

use super::args::CargoArgs;

/// The bench targets of a package that cargo can build with these features.
pub fn buildable<'a>(package: &'a Package, args: &CargoArgs) -> Vec<&'a Target> {
    let enabled = enabled(package, args);
    benches(package)
        .filter(|target| target.required_features.iter().all(|feature| enabled.contains(feature.as_str())))
        .collect()
}

/// All bench targets of a package.
pub fn benches(package: &Package) -> impl Iterator<Item = &Target> {
    package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bench))
}

/// The features of a package that are enabled, and what they enable, as the manifest spells it.
fn enabled<'a>(package: &'a Package, args: &'a CargoArgs) -> BTreeSet<&'a str> {
    if args.all_features {
        return package.features.keys().map(String::as_str).collect();
    }
    let named = args.features.as_deref().unwrap_or_default().split([',', ' ']);
    let of_package = named.filter_map(|feature| match feature.split_once('/') {
        Some((name, feature)) if name == package.name.as_str() => Some(feature),
        // Of a dependency, or of another package.
        Some(_) => None,
        None => Some(feature),
    });
    let mut open: Vec<&str> = of_package.collect();
    if !args.no_default_features {
        open.push("default");
    }
    let mut enabled = BTreeSet::new();
    while let Some(feature) = open.pop() {
        if enabled.insert(feature) {
            open.extend(package.features.get(feature).into_iter().flatten().map(String::as_str));
        }
    }
    enabled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        let bench = |name: &str, required: &[&str]| {
            serde_json::json!({
                "name": name, "kind": ["bench"], "crate_types": ["bin"], "required-features": required,
                "src_path": "/p/b.rs", "edition": "2024", "doctest": false, "test": false, "doc": false,
            })
        };
        let package = serde_json::json!({
            "name": "p", "version": "0.1.0", "id": "p 0.1.0 (path+file:///p)", "manifest_path": "/p/Cargo.toml",
            "dependencies": [], "edition": "2024",
            "features": { "default": ["fast"], "fast": ["simd", "dep:x"], "simd": [], "slow": [], "y": ["dep:y"] },
            "targets": [bench("plain", &[]), bench("simd", &["simd"]), bench("both", &["simd", "slow"]), bench("y", &["y"])],
        });
        serde_json::from_value(package).expect("a package as cargo describes it")
    }

    fn built(args: CargoArgs) -> Vec<String> {
        buildable(&package(), &args).into_iter().map(|target| target.name.clone()).collect()
    }

    #[test]
    fn targets_are_built_whose_features_are_enabled_directly_or_not() {
        let with = |features: &str| CargoArgs { features: Some(features.to_owned()), ..CargoArgs::default() };
        assert_eq!(built(CargoArgs::default()), ["plain", "simd"]);
        assert_eq!(built(with("slow")), ["plain", "simd", "both"]);
        assert_eq!(built(with("slow,y")), ["plain", "simd", "both", "y"]);
        assert_eq!(built(with("p/slow other/y")), ["plain", "simd", "both"]);
        assert_eq!(built(CargoArgs { no_default_features: true, ..CargoArgs::default() }), ["plain"]);
        assert_eq!(built(CargoArgs { no_default_features: true, ..with("fast") }), ["plain", "simd"]);
        assert_eq!(built(CargoArgs { all_features: true, ..CargoArgs::default() }).len(), 4);
    }
}
