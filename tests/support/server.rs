//! A server process under test, and a client that can misbehave.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// How long anything may take before a test fails instead of hanging.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running `lunette serve`, killed when it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server of a file, and waits until it listens.
    pub fn start(file: &str, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lunette"))
            .args(["serve", file, "--listen", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = child.stderr.take().expect("a pipe");
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                *seen.lock().expect("no panic") += &format!("{line}\n");
            }
        });
        let mut server = Self {
            child,
            address: SocketAddr::from(([0; 4], 0)),
            log,
        };
        let log = server.wait_for_log("http://");
        let address = log.split("http://").nth(1).expect("just found");
        let address = address
            .split(|c: char| c.is_whitespace() || c == '"')
            .next();
        server.address = address
            .and_then(|text| text.parse().ok())
            .expect("an address");
        server
    }

    /// A server of the tests' own handler.
    pub fn of_tests(args: &[&str]) -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/handler.lua");
        Self::start(file, args)
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// The log, as soon as it contains `text`.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) -> String {
        let since = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(since.elapsed() < PATIENCE, "no `{text}` in:\n{log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends these bytes on a connection of their own, and reads the answer.
    #[track_caller]
    pub fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // The server may answer and close before it has read all.
        let _ = stream.write_all(request);
        Answer::read(stream)
    }

    #[track_caller]
    pub fn get(&self, target: &str) -> Answer {
        self.send(get(target).as_bytes())
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.expect("kill runs").success());
    }

    /// The exit code, once the server has ended.
    #[track_caller]
    pub fn wait(&mut self) -> Option<i32> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            assert!(since.elapsed() < PATIENCE, "the server goes on");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// A metric's value.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/-/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).expect("a metric")
    }

    /// Waits until a metric has this value: some are counted after the client has its answer.
    #[track_caller]
    pub fn wait_for_metric(&self, name: &str, expected: f64) {
        let since = Instant::now();
        loop {
            let found = self.metric(name);
            if found == expected {
                return;
            }
            let is_late = since.elapsed() >= PATIENCE;
            assert!(!is_late, "{name} is {found}, not {expected}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request without a body, whose connection ends with the answer.
pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// Whether the body is all that the head promised.
    pub is_whole: bool,
}

impl Answer {
    /// Reads until the connection ends.
    #[track_caller]
    pub fn read(mut stream: TcpStream) -> Self {
        let mut all = Vec::new();
        let ended = stream.read_to_end(&mut all);
        let ended = ended.map_err(|error| error.kind());
        let split = all.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let Some(split) = split else {
            let text = String::from_utf8_lossy(&all);
            return Self {
                status: 0,
                head: format!("no head ({ended:?}): {text}"),
                body: Vec::new(),
                is_whole: false,
            };
        };
        let head = String::from_utf8_lossy(&all[..split]).to_lowercase();
        let raw = &all[split + 4..];
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let (body, is_whole) = match head.contains("transfer-encoding: chunked") {
            true => unchunked(raw),
            false => (raw.to_vec(), true),
        };
        Self {
            status: status.unwrap_or(0),
            head,
            body,
            is_whole,
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value)
            .collect()
    }
}

/// The chunks of a body put together, and whether the last one came.
fn unchunked(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = raw.windows(2).position(|bytes| bytes == b"\r\n") else {
            return (body, false);
        };
        let size = std::str::from_utf8(&raw[..end]).ok();
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
        let rest = &raw[end + 2..];
        match size {
            Some(0) => return (body, true),
            Some(size) if rest.len() >= size + 2 => {
                body.extend_from_slice(&rest[..size]);
                raw = &rest[size + 2..];
            }
            _ => return (body, false),
        }
    }
}

/// A file of a test's own, in a folder that cargo keeps for tests.
pub fn scratch_file(name: &str, content: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{}-{name}", std::process::id()));
    fs::write(&file, content).expect("a file");
    file
}
