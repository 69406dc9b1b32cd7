//! Misuse of windows: each case is one mistake, and the compiler's one error names it.

// The texts around our messages are rustc's and change with it, so the test exists for one compiler
// only; on any other it is not compiled at all rather than skipped.
#[rustversion::stable(1.95)]
#[test]
fn misuse_of_windows_is_one_clear_error() {
    trybuild::TestCases::new().compile_fail("ui/window/*.rs");
}
