//! What a script allocates, by the path of calls that leads there.
#![allow(unsafe_code)]
//!
//! A profile is asked before each allocation of a heap (`memory/watch.rs`) and looks at the frames
//! of the execution then. Without a profile nobody asks.
//!
//! - **PR1** A profile points to the state of an execution only while that is open and stays where
//!   it is: `with_opened` attaches it and takes it away.
//! - **PR2** A profile reads frames and functions, and changes nothing of the region.
//!
//! Absent on purpose: what evacuations copy, which no script asked for.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::collections::HashMap;

use super::call::IS_HIDDEN;
use super::names::{Message, push_source};
use super::state::State;
use super::symbols;
use super::traceback::called_name;
use crate::memory::Watch;
use crate::value::{Proto, Thread};

/// How many of the newest frames of a thread are told apart; older ones are one entry.
const FRAMES_MAX: usize = 200;
/// How many threads that wait for each other are looked at.
const THREADS_MAX: usize = 50;
/// What stands for frames that are left out.
const GAP: &str = "...";

/// Collects what scripts allocate, by their call paths, for
/// [`RunOptions::memory_profile`](crate::RunOptions::memory_profile).
///
/// ```
/// # use bumpalo::Bump;
/// use lunette::{Arena, Engine, MemoryProfile, RunOptions};
///
/// let engine = Engine::new();
/// let source = "local function fill() return ('x'):rep(100000) end fill()";
/// let program = engine.compile("fill.lua", source)?;
/// let profile = MemoryProfile::new();
/// let options = RunOptions::new().memory_profile(&profile);
/// let (mut arena, out) = (Arena::new(), Bump::new());
/// let done = engine.enter_with(&options, &mut arena, &out, |region| region.eval::<()>(&program));
/// assert!(done.is_ok());
/// assert!(profile.total_bytes() >= 100_000);
/// let most = &profile.entries()[0];
/// assert_eq!(most.name, "rep");
/// # Ok::<(), lunette::OwnedError>(())
/// ```
#[derive(Default)]
pub struct MemoryProfile {
    state: Cell<Option<*const State<'static>>>,
    tree: RefCell<Tree>,
}

/// What one function allocated, wherever it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileEntry {
    /// What the function is called, and where it is, as in `fill fill.lua:1`.
    pub name: String,
    /// Bytes that it asked for itself.
    pub own_bytes: u64,
    /// Bytes that it and what it called asked for.
    pub all_bytes: u64,
    /// How many times it asked itself.
    pub count: u64,
}

/// Call paths; the first node is the execution.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    by_key: HashMap<(usize, Key), usize>,
}

struct Node {
    parent: usize,
    label: String,
    bytes: u64,
    count: u64,
}

/// What tells the children of a node apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// A function of Lua, by its code.
    Lua(usize, u32),
    /// A function of the host, by who calls it where.
    Native(usize, usize),
    /// Frames that are left out.
    Gap,
}

impl Tree {
    const ROOT: usize = 0;

    /// The child of `parent` that `key` stands for.
    fn child(&mut self, parent: usize, key: Key, label: impl FnOnce() -> String) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node {
                parent: Self::ROOT,
                label: String::from("host"),
                bytes: 0,
                count: 0,
            });
        }
        let fresh = self.nodes.len();
        let node = *self.by_key.entry((parent, key)).or_insert(fresh);
        if node == fresh {
            // What separates and ends lines in folded form.
            let label = label().replace([';', '\n', '\r'], " ");
            self.nodes.push(Node {
                parent,
                label,
                bytes: 0,
                count: 0,
            });
        }
        node
    }

    fn add(&mut self, node: usize, bytes: usize) {
        // Nothing ran yet: there is no child, and so no root.
        if let Some(node) = self.nodes.get_mut(node) {
            node.bytes += bytes as u64;
            node.count += 1;
        }
    }

    /// The nodes from `node` to the root.
    fn path(&self, node: usize) -> impl Iterator<Item = &Node> {
        let mut next = Some(node);
        core::iter::from_fn(move || {
            let node = next?;
            next = (node != Self::ROOT).then(|| self.nodes[node].parent);
            Some(&self.nodes[node])
        })
    }
}

impl MemoryProfile {
    /// An empty profile.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that were asked for, all together.
    pub fn total_bytes(&self) -> u64 {
        self.tree.borrow().nodes.iter().map(|node| node.bytes).sum()
    }

    /// Call paths and their bytes in the folded form that tools for flame graphs read:
    /// `outer;inner;innermost 1234`.
    pub fn folded(&self) -> Vec<String> {
        let tree = self.tree.borrow();
        let used = (0..tree.nodes.len()).filter(|node| tree.nodes[*node].bytes > 0);
        let line = |node| {
            let mut names: Vec<&str> = tree.path(node).map(|node| &*node.label).collect();
            names.reverse();
            format!("{} {}", names.join(";"), tree.nodes[node].bytes)
        };
        used.map(line).collect()
    }

