//! Running cases without a test harness around them.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;

use crate::backend::{Notify, TotalOrder, Transactional};
use crate::testing::Harness;

macro_rules! list {
    (($harness:ident) $($chapter:ident { $($case:ident)* })*) => {
        vec![$($(Case {
            name: concat!(stringify!($chapter), "::", stringify!($case)),
            body: |harness: &$harness| Box::pin(super::$chapter::$case(harness)),
        },)*)*]
    };
}

type Body<H> = for<'h> fn(&'h H) -> Pin<Box<dyn Future<Output = ()> + Send + 'h>>;

/// One case of the suite.
pub struct Case<H> {
    name: &'static str,
    body: Body<H>,
}

impl<H: Harness> Case<H> {
    /// Its chapter and name, such as `entries::an_empty_value_is_present`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it on a fresh store.
    ///
    /// # Errors
    /// What the store did not show.
    pub async fn run(&self, harness: &H) -> Result<(), Failure> {
        let outcome = AssertUnwindSafe((self.body)(harness)).catch_unwind().await;
        outcome.map_err(|panic| Failure {
            case: self.name,
            message: message_of(&*panic),
        })
    }
}

impl<H> fmt::Debug for Case<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// A case that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The case's chapter and name.
    pub case: &'static str,
    /// What the store did not show.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.case, self.message)
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            panic
                .downcast_ref::<&str>()
                .map(|message| (*message).to_owned())
        })
        .unwrap_or_else(|| "it panicked".to_owned())
}

/// What every backend must show.
pub fn cases<H: Harness>() -> Vec<Case<H>> {
    crate::__conformance_group!(every, [list](H))
}

/// What a backend of [`Transactional`] must show beside.
pub fn transactional_cases<H: Harness<Backend: Transactional>>() -> Vec<Case<H>> {
    crate::__conformance_group!(transactional, [list](H))
}

/// What a backend of [`TotalOrder`] must show beside.
pub fn total_order_cases<H: Harness<Backend: TotalOrder>>() -> Vec<Case<H>> {
    crate::__conformance_group!(total_order, [list](H))
}

/// What a backend of [`Notify`] must show beside.
pub fn notify_cases<H: Harness<Backend: Notify>>() -> Vec<Case<H>> {
    crate::__conformance_group!(notify, [list](H))
}

/// What a backend whose acknowledged writes outlive its process must show beside.
pub fn durable_cases<H: Harness>() -> Vec<Case<H>> {
    crate::__conformance_group!(durable, [list](H))
}

/// Runs every case of [`cases`]; see [`run_all`].
///
/// # Panics
/// Where a case fails: after all have run, naming each that failed.
pub async fn run<H: Harness>(harness: &H) {
    run_all(harness, cases()).await;
}

/// Runs cases one after the other, each on a fresh store.
///
/// # Panics
/// Where a case fails: after all have run, naming each that failed.
pub async fn run_all<H: Harness>(harness: &H, cases: Vec<Case<H>>) {
    let mut failures = Vec::new();
    let count = cases.len();
    for case in cases {
        failures.extend(case.run(harness).await.err());
    }
    let listed: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert!(
        failures.is_empty(),
        "{} of {count} conformance cases failed:\n{}",
        failures.len(),
        listed.join("\n")
    );
}
