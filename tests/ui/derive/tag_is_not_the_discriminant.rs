use typed_state::KeyField;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Region {
    #[state(tag = 1)]
    Eu = 2,
    #[state(tag = 2)]
    Us = 1,
}

fn main() {}
