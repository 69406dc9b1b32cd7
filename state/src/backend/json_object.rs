use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// The longest metadata of an entry, in bytes of JSON.
pub const MAX_METADATA_LEN: usize = 64 * 1024;

/// A JSON object as text: at most [`MAX_METADATA_LEN`] bytes, and without the character U+0000, which stores of JSON cannot
/// hold.
///
/// Its `Debug` shows how long it is, not what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonObject(String);

impl JsonObject {
    /// Checks and wraps what a JSON serializer wrote.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] past [`MAX_METADATA_LEN`]; [`ErrorKind::InvalidInput`] where it is no object, or holds
    /// U+0000.
    pub fn new(text: String) -> Result<Self> {
        if text.len() > MAX_METADATA_LEN {
            let len = text.len();
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("{len} bytes of JSON, and {MAX_METADATA_LEN} is the limit"),
            ));
        }
        if !(text.starts_with('{') && text.ends_with('}')) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "it is no object in JSON; give it as a struct with named fields, or as a map",
            ));
        }
        if has_nul(&text) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "it holds the character U+0000, which stores of JSON cannot hold; leave that out",
            ));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonObject({} bytes)", self.0.len())
    }
}

/// Whether a string in the JSON has an escaped zero.
fn has_nul(json: &str) -> bool {
    let mut escapes = json.split('\\').skip(1);
    while let Some(after) = escapes.next() {
        if after.is_empty() {
            // The backslash was an escaped one, and what follows it is text.
            escapes.next();
        } else if after.starts_with("u0000") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<ErrorKind> {
        let refused = JsonObject::new(text.to_owned()).err();
        refused.map(|error| error.kind())
    }

    #[test]
    fn only_objects_are_taken() {
        assert_eq!(kind("{}"), None);
        for other in ["[]", "1", "null", r#""{}""#, ""] {
            assert_eq!(kind(other), Some(ErrorKind::InvalidInput), "{other}");
        }
    }

    #[test]
    fn a_zero_is_found_wherever_it_is_escaped_and_nowhere_else() {
        for zero in [
            r#"{"a":"\u0000"}"#,
            r#"{"\u0000":1}"#,
            r#"{"a":"\\\u0000"}"#,
        ] {
            assert_eq!(kind(zero), Some(ErrorKind::InvalidInput), "{zero}");
        }
        for harmless in [
            r#"{"a":"\\u0000"}"#,
            r#"{"a":"\\\\u0000"}"#,
            r#"{"a":"u0000"}"#,
            r#"{"a":"\"u0000"}"#,
            r#"{"a":"\u0001"}"#,
        ] {
            assert_eq!(kind(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn the_limit_counts_bytes() {
        let of = |len: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(len - 8));
        assert_eq!(kind(&of(MAX_METADATA_LEN)), None);
        assert_eq!(kind(&of(MAX_METADATA_LEN + 1)), Some(ErrorKind::TooLarge));
    }

    #[test]
    fn debug_shows_no_value() {
        let object = JsonObject::new(r#"{"a":"hunter2"}"#.to_owned()).unwrap();
        assert_eq!(format!("{object:?}"), "JsonObject(15 bytes)");
    }
}
