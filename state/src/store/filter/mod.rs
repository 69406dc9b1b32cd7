//! What metadata must be like, as a program says it: built of fields and joined, and bounded while it is built.

mod field;
#[cfg(test)]
mod tests;
mod tree;

pub use self::field::Field;
pub use self::tree::Filter;
