//! The prompt on a terminal, which `script` of util-linux makes.
#![cfg(all(target_os = "linux", feature = "cli"))]

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long an answer may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// A prompt on a terminal of its own.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    /// What was shown and not looked at yet.
    pending: String,
    history: PathBuf,
}

impl Terminal {
    fn open(name: &str, args: &str) -> Self {
        let history = format!("lunette-prompt-{}-{name}", std::process::id());
        let history = std::env::temp_dir().join(history);
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command"])
            // A shell that stayed would be ended by the Ctrl-C that is meant for the prompt.
            .arg(format!("exec '{}' {args}", env!("CARGO_BIN_EXE_lunette")))
            .arg("/dev/null")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .env("LUNETTE_HISTORY", &history)
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux is there");
        let keys = child.stdin.take().expect("it is piped");
        let mut screen = child.stdout.take().expect("it is piped");
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            shown,
            pending: String::new(),
            history,
        }
    }

    /// Types `keys` at the prompt, which drops what was typed before it is there.
    #[track_caller]
    fn answer(&mut self, prompt: &str, keys: &str) {
        self.wait_for(prompt);
        self.press(keys);
    }

    fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .and_then(|()| self.keys.flush())
            .expect("the prompt is there");
    }

    /// Waits until `text` is shown, and returns what was shown before it.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.pending.find(text) {
                let before = self.pending[..at].to_owned();
                self.pending.drain(..at + text.len());
                return before;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.shown.recv_timeout(left) {
                Ok(bytes) => self.pending.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} in {:?}", self.pending),
            }
        }
    }

    /// The exit status, and the history that was kept.
    fn close(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        let history = std::fs::read_to_string(&self.history).unwrap_or_default();
        let _ = std::fs::remove_file(&self.history);
        (status.code(), history)
    }
}

/// The prompt in its colour.
const FIRST: &str = "\x1b[36m> \x1b[0m";
const FURTHER: &str = "\x1b[36m>> \x1b[0m";

#[test]
fn statements_of_several_lines_values_and_history() {
    let mut terminal = Terminal::open("values", "");
    terminal.answer(FIRST, "6 * 7, nil\r");
    terminal.wait_for("\r\n42\tnil\r\n");
    terminal.answer(FIRST, "=2^10\r");
    terminal.wait_for("\r\n1024.0\r\n");
    terminal.answer(FIRST, "for i = 1, 2 do\r");
    terminal.answer(FURTHER, "print('line ' .. i)\r");
    terminal.answer(FURTHER, "end\r");
    terminal.wait_for("\r\nline 1\r\nline 2\r\n");
    // The whole statement comes back.
    terminal.answer(FIRST, "\x1b[A\r");
    terminal.wait_for("\r\nline 1\r\nline 2\r\n");
    terminal.answer(FIRST, "os.exit(3)\r");
    let (status, history) = terminal.close();
    assert_eq!(status, Some(3));
    assert!(history.contains("6 * 7, nil\n=2^10\n"), "{history}");
}

#[test]
fn names_are_completed() {
    let mut terminal = Terminal::open("names", "-i -e 'value = {wonderful = 41}'");
    terminal.answer(FIRST, "value.won\t + 1\r");
    terminal.wait_for("\r\n42\r\n");
    terminal.answer(FIRST, "string.form\t('<%d>', 8)\r");
    terminal.wait_for("\r\n<8>\r\n");
    // What begins in several ways is listed.
    terminal.answer(FIRST, "math.m\t\t");
    let before = terminal.wait_for("modf");
    assert!(before.contains("max") && before.contains("maxinteger"));
    terminal.press("\x15os.exit()\r");
    assert_eq!(terminal.close().0, Some(0));
}

#[test]
fn ctrl_c_ends_what_runs_and_not_the_prompt() {
    let mut terminal = Terminal::open("interrupt", "--stats");
    terminal.answer(FIRST, "print('it ' .. 'runs') while true do end\r");
    terminal.wait_for("\r\nit runs\r\n");
    terminal.press("\x03");
    terminal.wait_for("interrupted!");
    // A statement that is being typed is given up.
    terminal.answer(FIRST, "x = {\r");
    terminal.answer(FURTHER, "\x03");
    terminal.answer(FIRST, "5 * 5\r");
    terminal.wait_for("\r\n25\r\n");
    terminal.wait_for("bytes used");
    terminal.answer(FIRST, "\x04");
    assert_eq!(terminal.close().0, Some(0));
}

#[test]
fn errors_are_told_as_in_a_main_chunk_and_bounds_hold() {
    let mut terminal = Terminal::open("errors", "--fuel 20000");
    terminal.answer(FIRST, "error('not ' .. 'now')\r");
    terminal.wait_for("\x1b[1m\x1b[31mlunette:\x1b[0m stdin:1: not now\r\n");
    terminal.wait_for("in function 'error'\r\n\tstdin:1: in main chunk\r\n\t[C]: in ?");
    terminal.answer(FIRST, "while true do end\r");
    terminal.wait_for("out of fuel");
    // Each statement has the bound anew.
    terminal.answer(FIRST, "print = nil\r");
    terminal.answer(FIRST, "'x'\r");
    terminal.wait_for("error calling 'print' (attempt to call a nil value)");
    terminal.answer(FIRST, "os.exit(true, true)\r");
    assert_eq!(terminal.close().0, Some(0));
}
