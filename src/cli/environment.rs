//! The variables of the environment that Lua users set.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::OsString;

/// What the environment says; nothing by default.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// Templates for modules, and for libraries compiled from C.
    pub(super) path: Option<Vec<u8>>,
    pub(super) cpath: Option<Vec<u8>>,
    /// What is to be run first, and the name of its variable.
    pub(super) init: Option<(&'static str, OsString)>,
}

impl Environment {
    /// Reads the variables: those for this version of Lua go before those for any.
    pub(super) fn read() -> Self {
        let first = |names: [&'static str; 2]| {
            let mut found = names.into_iter();
            found.find_map(|name| Some((name, env::var_os(name)?)))
        };
        let templates = |names| first(names).map(|(_, value)| value.into_encoded_bytes());
        Self {
            path: templates(["LUA_PATH_5_4", "LUA_PATH"]),
            cpath: templates(["LUA_CPATH_5_4", "LUA_CPATH"]),
            init: first(["LUA_INIT_5_4", "LUA_INIT"]),
        }
    }
}

/// The templates, with `default` where the first two semicolons stand together.
pub(super) fn complete(templates: &[u8], default: &[u8]) -> Vec<u8> {
    let Some(at) = templates.windows(2).position(|pair| pair == b";;") else {
        return templates.to_vec();
    };
    let (before, after) = (&templates[..at], &templates[at + 2..]);
    let parts = [before, default, after];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&b";"[..])
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn two_semicolons_stand_for_the_default() {
        for (templates, expected) in [
            ("?.lua", "?.lua"),
            (";;", "D"),
            ("?.lua;;", "?.lua;D"),
            (";;?.lua", "D;?.lua"),
            ("a;;b;;c", "a;D;b;;c"),
            ("", ""),
        ] {
            let completed = complete(templates.as_bytes(), b"D");
            assert_eq!(completed, expected.as_bytes(), "{templates}");
        }
    }
}
