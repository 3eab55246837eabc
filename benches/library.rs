//! What the functions of the standard library cost, on lunette and on PUC Lua 5.4 in one run.
//!
//! A case is a line of Lua in a loop; the two must give the same results before they are timed.
//! What is measured is the processor time of the thread, so that a busy machine disturbs less.
//!
//! `cargo bench --bench library` has criterion time each case; `cargo bench --bench library --
//! --table` times the two in turn, many rounds each, and prints a table of the medians as it is in
//! `docs/performance.md`. Words behind `--table` choose the cases whose names contain one of them.

mod support;

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use support::{Contender, Lunette, Puc};

/// A function, or one use of it.
struct Case {
    name: &'static str,
    /// Statements that prepare what the body needs.
    before: &'static str,
    /// What is timed; `i` counts from 1, and `x` takes a result.
    body: &'static str,
}

macro_rules! cases {
    ($($name:literal: $before:literal, $body:literal;)*) => {
        &[$(Case { name: $name, before: $before, body: $body }),*]
    };
}

/// A text of words, numbers and punctuation, about 2,000 bytes.
const TEXT: &str =
    "local text = ('The quick brown fox, 42 years old; jumps over key=value!\\n'):rep(32)
";

const CASES: &[Case] = cases! {
    "format %d": "local f = string.format", "x = f('%d', i)";
    "format %5d %-5d": "local f = string.format", "x = f('%5d %-5d', i, i)";
    "format %05.1f": "local f = string.format", "x = f('%05.1f', i / 3)";
    "format %.2f": "local f = string.format", "x = f('%.2f', i / 7)";
    "format %.14g": "local f = string.format", "x = f('%.14g', i / 7)";
    "format %g": "local f = string.format", "x = f('%g', i * 0.5)";
    "format %e": "local f = string.format", "x = f('%e', i / 3)";
    "format %a": "local f = string.format", "x = f('%a', i / 3)";
    "format %x": "local f = string.format", "x = f('%x', i * 7919)";
    "format %08X": "local f = string.format", "x = f('%08X', i * 7919)";
    "format %c": "local f = string.format", "x = f('%c', i & 127)";
    "format %s": "local f = string.format", "x = f('%s', 'a plain word')";
    "format %s of an integer": "local f = string.format", "x = f('%s', i)";
    "format %10s|%-10s": "local f = string.format", "x = f('%10s|%-10s', 'left', 'right')";
    "format %q": "local f = string.format", "x = f('%q', 'a \"quoted\" line\\n')";
    "format, mixed": "local f = string.format",
        "x = f('%s: %d of %d (%.1f%%)', 'done', i, 9, i / 9)";
    "find, plain": "local f = string.find", "x = f(text, 'no such words', 1, true)";
    "find, literal": "local f = string.find", "x = f(text, 'key=valve')";
    "find, near": "local f = string.find", "x = f(text, 'quick', 1, true)";
    "find, class": "local f = string.find", "x = f(text, '%d+%a')";
    "find, anchored": "local f = string.find", "x = f(text, '^%a+ %a+')";
    "find, set": "local f = string.find", "x = f(text, '[^%w%p%s]')";
    "find, backtracking": "local f = string.find", "x = f(text, '.-;.-#')";
    "match, captures": "local f = string.match", "x = f('name = value', '^(%w+)%s*=%s*(%w+)$')";
    "match, number": "local f = string.match", "x = f('  1234 ', '^%s*(%d+)%s*$')";
    "match, trim": "local f = string.match", "x = f('   some words to trim  ', '^%s*(.-)%s*$')";
    "match, balanced": "local f = string.match", "x = f('call(a, (b), c) + d', '%b()')";
    "match, frontier": "local f = string.match", "x = f(text, '%f[%d]%d+')";
    "match, position": "local f = string.match", "x = f('some words', '%s()')";
    "gmatch, words": "local f = string.gmatch", "for w in f(text, '%a+') do x = w end";
    "gmatch, pairs": "local f = string.gmatch", "for k, v in f(text, '(%w+)=(%w+)') do x = k end";
    "gmatch, any": "local f = string.gmatch", "for c in f('some characters', '.') do x = c end";
    "gmatch, lines": "local f = string.gmatch", "for l in f(text, '([^\\n]*)\\n') do x = l end";
    "gsub, string": "local f = string.gsub", "x = f(text, 'fox', 'dog')";
    "gsub, captures": "local f = string.gsub", "x = f(text, '(%w+)=(%w+)', '%2=%1')";
    "gsub, table": "local f, t = string.gsub, {fox = 'dog'}", "x = f(text, '%a+', t)";
    "gsub, function": "local f, g = string.gsub, function(w) return w end", "x = f(text, '%d+', g)";
    "gsub, class": "local f = string.gsub", "x = f(text, '[%s%p]', '')";
    "gsub, trim": "local f = string.gsub", "x = f('  some words  ', '^%s+', '')";
    "gsub, nothing": "local f = string.gsub", "x = f('some words', '[&<>]', 'x')";
    "rep": "local f = string.rep", "x = f('ab', 100)";
    "rep, separator": "local f = string.rep", "x = f('ab', 100, ', ')";
    "byte": "local f = string.byte", "x = f(text, i & 1023)";
    "byte, many": "local f = string.byte", "x = f(text, 1, 20)";
    "char": "local f = string.char", "x = f(i & 127)";
    "char, many": "local f = string.char", "x = f(72, 101, 108, 108, 111, 33)";
    "sub": "local f = string.sub", "x = f(text, i & 1023, (i & 1023) + 5)";
    "sub, long": "local f = string.sub", "x = f(text, i & 1023, -100)";
    "upper": "local f = string.upper", "x = f('some words in lower case')";
    "lower": "local f = string.lower", "x = f(text)";
    "reverse": "local f = string.reverse", "x = f('some words in lower case')";
    "len": "local f = string.len", "x = f(text)";
    "pack": "local f = string.pack", "x = f('<i4i2s1', i, 7, 'word')";
    "unpack": "local f, s = string.unpack, string.pack('<i4i2s1', 1, 2, 'word')",
        "x = f('<i4i2s1', s)";
    "pack doubles": "local f = string.pack", "x = f('<ddd', i, 0.5, 1e9)";
    "packsize": "local f = string.packsize", "x = f('<i4i2d')";
    "tostring of an integer": "local f = tostring", "x = f(i)";
    "tostring of a float": "local f = tostring", "x = f(i / 8)";
    "tostring of a long float": "local f = tostring", "x = f(i / 7)";
    "tostring of a table": "local f, t = tostring, {}", "x = f(t)";
    "tonumber of an integer": "local f = tonumber", "x = f('12345')";
    "tonumber of a float": "local f = tonumber", "x = f('3.14159')";
    "tonumber of a long float": "local f = tonumber", "x = f('0.12345678901234567')";
    "tonumber of an exponent": "local f = tonumber", "x = f('6.02e23')";
    "tonumber of hexadecimal": "local f = tonumber", "x = f('0xdeadbeef')";
    "tonumber, base 16": "local f = tonumber", "x = f('ff7f', 16)";
    "tonumber of a word": "local f = tonumber", "x = f('word')";
    "integer .. string": "", "x = 'item ' .. i";
    "numeral in arithmetic": "", "x = '10' + i";
    "concat of strings": "local f, t = table.concat, {}
        for k = 1, 50 do t[k] = 'word' .. k end", "x = f(t, ', ')";
    "concat of integers": "local f, t = table.concat, {}
        for k = 1, 50 do t[k] = k * 1001 end", "x = f(t, ',')";
    "concat of three": "local f, t = table.concat, {'a', 'b', 'c'}", "x = f(t)";
    "insert, remove at the end": "local f, g, t = table.insert, table.remove, {}",
        "f(t, i) f(t, i) x = g(t)";
    "insert in front": "local f, g, t = table.insert, table.remove, {}
        for k = 1, 100 do t[k] = k end", "f(t, 1, i) x = g(t, 1)";
    "table.unpack": "local f, t = table.unpack, {1, 2, 3, 4, 5, 6, 7, 8}", "x = f(t)";
    "table.pack": "local f = table.pack", "x = f(1, 2, 3, i).n";
    "table.move": "local f, t = table.move, {}
        for k = 1, 100 do t[k] = k end", "x = #f(t, 1, 100, 2, {})";
    "sort of integers": "local f = table.sort",
        "local t = {} for k = 1, 100 do t[k] = k * 7919 % 1009 end f(t) x = t[1]";
    "sort of floats": "local f = table.sort",
        "local t = {} for k = 1, 100 do t[k] = k * 7919 % 1009 / 8 end f(t) x = t[1]";
    "sort of strings": "local f, w = table.sort, {}
        for k = 1, 100 do w[k] = 'word' .. k * 7919 % 1009 end",
        "local t = {} for k = 1, 100 do t[k] = w[k] end f(t) x = t[1]";
    "sort with a function": "local f, g = table.sort, function(a, b) return a > b end",
        "local t = {} for k = 1, 100 do t[k] = k * 7919 % 1009 end f(t, g) x = t[1]";
    "sort of the sorted": "local f = table.sort",
        "local t = {} for k = 1, 100 do t[k] = k end f(t) x = t[1]";
    "utf8.char": "local f = utf8.char", "x = f(228, 8364, 128578)";
    "utf8.codepoint": "local f = utf8.codepoint", "x = f('äöü€', 1, -1)";
    "utf8.len": "local f, s = utf8.len, ('äöü abc €'):rep(10)", "x = f(s)";
    "utf8.offset": "local f, s = utf8.offset, ('äöü abc €'):rep(10)", "x = f(s, 30)";
    "utf8.codes": "local f, s = utf8.codes, 'äöü abc €'", "for _, c in f(s) do x = c end";
    "math.floor": "local f = math.floor", "x = f(i / 3)";
    "math.sqrt": "local f = math.sqrt", "x = f(i)";
    "math.sin": "local f = math.sin", "x = f(i)";
    "math.max": "local f = math.max", "x = f(i, 7, 3.5)";
    "math.random": "local f = math.random", "x = f(100); x = i";
    "math.fmod": "local f = math.fmod", "x = f(i, 7)";
    "math.tointeger": "local f = math.tointeger", "x = f(3.0)";
    "math.type": "local f = math.type", "x = f(i)";
    "math.abs": "local f = math.abs", "x = f(-i)";
    "select": "local f = select", "x = f(2, i, i, i)";
    "select #": "local f = select", "x = f('#', i, i, i)";
    "type": "local f = type", "x = f(i)";
    "next": "local f, t = next, {1, 2, 3}", "x = f(t)";
    "pairs": "local f, t = pairs, {1, 2, 3, a = 4, b = 5}", "for k, v in f(t) do x = x + v end";
    "ipairs": "local f, t = ipairs, {1, 2, 3, 4, 5}", "for k, v in f(t) do x = v end";
    "rawget": "local f, t = rawget, {a = 3}", "x = f(t, 'a')";
    "rawequal": "local f, t = rawequal, {}", "x = f(t, t) and 1";
    "setmetatable": "local f, m = setmetatable, {}", "f({}, m) x = i";
    "getmetatable": "local f, t = getmetatable, setmetatable({}, {})", "f(t) x = i";
    "pcall": "local f, g = pcall, function() return 1 end", "local _, y = f(g) x = y";
    "assert": "local f = assert", "x = f(i)";
    "os.time": "local f, t = os.time, {year = 2024, month = 3, day = 1, hour = 12}",
        "x = f(t)";
    "os.date": "local f = os.date", "x = f('!%Y-%m-%d %H:%M:%S', i * 86400)";
    "coroutine.wrap": "local f, g = coroutine.wrap, coroutine.yield",
        "local c = f(function() g(1) end) x = c() c()";
};