    /// What each function allocated, those first that asked for most themselves.
    pub fn entries(&self) -> Vec<ProfileEntry> {
        let tree = self.tree.borrow();
        let mut entries: HashMap<&str, ProfileEntry> = HashMap::new();
        for index in 0..tree.nodes.len() {
            let node = &tree.nodes[index];
            if node.count == 0 {
                continue;
            }
            let mut seen = Vec::new();
            for above in tree.path(index) {
                // A function that calls itself counts once.
                if seen.contains(&&*above.label) {
                    continue;
                }
                let entry = entries.entry(&above.label).or_insert_with(|| ProfileEntry {
                    name: above.label.clone(),
                    own_bytes: 0,
                    all_bytes: 0,
                    count: 0,
                });
                if seen.is_empty() {
                    entry.own_bytes += node.bytes;
                    entry.count += node.count;
                }
                entry.all_bytes += node.bytes;
                seen.push(&*above.label);
            }
        }
        let mut entries: Vec<_> = entries.into_values().collect();
        entries.sort_by(|a, b| {
            let by_bytes = (b.own_bytes, b.all_bytes).cmp(&(a.own_bytes, a.all_bytes));
            by_bytes.then_with(|| a.name.cmp(&b.name))
        });
        entries
    }

    /// Forgets the state.
    pub(super) fn detach(&self) {
        self.state.set(None);
    }

    fn note(&self, bytes: usize) {
        let Some(state) = self.state.get() else {
            return;
        };
        // SAFETY: PR1; the lifetime is a brand, and nothing of the region is kept.
        let state = unsafe { &*state };
        let Ok(mut tree) = self.tree.try_borrow_mut() else {
            return;
        };
        let mut chain = vec![state.thread()];
        while let Some(resumer) = chain.last().and_then(|last| last.object().resumer.get())
            && chain.len() < THREADS_MAX
        {
            chain.push(resumer);
        }
        let mut node = Tree::ROOT;
        for thread in chain.into_iter().rev() {
            node = note_thread(&mut tree, node, thread);
        }
        tree.add(node, bytes);
    }
}

impl State<'_> {
    /// Lets `profile` note from now on what this execution allocates.
    ///
    /// # Safety
    /// Until [`MemoryProfile::detach`] is called the state stays where it is; after that it
    /// allocates nothing more.
    pub(super) unsafe fn watch_by(&self, profile: &MemoryProfile) {
        profile.state.set(Some(core::ptr::from_ref(self).cast()));
        // SAFETY: the caller's promise.
        let profile = unsafe { &*core::ptr::from_ref(profile) };
        self.store.heap.set_watch(Some(profile));
    }
}

/// Follows the frames of a thread from `node` on.
fn note_thread(tree: &mut Tree, node: usize, thread: Thread<'_>) -> usize {
    let mut node = node;
    let count = thread.frame_count();
    let first = count.saturating_sub(FRAMES_MAX);
    if first > 0 {
        node = tree.child(node, Key::Gap, || GAP.to_owned());
    }
    for index in first..count {
        let Some(frame) = thread
            .frame(index)
            .filter(|frame| frame.flags & IS_HIDDEN == 0)
        else {
            continue;
        };
        let name = || called_name(thread, index).map(|symbol| shown(symbol.text()));
        if let Some(closure) = frame.closure() {
            let proto = closure.proto().get();
            let key = Key::Lua(core::ptr::from_ref(proto).addr(), proto.line_defined);
            node = tree.child(node, key, || lua_label(proto, name()));
            // The pc of an older frame is that of a call, whose function comes next.
            if index + 1 == count {
                node = note_running(tree, node, proto, frame.current_pc(proto));
            }
        } else if let Some(native) = frame.native() {
            let key = Key::Native(native.as_ptr().addr(), 0);
            node = tree.child(node, key, || name().unwrap_or_else(|| "native".to_owned()));
        }
    }
    node
}

/// A host function that runs has no frame, but the newest frame is at the call.
fn note_running(tree: &mut Tree, node: usize, proto: &Proto, pc: usize) -> usize {
    let Some(symbol) = symbols::called_by_call(proto, pc) else {
        return node;
    };
    let key = Key::Native(core::ptr::from_ref(proto).addr(), pc + 1);
    tree.child(node, key, || shown(symbol.text()))
}

/// What a function of Lua is called: its name where it was first called from, and its place.
fn lua_label(proto: &Proto, name: Option<String>) -> String {
    let mut place = Message::new();
    push_source(&mut place, proto);
    if proto.line_defined == 0 {
        return format!("main chunk {}", shown(place.as_bytes()));
    }
    place.push(b":").push_number(proto.line_defined.into());
    let name = name.unwrap_or_else(|| "function".to_owned());
    format!("{name} {}", shown(place.as_bytes()))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

impl Watch for MemoryProfile {
    fn allows(&self, bytes: usize) -> bool {
        self.note(bytes);
        true
    }

    fn grew(&self, bytes: usize) {
        self.note(bytes);
    }
}

impl fmt::Debug for MemoryProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryProfile")
            .field("total_bytes", &self.total_bytes())
            .finish_non_exhaustive()
    }
}
