//! typed store
/// stub
#[derive(Debug)]
pub struct Store;
