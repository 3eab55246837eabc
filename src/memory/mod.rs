//! Floor 1: memory.
