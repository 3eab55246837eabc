//! Programs: compiled scripts that threads share.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use super::load::{Failure, compile_source};
use crate::bytecode;
use crate::error::{ErrorKind, OwnedError};
use crate::memory::{Arena, Scratch};
use crate::syntax;
use crate::value::{ProgramImage, ProgramMemory};

/// A compiled script: immutable, cheap to clone, shared by threads.
///
/// It lives outside every region; a region that loads it keeps it alive.
#[derive(Clone)]
pub struct Program {
    pub(super) image: Arc<ProgramImage>,
    source_name: Arc<[u8]>,
    source_hash: u64,
}

impl Program {
    pub(super) fn compile(name: &[u8], source: &[u8]) -> Result<Self, OwnedError> {
        let source_name: Arc<[u8]> = match name.first() {
            Some(b'@' | b'=') => name.into(),
            _ => [b"@", name].concat().into(),
        };
        let text = syntax::skip_preamble(source);
        let mut arena = Arena::new();
        let memory = ProgramMemory::new();
        let main = Scratch::with_arena(&mut arena, |scratch| {
            let built = compile_source(scratch, text, &source_name, &memory, &|| true);
            built.map_err(|failure| match failure {
                Failure::Syntax(message) => (ErrorKind::Syntax, message.to_vec()),
                Failure::Memory(_) => bare(ErrorKind::Memory),
                Failure::Interrupted => bare(ErrorKind::Cancelled),
            })
        });
        let main = main.map_err(|(kind, message)| {
            OwnedError::new(kind, String::from_utf8_lossy(&message).into_owned(), None)
        })?;
        Ok(Self {
            image: Arc::new(memory.finish(main)),
            source_name,
            source_hash: hash(source),
        })
    }

    /// The name that messages show, in the notation of `load`.
    pub fn source_name(&self) -> &[u8] {
        &self.source_name
    }

    /// A hash of the source: equal sources have equal hashes, on every machine.
    pub fn source_hash(&self) -> u64 {
        self.source_hash
    }

    /// The bytecode in readable form: functions, instructions with lines, constants.
    pub fn listing(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = bytecode::list(self.image.main(), &mut text);
        text
    }

    /// Bytes that the compiled program takes.
    pub fn bytes(&self) -> usize {
        self.image.bytes()
    }
}

fn bare(kind: ErrorKind) -> (ErrorKind, Vec<u8>) {
    (kind, kind.message().into())
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = String::from_utf8_lossy(&self.source_name);
        write!(f, "Program({name:?}, {:016x})", self.source_hash)
    }
}

/// FNV-1a, over eight bytes at a time.
fn hash(source: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    let mut mix = |word: u64| {
        state = (state ^ word).wrapping_mul(PRIME);
        state ^= state >> 32;
    };
    let mut words = source.chunks_exact(8);
    for word in &mut words {
        mix(word
            .first_chunk()
            .map_or(0, |word| u64::from_le_bytes(*word)));
    }
    for byte in words.remainder() {
        mix(u64::from(*byte));
    }
    mix(source.len() as u64);
    state
}
