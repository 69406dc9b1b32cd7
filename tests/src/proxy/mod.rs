//! A TCP proxy in front of one server, which disturbs what passes through it.

mod accept;
mod handle;
mod mode;
mod relay;
mod shared;
mod trap;

pub use self::handle::Proxy;
pub use self::mode::Mode;