impl Case {
    /// The kernel: a function of the number of rounds, whose result is made of what `x` was.
    fn source(&self) -> String {
        let Self { before, body, .. } = self;
        format!(
            "{TEXT}{before}
            return function(n)
                local sum, x = 0, 0
                for i = 1, n do
                    {body}
                end
                local last = tostring(x)
                for at = 1, #last do sum = sum * 31 + last:byte(at) & 0xffffffff end
                return {result}
            end",
            // A table's text differs.
            result = if self.name.contains("of a table") {
                "n"
            } else {
                "sum"
            },
        )
    }

    /// How many rounds take a millisecond or two; the results of both are compared on the way.
    fn calibrate(&self) -> i64 {
        let source = self.source();
        let (mut lunette, mut puc) = (Lunette::new(&source), Puc::new(&source));
        let mut rounds = 7;
        loop {
            assert_eq!(lunette.call(rounds), puc.call(rounds), "{}", self.name);
            let start = ThreadTime::now();
            puc.call(rounds);
            if support::is_test() || start.elapsed() > Duration::from_micros(1_000) {
                return rounds;
            }
            rounds *= 2;
        }
    }
}

/// Processor time of the thread.
struct Cpu;

impl Measurement for Cpu {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn run_criterion() {
    let mut criterion = Criterion::default()
        .with_measurement(Cpu)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .configure_from_args();
    let mut group = criterion.benchmark_group("library");
    for case in CASES {
        let rounds = case.calibrate();
        let source = case.source();
        group.throughput(Throughput::Elements(rounds as u64));
        let (mut lunette, mut puc) = (Lunette::new(&source), Puc::new(&source));
        group.bench_function(format!("{}/lunette", case.name), |bencher| {
            bencher.iter(|| lunette.call(black_box(rounds)));
        });
        group.bench_function(format!("{}/puc", case.name), |bencher| {
            bencher.iter(|| puc.call(black_box(rounds)));
        });
    }
    group.finish();
    criterion.final_summary();
}

/// How often the two are timed in turn.
const TURNS: usize = 41;

/// The median time of a round in nanoseconds.
fn median(mut times: Vec<Duration>, rounds: i64) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_nanos() as f64 / rounds as f64
}

