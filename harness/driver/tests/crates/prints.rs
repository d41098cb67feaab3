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

/// Reads stdin, and starts a program that would, and that outlives what started it.
fn reads() -> Family<Vec<u64>, u64> {
    Family::<Vec<u64>, u64>::new("reads", "Whose stdin is it?", duel::exact())
        .workload("numbers", &[("s", 50)], |size, seed| (0..size as u64).map(|x| x ^ seed).collect())
        .reference("nothing", |data| move || data.iter().sum())
        .variant("a line", |data| {
            move || {
                let mut line = String::new();
                std::io::stdin().read_line(&mut line).unwrap();
                data.iter().sum::<u64>() + line.len() as u64
            }
        })
        .variant("with a child, and dies", |_| {
            || {
                std::process::Command::new("sh").args(["-c", "cat; sleep 300"]).spawn().unwrap();
                std::process::abort()
            }
        })
}

duel::main!(prints(), reads());
