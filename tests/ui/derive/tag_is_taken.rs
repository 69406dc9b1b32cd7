use typed_state::KeyField;

#[derive(Clone, KeyField)]
enum Origin {
    #[state(tag = 1)]
    Unknown,
    #[state(tag = 2)]
    Named(String),
    #[state(tag = 1)]
    Numbered(u64),
}

fn main() {}
