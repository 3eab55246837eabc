//! `lunette serve`, from outside: a process on a free port, and clients good and bad.

#[path = "support/server.rs"]
mod server;

use std::fs;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use server::{Answer, PATIENCE, Server, get, scratch_file};

#[test]
fn requests_reach_their_handlers() {
    let server = Server::of_tests(&["--workers", "1"]);
    for _ in 0..2 {
        // What one request changes, globals and libraries, the next does not see.
        let answer = server.get("/hello/J%C3%BCrgen");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), "hello J\u{fc}rgen, 1 since the start");
        assert_eq!(answer.header("content-type"), ["text/plain; charset=utf-8"]);
    }
    let body = "what is sent";
    let answer = server.send(
        format!(
            "POST /request?a=1&b=x%20y+z&a=2&c HTTP/1.1\r\nhost: test\r\nuser-agent: me\r\n\
             cookie: a=1\r\ncookie: b=2\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    let found: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let expected = serde_json::json!({
        "method": "POST", "path": "/request", "query": {"a": "2", "b": "x y z", "c": ""},
        "query_string": "a=1&b=x%20y+z&a=2&c", "agent": "me", "AGENT": "me",
        "cookie": "a=1; b=2", "body": body, "address": "127.0.0.1", "has_port": true, "id_len": 12,
    });
    assert_eq!(found, expected);
    assert_eq!(server.get("/nowhere").status, 404);
    let answer = server.get("/request");
    assert_eq!((answer.status, answer.header("allow")), (405, vec!["post"]));
    assert_ne!(server.get("/random").body, server.get("/random").body);
}

#[test]
fn responses_have_status_headers_and_body() {
    let server = Server::of_tests(&[]);
    let answer = server.get("/response");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (418, "short and stout")
    );
    assert_eq!(answer.header("content-type"), ["text/tea"]);
    assert_eq!(answer.header("x-number"), ["7"]);
    assert_eq!(answer.header("set-cookie"), ["a=1", "b=2"]);
    let answer = server.get("/empty");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let head = get("/response").replacen("GET", "HEAD", 1);
    let answer = server.send(head.as_bytes());
    assert_eq!((answer.status, answer.body.len()), (418, 0));
    assert_eq!(answer.header("content-length"), ["15"]);
}

#[test]
fn bodies_may_stream() {
    let server = Server::of_tests(&["--time-limit", "500ms", "--metrics"]);
    let answer = server.get("/iterator");
    assert_eq!(answer.text(), "left 2\nleft 1\nleft 0\n");
    let answer = server.get("/coroutine");
    assert!(answer.is_whole && answer.text().ends_with("line 999\nline 1000\n"));
    // A handler that fails on the way must not look as if it had ended.
    let answer = server.get("/late");
    assert!(!answer.is_whole);
    server.wait_for_log("too late");
    // Nor one that is stopped.
    assert!(!server.get("/endless").is_whole);
    assert!(server.wait_for_log("time limit").contains("/endless"));
    assert_eq!(server.get("/iterator").status, 200);
}

#[test]
fn errors_stay_with_their_request() {
    let limits = ["--time-limit", "300ms", "--memory-limit", "4MiB"];
    let server = Server::of_tests(&[&limits[..], &["--workers", "1", "--metrics"]].concat());
    let fails = [
        "error",
        "index",
        "loop",
        "memory",
        "recursion",
        "pattern",
        "text",
        "exit",
        "nil",
        "status",
        "header",
        "cycle",
    ];
    for name in fails {
        let since = Instant::now();
        let answer = server.get(&format!("/fail/{name}"));
        assert_eq!(answer.status, 500, "{name}");
        assert!(since.elapsed() < Duration::from_secs(5), "{name}");
        let text = answer.text();
        assert!(
            text.starts_with("internal server error\nrequest "),
            "{text}"
        );
        assert!(
            !text.contains("secret") && !answer.head.contains("evil"),
            "{text}"
        );
        let id = answer.header("x-request-id");
        assert!(text.contains(id[0]), "{id:?} in {text}");
        server.wait_for_log(id[0]);
        assert_eq!(server.get("/hello/you").status, 200, "after {name}");
    }
    let log = server.wait_for_log("a secret");
    assert!(
        log.contains("stack traceback:\n") && log.contains("in function 'error'"),
        "{log}"
    );
    assert_eq!(
        server.metric("lunette_requests_total{code=\"500\"}"),
        fails.len() as f64
    );
    assert!(server.metric("lunette_errors_total{kind=\"deadline\"}") >= 1.0);
    assert!(server.metric("lunette_errors_total{kind=\"memory\"}") >= 1.0);
    assert_eq!(server.metric("lunette_errors_total{kind=\"exit\"}"), 1.0);
    server.wait_for_metric("lunette_region_bytes_count", 2.0 * fails.len() as f64);
}

