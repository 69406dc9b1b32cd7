//! Misuse of locks and of their guards: each case is one mistake, and the compiler's one error names it.

// The texts around our messages are rustc's and change with it, so the test exists for one compiler
// only; on any other it is not compiled at all rather than skipped.
#[rustversion::stable(1.95)]
#[test]
fn misuse_of_a_lock_is_one_clear_error() {
    trybuild::TestCases::new().compile_fail("ui/lock/*.rs");
}
