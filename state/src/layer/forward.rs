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

pub(super) use forward;
