//! Types without an order, or with other bytes on another machine.

fn in_a_key<F: typed_state::KeyField>() {}

fn main() {
    in_a_key::<usize>();
    in_a_key::<isize>();
    in_a_key::<f64>();
    in_a_key::<&'static str>();
}
