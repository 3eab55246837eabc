//! Which lines ran, of all files that were run.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use lunette::testing::Hits;

/// How often lines ran, by file.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    files: BTreeMap<String, BTreeMap<u32, u64>>,
}

impl Coverage {
    /// Adds what one case ran.
    pub(super) fn add(&mut self, hits: Hits) {
        for (file, line, count) in hits {
            *self.files.entry(file).or_default().entry(line).or_default() += count;
        }
    }

    /// For each file, how many of its lines ran, and how many there are that could.
    pub(super) fn by_file(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        self.files.iter().map(|(file, lines)| {
            let hit = lines.values().filter(|count| **count > 0).count();
            (file.as_str(), hit, lines.len())
        })
    }

    /// The tracefile format of LCOV (`man geninfo`).
    pub(super) fn to_lcov(&self) -> String {
        let mut text = String::new();
        for (file, lines) in &self.files {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "TN:\nSF:{file}");
            for (line, count) in lines {
                let _ = writeln!(text, "DA:{line},{count}");
            }
            let hit = lines.values().filter(|count| **count > 0).count();
            let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let mut coverage = Coverage::default();
        coverage.add(vec![("a.lua".into(), 1, 1), ("a.lua".into(), 3, 0)]);
        coverage.add(vec![("a.lua".into(), 1, 2), ("b.lua".into(), 7, 1)]);
        let lines: Vec<_> = coverage.by_file().collect();
        assert_eq!(lines, [("a.lua", 1, 2), ("b.lua", 1, 1)]);
        let lcov = coverage.to_lcov();
        assert!(
            lcov.contains("SF:a.lua\nDA:1,3\nDA:3,0\nLF:2\nLH:1\nend_of_record"),
            "{lcov}"
        );
    }
}
