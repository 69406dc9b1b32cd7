/// A field in descending order: all its bytes are inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Desc<T>(pub T);
