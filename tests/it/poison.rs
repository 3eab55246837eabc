//! What was left behind is poisoned: a use of it shows in debug builds, and checkers report it.
//!
//! Without this, a run of the suite under a checker, or with objects that move all the time, would
//! prove nothing. Each mistake is made in a process of its own, which a checker may end.
#![allow(unsafe_code)]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{ptr, slice};

use bumpalo::Bump;
use lunette::{Arena, Engine, Invocation, RunOptions, Str};

/// Set for the process that makes a mistake: which one.
const VARIABLE: &str = "LUNETTE_TEST_MISTAKE";
/// The byte that debug builds fill memory with that nothing uses.
const POISON: u8 = 0xD7;
/// Bytes of the string that is looked at when it is no longer there.
const TEXT_BYTES: usize = 64;
/// The first of them that are not looked at: a note of what is free may be there.
const NOTE_BYTES: usize = 16;

/// Runs a script that shows a string to the host with `note`, lets it go, and calls `look`; then
/// ends. Prints the string's bytes as they are then, in `look` or after the end.
fn make(mistake: &str) {
    let engine = Engine::new();
    // More lives than could be copied beside itself, where it is to stay where it is.
    let ballast = if mistake == "in place" { 4600 } else { 10 };
    let source = format!(
        "local live, text = {{}}
        for i = 1, {ballast} do
            live[i] = {{i}}
            if i == {ballast} // 2 then text = ('k'):rep({TEXT_BYTES}) note(text) end
        end
        text = nil
        collectgarbage()
        look()
        assert(#live == {ballast})"
    );
    let program = engine.compile("test.lua", source).expect("it is Lua");
    let mut arena = Arena::with_budget(1 << 20);
    let place = Arc::new(AtomicPtr::<u8>::new(ptr::null_mut()));
    let look = |place: &AtomicPtr<u8>| {
        let place = place.load(Ordering::Relaxed);
        // SAFETY: there is no reason, on purpose; the arena has the bytes still, but for checkers.
        unsafe { slice::from_raw_parts(place.add(NOTE_BYTES), TEXT_BYTES - NOTE_BYTES) }.to_vec()
    };
    let is_inside = mistake != "closed";
    let (noted, looked) = (Arc::clone(&place), Arc::clone(&place));
    let out = Bump::new();
    let mut stats = None;
    let result = engine.run(
        &RunOptions::new().evacuate_every(1 << 30),
        &mut arena,
        &out,
        |region| {
            let note = region.create_function(move |_, text: Str<'_>| {
                noted.store(text.as_bytes().as_ptr().cast_mut(), Ordering::Relaxed);
                Ok(())
            })?;
            region.raw_set(region.globals(), "note", note)?;
            let look = region.create_function(move |_, ()| {
                if is_inside {
                    println!("saw {:x?}", look(&looked));
                }
                Ok(())
            })?;
            region.raw_set(region.globals(), "look", look)
        },
        &[Invocation {
            program: &program,
            args: &[],
            args_table: None,
        }],
        |region| stats = Some(region.stats().evacuations),
    );
    result.expect("the script runs");
    let stats = stats.expect("the region was inspected");
    assert!(stats.count > 0);
    if !cfg!(lunette_stress) {
        assert_eq!(stats.in_place > 0, mistake == "in place", "{stats:?}");
    }
    if !is_inside {
        println!("saw {:x?}", look(&place));
    }
}

/// Has `mistake` made by another process, in the test `name`, and looks at what came of it.
fn check(name: &str, mistake: &str) {
    if std::env::var(VARIABLE).is_ok_and(|value| value == mistake) {
        make(mistake);
        return;
    }
    let ended = Command::new(std::env::current_exe().expect("this test has a path"))
        .args(["--exact", "--nocapture", name])
        .env(VARIABLE, mistake)
        .output()
        .expect("this test can be started again");
    let (told, said) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    if cfg!(lunette_asan) {
        assert!(!ended.status.success(), "nothing was reported: {told}");
        let is_report = said.contains("use-after-poison") || said.contains("heap-use-after-free");
        assert!(is_report, "{said}");
        assert!(!told.contains("saw"), "{told}");
    } else {
        assert!(ended.status.success(), "{said}");
        let poison = format!("saw {:x?}", [POISON; TEXT_BYTES - NOTE_BYTES]);
        assert!(told.contains(&poison), "{told}");
    }
}

#[test]
fn what_moved_away_is_poison() {
    check("poison::what_moved_away_is_poison", "moved");
}

#[test]
fn what_died_in_place_is_poison() {
    check("poison::what_died_in_place_is_poison", "in place");
}

#[test]
fn what_a_closed_region_held_is_poison() {
    check("poison::what_a_closed_region_held_is_poison", "closed");
}
