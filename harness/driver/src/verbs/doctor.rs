//! `doctor`: what this machine can measure, and how to get the rest.

use std::path::Path;

use anyhow::Result;
use duel_reports::number;

use crate::{
    cli::DoctorArgs,
    machine,
    settings::Settings,
    status::Status,
    terminal::Style,
    valgrind::{self, Valgrind},
    verbs::limits,
};

pub fn doctor(args: &DoctorArgs) -> Result<Status> {
    let settings = Settings::new(&args.common, None, Path::new("target"))?;
    let terminal = &settings.terminal;
    let machine = machine::machine();
    let limits = limits::limits(&machine, args.calibrate, &settings)?;
    let mut facts = vec![
        ("CPU", machine.cpu.unwrap_or_else(|| "unknown".to_owned())),
        ("cores", machine.cores.to_string()),
    ];
    facts.extend(
        machine
            .caches
            .iter()
            .map(|cache| ("cache", format!("{} {}", cache.name, number::bytes(cache.bytes as f64)))),
    );
    facts.extend(machine.memory_bytes.map(|bytes| ("memory", number::bytes(bytes as f64))));
    facts.extend(machine.hypervisor.map(|name| ("virtual machine", format!("yes ({name})"))));
    facts.push(("governor", machine.governor.unwrap_or_else(|| "not shown by this kernel".to_owned())));
    facts.extend(machine.kernel.map(|kernel| ("kernel", kernel)));
    facts.push((
        "cargo",
        machine.cargo.unwrap_or_else(|| "not found: install Rust from https://rustup.rs".to_owned()),
    ));
    facts.extend(machine.rustc.map(|rustc| ("rustc", rustc)));
    for (name, fact) in facts {
        terminal.result(&format!("{name:>16}  {fact}"));
    }
    terminal.result("");
    for check in checks() {
        let (style, word) =
            if check.problem.is_none() { (Style::Green, "yes") } else { (Style::Yellow, "no ") };
        let mut line = format!("{:>16}  {}", check.name, terminal.paint(style, word));
        if let Some((reason, remedy)) = check.problem {
            line.push_str(&format!(" {reason}; {remedy}"));
        }
        terminal.result(&line);
    }
    terminal.result("");
    for line in limits {
        terminal.result(&line);
    }
    Ok(Status::Good)
}

struct Check {
    name: &'static str,
    /// Why not, and what would help.
    problem: Option<(String, &'static str)>,
}

fn checks() -> Vec<Check> {
    let on_linux = cfg!(target_os = "linux");
    let linux_only = || Some(("this is not Linux".to_owned(), "run on Linux"));
    let pinning = match rustix::thread::sched_getaffinity(None) {
        Ok(cores) => rustix::thread::sched_setaffinity(None, &cores).err(),
        Err(error) => Some(error),
    };
    vec![
        Check { name: "trials", problem: None },
        Check { name: "criterion", problem: None },
        Check {
            name: "pinning",
            problem: pinning.map(|error| {
                (
                    format!("not permitted: {error}"),
                    "allow sched_setaffinity; until then arms share no core and ratios are noisier",
                )
            }),
        },
        Check { name: "memory", problem: if on_linux { None } else { linux_only() } },
        Check { name: "heap (dhat)", problem: None },
        Check { name: "profile (pprof)", problem: if cfg!(unix) { None } else { linux_only() } },
        Check {
            name: "instructions",
            problem: Valgrind::find().err().map(|reason| (reason, valgrind::REMEDY)),
        },
    ]
}
