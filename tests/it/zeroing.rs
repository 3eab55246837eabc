//! An arena that overwrites what executions used: nobody finds their secrets afterwards.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bumpalo::Bump;
use lunette::{
    Arena, Budget, BumpSource, ChunkSource, Engine, Error, ErrorKind, FixedSource, Invocation,
    NoStreams, RunOptions,
};

/// What the script makes, out of pieces: it is in no program.
const SECRET: &[u8] = b"the secret of this test, 4711";
/// At most so many bytes of a block are its chunk's header.
const HEADER_MAX_BYTES: usize = 64;

/// Puts the secret where memory is handled in different ways: strings, keys, parts of tables,
/// stacks, blocks with a chunk of their own that grow, a compiled function, a coroutine, an error.
const SCRIPT: &str = "
    local secret = table.concat({'the secret', ' of this', ' test, ', 47, 11})
    local t = {secret, [secret] = secret .. secret}
    for i = 1, 300 do t[#t + 1] = secret .. i end
    local large = secret:rep(20000)
    local list = {}
    for i = 1, 30000 do list[i] = large end
    for i = 1, 3000 do list['k' .. i] = secret:upper():lower() end
    local f = assert(load('return function() return \"' .. secret .. '\" end'))()
    local co = coroutine.wrap(function(...) local kept = {...} coroutine.yield(kept) end)
    co(secret, f())
    collectgarbage()
    local ok, message = pcall(error, secret)
    assert(not ok and message == secret and #f() == #secret)
    if fails then error(secret) end
    return #list";

/// Whether the secret is among `bytes`.
fn finds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// What blocks held when they came back.
#[derive(Default)]
struct Findings {
    blocks: Cell<usize>,
    dirty_bytes: Cell<usize>,
    secrets: Cell<usize>,
    /// Blocks that grew, and may have left a copy behind.
    moved: Cell<usize>,
}

/// A source that hands out zeros, and looks at what comes back.
struct Curious<'f> {
    inner: BumpSource,
    findings: &'f Findings,
}

// SAFETY: blocks are those of the inner source.
unsafe impl ChunkSource for Curious<'_> {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let block = self.inner.grow(layout)?;
        // SAFETY: the block is ours, and so long.
        unsafe { block.cast::<u8>().write_bytes(0, block.len()) };
        Some(block)
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        // SAFETY: the arena has no pointer into the block any more, and all of it was written.
        let bytes = unsafe { block.as_ref() };
        let dirty = bytes[HEADER_MAX_BYTES..].iter().filter(|byte| **byte != 0);
        let findings = self.findings;
        findings.blocks.set(findings.blocks.get() + 1);
        findings
            .dirty_bytes
            .set(findings.dirty_bytes.get() + dirty.count());
        findings
            .secrets
            .set(findings.secrets.get() + usize::from(finds_secret(bytes)));
        self.inner.give_back(block);
    }

    fn extend(&mut self, block: NonNull<[u8]>, layout: Layout) -> Option<NonNull<[u8]>> {
        let old_bytes = block.len();
        let block = self.inner.extend(block, layout)?;
        // A copy may have stayed where the block was: the same as a block that came back unclean.
        self.findings.moved.set(self.findings.moved.get() + 1);
        // SAFETY: the block is ours, and so long.
        unsafe {
            let end = block.cast::<u8>().add(old_bytes);
            end.write_bytes(0, block.len() - old_bytes);
        }
        Some(block)
    }
}

/// Runs the script on `arena`, entered and as a program that evacuates, well and with an error.
fn run_all<S: ChunkSource>(arena: &mut Arena<S>) {
    let engine = Engine::new();
    let program = engine.compile("secret.lua", SCRIPT).expect("it is Lua");
    for fails in [false, true] {
        let out = Bump::new();
        let entered: Result<i64, Error<'_>> = engine.enter(arena, &out, |region| {
            let _note = region.context("a note");
            region.raw_set(region.globals(), "fails", fails)?;
            region.eval(&program)
        });
        assert_eq!(entered.as_ref().err().map(Error::kind), kind(fails));
        let invocation = Invocation {
            program: &program,
            args: &[SECRET],
            args_table: None,
        };
        let options = RunOptions::new().streams(&NoStreams).evacuate_every(5000);
        let ran = engine.run(
            &options,
            arena,
            &out,
            |region| region.raw_set(region.globals(), "fails", fails),
            &[invocation],
            |_| (),
        );
        assert_eq!(ran.as_ref().err().map(Error::kind), kind(fails));
    }
}

fn kind(fails: bool) -> Option<ErrorKind> {
    fails.then_some(ErrorKind::Runtime)
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn an_arena_that_zeroes_leaves_nothing_in_what_its_source_gets_back() {
    for is_zeroing in [false, true] {
        let findings = Findings::default();
        let source = Curious {
            inner: BumpSource::default(),
            findings: &findings,
        };
        let mut arena = Arena::with_source(source, Budget::UNLIMITED);
        arena.set_zeroing(is_zeroing);
        assert_eq!(arena.is_zeroing(), is_zeroing);
        run_all(&mut arena);
        drop(arena);
        assert!(findings.blocks.get() > 4);
        if is_zeroing {
            assert_eq!(findings.secrets.get(), 0, "blocks with the secret");
            assert_eq!(findings.dirty_bytes.get(), 0, "bytes that were left");
            assert_eq!(findings.moved.get(), 0, "blocks that moved");
        } else {
            // Debug builds overwrite with a pattern of their own.
            assert!(findings.secrets.get() > 0 || cfg!(debug_assertions));
            assert!(findings.dirty_bytes.get() > 0 && findings.moved.get() > 0);
        }
    }
}

#[test]
fn a_buffer_holds_no_secret_once_its_arena_zeroed_it() {
    let mut buffer = vec![MaybeUninit::new(0u8); 16 << 20];
    let mut arena = Arena::with_source(FixedSource::new(&mut buffer), Budget::UNLIMITED);
    arena.set_zeroing(true);
    run_all(&mut arena);
    // The arena still has its chunks, kept for the next execution.
    assert!(arena.kept_bytes() > 0);
    drop(arena);
    assert_clean(&buffer);
}

#[test]
fn what_was_kept_before_is_zeroed_as_well() {
    let mut buffer = vec![MaybeUninit::new(0u8); 1 << 20];
    let mut arena = Arena::with_source(FixedSource::new(&mut buffer), Budget::UNLIMITED);
    let engine = Engine::new();
    let source = "local secret = table.concat({'the secret', ' of this', ' test, ', 47, 11})";
    let program = engine.compile("secret.lua", source).expect("it is Lua");
    let out = Bump::new();
    let done = engine.enter(&mut arena, &out, |region| region.eval::<()>(&program));
    assert!(done.is_ok());
    arena.set_zeroing(true);
    drop(arena);
    assert_clean(&buffer);
}

/// The buffer has neither the secret nor anything else but the headers of a few chunks.
#[track_caller]
fn assert_clean(buffer: &[MaybeUninit<u8>]) {
    // SAFETY: all of it was initialised by the test, and chunks only have bytes written to.
    let bytes = unsafe { &*(&raw const *buffer as *const [u8]) };
    assert!(!finds_secret(bytes));
    let dirty_bytes = bytes.iter().filter(|byte| **byte != 0).count();
    assert!(dirty_bytes < 200 * HEADER_MAX_BYTES, "{dirty_bytes}");
}
