use typed_state::KeyField;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Region {
    Eu,
    Us,
    Asia,
}

#[derive(Clone, KeyField)]
enum Origin {
    #[state(tag = 1)]
    Unknown,
    At(Region),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Level {
    High = 2,
    Low,
}

fn main() {}
