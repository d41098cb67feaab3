//! Attributes of the derives in wrong places and with unknown words. Does not compile.

#[derive(duel::Content)]
#[content(skip)]
struct OnTheType(u8);

#[derive(duel::Content)]
struct Unknown(#[content(ignore)] u8);

#[derive(duel::Content)]
struct Nothing(#[content(with = )] u8);

#[derive(duel::Output)]
struct Twice(
    #[output(skip)]
    #[output(skip)]
    u8,
);

#[derive(duel::Content)]
union Either {
    whole: u32,
    part: u8,
}

fn main() {}
