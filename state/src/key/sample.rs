/// Draws key fields from a run of random bytes, for property tests: the same bytes, the same key.
///
/// It likes what breaks encodings: the ends of ranges, empty strings, zero bytes, `FF`, long shared
/// beginnings. Fewer and smaller bytes give simpler values, so that a failure shrinks.
#[derive(Debug)]
pub struct Sampler<'a> {
    bytes: &'a [u8],
}

/// What strings are made of, the plainest first.
const TEXTS: [&str; 14] = [
    "a",
    "b",
    "\0",
    "\u{1}",
    "/",
    "\\",
    "\u{7F}",
    "é",
    "日",
    "\u{FFFF}",
    "🦀",
    "\u{10FFFF}",
    "long-shared-prefix-",
    " ",
];

/// What bytes are made of, the plainest first.
const BYTES: [&[u8]; 12] = [
    b"a",
    b"b",
    &[0x00],
    &[0xFF],
    &[0x01],
    &[0xFE],
    &[0x00, 0xFF],
    &[0x00, 0x01],
    &[0xFF, 0x00],
    &[0xFF, 0xFE],
    b"/",
    b"long-shared-prefix-",
];

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

    /// A character.
    pub fn char(&mut self) -> char {
        match self.choose(8) {
            0 => 'a',
            1 => '\0',
            2 => char::MAX,
            3 => '\u{D7FF}',
            4 => '\u{E000}',
            5 => char::from(self.byte()),
            _ => char::from_u32(u32::from_be_bytes(self.array()) % 0x11_0000).unwrap_or('b'),
        }
    }

    /// Text of at most some 80 bytes.
    pub fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.choose(5) {
            match TEXTS.get(self.choose(TEXTS.len() + 2)) {
                Some(piece) => text.push_str(piece),
                None => text.push(self.char()),
            }
        }
        text
    }

    /// At most some 80 bytes.
    pub fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.choose(5) {
            match BYTES.get(self.choose(BYTES.len() + 2)) {
                Some(piece) => bytes.extend_from_slice(piece),
                None => bytes.push(self.byte()),
            }
        }
        bytes
    }
}
