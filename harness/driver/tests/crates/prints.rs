//! Written into a crate by the end-to-end tests: prints wherever a program can print, which is
//! bad taste and must not hurt.

use duel::Family;

fn prints() -> Family<Vec<u64>, u64> {
    println!("garbage while the family is made");
    print!("{{\"response\":\"bye\"}}");
    Family::<Vec<u64>, u64>::new("prints", "Does it hurt?", duel::exact())
        .workload("numbers", &[("s", 50)], |size, seed| {
            println!("garbage while the data set is made");
            (0..size as u64).map(|x| x ^ seed).collect()
        })
        .reference("quiet", |data| move || data.iter().sum())
        .variant("loud", |data| {
            println!("garbage while preparing");
            move || {
                println!("{{\"response\":\"sampled\",\"time_ns\":1}}");
                eprintln!("and on stderr");
                data.iter().sum()
            }
        })
}

duel::main!(prints());
