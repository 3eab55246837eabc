//! House rules that a compiler does not check: floors, fences around unsafe, sizes, leftovers.
//!
//! Each list of exceptions below gives a reason per entry, and an entry that is not needed any
//! more fails as well.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of `src/`, from the ground up: a module imports from its own floor or from below.
const FLOORS: [&str; 10] = [
    "memory", "value", "bytecode", "error", "syntax", "compile", "vm", "stdlib", "embed", "cli",
];

/// Imports that go down and are forbidden all the same.
const FORBIDDEN_IMPORTS: &[(&str, &str, &str)] = &[
    ("vm", "compile", "`load` is a hook that `embed` fills"),
    ("vm", "syntax", "`load` is a hook that `embed` fills"),
    ("stdlib", "compile", "`load` asks the hook of `vm`"),
    ("cli", "memory", "the command uses public names only"),
];

/// The files that may contain unsafe code.
const UNSAFE_FILES: &[&str] = &[
    "src/bytecode/instruction.rs",
    "src/error/payload.rs",
    "src/memory/arena.rs",
    "src/memory/asan.rs",
    "src/memory/buffer.rs",
    "src/memory/chunk.rs",
    "src/memory/evacuate.rs",
    "src/memory/extend.rs",
    "src/memory/free_list.rs",
    "src/memory/gaps.rs",
    "src/memory/handle.rs",
    "src/memory/heap.rs",
    "src/memory/large.rs",
    "src/memory/scratch.rs",
    "src/memory/source.rs",
    "src/memory/stress.rs",
    "src/memory/sweep.rs",
    "src/memory/unit.rs",
    "src/memory/warm.rs",
    "src/value/copy.rs",
    "src/value/copy_weak.rs",
    "src/value/escape.rs",
    "src/value/filler.rs",
    "src/value/finalizers.rs",
    "src/value/function.rs",
    "src/value/host.rs",
    "src/value/image.rs",
    "src/value/image_warm.rs",
    "src/value/program.rs",
    "src/value/proto.rs",
    "src/value/repr.rs",
    "src/value/string.rs",
    "src/value/table.rs",
    "src/value/table_fill.rs",
    "src/value/table_hash.rs",
    "src/value/table_model.rs",
    "src/value/table_next.rs",
    "src/value/thread.rs",
    "src/value/userdata.rs",
    "src/vm/call.rs",
    "src/vm/host.rs",
    "src/vm/native.rs",
    "src/vm/ops/closure.rs",
    "src/vm/ops/concat.rs",
    "src/vm/ops/field.rs",
    "src/vm/ops/frame.rs",
    "src/vm/ops/loops.rs",
    "src/vm/ops/protect.rs",
    "src/vm/opened.rs",
    "src/vm/owned.rs",
    "src/vm/prepared.rs",
    "src/vm/profile.rs",
    "src/vm/reenter.rs",
    "src/vm/run.rs",
    "src/vm/safepoint.rs",
    "src/vm/slot.rs",
    "src/vm/state.rs",
];

/// Lines of a file, and what is longer.
const FILE_LINES_MAX: usize = 800;
const LONG_FILES: &[(&str, &str)] = &[(
    "src/vm/run.rs",
    "the interpreter loop is one function, an arm per opcode",
)];

const LINE_CHARS_MAX: usize = 100;

/// A text file of the project, with its path from the top.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The lines of a Rust file without its comments, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(index, line)| {
            let code = line.split("//").next()?;
            (!code.trim().is_empty()).then_some((index + 1, code))
        })
    }

    /// The floor that a file of `src/` belongs to.
    fn floor(&self) -> Option<usize> {
        let module = self.path.strip_prefix("src/")?.split('/').next()?;
        FLOORS.iter().position(|floor| *floor == module)
    }

    fn is_source(&self) -> bool {
        self.path.starts_with("src/")
    }
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files with one of the extensions, in the folders that are ours.
fn files(extensions: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![top().to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str());
            if !extension.is_some_and(|extension| extensions.contains(&extension)) {
                continue;
            }
            let text = fs::read(&path).unwrap_or_default();
            let relative = path.strip_prefix(top()).unwrap_or(&path);
            found.push(File {
                path: relative.to_string_lossy().replace('\\', "/"),
                text: String::from_utf8_lossy(&text).into_owned(),
            });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 3, "the project has files");
    found
}

/// Collects complaints, and fails with all of them at once.
#[derive(Default)]
struct Complaints(String);

impl Complaints {
    fn add(&mut self, path: &str, line: usize, what: &str) {
        let _ = writeln!(self.0, "{path}:{line}: {what}");
    }

    #[track_caller]
    fn settle(self) {
        assert!(self.0.is_empty(), "\n{}", self.0);
    }
}

/// The words of a line: runs of letters, digits and underscores.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// The modules of the top that a line names by `crate::`, in braces too.
fn imports(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, path) in line.match_indices("crate::") {
        if line[..at].ends_with('$') {
            continue;
        }
        let rest = &line[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(words(list)),
            None => found.extend(words(rest).next()),
        }
    }
    found
}

#[test]
fn imports_go_down() {
    let mut complaints = Complaints::default();
    for file in files(&["rs"]) {
        let Some(own) = file.floor() else { continue };
        for (line, code) in file.code() {
            for name in imports(code) {
                let Some(other) = FLOORS.iter().position(|floor| *floor == name) else {
                    continue;
                };
                if other > own {
                    let what = format!("`{}` imports `{name}`, a floor above it", FLOORS[own]);
                    complaints.add(&file.path, line, &what);
                }
                let is_forbidden =
                    |(from, to, _): &&(&str, &str, &str)| *from == FLOORS[own] && *to == name;
                if let Some((from, to, why)) = FORBIDDEN_IMPORTS.iter().find(is_forbidden) {
                    let what = format!("`{from}` must not import `{to}`: {why}");
                    complaints.add(&file.path, line, &what);
                }
            }
        }
    }
    complaints.settle();
}

