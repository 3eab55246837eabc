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
        // What starts like a binary chunk, maybe behind a mark of its encoding or a first line that
        // is skipped, has no lines.
        let is_binary = message.starts_with("attempt to load a binary chunk");
        let has_no_place = is_binary || message == "C stack overflow";
        assert!(
            line.is_some_and(|line| line > 0) || has_no_place,
            "{message}"
        );
    }
});
