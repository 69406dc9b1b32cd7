use std::sync::Arc;

use object_store::aws::AmazonS3Builder;

use super::Objects;
use crate::error::{Error, ErrorKind, Result};

impl Objects {
    /// In a bucket of S3 or of what speaks as it does, under names that begin with `prefix`; an empty one is no prefix.
    ///
    /// The server must know `If-None-Match: *` of a PUT, as Amazon's does since 2024. TLS is rustls with ring: where the process has no default
    /// provider of cryptography for rustls yet, ring becomes it.
    ///
    /// ```no_run
    /// use object_store::aws::AmazonS3Builder;
    /// use typed_state::checkpoint::{Checkpoints, target::Objects};
    ///
    /// # fn open() -> typed_state::Result<()> {
    /// let bucket = AmazonS3Builder::from_env().with_bucket_name("backups");
    /// let checkpoints = Checkpoints::new(Objects::s3(bucket, "orders")?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) where the bucket, the region or the address is missing or wrong.
    pub fn s3(bucket: AmazonS3Builder, prefix: &str) -> Result<Self> {
        // Another provider that is there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Objects are deleted one by one, and not every server knows the other way.
        let store = bucket.with_disable_bulk_delete(true).build();
        let store = store.map_err(|error| {
            let wrong = "the bucket of S3 for checkpoints cannot be used as it is configured";
            Error::new(ErrorKind::Configuration, wrong).with_source(error)
        })?;
        Ok(Self::new(Arc::new(store), prefix))
    }

    /// As [`s3`](Self::s3), with the credentials, the region and the rest from the environment (`AWS_…`).
    ///
    /// # Errors
    /// As [`s3`](Self::s3).
    pub fn s3_from_env(bucket: &str, prefix: &str) -> Result<Self> {
        Self::s3(AmazonS3Builder::from_env().with_bucket_name(bucket), prefix)
    }
}