#[test]
fn developers_see_errors() {
    let server = Server::of_tests(&["--dev"]);
    let text = server.get("/fail/error").text();
    assert!(
        text.contains("handler.lua:") && text.contains("a secret"),
        "{text}"
    );
    assert!(text.contains("stack traceback:"), "{text}");
}

#[test]
fn fuel_is_bounded() {
    let server = Server::of_tests(&["--fuel", "100000"]);
    assert_eq!(server.get("/fail/loop").status, 500);
    server.wait_for_log("out of fuel");
    assert_eq!(server.get("/hello/you").status, 200);
}

#[test]
fn what_clients_send_is_bounded() {
    let limits = [
        "--max-body",
        "1KiB",
        "--max-header",
        "8KiB",
        "--client-timeout",
        "300ms",
    ];
    let server = Server::of_tests(&limits);
    let post = |length: &str, body: &str| {
        format!(
            "POST /request HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{length}\r\n\r\n{body}"
        )
    };
    let fits = "x".repeat(1024);
    let answer = server.send(post("content-length: 1024", &fits).as_bytes());
    assert_eq!(answer.status, 200);
    let answer = server.send(post("content-length: 1025", "").as_bytes());
    assert_eq!(answer.status, 413);
    let chunked = format!("800\r\n{fits}{fits}\r\n0\r\n\r\n");
    let answer = server.send(post("transfer-encoding: chunked", &chunked).as_bytes());
    assert_eq!(answer.status, 413);
    let answer = server.send(post(&format!("x-long: {}", "x".repeat(9000)), "").as_bytes());
    assert_eq!(answer.status, 431);
    let answer = server.send(b"nonsense\r\n\r\n");
    assert_eq!(answer.status, 400);
    // Slow ones: a body that does not come, a head that does not end.
    let answer = server.send(post("content-length: 10", "five!").as_bytes());
    assert_eq!(answer.status, 408);
    let mut stream = server.connect();
    stream
        .write_all(b"GET /hello/you HTTP/1.1\r\nhost")
        .expect("sent");
    let since = Instant::now();
    let mut rest = Vec::new();
    // An answer or none: the connection ends.
    let _ = stream.read_to_end(&mut rest);
    assert!(since.elapsed() < PATIENCE);
    assert_eq!(server.get("/hello/you").status, 200);
}

#[test]
fn too_many_requests_are_refused_at_once() {
    let server = Server::of_tests(&["--workers", "1", "--max-requests", "2"]);
    thread::scope(|scope| {
        let running: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| server.get("/busy?seconds=0.5").status))
            .collect();
        thread::sleep(Duration::from_millis(200));
        let since = Instant::now();
        let answer = server.get("/hello/you");
        assert!(since.elapsed() < Duration::from_millis(400));
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, vec!["1"])
        );
        for thread in running {
            assert_eq!(thread.join().expect("no panic"), 200);
        }
    });
    assert_eq!(server.get("/hello/you").status, 200);
}

