use std::ops::Not;

use serde::Serialize;

use super::Field;
use crate::backend::{JsonObject, Predicate};
use crate::codec::{Format, encode_serde};
use crate::error::{Error, ErrorKind, Result};

/// How many comparisons a filter may have.
pub(super) const MAX_TERMS: usize = 64;
/// How deep its parts may lie in one another.
pub(super) const MAX_DEPTH: usize = 16;
/// What metadata must be like for its entry to be found by [`Store::find`](crate::Store::find).
///
/// ```
/// # use typed_state::store::Filter;
/// let open = Filter::field("status").is("open");
/// let dear = Filter::field("price").at_least(100).or(Filter::field("customer").field("tier").is("gold"));
/// let filter = open.and(dear).and(!Filter::field("held").exists());
/// # drop(filter);
/// ```
///
/// Names and values are anything serde writes as JSON, and reach the server apart from the statement, so they may hold any
/// characters. What is no JSON, holds the character U+0000, has more than 64 comparisons, lies more than 16 deep, or names a
/// field more than 16 deep, is an error of the search.
#[derive(Debug, Clone)]
#[must_use = "a filter does nothing until `Store::find` takes it"]
pub struct Filter(pub(super) std::result::Result<Tree, String>);

#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) predicate: Predicate,
    pub(super) terms: usize,
    pub(super) depth: usize,
}

impl Filter {
    /// Metadata that holds all that `part` has, which must be an object in JSON: every field of it with the same value, where
    /// an object holds another that it has every field of, and a list one that it has every element of.
    ///
    /// PostgreSQL has an index for it.
    pub fn contains<T: Serialize>(part: &T) -> Self {
        Self::term(json(part).and_then(contains))
    }

    /// A field of this name; [`Field::field`] goes on to one inside it.
    pub fn field(name: impl Into<String>) -> Field {
        Field::new(name.into())
    }

    /// What matches both.
    pub fn and(self, other: Self) -> Self {
        self.join(other, Predicate::All, |predicate| match predicate {
            Predicate::All(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// What matches one of the two, or both.
    pub fn or(self, other: Self) -> Self {
        self.join(other, Predicate::Any, |predicate| match predicate {
            Predicate::Any(parts) => Ok(parts),
            other => Err(other),
        })
    }

    pub(super) fn term(predicate: std::result::Result<Predicate, String>) -> Self {
        Self(predicate.map(|predicate| Tree {
            predicate,
            terms: 1,
            depth: 1,
        }))
    }

    /// Both under one node, where a part that is such a node gives what it has.
    fn join(
        self,
        other: Self,
        node: fn(Vec<Predicate>) -> Predicate,
        open: fn(Predicate) -> std::result::Result<Vec<Predicate>, Predicate>,
    ) -> Self {
        let joined = self.0.and_then(|mine| {
            let theirs = other.0?;
            let terms = mine.terms + theirs.terms;
            let (mut parts, mut depth) = (Vec::new(), 0);
            for part in [mine, theirs] {
                match open(part.predicate) {
                    Ok(inner) => {
                        parts.extend(inner);
                        depth = depth.max(part.depth);
                    }
                    Err(whole) => {
                        parts.push(whole);
                        depth = depth.max(part.depth + 1);
                    }
                }
            }
            Tree {
                predicate: node(parts),
                terms,
                depth,
            }
            .bounded()
        });
        Self(joined)
    }

    pub(crate) fn into_predicate(self) -> Result<Predicate> {
        let tree = self.0.map_err(|wrong| {
            let message = format!("the filter cannot be searched for: {wrong}");
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        Ok(tree.predicate)
    }
}

/// What does not match, for instance because it has no such field.
impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.and_then(|tree| {
            match tree.predicate {
                Predicate::Not(inner) => Ok(Tree {
                    predicate: *inner,
                    terms: tree.terms,
                    depth: tree.depth - 1,
                }),
                predicate => Tree {
                    predicate: Predicate::Not(Box::new(predicate)),
                    terms: tree.terms,
                    depth: tree.depth + 1,
                }
                .bounded(),
            }
        }))
    }
}

impl Tree {
    fn bounded(self) -> std::result::Result<Self, String> {
        if self.terms > MAX_TERMS {
            return Err(format!(
                "it has more than {MAX_TERMS} comparisons; search several times"
            ));
        }
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "its parts lie more than {MAX_DEPTH} deep; join alike parts without others in between"
            ));
        }
        Ok(self)
    }
}

pub(super) fn contains(json: String) -> std::result::Result<Predicate, String> {
    let object = JsonObject::new(json).map_err(|error| error.message().to_owned())?;
    Ok(Predicate::Contains(object))
}

pub(super) fn json<T: Serialize>(value: &T) -> std::result::Result<String, String> {
    let mut json = Vec::new();
    encode_serde(Format::Json, value, &mut json).map_err(|error| error.to_string())?;
    String::from_utf8(json).map_err(|_| "its JSON is not UTF-8".to_owned())
}
