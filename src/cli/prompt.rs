//! Where the lines of a prompt come from: a terminal with history and completion, or any input.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::cell::RefCell;
use std::env;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use lunette::{Error, Execution, Lua, Table, Unpacked, Value};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

const PROMPT: Style = AnsiColor::Cyan.on_default();
/// How many fields are offered at most.
const OFFERS_MAX: usize = 500;
/// How many metatables are followed in search of fields.
const METATABLES_MAX: usize = 10;

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// A line, or why there is none.
pub(super) enum Entry {
    Line(String),
    /// Ctrl-C: the statement is given up.
    Interrupted,
    End,
}

/// Where lines come from.
pub(super) enum Prompt {
    Terminal {
        editor: Box<Editor<LuaHelper, FileHistory>>,
        history: Option<PathBuf>,
    },
    Plain,
}

impl Prompt {
    /// A prompt on the terminal, if there is one; it completes what `execution` knows.
    pub(super) fn new(has_terminal: bool, execution: &Rc<RefCell<Execution>>) -> Self {
        if !has_terminal {
            return Self::Plain;
        }
        let config = Config::builder()
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .build();
        let Ok(mut editor) = Editor::with_config(config) else {
            return Self::Plain;
        };
        editor.set_helper(Some(LuaHelper {
            execution: Rc::clone(execution),
        }));
        let history = history_file();
        if let Some(file) = &history {
            // The first time there is none.
            let _ = editor.load_history(file);
        }
        let editor = Box::new(editor);
        Self::Terminal { editor, history }
    }

    /// Reads a line.
    pub(super) fn line(&mut self, prompt: &str) -> Entry {
        match self {
            Self::Terminal { editor, .. } => match editor.readline(prompt) {
                Ok(line) => Entry::Line(line),
                Err(ReadlineError::Interrupted) => Entry::Interrupted,
                Err(_) => Entry::End,
            },
            Self::Plain => plain_line(prompt).map_or(Entry::End, Entry::Line),
        }
    }

    /// Keeps a statement in the history.
    pub(super) fn remember(&mut self, statement: &str) {
        if let Self::Terminal { editor, .. } = self {
            // A statement that is not remembered can be typed again.
            let _ = editor.add_history_entry(statement);
        }
    }

    /// Writes the history to its file.
    pub(super) fn save(&mut self) {
        if let Self::Terminal { editor, history } = self
            && let Some(file) = history
        {
            let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
            // Where there is no place for it, it is forgotten.
            let _ = folder.map(|()| editor.save_history(file));
        }
    }
}

/// `None` at the end of the input, or if it cannot be read.
fn plain_line(prompt: &str) -> Option<String> {
    let mut out = io::stdout();
    out.write_all(prompt.as_bytes()).ok()?;
    out.flush().ok()?;
    let mut line = Vec::new();
    let count = io::stdin().lock().read_until(b'\n', &mut line).ok()?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    (count > 0).then(|| String::from_utf8_lossy(&line).into_owned())
}

/// Where statements are kept: `LUNETTE_HISTORY`, or a file of the user's state folder.
fn history_file() -> Option<PathBuf> {
    if let Some(file) = env::var_os("LUNETTE_HISTORY") {
        return (!file.is_empty()).then(|| PathBuf::from(file));
    }
    let folder = match env::var_os("XDG_STATE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env::var_os("HOME")?).join(".local/state"),
    };
    Some(folder.join("lunette").join("history"))
}

/// Completes globals and fields, and colours the prompt.
pub(super) struct LuaHelper {
    execution: Rc<RefCell<Execution>>,
}

impl Helper for LuaHelper {}
impl Validator for LuaHelper {}

impl Hinter for LuaHelper {
    type Hint = String;
}

impl Highlighter for LuaHelper {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        _is_default: bool,
    ) -> Cow<'b, str> {
        Cow::Owned(format!("{PROMPT}{prompt}{PROMPT:#}"))
    }
}