#[test]
fn clients_that_go_away_stop_their_handlers() {
    let server = Server::of_tests(&["--workers", "1", "--time-limit", "1m", "--metrics"]);
    for target in ["/busy?seconds=50", "/endless"] {
        let mut stream = server.connect();
        stream.write_all(get(target).as_bytes()).expect("sent");
        thread::sleep(Duration::from_millis(200));
        drop(stream);
        let since = Instant::now();
        assert_eq!(server.get("/hello/you").status, 200, "{target}");
        assert!(since.elapsed() < Duration::from_secs(5), "{target}");
    }
    let since = Instant::now();
    while server.metric("lunette_requests_running") > 0.0 {
        assert!(since.elapsed() < PATIENCE, "a place is lost");
    }
    // A client that does not read what streams is left alone in time.
    let server = Server::of_tests(&["--workers", "1", "--time-limit", "500ms"]);
    let mut stream = server.connect();
    stream.write_all(get("/endless").as_bytes()).expect("sent");
    server.wait_for_log("reads too slowly");
    assert_eq!(server.get("/hello/you").status, 200);
}

/// Answers of short handlers while one that takes long is under way.
#[track_caller]
fn answers_beside(server: &Server, long: &str, status: u16, count: usize) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            let answer = server.get(long);
            is_over.store(true, Ordering::Relaxed);
            answer
        });
        thread::sleep(Duration::from_millis(100));
        for _ in 0..count {
            assert_eq!(server.get("/hello/you").status, 200);
        }
        assert!(!is_over.load(Ordering::Relaxed), "{long} was over before");
        assert_eq!(running.join().expect("no panic").status, status);
    });
}

#[test]
fn long_handlers_leave_others_alone() {
    let server = Server::of_tests(&["--workers", "1", "--metrics"]);
    answers_beside(&server, "/busy?seconds=2", 200, 20);
    // One is with the worker, another waits for it with its region, a third begins with neither.
    thread::scope(|scope| {
        let long = || server.get("/busy?seconds=0.3").text();
        let running: Vec<_> = (0..3).map(|_| scope.spawn(long)).collect();
        thread::sleep(Duration::from_millis(100));
        assert_eq!(
            server.get("/hello/you").text(),
            "hello you, 1 since the start"
        );
        for thread in running {
            assert_eq!(thread.join().expect("no panic"), "done");
        }
    });
    // What streams after it was handed over.
    let answer = server.get("/busy/stream");
    assert!(answer.is_whole);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (201, "part 1\npart 2\npart 3\n")
    );
    assert_eq!(server.metric("lunette_requests_total{code=\"500\"}"), 0.0);
}

#[test]
fn calls_that_cannot_be_handed_over_leave_others_alone() {
    // One thread of each sort, and the first request of its route: nothing knows of it yet.
    let args = ["--workers", "1", "--io-threads", "1", "--time-limit", "2s"];
    for (long, status) in [
        ("/wait/2", 200),
        ("/read/2", 200),
        ("/fail/pattern", 500),
        ("/sorted?seconds=1.5", 200),
    ] {
        let server = Server::of_tests(&args);
        answers_beside(&server, long, status, 20);
        // The same again, from a worker or not.
        answers_beside(&server, long, status, 5);
        assert_eq!(server.get("/iterator").text(), "left 2\nleft 1\nleft 0\n");
    }
}