fn print_table(words: &[String]) {
    let is_chosen = |case: &&Case| {
        words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str()))
    };
    println!("| case | lunette, ns | PUC Lua, ns | ratio |\n| --- | ---: | ---: | ---: |");
    let (mut logs, mut count) = (0.0, 0);
    for case in CASES.iter().filter(is_chosen) {
        let rounds = case.calibrate();
        let source = case.source();
        let (mut lunette, mut puc) = (Lunette::new(&source), Puc::new(&source));
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            let start = ThreadTime::now();
            black_box(lunette.call(black_box(rounds)));
            times[0].push(start.elapsed());
            let start = ThreadTime::now();
            black_box(puc.call(black_box(rounds)));
            times[1].push(start.elapsed());
        }
        let [ours, theirs] = times.map(|times| median(times, rounds));
        let ratio = ours / theirs;
        println!("| {} | {ours:.0} | {theirs:.0} | {ratio:.2} |", case.name);
        logs += ratio.ln();
        count += 1;
    }
    let mean = (logs / f64::from(count.max(1))).exp();
    println!("| geometric mean of {count} | | | {mean:.2} |");
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    words.retain(|word| word != "--bench");
    if words.first().is_some_and(|word| word == "--table") {
        print_table(&words[1..]);
    } else {
        run_criterion();
    }
}
