//! Own types as data sets and outputs: an enum, a generic struct with a hash map, a type of another crate, and one
//! within a struct.

use std::{collections::HashMap, path::PathBuf};

use duel::{Content, Family};

#[derive(duel::Content)]
enum Shape {
    Nothing,
    Circle(f64),
    Rectangle { width: f64, height: f64 },
}

#[derive(duel::Output, Clone, Copy)]
enum Largest {
    Nothing,
    Area { index: usize, area: f64 },
}

impl Shape {
    fn area(&self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Circle(radius) => std::f64::consts::PI * radius * radius,
            Self::Rectangle { width, height } => width * height,
        }
    }
}

fn shapes() -> Family<Vec<Shape>, Largest> {
    Family::<Vec<Shape>, Largest>::new("shapes", "Which is largest?", duel::within_relative(1e-9))
        .workload("mixed", &[("small", 100)], |size, seed| {
            (0..size as u64)
                .map(|index| match (index ^ seed) % 3 {
                    0 => Shape::Nothing,
                    1 => Shape::Circle(index as f64),
                    _ => Shape::Rectangle { width: index as f64, height: 2.0 },
                })
                .collect()
        })
        .reference("fold", |shapes| {
            move || {
                shapes.iter().enumerate().fold(Largest::Nothing, |largest, (index, shape)| match largest {
                    Largest::Area { area, .. } if area >= shape.area() => largest,
                    _ => Largest::Area { index, area: shape.area() },
                })
            }
        })
        .variant("max_by", |shapes| {
            move || {
                let areas = shapes.iter().map(Shape::area).enumerate();
                areas
                    .max_by(|a, b| a.1.total_cmp(&b.1))
                    .map_or(Largest::Nothing, |(index, area)| Largest::Area { index, area })
            }
        })
}

#[derive(duel::Content)]
struct Index<K, const N: usize> {
    places: HashMap<K, [u32; N]>,
    #[content(skip)]
    most: usize,
}

fn index() -> Family<Index<String, 2>, HashMap<String, u32>> {
    Family::<Index<String, 2>, _>::new("index", "How are places added?", duel::exact())
        .workload("words", &[("small", 100)], |size, seed| Index {
            places: (0..size as u32).map(|i| (format!("{i}"), [i, i ^ seed as u32])).collect(),
            most: size,
        })
        .reference("sum", |index| {
            move || index.places.iter().map(|(word, places)| (word.clone(), places.iter().sum())).collect()
        })
        .variant("reserved", |index| {
            move || {
                let mut sums = HashMap::with_capacity(index.most);
                sums.extend(index.places.iter().map(|(word, [a, b])| (word.clone(), a + b)));
                sums
            }
        })
}

fn foreign() -> Family<PathBuf, PathBuf> {
    Family::<PathBuf, PathBuf>::with_content("foreign", "?", duel::equal(), |path, hash| {
        path.to_string_lossy().feed(hash);
    })
    .workload("deep", &[("small", 100)], |size, seed| {
        (0..size as u64).map(|i| (i ^ seed).to_string()).collect()
    })
    .reference("join", |path| move || path.join("end"))
    .variant("push", |path| {
        move || {
            let mut path = path.to_path_buf();
            path.push("end");
            path
        }
    })
}

#[derive(duel::Content)]
struct Tree<'a> {
    #[content(with = |root, hash| root.to_string_lossy().feed(hash))]
    root: PathBuf,
    names: Box<[&'a str]>,
}

fn tree() -> Family<Tree<'static>, usize> {
    Family::<Tree<'static>, usize>::new("tree", "?", duel::exact())
        .workload("flat", &[("small", 100)], |size, _| Tree {
            root: "/".into(),
            names: vec!["leaf"; size].into(),
        })
        .reference("lengths", |tree| {
            move || tree.names.iter().map(|name| name.len()).sum::<usize>() + tree.root.as_os_str().len()
        })
        .variant("bytes", |tree| {
            move || tree.names.iter().flat_map(|name| name.bytes()).count() + tree.root.as_os_str().len()
        })
}

duel::main!(shapes(), index(), foreign(), tree());