impl Completer for LuaHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or(line);
        let (start, path, prefix) = word_at_end(before);
        let mut offers = match self.execution.try_borrow_mut() {
            Ok(mut execution) => fields(&mut execution, &path, prefix),
            Err(_) => Vec::new(),
        };
        if path.is_empty() {
            let keywords = KEYWORDS.iter().filter(|word| word.starts_with(prefix));
            offers.extend(keywords.map(|word| String::from(*word)));
        }
        offers.sort();
        offers.dedup();
        Ok((start, offers))
    }
}

/// Where the last name begins, the names before it, and what there is of it.
fn word_at_end(text: &str) -> (usize, Vec<&str>, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    let start = text.rfind(|c| !is_part(c)).map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    let mut names: Vec<_> = text[start..].split(['.', ':']).collect();
    let prefix = names.pop().unwrap_or_default();
    (text.len() - prefix.len(), names, prefix)
}

/// The fields of what `path` names that begin with `prefix`.
fn fields(execution: &mut Execution, path: &[&str], prefix: &str) -> Vec<String> {
    let found = execution.enter(|lua| {
        let mut offers = Vec::new();
        let mut value = lua.globals().to_value();
        for name in path {
            value = field(lua, value, name)?;
        }
        let mut table = match value.unpack() {
            Unpacked::Str(_) => lua.global("string")?,
            _ => table_of(value),
        };
        for _ in 0..METATABLES_MAX {
            let Some(own) = table else { break };
            for (key, _) in own.pairs().take(OFFERS_MAX) {
                let name = key.as_str().map(|name| name.to_string());
                offers.extend(name.filter(|name| is_name(name) && name.starts_with(prefix)));
            }
            table = behind(lua, own)?;
        }
        Ok(offers)
    });
    // What cannot be looked at is not offered.
    found.unwrap_or_default()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The table that a value is, or that its metatable shows in its place.
fn table_of(value: Value<'_>) -> Option<Table<'_>> {
    match value.unpack() {
        Unpacked::UserData(object) => object.metatable(),
        _ => value.as_table(),
    }
}

/// The table that is asked where `table` has no field.
fn behind<'r>(lua: Lua<'r>, table: Table<'r>) -> Result<Option<Table<'r>>, Error<'r>> {
    match table.metatable() {
        Some(metatable) => {
            let index: Value<'r> = lua.raw_get(metatable, "__index")?;
            Ok(index.as_table())
        }
        None => Ok(None),
    }
}

/// A field of `value`, found without calling anything.
fn field<'r>(lua: Lua<'r>, value: Value<'r>, name: &str) -> Result<Value<'r>, Error<'r>> {
    let mut table = table_of(value);
    for _ in 0..METATABLES_MAX {
        let Some(own) = table else { break };
        let found: Value<'r> = lua.raw_get(own, name)?;
        if !found.is_nil() {
            return Ok(found);
        }
        table = behind(lua, own)?;
    }
    Ok(Value::NIL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lunette::{Arena, Engine};

    #[test]
    fn the_word_before_the_cursor_is_found() {
        for (text, start, path, prefix) in [
            ("", 0, &[][..], ""),
            ("pri", 0, &[], "pri"),
            ("x = string.fo", 11, &["string"], "fo"),
            ("a.b:c", 4, &["a", "b"], "c"),
            ("f(é.x", 5, &[""], "x"),
        ] {
            assert_eq!(word_at_end(text), (start, path.to_vec(), prefix), "{text}");
        }
    }

    #[test]
    fn fields_are_offered_without_running_anything() {
        let engine = Engine::new();
        let mut execution = engine.execution(Arena::new()).expect("there is room");
        let program = engine.compile(
            "=test",
            "a = {b = setmetatable({own = 1}, {__index = {other = 2, [1] = 3}})}
            setmetatable(_G, {__index = function() error('called') end})",
        );
        let run = execution.eval::<()>(&program.expect("it is Lua"));
        assert!(run.is_ok());
        let mut offers = fields(&mut execution, &["a", "b"], "o");
        offers.sort();
        assert_eq!(offers, ["other", "own"]);
        assert_eq!(fields(&mut execution, &["string"], "rep"), ["rep"]);
        assert!(fields(&mut execution, &["missing", "x"], "").is_empty());
    }
}
