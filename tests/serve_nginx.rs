//! Two servers behind nginx, one of which is killed under load: no request is lost.
//!
//! The configuration is the one of `docs/deploy.md`, reduced. Where nginx is not installed
//! (`apt-get install nginx-light`), the test says so and does nothing.

#[path = "support/server.rs"]
mod server;

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use server::{Answer, PATIENCE, Server, get};

/// A running nginx, ended when it is dropped.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its workers on a signal, and would leave them behind if it were killed.
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
        let _ = self.0.wait();
    }
}

/// Starts nginx in front of two servers; `None` where it is not installed.
fn start_nginx(folder: &Path, port: u16, servers: [SocketAddr; 2]) -> Option<Nginx> {
    let installed = Command::new("nginx")
        .arg("-v")
        .stderr(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        return None;
    }
    let [one, other] = servers;
    let path = folder.display();
    let config = format!(
        "daemon off; pid {path}/pid; error_log stderr crit; worker_processes 1;
        events {{ worker_connections 512; }}
        http {{
            access_log off;
            client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
            fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi;
            scgi_temp_path {path}/scgi;
            upstream lunette {{
                server {one} max_fails=1 fail_timeout=1s;
                server {other} max_fails=1 fail_timeout=1s;
                keepalive 32;
            }}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://lunette;
                    proxy_http_version 1.1;
                    proxy_set_header Connection '';
                    proxy_next_upstream error timeout http_503;
                }}
            }}
        }}"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config).expect("a file");
    let child = Command::new("nginx")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(&file)
        .spawn();
    Some(Nginx(child.expect("nginx starts")))
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// The status of an answer through nginx; 0 if there is none.
fn status(port: u16) -> u16 {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return 0;
    };
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let _ = stream.write_all(get("/busy?seconds=0.002").as_bytes());
    Answer::read(stream).status
}

#[test]
fn a_killed_server_loses_no_request() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nginx");
    fs::create_dir_all(&folder).expect("a folder");
    let servers = [0; 2].map(|_| Server::of_tests(&["--workers", "1"]));
    let port = free_port();
    let addresses = [servers[0].address, servers[1].address];
    let Some(_nginx) = start_nginx(&folder, port, addresses) else {
        eprintln!("skipped: nginx is not installed");
        return;
    };
    let since = Instant::now();
    while status(port) != 200 {
        assert!(since.elapsed() < PATIENCE, "nginx does not answer");
        thread::sleep(Duration::from_millis(20));
    }

    let [killed, other] = servers;
    let is_over = AtomicBool::new(false);
    let (answered, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let counter = if status(port) == 200 {
                        &answered
                    } else {
                        &lost
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let wait_for_more = |count| {
            let (from, since) = (answered.load(Ordering::Relaxed), Instant::now());
            while answered.load(Ordering::Relaxed) < from + count && since.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(5));
            }
        };
        wait_for_more(100);
        // Dropping a server kills it in the middle of what it does.
        drop(killed);
        wait_for_more(100);
        is_over.store(true, Ordering::Relaxed);
    });
    let (answered, lost) = (answered.into_inner(), lost.into_inner());
    println!("{answered} answered, {lost} lost");
    assert!(answered >= 200, "{answered} answered, {lost} lost");
    assert_eq!(lost, 0, "of {answered} requests");
    drop(other);
}
