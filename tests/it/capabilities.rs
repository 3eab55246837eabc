//! What a script may do is what its host gave it: libraries, files, streams, clock, chance.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;

use bumpalo::Bump;
use lunette::{
    Arena, Engine, FixedClock, LibrarySet, MemoryFiles, OwnedError, ReadOnlyFolder, RunOptions,
    Streams,
};

/// Runs `source` with all libraries and returns the string that it returns.
fn run(options: &RunOptions<'_>, source: &str) -> Result<String, OwnedError> {
    run_with(LibrarySet::ALL, options, source)
}

fn run_with(
    libraries: LibrarySet,
    options: &RunOptions<'_>,
    source: &str,
) -> Result<String, OwnedError> {
    let engine = Engine::with_libraries(libraries);
    let program = engine.compile("test.lua", source)?;
    let out = Bump::new();
    let result = engine.enter_with(options, &mut Arena::new(), &out, |region| {
        region.eval::<String>(&program)
    });
    result.map_err(|error| error.to_owned_error())
}

#[test]
fn the_safe_set_has_no_files_processes_or_binary_chunks() {
    let found = run_with(
        LibrarySet::SAFE,
        &RunOptions::new(),
        "local function names(of)
            local found = {}
            for name in pairs(of or {}) do found[#found + 1] = name end
            table.sort(found)
            return table.concat(found, ' ')
        end
        local _, refused = load('\\27Lua', 'x', 'b')
        return names(os) .. '|' .. names(io) .. '|' .. names(debug) .. '|' .. refused .. '|'
            .. tostring(dofile) .. tostring(loadfile) .. tostring(string.dump and
                pcall(string.dump, function() end))",
    );
    assert_eq!(
        found.expect("nothing here is refused by an error"),
        "clock date difftime time||context traceback|attempt to load a binary chunk (mode is 't')|\
         nilnilfalse"
    );
}

#[test]
fn a_read_only_folder_is_read_and_nothing_else() {
    let root = std::env::temp_dir().join(format!("lunette-capabilities-{}", std::process::id()));
    let inside = root.join("inside");
    fs::create_dir_all(&inside).expect("there is room for tests");
    fs::write(inside.join("note.txt"), "a note").expect("there is room for tests");
    fs::write(root.join("secret.txt"), "a secret").expect("there is room for tests");
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("secret.txt"), inside.join("link.txt"))
        .expect("links can be made");
    let files = ReadOnlyFolder::new(&inside);
    let source = format!(
        "local told = {{io.open('note.txt'):read('a')}}
        local function tell(result, message) told[#told + 1] = tostring(result or message) end
        tell(io.open('note.txt', 'w'))
        tell(io.open('note.txt', 'a'))
        tell(io.open('note.txt', 'r+'))
        tell(io.open('../secret.txt'))
        tell(io.open('./../secret.txt'))
        tell(io.open('{}'))
        tell(io.open('link.txt'))
        tell(os.remove('note.txt'))
        tell(os.rename('note.txt', 'other.txt'))
        return table.concat(told, '\\n')",
        root.join("secret.txt").display()
    );
    let found = run(&RunOptions::new().files(&files), &source);
    let kept = fs::read_to_string(inside.join("note.txt"));
    fs::remove_dir_all(&root).expect("it is ours");
    let found = found.expect("refusals are results");
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 10, "{found}");
    assert_eq!(lines[0], "a note");
    for line in &lines[1..4] {
        assert!(line.ends_with("note.txt: Read-only file system"), "{line}");
    }
    for line in &lines[4..8] {
        let is_missing = line.ends_with(": No such file or directory");
        assert!(
            is_missing || cfg!(not(unix)) && line.contains("link"),
            "{line}"
        );
    }
    for line in &lines[8..] {
        assert!(line.ends_with("Read-only file system"), "{line}");
    }
    assert_eq!(kept.expect("it is still there"), "a note");
}

#[test]
fn files_in_memory_are_the_hosts_as_well() {
    let files = MemoryFiles::new(1000);
    files.set("in.txt", "one\ntwo\n").expect("it is small");
    let options = RunOptions::new().files(&files);
    let found = run(
        &options,
        "local out = io.open('out.txt', 'w')
        for line in io.lines('in.txt') do out:write(line:upper(), ';') end
        out:close()
        os.rename('out.txt', 'renamed.txt')
        os.remove('in.txt')
        local full = io.open('full.txt', 'w')
        full:setvbuf('no')
        local _, message = full:write(('x'):rep(1001))
        return tostring(io.open('in.txt')) .. tostring(message)",
    );
    let found = found.expect("refusals are results");
    assert!(found.starts_with("nil"), "{found}");
    assert!(found.ends_with("No space left on device"), "{found}");
    assert_eq!(files.get("renamed.txt").as_deref(), Some(&b"ONE;TWO;"[..]));
    assert_eq!(files.get("in.txt"), None);
}

/// Streams of a host: input from a text, output into one.
#[derive(Default)]
struct Page {
    input: Cell<&'static [u8]>,
    written: RefCell<Vec<u8>>,
    errors: RefCell<Vec<u8>>,
}

impl Streams for Page {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.written.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        self.errors.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let input = self.input.get();
        // A byte at a time, as slow peers send them.
        let count = input.len().min(buffer.len()).min(1);
        buffer[..count].copy_from_slice(&input[..count]);
        self.input.set(&input[count..]);
        Ok(count)
    }
}

#[test]
fn standard_streams_are_the_hosts() {
    let page = Page::default();
    page.input.set(b"first line\n42 rest");
    let found = run(
        &RunOptions::new().streams(&page),
        "print(io.read())
        io.write(io.read('n'), io.read('a'))
        io.stderr:write('a complaint')
        return tostring(io.read())",
    );
    assert_eq!(found.expect("it reads and writes"), "nil");
    assert_eq!(*page.written.borrow(), b"first line\n42 rest");
    assert_eq!(*page.errors.borrow(), b"a complaint");
}

#[test]
fn time_and_chance_are_the_hosts() {
    let clock = FixedClock { now: 86_400 };
    let options = RunOptions::new().clock(&clock).random_seed(7);
    let source = "return os.time() .. os.date(' %Y-%m-%d %H:%M ') .. os.clock() .. ' '
        .. math.random(1 << 40)";
    let found = run(&options, source).expect("it runs");
    assert!(found.starts_with("86400 1970-01-02 00:00 0.0 "), "{found}");
    assert_eq!(run(&options, source).expect("it runs"), found);
    let other = RunOptions::new().clock(&clock).random_seed(8);
    assert_ne!(run(&other, source).expect("it runs"), found);
    let fixed = || run(&RunOptions::new().deterministic(), source).expect("it runs");
    assert_eq!(fixed(), fixed());
    assert!(fixed().starts_with("0 1970-01-01 00:00 0.0 "));
}
