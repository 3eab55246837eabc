//! What the types refuse: each file of `ui` breaks one rule of lifetimes and must not compile, with
//! the message beside it. What is allowed is in the examples of `lunette::embed`, which run.
//!
//! Messages are rustc's, of the version that made them: run with `TRYBUILD=overwrite` to accept
//! those of another one, after a look at the difference.

#[test]
#[cfg_attr(miri, ignore = "it runs cargo")]
fn lifetimes_hold() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
