//! Has the linker make a binary that holds little and starts soon.
//!
//! The system maps a file's pages 16 at a time around each one that is touched. Where the functions
//! of a plain run lie between those of the server, the prompt and clap, 0.55 MB of them have it map
//! 1.9 MB, which is most of what a small process holds (docs/performance.md, "Memory"). So what
//! `lunette run` needs is laid side by side.
//!
//! A shared library more to find, map and relocate takes 0.3 of the 2 ms from start to exit of an
//! empty script (docs/performance.md, "Compiling, and starting"). So GCC's unwinder is taken from
//! its archive: rustc asks for `libgcc_s`, and what it finds under that name first is a script of
//! the linker which names the archives.
//!
//! Only the linker that rustc brings along is told so, and only for the binary: another may not
//! understand the scripts, and a build without them is correct, only larger in memory, and slower
//! to start.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/cli/layout.ld");
    if has_own_linker() && is_optimised() && env::var_os("CARGO_FEATURE_CLI").is_some() {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bin=lunette=-Wl,-T,{folder}/src/cli/layout.ld");
        if let Some(folder) = unwinder() {
            println!("cargo::rustc-link-arg-bin=lunette=-L{}", folder.display());
        }
    }
}

/// A folder with a `libgcc_s` that is made of archives, if the C compiler which links has them.
fn unwinder() -> Option<PathBuf> {
    let [unwinder, rest] = ["libgcc_eh.a", "libgcc.a"].map(archive);
    let script = format!("INPUT({} {})\n", unwinder?, rest?);
    let folder = Path::new(&env::var_os("OUT_DIR")?).join("unwinder");
    fs::create_dir_all(&folder).ok()?;
    fs::write(folder.join("libgcc_s.so"), script).ok()?;
    Some(folder)
}

/// The path of one of the C compiler's archives.
fn archive(name: &str) -> Option<String> {
    let mut compiler = Command::new("cc");
    let answer = compiler.arg(format!("-print-file-name={name}")).output();
    let path = String::from_utf8(answer.ok()?.stdout).ok()?;
    let path = path.trim_end();
    // A compiler that does not know the file says its name again. Blanks would end it in a script.
    (Path::new(path).is_absolute()
        && Path::new(path).exists()
        && !path.contains(char::is_whitespace))
    .then(|| path.to_owned())
}

/// Whether the binary is linked by the linker that comes with rustc, as far as can be seen.
fn has_own_linker() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|text| text == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var_os("RUSTC_LINKER").is_none()
        && !flags.contains("linker")
        && !flags.contains("link-arg")
}

/// Without optimisation the linker would be slower for nothing.
fn is_optimised() -> bool {
    env::var("PROFILE").is_ok_and(|profile| profile == "release")
}
