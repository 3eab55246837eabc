//! `lunette test`, as a user runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of test files that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What an earlier run left, if it was killed.
        let _ = fs::remove_dir_all(&path);
        for (file, text) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().expect("it is below the folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        Self(path)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lunette"))
            .arg("test")
            .args(args)
            .current_dir(&self.0)
            .output()
            .expect("the command runs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is in the target folder; nothing is lost if it stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const ISOLATED: &str = "
local shared = 0
local list = {}
for i = 1, 20 do
  it('case ' .. i, function()
    shared = shared + 1
    list[#list + 1] = i
    leaked = (leaked or 0) + 1
    string.leaked = (string.leaked or 0) + 1
    assert.equal(1, shared)
    assert.same({ i }, list)
    assert.equal(1, leaked)
    assert.equal(1, string.leaked)
  end)
end";

#[test]
fn no_case_sees_another() {
    let folder = Folder::new("isolated", &[("a_test.lua", ISOLATED)]);
    for args in [&[][..], &["--shuffle=7"], &["-j1"], &["--coverage"]] {
        let output = folder.run(args);
        assert!(out(&output).contains("20 passed in"), "{}", out(&output));
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

/// More cases than a region begins with; those in the middle fail and wait.
const MANY: &str = "
local shared, order = 0, {}
for block = 1, 10 do
  describe('block ' .. block, function()
    local prepared
    before_each(function() prepared = block end)
    for i = 1, 20 do
      local number = (block - 1) * 20 + i
      it('case ' .. number, function()
        shared = shared + 1
        order[#order + 1] = number
        assert.equal(block, prepared)
        assert.equal(1, shared)
        assert.same({ number }, order)
        assert.is_true(number ~= 65 and number ~= 128)
      end)
    end
    pending('later')
  end)
end";

#[test]
fn cases_of_a_long_file_are_told_apart() {
    let folder = Folder::new("many", &[("a_test.lua", MANY)]);
    for args in [&[][..], &["--shuffle=7"], &["-j1"], &["--coverage"]] {
        let output = folder.run(args);
        let text = out(&output);
        assert!(
            text.contains("198 passed, 2 failed, 10 pending in"),
            "{text}"
        );
        for name in ["block 4 case 65", "block 7 case 128"] {
            assert!(text.contains(name), "{text}");
        }
        assert_eq!(output.status.code(), Some(1), "{args:?}");
    }
    let output = folder.run(&["--filter", "case 199$"]);
    assert!(out(&output).contains("1 passed"), "{}", out(&output));
}

const FAILING: &str = "
describe('sums', function()
  local base
  before_each(function() base = 10 end)
  it('holds', function() assert.are.equal(12, base + 2) end)
  it('differs', function()
    print('said before')
    assert.are.same({ 1, { x = 1 } }, { 1, { x = 2 } })
  end)
  it('raises', function()
    local t
    return t.field
  end)
  it('is left for later')
  pending('as well', function() error('never') end)
  it('opens a file', function() io.open('/dev/null') end)
  it('runs on', function() while true do end end)
  it('fills memory', function() local t = {} while true do t[#t + 1] = { {} } end end)
  describe('with a broken hook', function()
    before_each(function() error('no hook') end)
    it('does not run', function() error('never') end)
  end)
  it('leaves by the back door', function() os.exit(0) end)
end)";

#[test]
#[cfg_attr(lunette_stress, ignore = "too slow for its time limits then")]
fn failures_are_told_and_the_rest_goes_on() {
    let folder = Folder::new("failing", &[("spec/sums_spec.lua", FAILING)]);
    let output = folder.run(&["--memory-limit", "16MiB", "--time-limit", "1s"]);
    let text = out(&output);
    for part in [
        "failed  sums differs spec/sums_spec.lua:6,",
        "spec/sums_spec.lua:8: the values are not the same",
        "    8 |     assert.are.same({ 1, { x = 1 } }, { 1, { x = 2 } })",
        "    -     x = 1,",
        "    +     x = 2,",
        "| said before",
        "error  sums raises spec/sums_spec.lua:10,",
        "spec/sums_spec.lua:12: attempt to index a nil value (local 't')",
        "pending  sums is left for later",
        "pending  sums as well",
        "/dev/null was left open",
        "time limit reached",
        "not enough memory",
        "in before_each: spec/sums_spec.lua:20: no hook",
        "the file called os.exit",
        "1 passed, 2 failed, 5 with errors, 2 pending in",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("never"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn reports_have_formats() {
    let folder = Folder::new(
        "formats",
        &[("a_test.lua", FAILING), ("b_test.lua", "error('x')")],
    );
    let args = [
        "--memory-limit",
        "4MiB",
        "--time-limit",
        "200ms",
        "--format",
    ];
    let run = |format| out(&folder.run(&[&args[..], &[format]].concat()));
    let tap = run("tap");
    assert!(tap.starts_with("TAP version 14\n1..10\n"), "{tap}");
    assert!(tap.contains("\nok 1 - a_test.lua: sums holds\n"), "{tap}");
    assert!(
        tap.contains("\nnot ok 2 - a_test.lua: sums differs\n"),
        "{tap}"
    );
    assert!(tap.contains("# SKIP"), "{tap}");
    assert!(tap.contains("# b_test.lua cannot be used"), "{tap}");
    let json = run("json");
    for line in json.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(line["event"].is_string());
    }
    assert!(json.contains("\"result\":\"failure\""), "{json}");
    let junit = run("junit");
    assert!(junit.starts_with("<?xml"), "{junit}");
    assert!(
        junit.contains("tests=\"11\" failures=\"2\" errors=\"6\" skipped=\"2\""),
        "{junit}"
    );
    assert!(
        junit.contains("<failure message=\"a_test.lua:8: the values are not"),
        "{junit}"
    );
}

#[test]
fn cases_are_chosen_and_listed() {
    let files = [
        (
            "a_test.lua",
            "it('one', function() end) it('two', function() end)",
        ),
        (
            "test_b.lua",
            "function test_plain() assert(1 == 1) end function helper() end",
        ),
        ("c.lua", "error('this is no test file')"),
    ];
    let folder = Folder::new("chosen", &files);
    let output = folder.run(&["--list"]);
    let listed = "a_test.lua: one\na_test.lua: two\ntest_b.lua: test_plain\n";
    assert_eq!(out(&output), listed);
    let output = folder.run(&["--filter", "^t[we]"]);
    assert!(out(&output).contains("2 passed"), "{}", out(&output));
    let output = folder.run(&["--filter", "%"]);
    assert!(
        err(&output).contains("bad --filter: malformed pattern"),
        "{}",
        err(&output)
    );
    assert_eq!(output.status.code(), Some(2));
    let output = folder.run(&["a_test.lua", "--max-bytes", "1"]);
    assert!(out(&output).contains("2 failed"), "{}", out(&output));
    let output = folder.run(&["--memory"]);
    assert!(
        out(&output).contains("the most memory at peak:"),
        "{}",
        out(&output)
    );
}

#[test]
fn bad_usage_is_told() {
    let folder = Folder::new("usage", &[("readme.txt", "no tests here")]);
    for (args, message) in [
        (&[][..], "no test files found"),
        (&["missing"], "cannot read missing"),
        (&["--format", "xml"], "invalid value 'xml'"),
    ] {
        let output = folder.run(args);
        assert!(err(&output).contains(message), "{}", err(&output));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn the_first_failure_may_end_it() {
    let source = "for i = 1, 50 do it('case ' .. i, function() assert(i ~= 3) end) end";
    let folder = Folder::new("fast", &[("a_test.lua", source)]);
    let output = folder.run(&["--fail-fast", "-j1"]);
    assert!(
        out(&output).contains("2 passed, 1 failed, 47 not run"),
        "{}",
        out(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn spies_stubs_and_matchers_work() {
    let source = "
it('spies', function()
  local s = spy.new(function(x) return x * 2 end)
  assert.equal(4, s(2))
  assert.spy(s).was.called(1)
  assert.spy(s).was_called_with(2)
  assert.spy(s).was_not.called_with(3)
  assert.spy(s).was.called_with(match.is_number())
  local ok, failure = pcall(function() assert.spy(s).was.called_with(3) end)
  assert.is_false(ok)
  assert.matches('was not called with %(3%); its calls: %(2%)', tostring(failure))
end)
it('stubs', function()
  local object = { greet = function() return 'hello' end }
  stub(object, 'greet').returns('stubbed')
  assert.equal('stubbed', object.greet())
  assert.stub(object.greet).was_called(1)
  object.greet:returns('again')
  assert.equal('again', object.greet())
  object.greet:revert()
  assert.equal('hello', object.greet())
end)
it('asserts', function()
  assert.is_true(true) assert.True(true) assert.is_nil(nil) assert.is_not_nil(1)
  assert.is_table {} assert.are_not.equal(1, 2) assert.is.near(1, 1.05, 0.1)
  assert.has_error(function() error('boom') end, 'boom')
  assert.has.error(function() error({ code = 1 }) end, { code = 1 })
  assert.error_matches(function() error('boom') end, 'b.*m')
  assert.has_no.errors(function() end)
  assert.is_not.near(1, 2, 0.1) assert.is_function(print) assert.is_empty {}
  assert.same({ 1, { 2 } }, { 1, { 2 } }) assert.is_not.same({ 1 }, { 2 })
  assert.contains('abc', 'b') assert.is_truthy(1) assert.is_falsy(false)
end)";
    let folder = Folder::new("spies", &[("a_test.lua", source)]);
    let output = folder.run(&[]);
    assert!(out(&output).contains("3 passed"), "{}", out(&output));
}

#[test]
fn lines_that_ran_are_counted() {
    let code = "local m = {}
function m.f(x)
  if x then
    return 1
  end
  return 2
end
return m
";
    let test =
        "local m = dofile('m.lua')\nit('calls', function()\n  assert.equal(1, m.f(true))\nend)\n";
    let folder = Folder::new("coverage", &[("m.lua", code), ("m_test.lua", test)]);
    let output = folder.run(&["--coverage=lcov.info"]);
    assert!(out(&output).contains("m.lua (6 of 7)"), "{}", out(&output));
    let lcov = fs::read_to_string(folder.0.join("lcov.info")).expect("it was written");
    assert!(lcov.contains("SF:m.lua\n"), "{lcov}");
    assert!(
        lcov.contains("DA:4,1\n") && lcov.contains("DA:6,0\n"),
        "{lcov}"
    );
}
