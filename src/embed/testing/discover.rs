//! Finding test files.
#![forbid(unsafe_code)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders that hold no tests of the project itself.
const SKIPPED: [&str; 4] = ["node_modules", "target", "lua_modules", "vendor"];
/// How deep folders are looked into, which ends a walk that links lead in circles.
const DEPTH_MAX: usize = 32;

/// The test files that `paths` name, in order; below the working directory without any.
///
/// # Errors
/// A path cannot be read; the message says which.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
        if kind.is_dir() {
            walk(path, 0, &mut |file| {
                if is_test_file(file) {
                    files.push(file.strip_prefix("./").unwrap_or(file).to_path_buf());
                }
            })?;
        } else {
            files.push(path.clone());
        }
    }
    let mut known = std::collections::HashSet::new();
    files.retain(|file| known.insert(file.clone()));
    Ok(files)
}

/// When the newest of the Lua files below `paths` was changed.
pub fn newest_change(paths: &[PathBuf]) -> Option<SystemTime> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut newest = None;
    let mut look = |file: &Path| {
        let is_lua = file.extension().is_some_and(|extension| extension == "lua");
        let changed = fs::metadata(file).and_then(|data| data.modified());
        if let (true, Ok(changed)) = (is_lua, changed) {
            newest = newest.max(Some(changed));
        }
    };
    for path in paths {
        if path.is_dir() {
            // What cannot be read does not change for us.
            let _ = walk(path, 0, &mut look);
        } else {
            look(path);
        }
    }
    newest
}

fn is_test_file(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let Some(stem) = name.strip_suffix(".lua") else {
        return false;
    };
    stem.ends_with("_test") || stem.ends_with("_spec") || stem.starts_with("test_")
}

fn walk(folder: &Path, depth: usize, visit: &mut dyn FnMut(&Path)) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot_read(folder, &error))?;
    let mut entries: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let is_skipped =
            name.is_some_and(|name| name.starts_with('.') || SKIPPED.contains(&name.as_ref()));
        if is_skipped {
            continue;
        }
        if path.is_dir() {
            if depth < DEPTH_MAX {
                walk(&path, depth + 1, visit)?;
            }
        } else {
            visit(&path);
        }
    }
    Ok(())
}

fn cannot_read(path: &Path, error: &io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_their_names() {
        for name in ["a_test.lua", "test_a.lua", "a/b_spec.lua"] {
            assert!(is_test_file(Path::new(name)), "{name}");
        }
        for name in ["a.lua", "test.lua", "a_test.txt", "latest.lua", "spec.lua"] {
            assert!(!is_test_file(Path::new(name)), "{name}");
        }
    }
}
