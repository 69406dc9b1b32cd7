//! A span for each request to the backend, and a warning where one took long. Neither holds a key or a value.

mod backend;
mod options;
mod slow;
mod watch;

pub use self::backend::Trace;
pub use self::options::TraceLayer;
