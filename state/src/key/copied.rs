/// The borrowed form of a small `Copy` type is the type itself.
macro_rules! copied_ref {
    () => {
        type Ref<'a> = Self;

        #[inline]
        fn as_key_ref(&self) -> Self {
            *self
        }

        #[inline]
        fn from_key_ref(borrowed: Self) -> Self {
            borrowed
        }
    };
}

pub(super) use copied_ref;
