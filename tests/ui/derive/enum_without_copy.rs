use typed_state::KeyField;

#[derive(Clone, KeyField)]
enum Region {
    #[state(tag = 1)]
    Eu,
    #[state(tag = 2)]
    Us,
}

fn main() {}
