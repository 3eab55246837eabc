//! The command from outside: arguments, exit status, standard streams.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs the command with `args` and `input`.
fn run_with(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunette"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command was built");
    let mut stdin = child.stdin.take().expect("it is piped");
    // The command may end without reading its input.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts exit status, standard output and standard error.
#[track_caller]
fn check(args: &[&str], input: &str, status: i32, out: &str, err: &str) {
    let output = run_with(args, input.as_bytes());
    let shown = (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    );
    assert_eq!(shown, (Some(status), out.to_owned(), err.to_owned()));
}

/// A script in a file that is removed at the end of the test, with the folder, which it shares
/// with no other: tests run side by side, and what one removes another may just have made.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, source: impl AsRef<[u8]>) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let (process, count) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("lunette-cli-{process}-{count}"));
        std::fs::create_dir_all(&folder).expect("there is room for tests");
        let path = folder.join(name);
        std::fs::write(&path, source).expect("there is room for tests");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("names of tests are ASCII")
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = self.0.parent().map(std::fs::remove_dir);
    }
}

#[test]
fn a_line_of_code_runs() {
    check(&["-e", "print(6 * 7)"], "", 0, "42\n", "");
    check(&["-e", "x = 1", "-e", "print(x)"], "", 0, "1\n", "");
}

#[test]
fn a_script_runs_from_a_file_and_from_standard_input() {
    let script = Script::new("plain.lua", "#!/usr/bin/env lunette\nprint('hello', ...)");
    check(&[script.path()], "", 0, "hello\n", "");
    check(&["run", script.path(), "a"], "", 0, "hello\ta\n", "");
    check(&["-", "b"], "print('in', ...)", 0, "in\tb\n", "");
    check(&["-e", "x = 5", "-"], "print(x)", 0, "5\n", "");
}

#[test]
fn a_script_finds_its_arguments() {
    let source = "print(#arg, arg[0] == NAME, arg[-1], arg[1], arg[2], select('#', ...))";
    let script = Script::new("arg.lua", source);
    let name = format!("NAME = '{}'", script.path());
    let args = ["-e", &name, script.path(), "--fuel", "--"];
    let expected = format!("2\ttrue\t{name}\t--fuel\t--\t2\n");
    check(&args, "", 0, &expected, "");
    let args = ["-e", &name, script.path(), "--", "x"];
    let expected = format!("2\ttrue\t{name}\t--\tx\t2\n");
    check(&args, "", 0, &expected, "");
    check(
        &["-e", "print(arg[1], arg[2])"],
        "",
        0,
        "-e\tprint(arg[1], arg[2])\n",
        "",
    );
}

#[test]
fn an_error_has_message_and_traceback() {
    let script = Script::new(
        "bad.lua",
        "local function f(t)\n  return t.x\nend\nf(nil)\n",
    );
    let path = script.path();
    let shown = match path.len() {
        0..60 => path.to_owned(),
        _ => return,
    };
    let expected = format!(
        "lunette: {shown}:2: attempt to index a nil value (local 't')\n\
         stack traceback:\n\
         \t{shown}:2: in local 'f'\n\
         \t{shown}:4: in main chunk\n\
         \t[C]: in ?\n"
    );
    check(&[path], "", 1, "", &expected);
}

#[test]
fn tracebacks_reach_through_the_library() {
    let source = "local function order(a, b)
          return a.x < b
        end
        local function sorted(list)
          table.sort(list, order)
        end
        sorted({1, 2})";
    let expected = "lunette: stdin:2: attempt to index a number value (local 'a')\n\
         stack traceback:\n\
         \tstdin:2: in function <stdin:1>\n\
         \t[C]: in function 'table.sort'\n\
         \tstdin:5: in local 'sorted'\n\
         \tstdin:7: in main chunk\n\
         \t[C]: in ?\n";
    check(&["-"], source, 1, "", expected);
}

