use typed_state::KeyField;

#[derive(Clone, KeyField)]
enum Origin {
    #[state(tag = 256)]
    Unknown,
    #[state(tag = "at")]
    At(String),
    #[state(tag)]
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Level {
    Low = -1,
    High = 1 + 1,
}

fn main() {}
