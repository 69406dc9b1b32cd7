/// Draws key fields from a run of random bytes, for property tests: the same bytes, the same key.
#[derive(Debug)]
pub struct Sampler<'a> {
    bytes: &'a [u8],
}

impl<'a> Sampler<'a> {
    /// Draws from `bytes`; zeroes follow when they run out.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// One of `choices`, of which there are 1 to 256.
    pub fn choose(&mut self, choices: usize) -> usize {
        usize::from(self.byte()).checked_rem(choices).unwrap_or(0)
    }
}
