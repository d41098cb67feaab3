//! Prints which mutation touches which kernel, and why one does not.

use duel_validation::{cases, mutation::Mutation};

fn main() {
    println!("kernel\t{}", Mutation::ALL.map(Mutation::feature).join("\t"));
    for case in cases() {
        let touched = Mutation::ALL.map(|mutation| {
            let untouched = case.untouched_by.iter().find(|(untouched, _)| *untouched == mutation);
            untouched.map_or("yes".to_owned(), |(_, reason)| format!("no: {reason}"))
        });
        println!("{}\t{}", case.name, touched.join("\t"));
    }
}
