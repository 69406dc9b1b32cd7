//! Messages of serde, without the values that it quotes: errors are logged, and values are nobody's business there.

/// What the type refused, and what it wants, of a message of `serde::de::Error`.
pub(super) fn redact(message: &str) -> String {
    let expected = |after: &str| match after.rsplit_once(", expected ") {
        Some((_, expected)) => format!(", expected {expected}"),
        None => String::new(),
    };
    for refused in ["invalid type: ", "invalid value: "] {
        if let Some(quoted) = message.strip_prefix(refused) {
            let kind = quoted
                .split(['`', '"', ','])
                .next()
                .unwrap_or_default()
                .trim_end();
            return format!("{refused}{kind}{}", expected(quoted));
        }
    }
    for refused in ["unknown variant", "unknown field"] {
        // Here nothing is expected, and what looks like it is part of the value.
        if message.starts_with(refused)
            && ["`, there are no variants", "`, there are no fields"]
                .iter()
                .any(|end| message.ends_with(end))
        {
            return refused.to_owned();
        }
        if let Some(quoted) = message.strip_prefix(refused) {
            return format!("{refused}{}", expected(quoted));
        }
    }
    // These name fields of the type and count elements.
    for harmless in ["missing field `", "duplicate field `", "invalid length "] {
        if message.starts_with(harmless) {
            return message.to_owned();
        }
    }
    "its type refuses it".to_owned()
}

#[cfg(test)]
mod tests {
    use serde::de::{Error, Unexpected, value};

    use super::*;

    fn message(error: &value::Error) -> String {
        redact(&error.to_string())
    }

    #[test]
    fn quoted_values_are_cut_out() {
        let secret = "hunter2\", expected `nothing";
        let invalid = |what| message(&Error::invalid_type(what, &"a number"));
        assert_eq!(
            invalid(Unexpected::Str(secret)),
            "invalid type: string, expected a number"
        );
        assert_eq!(
            invalid(Unexpected::Unsigned(7)),
            "invalid type: integer, expected a number"
        );
        assert_eq!(
            invalid(Unexpected::Char('7')),
            "invalid type: character, expected a number"
        );
        assert_eq!(
            invalid(Unexpected::Map),
            "invalid type: map, expected a number"
        );
        assert_eq!(
            message(&Error::invalid_value(
                Unexpected::Float(7.5),
                &"a small number"
            )),
            "invalid value: floating point, expected a small number"
        );
        assert_eq!(
            message(&Error::unknown_variant(secret, &["A", "B"])),
            "unknown variant, expected `A` or `B`"
        );
        assert_eq!(
            message(&Error::unknown_field(secret, &["a"])),
            "unknown field, expected `a`"
        );
        assert_eq!(
            message(&Error::unknown_variant(secret, &[])),
            "unknown variant"
        );
        assert_eq!(message(&Error::custom(secret)), "its type refuses it");
    }

    #[test]
    fn what_is_of_the_type_stays() {
        assert_eq!(message(&Error::missing_field("id")), "missing field `id`");
        assert_eq!(
            message(&Error::duplicate_field("id")),
            "duplicate field `id`"
        );
        let length = message(&Error::invalid_length(3, &"a tuple of size 2"));
        assert_eq!(length, "invalid length 3, expected a tuple of size 2");
    }
}
