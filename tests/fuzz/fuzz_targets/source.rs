//! Any bytes through lexer, parser, compiler and verifier.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lunette_fuzz::{NAME, engine};

fuzz_target!(|source: &[u8]| {
    if let Err(error) = engine().compile(NAME, source) {
        let message = error.message();
        let place = message
            .strip_prefix("any.lua:")
            .and_then(|rest| rest.split_once(": "));
        let line = place.and_then(|(line, _)| line.parse::<u32>().ok());
        let has_no_place = source.starts_with(b"\x1B") || message == "C stack overflow";
        assert!(
            line.is_some_and(|line| line > 0) || has_no_place,
            "{message}"
        );
    }
});
