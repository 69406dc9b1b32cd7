//! Percent-encoding, strictly: RFC 3986, section 2.1.

use std::fmt;

/// The text behind its escapes; `None` where an escape is broken or the text is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return String::from_utf8(decoded).ok(),
            [b'%', high, low, after @ ..] => {
                decoded.push(digit(*high)? << 4 | digit(*low)?);
                rest = after;
            }
            [b'%', ..] => return None,
            [byte, after @ ..] => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Text with everything escaped that is neither unreserved nor a `/`: a path, or the value of a parameter.
pub(crate) struct Encoded<'a>(pub(in crate::backends) &'a str);

/// Text with everything escaped that is not unreserved: a user or a password.
pub(crate) struct EncodedUser<'a>(pub(in crate::backends) &'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(self.0, |byte| byte == b'/', f)
    }
}

impl fmt::Display for EncodedUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(self.0, |_| false, f)
    }
}

fn encode(text: &str, kept: fn(u8) -> bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.bytes().try_for_each(|byte| {
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_unreserved || kept(byte) {
            return write!(f, "{}", char::from(byte));
        }
        write!(f, "%{byte:02X}")
    })
}
