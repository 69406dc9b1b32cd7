use std::fmt::{self, Write};

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The UTF-8 bytes, escaped and ended; their order is the order of `str`.
impl KeyField for String {
    type Ref<'a> = &'a str;

    #[inline]
    fn as_key_ref(&self) -> &str {
        self
    }

    #[inline]
    fn from_key_ref(borrowed: &str) -> Self {
        borrowed.to_owned()
    }

    #[inline]
    fn encode_field(borrowed: &str, writer: &mut KeyWriter) {
        writer.write_escaped(borrowed.as_bytes());
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        reader.read_escaped_text("the end of a string")
    }

    fn fmt_field(borrowed: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_text(borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        sampler.text()
    }
}

/// Text for people, on one line: slashes, backslashes and control characters are escaped, so that a
/// key does not read as another.
pub(super) fn fmt_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        match c {
            '/' | '\\' => {
                f.write_char('\\')?;
                f.write_char(c)?;
            }
            c if c.is_control() => write!(f, "{}", c.escape_default())?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}
