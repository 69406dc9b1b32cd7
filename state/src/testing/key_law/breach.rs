use std::fmt::{self, Debug, Write as _};

/// A part of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    Order,
    Inverse,
    Twin,
    SelfDelimiting,
    Canonical,
    Partition,
    Range,
    Prefix,
}

impl Clause {
    const fn text(self) -> &'static str {
        match self {
            Self::Order => "order: a.cmp(&b) == bytes(a).cmp(&bytes(b))",
            Self::Inverse => "inverse: decoding the bytes of a key gives that key",
            Self::Twin => {
                "twin: the borrowed form gives the same bytes, the same order, and the key back"
            }
            Self::SelfDelimiting => {
                "self-delimiting: no encoding is a proper prefix of another, and what follows does not matter"
            }
            Self::Canonical => {
                "canonical: any bytes give an error, or a key with just these bytes; never a panic"
            }
            Self::Partition => {
                "partition: it ends after the fields that make it, and is theirs alone"
            }
            Self::Range => "range: it holds exactly the keys between its bounds",
            Self::Prefix => "prefix: its range holds exactly the keys that begin with its fields",
        }
    }
}

/// How the law was broken.
pub(super) struct Breach {
    clause: Clause,
    told: String,
}

impl Breach {
    pub(super) fn new(clause: Clause, told: impl fmt::Display) -> Self {
        let told = told.to_string();
        Self { clause, told }
    }

    /// Which part of the law it breaks.
    pub(super) const fn clause(&self) -> Clause {
        self.clause
    }

    /// Shows a key with its bytes.
    pub(super) fn showing(mut self, name: &str, key: &impl Debug, bytes: &[u8]) -> Self {
        // Writing to a string does not fail.
        let _ = write!(self.told, "\n  {name} = {key:?}\n     ");
        for byte in bytes {
            let _ = write!(self.told, " {byte:02x}");
        }
        self
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}", self.clause.text(), self.told)
    }
}