#[test]
fn unsafe_stays_in_the_listed_files() {
    let mut complaints = Complaints::default();
    let all = files(&["rs"]);
    for file in all.iter().filter(|file| file.is_source()) {
        let is_listed = UNSAFE_FILES.contains(&file.path.as_str());
        let first = file.code().find(|(_, code)| {
            words(code).any(|word| word == "unsafe") || code.contains("allow(unsafe_code)")
        });
        match first {
            Some((line, _)) if !is_listed => {
                let what = "unsafe code in a file that is not listed in tests/tidy.rs";
                complaints.add(&file.path, line, what);
            }
            None if is_listed => {
                complaints.add(&file.path, 1, "listed as unsafe, but is not any more");
            }
            _ => {}
        }
    }
    for listed in UNSAFE_FILES {
        if !all.iter().any(|file| file.path == *listed) {
            complaints.add(listed, 1, "listed as unsafe, but does not exist");
        }
    }
    complaints.settle();
}

#[test]
fn files_and_lines_are_short() {
    let mut complaints = Complaints::default();
    for file in files(&["rs", "md"]) {
        let is_rust = file.path.ends_with(".rs");
        let count = file.text.lines().count();
        let exception = LONG_FILES.iter().find(|(path, _)| *path == file.path);
        if is_rust && count > FILE_LINES_MAX && exception.is_none() {
            let what = format!("{count} lines; split where the interface is smallest");
            complaints.add(&file.path, count, &what);
        }
        if count <= FILE_LINES_MAX && exception.is_some() {
            complaints.add(&file.path, count, "listed as long, but is not any more");
        }
        for (index, line) in file.text.lines().enumerate() {
            let may_be_long = !is_rust && (line.starts_with('|') || line.contains("](http"));
            if line.chars().count() > LINE_CHARS_MAX && !may_be_long {
                complaints.add(&file.path, index + 1, "longer than 100 columns");
            }
            if line.ends_with([' ', '\t']) {
                complaints.add(&file.path, index + 1, "blanks at the end of the line");
            }
        }
    }
    complaints.settle();
}

#[test]
fn nothing_is_left_unfinished() {
    // Put together here, so that this file does not complain of itself.
    let marks = ["TO", "FIX", "XX", "HA"].map(String::from);
    let marks: Vec<_> = marks.iter().zip(["DO", "ME", "X", "CK"]).collect();
    let marks: Vec<_> = marks.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let macros = ["unimpl", "to", "db"].map(String::from);
    let macros: Vec<_> = macros.iter().zip(["emented", "do", "g"]).collect();
    let macros: Vec<_> = macros.iter().map(|(a, b)| format!("{a}{b}!")).collect();
    let mut complaints = Complaints::default();
    for file in files(&["rs"]) {
        for (index, line) in file.text.lines().enumerate() {
            let mark = words(line).find(|word| marks.iter().any(|mark| mark == word));
            if let Some(mark) = mark {
                complaints.add(&file.path, index + 1, &format!("`{mark}` is left"));
            }
            let called = macros.iter().find(|name| {
                line.match_indices(name.as_str())
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
            });
            if let Some(name) = called {
                complaints.add(&file.path, index + 1, &format!("`{name}` is left"));
            }
        }
    }
    complaints.settle();
}

#[test]
fn modules_say_what_they_own() {
    let mut complaints = Complaints::default();
    for file in files(&["rs"]) {
        let first = file.text.lines().find(|line| !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//! ")) {
            complaints.add(&file.path, 1, "opens without module documentation");
        }
    }
    complaints.settle();
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut complaints = Complaints::default();
    for file in files(&["md"]) {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        for (index, line) in file.text.lines().enumerate() {
            for (at, start) in line.match_indices("](") {
                let rest = &line[at + start.len()..];
                let target = rest.split([')', '#']).next().unwrap_or_default();
                let is_elsewhere = target.is_empty() || target.contains("://");
                if !is_elsewhere && !top().join(folder).join(target).exists() {
                    let what = format!("links to `{target}`, which does not exist");
                    complaints.add(&file.path, index + 1, &what);
                }
            }
        }
    }
    complaints.settle();
}

#[test]
fn the_index_of_documents_is_complete() {
    let index = fs::read_to_string(top().join("docs/README.md")).unwrap_or_default();
    let mut complaints = Complaints::default();
    for file in files(&["md"]) {
        let Some(name) = file.path.strip_prefix("docs/") else {
            continue;
        };
        if name != "README.md" && !index.contains(&format!("]({name})")) {
            complaints.add(&file.path, 1, "is not in docs/README.md");
        }
    }
    complaints.settle();
}

#[test]
fn every_dependency_has_its_reason() {
    let read = |path: &str| fs::read_to_string(top().join(path)).unwrap_or_default();
    let (manifest, reasons) = (read("Cargo.toml"), read("docs/dependencies.md"));
    let mut section = String::new();
    let mut complaints = Complaints::default();
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            section = line.to_owned();
            continue;
        }
        let is_dependency = section.contains("dependencies]") && line.contains(" = ");
        let name = line.split([' ', '.']).next().unwrap_or_default();
        if is_dependency && !name.starts_with('#') && !reasons.contains(&format!("| `{name}` |")) {
            let what = format!("`{name}` is not in docs/dependencies.md");
            complaints.add("Cargo.toml", index + 1, &what);
        }
    }
    complaints.settle();
}
