use std::future::Future;
use std::pin::Pin;

use crate::error::Result;

/// An operation of a store: a future that does nothing until it is awaited.
///
/// It is boxed so that it has a name. A named future keeps a wrong argument one compile error, which
/// an `async fn` repeats at the call and at the `.await`; the price is one allocation, some 20 ns.
/// It borrows the store alone: keys and values are encoded when it is made.
pub type Operation<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
