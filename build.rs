//! Has the linker lay what `lunette run` needs side by side.
//!
//! The system maps a file's pages 16 at a time around each one that is touched. Where the functions
//! of a plain run lie between those of the server, the prompt and clap, 0.55 MB of them have it map
//! 1.9 MB, which is most of what a small process holds (docs/performance.md, "Memory").
//!
//! Only the linker that rustc brings along is told so, and only for the binary: another may not
//! understand the script, and a build without it is correct, only larger in memory.
#![forbid(unsafe_code)]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/cli/layout.ld");
    if has_own_linker() && is_optimised() && env::var_os("CARGO_FEATURE_CLI").is_some() {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bin=lunette=-Wl,-T,{folder}/src/cli/layout.ld");
    }
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
