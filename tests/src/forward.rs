use typed_state::Result;
use typed_state::backend::{Backend, Commit, Context, Outcome};

/// The methods of a backend that only call those of another one, which it has in a field.
///
/// They stand in its `impl`, beside those that differ:
///
/// ```
/// use typed_state::Result;
/// use typed_state::backend::{Backend, Context, Entry, Key};
/// use typed_state::backends::Memory;
/// use typed_state_tests::forward;
///
/// /// Memory that answers reads a little later.
/// #[derive(Debug)]
/// struct Late(Memory);
///
/// impl Backend for Late {
///     async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
///         tokio::task::yield_now().await;
///         self.0.get(cx, keys).await
///     }
///
///     forward!(0: capabilities commit commit_many write range scan snapshot health);
/// }
/// ```
#[macro_export]
macro_rules! forward {
    ($($field:tt).+: $method:ident $($others:ident)+) => {
        $crate::forward!($($field).+: $method);
        $crate::forward!($($field).+: $($others)+);
    };
    ($($field:tt).+: capabilities) => {
        fn capabilities(&self) -> ::typed_state::backend::Capabilities {
            self.$($field).+.capabilities()
        }
    };
    ($($field:tt).+: get) => {
        $crate::forward!(@ $($field).+:
            get(keys: &[::typed_state::backend::Key])
                -> ::typed_state::Result<Vec<Option<::typed_state::backend::Entry>>>);
    };
    ($($field:tt).+: commit) => {
        $crate::forward!(@ $($field).+:
            commit(commit: ::typed_state::backend::Commit)
                -> ::typed_state::Result<::typed_state::backend::Outcome>);
    };
    ($($field:tt).+: commit_many) => {
        $crate::forward!(@ $($field).+:
            commit_many(commits: Vec<::typed_state::backend::Commit>)
                -> Vec<::typed_state::Result<::typed_state::backend::Outcome>>);
    };
    ($($field:tt).+: write) => {
        $crate::forward!(@ $($field).+:
            write(batch: ::typed_state::backend::WriteBatch)
                -> ::typed_state::Result<::typed_state::backend::Written>);
    };
    ($($field:tt).+: range) => {
        $crate::forward!(@ $($field).+:
            range(range: ::typed_state::backend::Range)
                -> ::typed_state::Result<::typed_state::backend::Page>);
    };
    ($($field:tt).+: scan) => {
        $crate::forward!(@ $($field).+:
            scan(scan: ::typed_state::backend::Scan)
                -> ::typed_state::Result<::typed_state::backend::Page>);
    };
    ($($field:tt).+: snapshot) => {
        $crate::forward!(@ $($field).+:
            snapshot(namespace: Option<String>)
                -> ::typed_state::Result<::typed_state::backend::Snapshot>);
    };
    ($($field:tt).+: health) => {
        $crate::forward!(@ $($field).+:
            health()
                -> ::typed_state::Result<::typed_state::backend::Health>);
    };
    (@ $($field:tt).+: $method:ident($($argument:ident: $type:ty)?) -> $answer:ty) => {
        async fn $method(
            &self,
            cx: &::typed_state::backend::Context,
            $($argument: $type)?
        ) -> $answer {
            self.$($field).+.$method(cx, $($argument)?).await
        }
    };
}

/// Commits by one call each, for backends that know no better.
///
/// Cancellation: each commit applies wholly or not at all.
pub async fn one_by_one(
    backend: &impl Backend,
    cx: &Context,
    commits: Vec<Commit>,
) -> Vec<Result<Outcome>> {
    let mut outcomes = Vec::with_capacity(commits.len());
    for commit in commits {
        outcomes.push(backend.commit(cx, commit).await);
    }
    outcomes
}
