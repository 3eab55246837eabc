# Short names for what one does often. Everything here is plain cargo; `just --list` shows it.

# The whole gate: format, lints, tests, documents, examples
check:
    .ci/run

# The tests
test *args:
    cargo test {{args}}

# Rewrite the expected output of tests that keep it in files
bless:
    LUNETTE_BLESS=1 cargo test

# The benches
bench *args:
    cargo bench {{args}}

# Whole programs, side by side with another interpreter
compare other="lua5.4" *programs:
    cargo build --release
    benches/compare "target/release/lunette run" {{other}} {{programs}}
