//! List, map, aggregate
