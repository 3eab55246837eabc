//! Tests of W5 and I3: how many instructions run one after the other before one counts a step.

use std::path::Path;

use crate::Engine;
use crate::bytecode::{Instruction, Op, Operands};
use crate::value::Proto;

/// What the compiler promises, with the few that belong to the one before.
const LONGEST_MAX: usize = 1024;

/// The most instructions on a way through `proto`, or a function in it, that counts nothing; and
/// how many `Step`s there are.
fn longest(proto: &Proto) -> (usize, usize) {
    let code = Instruction::from_words(proto.code.as_slice());
    // Ways lead forward only: all jumps back count.
    let mut before = vec![0; code.len() + 2];
    let (mut longest, mut steps) = (0, 0);
    for (index, i) in code.iter().enumerate() {
        let way = match i.op() {
            Op::Step | Op::Call | Op::TailCall | Op::GenericCall => 0,
            _ => before[index] + 1,
        };
        steps += usize::from(i.op() == Op::Step);
        longest = longest.max(before[index] + 1);
        let distance = match i.op().operands() {
            Operands::Jump | Operands::RegJump | Operands::RegRegJump => i.d(),
            Operands::RegConstJump | Operands::RegSmallJump => i.d(),
            Operands::ForJump | Operands::GenericJump => i.d(),
            _ if i.op() == Op::LoadFalseSkip => 1,
            _ => -1,
        };
        let mut lead = |target: usize| before[target] = way.max(before[target]);
        if distance >= 0 {
            lead(index + 1 + distance as usize);
        }
        let goes_on = !matches!(
            i.op(),
            Op::Jump
                | Op::GenericPrep
                | Op::LoadFalseSkip
                | Op::Return
                | Op::Return0
                | Op::Return1
                | Op::ReturnUpvalue
        );
        if goes_on {
            lead(index + 1);
        }
    }
    for index in 0..proto.protos.as_slice().len() {
        let inner = proto.inner(index).expect("there are so many");
        let (inner_longest, inner_steps) = self::longest(inner);
        (longest, steps) = (longest.max(inner_longest), steps + inner_steps);
    }
    (longest, steps)
}

/// The same of a source.
fn longest_of(source: &str) -> (usize, usize) {
    let program = Engine::new().compile("straight.lua", source.as_bytes());
    longest(program.expect("it is Lua").image.main())
}

#[track_caller]
fn check(source: &str) {
    let (longest, steps) = longest_of(source);
    assert!(
        longest <= LONGEST_MAX,
        "{longest}, although {steps} of them count"
    );
}

#[test]
fn straight_code_counts_now_and_then() {
    check(&"a = b ".repeat(5000));
    let (_, steps) = longest_of(&"a = b ".repeat(5000));
    assert!((20..60).contains(&steps), "{steps}");
    check(&format!("x = a{}", " + b".repeat(5000)));
    check(&format!("x = a{}", " and b".repeat(5000)));
    check(&format!("x = a{}", " or not b".repeat(5000)));
    check(&format!("x = {{ {} }}", "a, ".repeat(5000)));
    check(&format!("x = {{ {} }}", "n = a < b, ".repeat(5000)));
    check(&format!("return a{}", ".b".repeat(5000)));
    check(&"do local a <close> = b; local function f(...) return { ... } end end ".repeat(5000));
}

#[test]
fn branches_do_not_lead_around_what_counts() {
    for length in [1, 50, 120, 125, 127, 130, 250] {
        let straight = "a = b ".repeat(length);
        check(&format!("{straight} if a then {straight} end ").repeat(50));
        check(&format!("{straight} if a then {straight} else {straight} a() end ").repeat(50));
        check(&format!("{straight} while a do {straight} end ").repeat(50));
        check(&format!("{straight} for i = 1, 0 do {straight} end ").repeat(50));
        check(&format!("{straight} for k in a do {straight} if b then break end end ").repeat(50));
        check(&format!("{straight} repeat {straight} local c = a until c or b ").repeat(50));
        check(&format!("do {straight} goto on {straight} ::on:: end ").repeat(50));
        let arms = format!("elseif a == b then {straight}").repeat(200);
        check(&format!("if a then b = a {arms} end"));
    }
}

#[test]
fn the_way_into_loops_and_out_counts() {
    for length in [1, 60, 126, 250] {
        let straight = "a = b ".repeat(length);
        let mut nest = String::new();
        for _ in 0..100 {
            nest = format!("while a do {straight} {nest} {straight} if a then break end end");
        }
        check(&nest);
        let mut nest = "goto out".to_owned();
        for _ in 0..100 {
            nest = format!("while a do {straight} {nest} end");
        }
        check(&format!("{nest} {straight} ::out:: {straight}"));
    }
}

#[test]
fn ordinary_loops_have_nothing_to_count() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("a folder can be listed").path();
        if path.extension().is_some_and(|extension| extension == "lua") {
            let source = std::fs::read_to_string(&path).expect("it can be read");
            let (longest, steps) = longest_of(&source);
            assert!(longest <= LONGEST_MAX && steps == 0, "{path:?}: {steps}");
            seen += 1;
        }
    }
    assert!(seen > 30);
}
