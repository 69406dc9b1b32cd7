//! The connections: to whom a command goes, and what became of it.
