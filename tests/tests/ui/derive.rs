//! What a compile error says, read by people and pinned.
//!
//! Messages belong to a compiler, so these tests exist for Rust 1.95 only; with another they are not compiled.
//! `TRYBUILD=overwrite cargo test -p typed-state-tests --test ui` writes them anew: read every one.

#[rustversion::stable(1.95)]
#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/*.rs");
}