#[test]
fn bounds_hold_after_a_hand_over() {
    let limits = ["--time-limit", "400ms", "--fuel", "200000000"];
    let server = Server::of_tests(&[&limits[..], &["--workers", "1", "--metrics"]].concat());
    let since = Instant::now();
    assert_eq!(server.get("/fail/loop").status, 500);
    assert!(since.elapsed() >= Duration::from_millis(400) && since.elapsed() < PATIENCE);
    // A client that goes away after the hand-over stops its handler, long before its time.
    let server = Server::of_tests(&["--workers", "1", "--time-limit", "1m", "--metrics"]);
    for target in ["/busy?seconds=50", "/fail/loop"] {
        let mut stream = server.connect();
        stream.write_all(get(target).as_bytes()).expect("sent");
        thread::sleep(Duration::from_millis(200));
    }
    server.wait_for_metric("lunette_errors_total{kind=\"cancelled\"}", 2.0);
    server.wait_for_metric("lunette_requests_running", 0.0);
    // What a handler drops on the way, in its turn and after it, is not what it holds.
    let server = Server::of_tests(&["--workers", "1", "--memory-limit", "4MiB", "--metrics"]);
    assert_eq!(server.get("/garbage").text(), "text 300000");
    assert!(server.metric("lunette_evacuations_total") > 1.0);
    // Fuel that was used before the hand-over counts.
    let server = Server::of_tests(&["--workers", "1", "--fuel", "20000000"]);
    assert_eq!(server.get("/fail/loop").status, 500);
    server.wait_for_log("fuel");
    assert_eq!(server.get("/hello/you").status, 200);
}

#[test]
fn connections_are_used_again() {
    let server = Server::of_tests(&[]);
    let mut stream = server.connect();
    let one = "GET /hello/you HTTP/1.1\r\nhost: test\r\n\r\n";
    let requests = one.repeat(50) + &get("/hello/last");
    stream.write_all(requests.as_bytes()).expect("sent");
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("answers");
    assert_eq!(all.matches("hello you, 1 since").count(), 50);
    assert!(all.ends_with("hello last, 1 since the start"));
}