#[test]
fn error_values_that_are_no_strings_are_described() {
    let source = "error(setmetatable({}, {__tostring = function() return 'my text' end}))";
    check(&["-e", source], "", 1, "", "lunette: my text\n");
    let output = run_with(&["-e", "error({})"], b"");
    let err = text(&output.stderr);
    let first = err.lines().next();
    assert_eq!(first, Some("lunette: (error object is a table value)"));
    let output = run_with(&["-e", "error()"], b"");
    let err = text(&output.stderr);
    assert_eq!(
        err.lines().next(),
        Some("lunette: (error object is a nil value)")
    );
}

#[test]
fn what_was_written_comes_before_the_error() {
    let source = "print('before') error('after', 0)";
    let output = run_with(&["-e", source], b"");
    assert_eq!(text(&output.stdout), "before\n");
    assert!(text(&output.stderr).starts_with("lunette: after\n"));
}

#[test]
fn files_that_cannot_be_read_are_reported() {
    check(
        &["no-such-file.lua"],
        "",
        1,
        "",
        "lunette: cannot open no-such-file.lua: No such file or directory\n",
    );
    let folder = std::env::temp_dir();
    let folder = folder.to_str().expect("names of tests are ASCII");
    let err = format!("lunette: cannot read {folder}: Is a directory\n");
    check(&["run", folder], "", 1, "", &err);
}

#[test]
fn syntax_errors_are_reported_without_traceback() {
    check(
        &["-"],
        "x = = 1",
        1,
        "",
        "lunette: stdin:1: unexpected symbol near '='\n",
    );
    check(
        &["-e", "x ="],
        "",
        1,
        "",
        "lunette: (command line):1: unexpected symbol near <eof>\n",
    );
    let binary = "\u{1b}Lua";
    let err = "lunette: stdin: attempt to load a binary chunk (mode is 't')\n";
    check(&["-"], binary, 1, "", err);
}

#[test]
fn check_looks_at_all_files() {
    let good = Script::new("good.lua", "error('never run')");
    let bad = Script::new("worse.lua", "x = = 1");
    check(&["check", good.path()], "", 0, "", "");
    let output = run_with(&["check", bad.path(), "absent.lua", good.path()], b"");
    assert_eq!(output.status.code(), Some(1));
    let err = text(&output.stderr);
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(
        err.contains("worse.lua:1: unexpected symbol near '='"),
        "{err}"
    );
}

