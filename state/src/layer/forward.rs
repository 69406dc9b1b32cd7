/// What a layer has where the backend within it has it. `other` is a backend beside that one, if any; `told` gives the numbers
/// that it tells of itself, if any.
macro_rules! forward {
    ($layer:ident $(where $bound:ident)?) => {
        $crate::layer::forward::forward!($layer $(where $bound)?, |_layer| ::std::iter::empty());
    };
    ($layer:ident $(<$other:ident>)? $(where $bound:ident)?, $told:expr) => {
        impl<$($other: $crate::backend::Backend,)? B: $($crate::backend::$bound +)? $crate::backend::Transactional>
            $crate::backend::Transactional for $layer<$($other,)? B>
        {
        }

        impl<$($other: $crate::backend::Backend,)? B: $($crate::backend::$bound +)? $crate::backend::TotalOrder> $crate::backend::TotalOrder
            for $layer<$($other,)? B>
        {
        }

        impl<$($other: $crate::backend::Backend,)? B: $($crate::backend::$bound +)? $crate::backend::ReplicaReads>
            $crate::backend::ReplicaReads for $layer<$($other,)? B>
        {
        }

        impl<$($other: $crate::backend::Backend,)? B: $crate::backend::Notify> $crate::backend::Notify for $layer<$($other,)? B> {
            async fn watch(
                &self,
                cx: &$crate::backend::Context,
            ) -> $crate::error::Result<$crate::backend::Watch> {
                self.inner().watch(cx).await
            }
        }

        impl<$($other: $crate::backend::Backend,)? B: $($crate::backend::$bound +)? $crate::backend::Observed> $crate::backend::Observed
            for $layer<$($other,)? B>
        {
            fn observations(&self) -> Vec<$crate::backend::Observation> {
                let mut all = self.inner().observations();
                all.extend($told(self));
                all
            }
        }
    };
}

/// Pages, snapshots and the health of the store, which the backend within answers.
macro_rules! forward_pages {
    () => {
        async fn range(
            &self,
            cx: &$crate::backend::Context,
            range: $crate::backend::Range,
        ) -> $crate::error::Result<$crate::backend::Page> {
            self.inner().range(cx, range).await
        }

        async fn scan(
            &self,
            cx: &$crate::backend::Context,
            scan: $crate::backend::Scan,
        ) -> $crate::error::Result<$crate::backend::Page> {
            self.inner().scan(cx, scan).await
        }

        async fn snapshot(
            &self,
            cx: &$crate::backend::Context,
            namespace: Option<String>,
        ) -> $crate::error::Result<$crate::backend::Snapshot> {
            self.inner().snapshot(cx, namespace).await
        }

        async fn health(
            &self,
            cx: &$crate::backend::Context,
        ) -> $crate::error::Result<$crate::backend::Health> {
            self.inner().health(cx).await
        }
    };
}

/// Reads of metadata, which the backend within answers.
#[cfg(feature = "json")]
macro_rules! forward_metadata {
    () => {
        async fn metadata(
            &self,
            cx: &$crate::backend::Context,
            key: &$crate::backend::Key,
        ) -> $crate::error::Result<Option<::bytes::Bytes>> {
            self.inner().metadata(cx, key).await
        }

        async fn find(
            &self,
            cx: &$crate::backend::Context,
            find: $crate::backend::Find,
        ) -> $crate::error::Result<$crate::backend::Found> {
            self.inner().find(cx, find).await
        }
    };
}

pub(super) use forward;
#[cfg(feature = "json")]
pub(super) use forward_metadata;
pub(super) use forward_pages;
