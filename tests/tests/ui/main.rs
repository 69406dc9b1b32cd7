//! What the compiler says to wrong code.

mod derive;
mod lock;
mod store;
mod window;
