//! The kernels of `scripts/validation` give the right answers: built here as a crate that shares what the other tests
//! build, since that one stands outside of the workspace.

use std::path::Path;

use crate::common::{
    cargo,
    crates::{AS_IN_THE_WORKSPACE, Crate, library},
    run,
};

#[test]
fn the_kernels_by_which_the_gate_is_validated_are_right() {
    let validation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/validation");
    let manifest = format!(
        "[package]\nname = \"duel-validation\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [lib]\npath = {:?}\n\n[[test]]\nname = \"answers\"\npath = {:?}\n\n\
         [features]\nextra-clone = []\nlost-inline = []\nslow-hasher = []\nbounds-check = []\n\n\
         [dependencies]\nduel = {{ path = {:?} }}\nrustc-hash = \"2\"\n\n[profile.bench]\ndebug = 1\n\n[workspace]\n{}\
         duel-validation.opt-level = 0\n",
        validation.join("src/lib.rs"),
        validation.join("tests/answers.rs"),
        library(),
        *AS_IN_THE_WORKSPACE
    );
    let built = Crate::new("validation", &[("Cargo.toml", &manifest)]);
    let mut test = cargo(&built.folder);
    test.args(["test", "--profile", "bench", "--test", "answers"]);
    let done = run(test);
    done.exits(0);
    assert!(
        done.stdout.contains("every_kernel_gives_the_answer_of_the_build_without_a_slip ... ok"),
        "{done}"
    );
}
