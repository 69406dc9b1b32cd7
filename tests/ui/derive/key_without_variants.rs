use typed_state::KeyField;

#[derive(Clone, KeyField)]
enum Never {}

fn main() {}
