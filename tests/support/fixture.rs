//! Script fixtures: Lua files that say what they print; see `tests/scripts/README.md`.

use std::path::{Path, PathBuf};

/// What a note begins with.
const NOTE: &str = "-->";
/// What a header begins with.
const HEADER: &str = "--!";
/// What the expected error begins with.
const ERROR: &str = "--!>";

/// A fixture file.
#[derive(Clone, Debug)]
pub struct Fixture {
    pub path: PathBuf,
    pub source: String,
    /// The bare file name, which is what messages call the script.
    pub name: String,
    pub output: Vec<u8>,
    /// The expected message, if the script is to fail.
    pub error: Option<String>,
    pub fuel: Option<u64>,
    pub memory: Option<usize>,
    /// It is about what is reclaimed, and so runs only as a whole program.
    pub is_whole: bool,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Panics
    /// The file cannot be read, or a header is unknown.
    pub fn read(path: &Path) -> Self {
        let source = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut fixture = Self {
            path: path.to_path_buf(),
            name: name.into_owned(),
            output: Vec::new(),
            error: None,
            fuel: None,
            memory: None,
            is_whole: false,
            source: String::new(),
        };
        let mut must_fail = false;
        for line in source.lines() {
            if let Some(message) = line.strip_prefix(ERROR) {
                fixture.error = Some(message.strip_prefix(' ').unwrap_or(message).into());
            } else if let Some(header) = line.strip_prefix(HEADER) {
                must_fail |= fixture.header(header.trim());
            } else if let Some((_, note)) = line.split_once(NOTE) {
                let text = note.strip_prefix(' ').unwrap_or(note);
                fixture.output.extend_from_slice(text.as_bytes());
                fixture.output.push(b'\n');
            }
        }
        if must_fail && fixture.error.is_none() {
            fixture.error = Some(String::new());
        }
        fixture.source = source;
        fixture
    }

    /// Takes a header in; says whether it is the one that expects an error.
    fn header(&mut self, header: &str) -> bool {
        let (word, value) = header.split_once('=').unwrap_or((header, ""));
        let value = value.trim();
        let bad = || -> ! { panic!("{}: bad header '{header}'", self.path.display()) };
        match word.trim() {
            "error" => return true,
            "whole" => self.is_whole = true,
            "fuel" => self.fuel = Some(value.parse().unwrap_or_else(|_| bad())),
            "memory" => {
                let (digits, unit) = match value.split_at_checked(value.len().wrapping_sub(1)) {
                    Some((digits, "k")) => (digits, 1 << 10),
                    Some((digits, "m")) => (digits, 1 << 20),
                    _ => (value, 1),
                };
                let count: usize = digits.parse().unwrap_or_else(|_| bad());
                self.memory = Some(count * unit);
            }
            _ => bad(),
        }
        false
    }

    /// Whether only this implementation can run it.
    pub fn is_bounded(&self) -> bool {
        self.fuel.is_some() || self.memory.is_some()
    }

    /// The source with its notes and its expected error replaced by what was found.
    ///
    /// Each line of output goes where a note stands, in order; what is left over goes to the end.
    pub fn blessed(&self, output: &[u8], error: Option<&str>) -> String {
        let output = String::from_utf8_lossy(output);
        let mut lines = output.lines();
        let mut text = String::new();
        for line in self.source.lines() {
            if line.starts_with(ERROR) {
                continue;
            }
            match line.split_once(NOTE) {
                Some((code, _)) if !line.starts_with(HEADER) => match lines.next() {
                    Some(found) => push_line(&mut text, &format!("{code}{}", note(found))),
                    None if code.trim().is_empty() => {}
                    None => push_line(&mut text, code.trim_end()),
                },
                _ => push_line(&mut text, line),
            }
        }
        for found in lines {
            push_line(&mut text, &note(found));
        }
        if let Some(message) = error {
            push_line(&mut text, &format!("{ERROR} {message}"));
        }
        text
    }
}

fn note(found: &str) -> String {
    if found.is_empty() {
        NOTE.into()
    } else {
        format!("{NOTE} {found}")
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
