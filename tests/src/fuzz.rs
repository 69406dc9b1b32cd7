//! What a fuzzer runs on any bytes, and the smoke test on some: the targets of `fuzz/` call these.

mod keys;
mod values;

pub use self::keys::{key_decode, key_inputs};
pub use self::values::{value_decode, value_inputs};
