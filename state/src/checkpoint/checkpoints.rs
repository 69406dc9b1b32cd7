use std::sync::Arc;
pub struct Checkpoints<T> {
    pub(super) target: Arc<T>,
}
