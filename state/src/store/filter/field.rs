use serde::Serialize;

use super::Filter;
use super::tree::{contains, json};
use crate::backend::{Bound, Comparison, Predicate};
use crate::codec::{Format, decode_serde};

/// How many names a field may take, one inside the other.
pub(super) const MAX_PATH: usize = 16;

/// A field of metadata, to be compared.
#[derive(Debug, Clone)]
#[must_use = "a field alone filters nothing; say what it must be like"]
pub struct Field(Vec<String>);

/// A field that is missing, or of another type than what it is compared to, matches no comparison. Numbers compare as numbers,
/// exactly; text by code point, as Rust's `str` does.
impl Field {
    pub(super) fn new(name: String) -> Self {
        Self(vec![name])
    }

    /// The field of this name inside this one, which then must be an object. In lists there are no fields.
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.0.push(name.into());
        self
    }

    /// It is this text, number, boolean or null.
    ///
    /// PostgreSQL has an index for it.
    pub fn is<T: Serialize>(self, value: T) -> Filter {
        let contained = json(&value).and_then(|value| {
            if value.starts_with(['{', '[']) {
                return Err(
                    "`is` takes text, a number, a boolean or null; use `Filter::contains`"
                        .to_owned(),
                );
            }
            let path = self.checked()?;
            let nested = path.iter().rev().try_fold(value, |inner, name| {
                json(name).map(|name| format!("{{{name}:{inner}}}"))
            });
            contains(nested?)
        });
        Filter::term(contained)
    }

    /// It is more than this number or text.
    pub fn above<T: Serialize>(self, bound: T) -> Filter {
        self.compare(Comparison::Above, &bound)
    }

    /// It is this number or text, or more.
    pub fn at_least<T: Serialize>(self, bound: T) -> Filter {
        self.compare(Comparison::AtLeast, &bound)
    }

    /// It is this number or text, or less.
    pub fn at_most<T: Serialize>(self, bound: T) -> Filter {
        self.compare(Comparison::AtMost, &bound)
    }

    /// It is less than this number or text.
    pub fn below<T: Serialize>(self, bound: T) -> Filter {
        self.compare(Comparison::Below, &bound)
    }

    /// It is there, be it null.
    pub fn exists(self) -> Filter {
        Filter::term(self.checked().map(Predicate::Exists))
    }

    fn compare<T: Serialize>(self, comparison: Comparison, bound: &T) -> Filter {
        let compared = json(bound).and_then(|bound| {
            Ok(Predicate::Compare {
                path: self.checked()?,
                comparison,
                bound: self::bound(bound)?,
            })
        });
        Filter::term(compared)
    }

    fn checked(self) -> Result<Vec<String>, String> {
        if self.0.len() > MAX_PATH {
            return Err(format!("it names a field more than {MAX_PATH} deep"));
        }
        if self.0.iter().any(|name| name.contains('\0')) {
            return Err(
                "the name of a field holds the character U+0000, which none can".to_owned(),
            );
        }
        Ok(self.0)
    }
}

fn bound(json: String) -> Result<Bound, String> {
    if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Ok(Bound::Number(json));
    }
    let text: Option<String> = decode_serde(Format::Json, json.as_bytes()).unwrap_or_default();
    match text {
        Some(text) if text.contains('\0') => {
            Err("a bound holds the character U+0000, which no text can".to_owned())
        }
        Some(text) => Ok(Bound::Text(text)),
        None => Err("a bound is a number or text".to_owned()),
    }
}
