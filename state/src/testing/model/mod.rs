//! The model test: random histories of the whole contract, on a backend and on a reference of a page.
//!
//! `Reference` is the contract in the plainest code: an ordered map and a clock. Each
//! operation runs on both and the answers must agree, as must the whole state after it. A history that tells
//! them apart is shrunk and shown as a [`Counterexample`].

mod check;
mod compare;
mod drive;
mod operation;
mod reference;
mod strategy;
mod views;

pub use self::check::{Counterexample, check, model};
