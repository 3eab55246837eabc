//! Floor 5: syntax.
