//! A function of an executable as the record keeps it.

use duel_record::{CodeCall, CodeInstruction, CodeSummary, Weight};

use super::{
    executable::{Executable, Unreadable},
    flow::{self, Step},
    functions::Function,
    inlined::inlined,
    loops::loops,
    names,
    source::Frame,
    vectors,
    weights::Weights,
    writer,
};

/// Functions that are named where several are meant.
const NAMED: usize = 8;
const NO_WEIGHTS: &str =
    "it is not known which function is hot: nothing counted or sampled the instructions of this case";
const GET_WEIGHTS: &str =
    "install valgrind (apt-get install valgrind), or let the instrument profile run as well";

/// Which function is wished for.
pub enum Wish<'a> {
    /// The one with the most weight of its own.
    Hottest,
    /// The one of this name, or a part of it.
    Named(&'a str),
}

/// Takes a function apart. The measured loop is called by `variant`'s name.
///
/// # Errors
/// When it is not known which function, or there is none of that name.
pub fn summarize(
    executable: &Executable,
    weights: Option<&Weights>,
    wish: &Wish<'_>,
    variant: &str,
) -> Result<CodeSummary, Unreadable> {
    let function = match wish {
        Wish::Hottest => hottest(executable, weights)?,
        Wish::Named(name) => named(executable, weights, name)?,
    };
    let instructions = executable.instructions(function);
    let weighed = weights.map_or(&[][..], |weights| weights.of(function));
    let by_place = by_instruction(weighed, &instructions);
    let frames: Vec<Vec<Frame>> =
        instructions.iter().map(|instruction| executable.sources.frames(instruction.ip())).collect();
    let steps: Vec<Step> =
        instructions.iter().map(|instruction| flow::step(executable, function, instruction)).collect();
    let next: Vec<_> =
        instructions.iter().zip(&steps).map(|(one, step)| flow::next(executable, one, step)).collect();
    let mut writer = writer::Writer::new(executable, function);
    let listing = instructions.iter().zip(&by_place).zip(&frames).map(|((instruction, weight), frames)| {
        CodeInstruction {
            address: instruction.ip(),
            size_bytes: u32::try_from(instruction.len()).unwrap_or(0),
            text: writer.text(instruction),
            weight: *weight,
            source: executable.sources.place(frames),
        }
    });
    let (reached_bytes, reached_functions) = flow::reached(executable, function);
    Ok(CodeSummary {
        function: shown_name(function, variant),
        address: function.address,
        size_bytes: function.size,
        reached_bytes,
        reached_functions,
        weighed_by: weights.map_or(Weight::None, |weights| weights.kind),
        weight_share: weights.map(|weights| weights.share(weighed.iter().map(|(_, weight)| weight).sum())),
        instructions: listing.collect(),
        left_out: 0,
        loops: loops(&instructions, &by_place, &next),
        calls: calls(executable, &instructions, &steps, &by_place),
        vectors: vectors::shares(&instructions, &by_place),
        inlined: inlined(frames.iter().map(Vec::as_slice).zip(by_place.iter().copied())),
    })
}

fn hottest<'a>(executable: &'a Executable, weights: Option<&Weights>) -> Result<&'a Function, Unreadable> {
    let weights = weights
        .ok_or_else(|| Unreadable { reason: NO_WEIGHTS.to_owned(), remedy: Some(GET_WEIGHTS.to_owned()) })?;
    weights.hottest(executable).map(|(function, _)| function).ok_or_else(|| Unreadable {
        reason: "all weight lies outside of the functions of the executable, such as in libc".to_owned(),
        remedy: Some("the flame graph shows where: --instruments profile".to_owned()),
    })
}

/// The function of a name: the same, or else the only one that has it in its own, or of several the
/// one that weighs most.
fn named<'a>(
    executable: &'a Executable,
    weights: Option<&Weights>,
    wished: &str,
) -> Result<&'a Function, Unreadable> {
    // Whoever wishes for `step::<[u8; 64]>` writes it as in the source.
    let wished = &*duel_record::function_name(wished);
    let mut found: Vec<(&Function, String)> = executable
        .functions()
        .iter()
        .map(|function| (function, function.name()))
        .filter(|(function, name)| name.contains(wished) || function.has_name_with(wished))
        .collect();
    let is_exact = |(function, name): &(&Function, String)| {
        name == wished || function.names().iter().any(|one| one == wished)
    };
    if found.iter().any(is_exact) {
        found.retain(is_exact);
    }
    let weight = |function: &Function| -> f64 {
        weights.map_or(0.0, |weights| weights.of(function).iter().map(|(_, weight)| weight).sum())
    };
    found.sort_by(|(a, _), (b, _)| weight(b).total_cmp(&weight(a)));
    match found.as_slice() {
        [] => Err(not_there(executable, weights, wished)),
        [(only, _)] => Ok(only),
        [(first, _), ..] if weight(first) > 0.0 => Ok(first),
        several => Err(Unreadable {
            reason: format!(
                "{} functions have \"{wished}\" in their names, and none of them was met",
                several.len()
            ),
            remedy: Some(format!(
                "name one in full: {}",
                several.iter().take(NAMED).map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
            )),
        }),
    }
}

/// No function has the name: it may have been inlined into the hot one.
fn not_there(executable: &Executable, weights: Option<&Weights>, wished: &str) -> Unreadable {
    let hot = weights.and_then(|weights| weights.hottest(executable)).map(|(function, _)| function);
    let into = hot.filter(|hot| {
        executable.instructions(hot).iter().any(|instruction| {
            let frames = executable.sources.frames(instruction.ip());
            frames.iter().filter_map(|frame| frame.function.as_ref()).any(|name| name.contains(wished))
        })
    });
    match into {
        Some(hot) => Unreadable {
            reason: format!(
                "\"{wished}\" has no code of its own: it was inlined into {}",
                names::shortened(&hot.name())
            ),
            remedy: Some("leave out --function to see that one, or mark it #[inline(never)]".to_owned()),
        },
        None => Unreadable {
            reason: format!("no function of the executable has \"{wished}\" in its name"),
            remedy: Some("leave out --function to see the hottest one".to_owned()),
        },
    }
}

fn shown_name(function: &Function, variant: &str) -> String {
    let name = function.name();
    if names::is_measured(&name) { variant.to_owned() } else { names::shortened(&name) }
}

/// The weight of each instruction: of all addresses from its own up to the next one's.
fn by_instruction(weighed: &[(u64, f64)], instructions: &[iced_x86::Instruction]) -> Vec<f64> {
    let mut weights = vec![0.0; instructions.len()];
    for (address, weight) in weighed {
        let after = instructions.partition_point(|instruction| instruction.ip() <= *address);
        if let Some(place) = after.checked_sub(1) {
            weights[place] += weight;
        }
    }
    weights
}

/// What is called, hottest first.
fn calls(
    executable: &Executable,
    instructions: &[iced_x86::Instruction],
    steps: &[Step],
    weights: &[f64],
) -> Vec<CodeCall> {
    let mut calls: Vec<CodeCall> = instructions
        .iter()
        .zip(steps)
        .zip(weights)
        .filter_map(|((instruction, step), weight)| match step {
            Step::Call(target) | Step::Leave(target) => Some(CodeCall {
                address: instruction.ip(),
                target: names::shortened(&target.name(executable)),
                weight: *weight,
            }),
            Step::Next | Step::Jump(_) => None,
        })
        .collect();
    calls.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.address.cmp(&b.address)));
    calls
}
