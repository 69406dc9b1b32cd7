//! What cannot stand in a key does not compile, and the message says what to use instead.

#[test]
#[rustversion::stable(1.95)]
fn types_that_cannot_stand_in_a_key() {
    trybuild::TestCases::new().compile_fail("ui/keys/*.rs");
}
