//! Where the PostgreSQL backend finds its servers, and how it treats them.

pub(super) mod options;
