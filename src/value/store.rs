//! Where a region's objects are made: its heap and its serial numbers.

use super::finalizers::Finalizers;
use super::header::Serials;
use super::host::HostList;
use super::program::KeptPrograms;
use crate::memory::Heap;

/// The heap of a region, with the counters that give its objects their identity.
pub(crate) struct Store<'r> {
    /// Dropped before the heap that it lies in.
    pub(super) hosts: HostList,
    pub(crate) heap: Heap<'r>,
    pub(crate) serials: Serials,
    /// Objects that have finalizers.
    pub(crate) finalizers: Finalizers<'r>,
    /// Programs whose functions the region uses. They are dropped after the heap.
    pub(super) programs: KeptPrograms,
}

impl<'r> Store<'r> {
    /// An empty store on `heap`.
    pub(crate) fn new(heap: Heap<'r>) -> Self {
        Self {
            hosts: HostList::new(),
            heap,
            serials: Serials::new(),
            finalizers: Finalizers::new(),
            programs: KeptPrograms::new(),
        }
    }
}
