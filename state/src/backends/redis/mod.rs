//! The backend on Redis: standalone, behind Sentinel, or a Cluster.

mod config;
mod link;