#[test]
fn a_changed_file_is_served() {
    let handler = |text: &str| format!("return function() return '{text}' end");
    let file = scratch_file("reload.lua", &handler("first"));
    let server = Server::start(&file.to_string_lossy(), &["--reload", "--metrics"]);
    let wait_for = |text: &str| {
        let since = Instant::now();
        while server.get("/").text() != text {
            assert!(since.elapsed() < PATIENCE, "never {text}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for("first");
    fs::write(&file, handler("the second")).expect("written");
    wait_for("the second");
    for broken in [
        "return function(",
        "error('no')",
        "return 1",
        "return {users = print}",
    ] {
        fs::write(&file, broken).expect("written");
        let since = Instant::now();
        let failed = server.metric("lunette_reloads_failed_total");
        while server.metric("lunette_reloads_failed_total") == failed {
            assert!(since.elapsed() < PATIENCE, "{broken}");
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(server.get("/").text(), "the second", "{broken}");
    }
    fs::write(&file, handler("the third one")).expect("written");
    wait_for("the third one");
    let _ = fs::remove_file(file);
}

#[test]
fn a_changed_module_is_served() {
    let module = |text: &str| format!("return function() return '{text}' end");
    let module_file = scratch_file("reloaded.lua", &module("first"));
    let folder = module_file.parent().expect("it is in a folder").display();
    let name = module_file.file_stem().expect("it has a name").display();
    let script = format!(
        "package.path = '{folder}/?.lua'
        return require '{name}'"
    );
    let file = scratch_file("reload_module.lua", &script);
    let server = Server::start(&file.to_string_lossy(), &["--reload"]);
    let wait_for = |text: &str| {
        let since = Instant::now();
        while server.get("/").text() != text {
            assert!(since.elapsed() < PATIENCE, "never {text}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for("first");
    fs::write(&module_file, module("the second")).expect("written");
    wait_for("the second");
    // Gone for a while, which keeps the old one, and back.
    fs::remove_file(&module_file).expect("removed");
    thread::sleep(Duration::from_millis(700));
    assert_eq!(server.get("/").text(), "the second");
    fs::write(&module_file, module("the third one")).expect("written");
    wait_for("the third one");
    let _ = (fs::remove_file(file), fs::remove_file(module_file));
}

#[test]
fn signals_end_the_server_when_requests_are_done() {
    for name in ["TERM", "INT"] {
        let mut server = Server::of_tests(&[]);
        let mut stream = server.connect();
        stream
            .write_all(get("/busy?seconds=0.5").as_bytes())
            .expect("sent");
        let idle = server.connect();
        thread::sleep(Duration::from_millis(200));
        server.signal(name);
        assert_eq!(Answer::read(stream).text(), "done");
        assert_eq!(server.wait(), Some(0));
        drop(idle);
    }
    // Nor is anything waited for that does not end: in a worker, or in the system.
    for long in ["/busy?seconds=50", "/wait/25"] {
        let mut server = Server::of_tests(&["--grace", "200ms", "--time-limit", "1m"]);
        let mut stream = server.connect();
        stream.write_all(get(long).as_bytes()).expect("sent");
        thread::sleep(Duration::from_millis(200));
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0), "{long}");
        server.wait_for_log("gave up");
    }
}

#[test]
#[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
fn memory_of_large_requests_is_given_back() {
    let limits = ["--memory-limit", "4MiB", "--workers", "2"];
    let server = Server::of_tests(&[&limits[..], &["--io-threads", "2", "--metrics"]].concat());
    let kept = || server.metric("lunette_arena_kept_bytes");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(server.get("/fail/memory").status, 500));
        }
    });
    server.wait_for_metric("lunette_requests_running", 0.0);
    assert!(kept() > f64::from(4 << 20), "nothing large was left");
    // The lane of small requests gives back with each, the others after a while without any.
    let since = Instant::now();
    while kept() > f64::from(2 << 20) {
        assert!(since.elapsed() < PATIENCE, "{} bytes are kept", kept());
        assert_eq!(server.get("/hello/you").status, 200);
    }
}

#[test]
fn state_is_shared_where_it_is_asked_for() {
    let server = Server::of_tests(&["--workers", "2", "--shared-limit", "64KiB"]);
    for expected in 1..=5 {
        assert_eq!(server.get("/count").text(), expected.to_string());
    }
    for _ in 0..2 {
        assert_eq!(server.get("/shared").text(), "first");
    }
}

#[test]
fn json_goes_both_ways() {
    let server = Server::of_tests(&[]);
    for (text, expected) in [
        (
            "[1,2.5,\"a\\u00e9\",true,null,[],{}]",
            "[1,2.5,\"a\u{e9}\",true,null,[],{}]",
        ),
        ("{\"a\":{\"b\":[{}]}}", "{\"a\":{\"b\":[{}]}}"),
        ("9223372036854775807", "9223372036854775807"),
        ("1e400", ""),
        ("[1", ""),
        ("\"\\ud800\"", ""),
    ] {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = server.get(&format!("/json?text={encoded}"));
        match expected {
            "" => assert_eq!(answer.status, 400, "{text}"),
            _ => assert_eq!(answer.text(), expected, "{text}"),
        }
    }
}

#[test]
fn the_log_can_be_json() {
    let server = Server::of_tests(&["--log-format", "json"]);
    server.get("/log");
    server.get("/fail/index");
    let log = server.wait_for_log("attempt to index");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert_eq!(lines[1]["message"], "one two");
    assert_eq!(lines[1]["fields"], "{\"number\":1}");
    assert_eq!(lines[1]["request"].as_str().map(str::len), Some(12));
    assert_eq!(lines[2]["path"], "/fail/index");
    assert!(
        lines[2]["traceback"]
            .as_str()
            .is_some_and(|text| text.contains("handler.lua:"))
    );
}

#[test]
fn a_broken_script_does_not_start() {
    for (source, message) in [
        ("return function(", "expected near <eof>"),
        ("error('at the top')", "at the top"),
        ("return 1", "returned a number value"),
        ("return {['GET x'] = print}", "has no path"),
        ("while true do end", "time limit"),
    ] {
        let file = scratch_file("broken.lua", source);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_lunette"))
            .args(["serve", "--listen", "127.0.0.1:0", "--time-limit", "100ms"])
            .arg(&file)
            .output()
            .expect("the command runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{source}: {text}");
        assert!(text.contains(message), "{source}: {text}");
        let _ = fs::remove_file(file);
    }
}
