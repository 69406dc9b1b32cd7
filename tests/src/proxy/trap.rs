/// A cut that happens once, by what passes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Trap {
    #[default]
    Unset,
    AfterRequestBytes(usize),
    BeforeAnswer,
}

/// What happens to the connection that a piece of a request comes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sprung {
    Nothing,
    /// It is closed when so many bytes of the piece have passed.
    CutAfter(usize),
    /// It is closed instead of an answer.
    CutBeforeAnswer,
}

impl Trap {
    pub(super) fn spring(&mut self, length: usize) -> Sprung {
        match *self {
            Self::Unset => Sprung::Nothing,
            Self::AfterRequestBytes(left) if length < left => {
                *self = Self::AfterRequestBytes(left - length);
                Sprung::Nothing
            }
            Self::AfterRequestBytes(left) => {
                *self = Self::Unset;
                Sprung::CutAfter(left)
            }
            Self::BeforeAnswer => {
                *self = Self::Unset;
                Sprung::CutBeforeAnswer
            }
        }
    }
}
