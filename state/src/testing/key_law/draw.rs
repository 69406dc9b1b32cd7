use std::any::type_name;
use std::cell::OnceCell;
use std::fmt::Debug;

use proptest::prelude::any;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::breach::Breach;
use crate::key::{KeyField, KeyWriter, Sampler};

const CASES: u32 = 1_000;
const SHRINKS: u32 = 100_000;

/// What a case looks at: keys with their bytes, and bytes that nobody encoded.
pub(super) struct Draw<F> {
    pub(super) a: Drawn<F>,
    /// Often much like `a`.
    pub(super) b: Drawn<F>,
    pub(super) c: Drawn<F>,
    /// Any bytes, and bytes much like those of `a`.
    pub(super) hostile: [Vec<u8>; 2],
}

/// A key with its bytes, without the namespace.
pub(super) struct Drawn<F> {
    pub(super) key: F,
    pub(super) bytes: Vec<u8>,
}

impl<F: KeyField> Drawn<F> {
    fn from_seed(seed: &[u8]) -> Self {
        let key = F::sample_field(&mut Sampler::new(seed));
        let bytes = encoded::<F>(key.as_key_ref());
        Self { key, bytes }
    }
}

/// The bytes of one field.
pub(super) fn encoded<F: KeyField>(borrowed: F::Ref<'_>) -> Vec<u8> {
    let mut writer = KeyWriter::new();
    F::encode_field(borrowed, &mut writer);
    writer.as_bytes().to_vec()
}

/// A change to some bytes.
type Edit = (usize, u8, u8);

fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for &(at, how, byte) in edits {
        let at = at.checked_rem(bytes.len() + 1).unwrap_or_default();
        match how % 4 {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            _ => {
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
        }
    }
    bytes
}

/// Panics with the simplest case that breaks the law.
#[track_caller]
#[allow(clippy::panic, reason = "a law fails a test by panicking")]
pub(super) fn for_all<F: KeyField + Debug>(check: impl Fn(&Draw<F>) -> Result<(), Breach>) {
    let seed = || proptest::collection::vec(any::<u8>(), 0..64);
    let edits = || proptest::collection::vec(any::<Edit>(), 1..4);
    let cases = (seed(), (any::<bool>(), seed(), edits()), seed(), edits());
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: SHRINKS,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    let broken = OnceCell::new();
    let outcome = TestRunner::new(config).run(&cases, |(a, (alike, b, changes), c, damage)| {
        let b = if alike { edited(&a, &changes) } else { b };
        let drawn_a = Drawn::from_seed(&a);
        let hostile = [edited(&drawn_a.bytes, &damage), a];
        let draw = Draw {
            a: drawn_a,
            b: Drawn::from_seed(&b),
            c: Drawn::from_seed(&c),
            hostile,
        };
        // Simpler cases are sought for the clause that broke first: one fault often breaks several.
        match check(&draw) {
            Err(breach) if *broken.get_or_init(|| breach.clause()) == breach.clause() => {
                Err(TestCaseError::fail(breach.to_string()))
            }
            _ => Ok(()),
        }
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => {
            panic!("`{}` breaks the law of keys\n  {why}", type_name::<F>())
        }
        Err(TestError::Abort(why)) => {
            panic!(
                "the law of keys was not checked for `{}`: {why}",
                type_name::<F>()
            )
        }
    }
}
