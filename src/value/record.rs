//! Templates of records: the hash parts that constructors with fixed names begin with.
#![forbid(unsafe_code)]
//!
//! A constructor such as `{ x = 1, y = 2 }` gives its table the same names whenever it runs, so
//! where they go is decided once, when it is compiled. A template is a run of constants: for each
//! node its value, nil, and its key, or nil twice; then for each node its link, an integer. The
//! part of a new table is a copy of it, in which the constructor finds every name.
//!
//! The places are those of `table_hash`: a key that is not in its main position is in the chain
//! that begins there.

const NODES_MAX: usize = Layout::NODES_MAX;

/// Where the names of a record go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// For each node the index of its name.
    pub(crate) names: [Option<u8>; NODES_MAX],
    /// For each node how far it is to the next one of its chain; 0 at the end.
    pub(crate) links: [i32; NODES_MAX],
    /// How many nodes there are, a power of two.
    pub(crate) count: usize,
}

impl Layout {
    /// The most nodes of a template.
    pub(crate) const NODES_MAX: usize = 16;

    /// Places names with these hashes, which are different names. `None` if there are none, or
    /// too many.
    pub(crate) fn new(hashes: &[u32]) -> Option<Self> {
        let count = hashes.len().next_power_of_two();
        if hashes.is_empty() || count > NODES_MAX {
            return None;
        }
        let mut layout = Self {
            names: [None; NODES_MAX],
            links: [0; NODES_MAX],
            count,
        };
        let home = |hash: u32| hash as usize & (count - 1);
        let mut is_placed = [false; NODES_MAX];
        // Names in their main positions first, so that all others can be chained to one of them.
        for (index, hash) in hashes.iter().enumerate() {
            let node = &mut layout.names[home(*hash)];
            is_placed[index] = node.is_none();
            node.get_or_insert(index as u8);
        }
        for (index, hash) in hashes.iter().enumerate() {
            if is_placed[index] {
                continue;
            }
            let home = home(*hash);
            let free = layout.names[..count].iter().rposition(Option::is_none)?;
            let next = match layout.links[home] {
                0 => 0,
                link => home as i32 + link - free as i32,
            };
            layout.names[free] = Some(index as u8);
            layout.links[free] = next;
            layout.links[home] = free as i32 - home as i32;
        }
        Some(layout)
    }

    /// Whether a name with this hash is found at node `place` from its main position on.
    pub(crate) fn leads_to(links: &[i32], hash: u32, place: usize) -> bool {
        let mut index = hash as usize & (links.len() - 1);
        for _ in 0..links.len() {
            if index == place {
                return true;
            }
            match links.get(index) {
                None | Some(0) => return false,
                Some(link) => index = index.wrapping_add_signed(*link as isize),
            }
        }
        false
    }

    /// Whether a chain that goes through node `start` has an end.
    pub(crate) fn leads_to_end(links: &[i32], start: usize) -> bool {
        let mut index = start;
        for _ in 0..links.len() {
            match links.get(index) {
                None | Some(0) => return true,
                Some(link) => index = index.wrapping_add_signed(*link as isize),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_from_its_main_position() {
        // A plain linear congruence: hashes of all sorts, and many that collide.
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
            state >> 16
        };
        for round in 0..if cfg!(miri) { 40 } else { 2000 } {
            let length = 1 + round % NODES_MAX;
            let mask = [0, 1, 3, u32::MAX][round / 4 % 4];
            let hashes: Vec<u32> = (0..length).map(|_| next() & mask).collect();
            let layout = Layout::new(&hashes).expect("few enough");
            let links = &layout.links[..layout.count];
            for (index, hash) in hashes.iter().enumerate() {
                let name = Some(index as u8);
                let place = layout.names.iter().position(|other| *other == name);
                let place = place.expect("every name has a node");
                assert!(
                    Layout::leads_to(links, *hash, place),
                    "{hashes:?} {layout:?}"
                );
            }
            let named = layout.names.iter().flatten().count();
            assert_eq!(named, length);
        }
        assert!(Layout::new(&[]).is_none());
        assert!(Layout::new(&[0; NODES_MAX + 1]).is_none());
    }
}
