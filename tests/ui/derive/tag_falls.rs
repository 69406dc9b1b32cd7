use typed_state::KeyField;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Region {
    #[state(tag = 5)]
    Eu,
    #[state(tag = 3)]
    Us,
}

fn main() {}
