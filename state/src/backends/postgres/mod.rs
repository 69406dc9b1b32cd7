//! The backend on PostgreSQL.

mod config;