#[test]
fn dis_shows_bytecode() {
    let output = run_with(&["dis", "-"], b"local x = 1\nreturn x + 1");
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stdout).contains("stdin"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn bad_usage_is_told() {
    for args in [
        &["--no-such-option"][..],
        &["check"],
        &["dis", "a", "b"],
        &["--fuel", "much", "x.lua"],
        &["--memory-limit", "64 parsecs", "x.lua"],
        &["--time-limit", "2", "x.lua"],
    ] {
        let output = run_with(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn help_and_version_are_given() {
    let output = run_with(&["--version"], b"");
    let version = format!("lunette {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&output.stdout), version);
    let output = run_with(&["--help"], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Examples:"));
}

#[test]
fn bounds_end_a_run() {
    let endless = ["-e", "while true do end"];
    let bounded = |bound: [&'static str; 2]| [bound, endless].concat();
    let err = |message: &str| {
        let path = "stack traceback:\n\t(command line):1: in main chunk\n\t[C]: in ?";
        format!("lunette: {message}\n{path}\n")
    };
    let fuel = bounded(["--fuel", "100000"]);
    check(&fuel, "", 1, "", &err("out of fuel"));
    let time = bounded(["--time-limit", "20ms"]);
    check(&time, "", 1, "", &err("time limit reached"));
    let source = "local t = {} for i = 1, 1e9 do t[i] = {} end";
    let memory = ["--memory-limit", "1MiB", "-e", source];
    check(&memory, "", 1, "", &err("not enough memory"));
}

#[test]
fn statistics_go_to_standard_error() {
    let output = run_with(&["--stats", "-e", "print(1)"], b"");
    assert_eq!(text(&output.stdout), "1\n");
    let err = text(&output.stderr);
    for part in [
        "at peak",
        "chunk",
        " kept",
        "tables",
        " tables in ",
        "used again",
        "VM steps",
        "to open",
        "to close",
    ] {
        assert!(err.contains(part), "`{part}` in {err}");
    }
}

#[test]
#[cfg(feature = "profile")]
fn a_memory_profile_tells_who_allocated() {
    let source = "local function fill(n) return ('x'):rep(n) end
        local function outer() local t = {} for i = 1, 50 do t[i] = fill(2000) end return t end
        outer() pcall(outer) coroutine.wrap(outer)()";
    let file = std::env::temp_dir().join(format!("lunette-profile-{}.svg", std::process::id()));
    let path = file.to_string_lossy().into_owned();
    let output = run_with(&["--memory-profile", &path, "-e", source], b"");
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stderr);
    let first = table.lines().nth(1).expect("a line below the head");
    assert!(first.ends_with("  rep"), "{table}");
    assert!(table.contains("  outer (command line):2"), "{table}");
    let drawn = std::fs::read_to_string(&file).expect("the graph was written");
    std::fs::remove_file(&file).expect("it is there");
    assert!(drawn.contains("<svg") && drawn.contains("fill (command line):1"));
    assert!(drawn.contains("rep (") && drawn.contains("pcall"));
    // Without a file there is the table alone.
    let output = run_with(&["--memory-profile", "-", "-e", source], b"");
    assert!(text(&output.stderr).contains("own bytes"));
    let failed = run_with(&["--memory-profile", "/no/such/x.svg", "-e", "x = 1"], b"");
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stderr).contains("cannot write /no/such/x.svg: "));
}

#[test]
fn statistics_tell_of_evacuations() {
    let source = "for i = 1, 1e5 do local t = {i} end collectgarbage()";
    // Not those that `LUNETTE_EVACUATE_EVERY` adds.
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunette"));
    command.env_remove("LUNETTE_EVACUATE_EVERY");
    let output = command.args(["--stats", "-e", source]).output();
    let output = output.expect("the command was built");
    let err = text(&output.stderr);
    let line = err.lines().find(|line| line.contains("evacuations"));
    let line = line.expect("there is a line of them");
    let figures: Vec<&str> = line
        .split(", ")
        .map(|part| part.trim_start_matches("moved").trim())
        .collect();
    let [count, place, copied, survived, reclaimed, all, longest] = figures[..] else {
        panic!("other figures: {line}");
    };
    let number = |part: &str| {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().expect("a figure")
    };
    assert!(number(count) > 2, "{line}");
    assert_eq!(place, "0 of them in place");
    assert!(
        copied.ends_with(" bytes copied") && number(copied) > 0,
        "{line}"
    );
    assert!(survived.ends_with(" survived") && number(survived) >= number(copied));
    assert!(reclaimed.ends_with(" reclaimed") && number(reclaimed) > 4_000_000);
    assert!(all.ends_with("s in all") && longest.ends_with("s the longest"));
}

#[test]
fn the_exit_status_is_the_scripts() {
    check(&["-e", "print('a') os.exit(7)"], "", 7, "a\n", "");
    check(&["-e", "os.exit(true)"], "", 0, "", "");
    check(&["-e", "os.exit(false)"], "", 1, "", "");
    check(
        &["-e", "pcall(os.exit, 3) print('not reached')"],
        "",
        3,
        "",
        "",
    );
}

#[test]
fn a_script_reads_standard_input() {
    let source = "for line in io.lines() do io.write('[', line, ']') end";
    check(
        &["-e", source],
        "one\ntwo\n\nlast",
        0,
        "[one][two][][last]",
        "",
    );
    let source = "print(io.read('n', 'l', 'a'))";
    check(
        &["-e", source],
        "12 rest\nof it",
        0,
        "12\t rest\tof it\n",
        "",
    );
}

#[test]
fn shipped_examples_run() {
    let example = |name: &str| format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let script = example("wordcount.lua");
    let output = run_with(&["run", &script, "-", "2"], b"a bb a\nbb a");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("5 words"),
        "{}",
        text(&output.stdout)
    );
    let script = example("json_pretty.lua");
    check(
        &["run", &script, "--compact"],
        "[1, {\"a\" : null}]",
        0,
        "[1,{\"a\":null}]\n",
        "",
    );
    let output = run_with(&["run", &script], b"[1, 2");
    assert_eq!(output.status.code(), Some(1));
    let script = example("nbody.lua");
    let output = run_with(&["run", &script, "10"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunette"));
    command
        .args(["-e", "while true do print('a line of output') end"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command was built");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn deep_nesting_is_an_error_and_fits_the_stack() {
    for (open, close) in [("(", ")"), ("{", "}"), ("function() return ", " end")] {
        let source = |depth| format!("local x = {}1{}", open.repeat(depth), close.repeat(depth));
        check(&["check", "-"], &source(60), 0, "", "");
        let output = run_with(&["check", "-"], source(100_000).as_bytes());
        assert_eq!(output.status.code(), Some(1), "{open}");
        assert!(text(&output.stderr).contains("overflow"), "{open}");
    }
}

#[test]
fn modules_are_required_in_the_order_of_the_command_line() {
    let script = Script::new("ordered.lua", "return {x = 7}");
    let folder = std::path::Path::new(script.path()).parent();
    let folder = folder.expect("it is in a folder").display();
    let path = format!("package.path = '{folder}/?.lua'");
    check(
        &["-e", &path, "-l", "m=ordered", "-e", "print(m.x, ordered)"],
        "",
        0,
        "7\tnil\n",
        "",
    );
    check(
        &["-e", &path, "-l", "ordered", "-e", "print(ordered.x)"],
        "",
        0,
        "7\n",
        "",
    );
    let output = run_with(&["-l", "no.such"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("module 'no.such' not found:"));
}

#[test]
fn code_modules_and_script_run_in_the_order_of_the_command_line() {
    let module = Script::new("stepped.lua", "step('module') return {}");
    let script = Script::new("steps.lua", "step('script', ...)");
    let folder = std::path::Path::new(module.path()).parent();
    let folder = folder.expect("it is in a folder").display();
    let first = format!(
        "package.path = '{folder}/?.lua' n = 0
        function step(...) n = n + 1 print(n, ...) end"
    );
    let args = [
        "-e",
        &first,
        "-e",
        "step('a')",
        "-lstepped",
        "-e",
        "step('b')",
    ];
    let args = [&args[..], &[script.path(), "-e", "x"]].concat();
    check(
        &args,
        "",
        0,
        "1\ta\n2\tmodule\n3\tb\n4\tscript\t-e\tx\n",
        "",
    );
    // What comes first may fail, and nothing runs behind it.
    let args = ["-e", "error('no', 0)", "-lstepped", script.path()];
    let output = run_with(&args, b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

#[test]
fn code_may_change_what_the_script_gets() {
    let set = "arg[1] = 100 arg[2] = true";
    check(&["-e", set, "-"], "print(...)", 0, "100\ttrue\n", "");
    let output = run_with(&["-e", "arg = 1", "-"], b"print(...)");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("lunette: 'arg' is not a table\n"));
}

#[test]
fn an_error_value_describes_itself_where_it_was_raised() {
    let source = "local value = setmetatable({}, {__tostring = function()
            return 'line ' .. debug.getinfo(4, 'l').currentline
        end})
        error(value)";
    check(&["-"], source, 1, "", "lunette: line 4\n");
}

#[test]
fn what_is_printed_is_seen_at_once() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunette"))
        .args(["-e", "print('now') io.read()"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command was built");
    let mut line = String::new();
    let out = child.stdout.take().expect("it is piped");
    BufReader::new(out)
        .read_line(&mut line)
        .expect("it is read");
    assert_eq!(line, "now\n");
    // It has waited for this.
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_prompt_tells_what_is_incomplete_at_the_end_of_its_input() {
    let output = run_with(&["-i"], b"x = (1 +\n");
    let shown = text(&output.stderr);
    assert!(shown.ends_with("near <eof>\n"), "{shown}");
    let output = run_with(&["-i"], b"print = nil\n1\n");
    let shown = text(&output.stderr);
    let expected = "lunette: error calling 'print' (attempt to call a nil value)\n";
    assert_eq!(shown, expected);
}

#[test]
fn the_environment_says_where_modules_are_and_what_is_first() {
    let with = |name: &str, value: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lunette"));
        let output = command.env(name, value).args(args).output();
        text(&output.expect("the command was built").stdout)
    };
    let path = ["-e", "print(package.path)"];
    assert_eq!(with("LUA_PATH", "a;b", &path), "a;b\n");
    assert!(with("LUA_PATH_5_4", "a;;b", &path).starts_with("a;/usr/"));
    assert_eq!(with("LUA_INIT", "x = 1", &["-e", "print(x)"]), "1\n");
    assert_eq!(
        with("LUA_INIT", "x = 1", &["-E", "-e", "print(x)"]),
        "nil\n"
    );
    let sandbox = ["--sandbox", "-e", "print(x)"];
    assert_eq!(with("LUA_INIT", "x = 1", &sandbox), "nil\n");
}

#[test]
fn a_sandbox_has_no_files_processes_or_environment() {
    let names = "io, os.getenv, os.execute, loadfile, dofile, debug.getinfo";
    let code = format!("print({names})");
    let nils = ["nil"; 6].join("\t") + "\n";
    check(&["--sandbox", "-e", &code], "", 0, &nils, "");
    let code = "print(os.time() > 0, debug.traceback(), pcall(require, 'x'))";
    let output = run_with(&["--sandbox", "-e", code], b"");
    let output = text(&output.stdout);
    assert!(output.starts_with("true\tstack traceback:"), "{output}");
    assert!(
        output.ends_with("no field package.preload['x']\n"),
        "{output}"
    );
}

#[test]
fn a_sandbox_neither_makes_nor_takes_binary_chunks() {
    let code = "print(pcall(string.dump, function() end))
        print(load('\\27Lua'))
        print(load('x = 1', 'x', 'b'))
        print(load('return 7', 'x', 't')())";
    let expected = "false\tunable to dump given function\n\
                    nil\tattempt to load a binary chunk (mode is 't')\n\
                    nil\tattempt to load a text chunk (mode is 'b')\n7\n";
    check(&["--sandbox", "-e", code], "", 0, expected, "");
}

#[test]
fn warnings_are_shown_when_asked_for() {
    check(&["-e", "warn('a')"], "", 0, "", "");
    check(
        &["-W", "-e", "warn('a', 'b')"],
        "",
        0,
        "",
        "Lua warning: ab\n",
    );
}

#[test]
fn a_deterministic_run_is_repeatable() {
    let code = "print(os.time(), os.clock(), math.random(1000), os.date('%c'))";
    let run = || text(&run_with(&["--deterministic", "-e", code], b"").stdout);
    let first = run();
    assert!(first.starts_with("0\t0.0\t"), "{first}");
    assert_eq!(first, run());
}

#[test]
fn standard_input_without_a_terminal_is_a_script() {
    check(&[], "print(1, ...)", 0, "1\n", "");
}

#[test]
fn a_prompt_shows_values_and_goes_on_after_errors() {
    let input = "1 + 1\nfor i = 1, 2 do\nprint(i)\nend\n= 'x', nil\nlocal hidden = 1\nerror('no')\n\
                 hidden\nos.exit(4)\nprint('not reached')\n";
    let output = run_with(&["-i"], input.as_bytes());
    assert_eq!(output.status.code(), Some(4));
    let shown = text(&output.stdout);
    let (_, shown) = shown.split_once('\n').expect("there is a first line");
    assert_eq!(shown, "> 2\n> >> >> 1\n2\n> x\tnil\n> > > nil\n> ");
    assert!(text(&output.stderr).starts_with("lunette: stdin:1: no\n"));
    let output = run_with(&["-i", "-e", "x = 5"], b"x\n");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("> 5\n"));
}
