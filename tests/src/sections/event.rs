use std::fmt;
use std::str::FromStr;

/// What a worker tells of a section, by its fence; a line of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It has read the list, and is about to write it.
    Begun(u64),
    /// Its write was acknowledged.
    Done(u64),
    /// Its write may have been applied.
    Unknown(u64),
    /// Its write was refused.
    Refused(u64),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun(fence) => write!(f, "begun {fence}"),
            Self::Done(fence) => write!(f, "done {fence}"),
            Self::Unknown(fence) => write!(f, "unknown {fence}"),
            Self::Refused(fence) => write!(f, "refused {fence}"),
        }
    }
}

impl FromStr for Event {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let foreign = || format!("`{line}` tells of no section");
        let (what, fence) = line.split_once(' ').ok_or_else(foreign)?;
        let fence = fence.parse().map_err(|_| foreign())?;
        match what {
            "begun" => Ok(Self::Begun(fence)),
            "done" => Ok(Self::Done(fence)),
            "unknown" => Ok(Self::Unknown(fence)),
            "refused" => Ok(Self::Refused(fence)),
            _ => Err(foreign()),
        }
    }
}
