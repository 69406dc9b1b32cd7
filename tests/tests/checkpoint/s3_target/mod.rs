//! Checkpoints in what speaks as S3 does.

mod server;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use typed_state::ErrorKind;
use typed_state::backends::Memory;
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{Checkpoints, Target as _};
use typed_state::testing::TestResult;
use typed_state::{StateKey, Store};

use self::server::FakeS3;

const SECRET: &str = "a-secret-access-key";

#[derive(StateKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "order", value = String)]
struct Order(u64);

fn target(server: &FakeS3, prefix: &str) -> TestResult<Objects> {
    let bucket = AmazonS3Builder::new()
        .with_bucket_name("backups")
        .with_endpoint(format!("http://{}", server.address))
        .with_region("here")
        .with_access_key_id("a-name")
        .with_secret_access_key(SECRET)
        .with_allow_http(true);
    Ok(Objects::s3(bucket, prefix)?)
}

#[tokio::test]
async fn objects_are_created_once_read_listed_in_pages_and_deleted() -> TestResult {
    let server = FakeS3::start().await?;
    let target = target(&server, "deep/er")?;
    let large = Bytes::from(vec![7; 3 << 20]);
    assert!(target.create("chunks/large", large.clone()).await?);
    for number in 0..7 {
        let bytes = Bytes::from(vec![1; number]);
        assert!(target.create(&format!("chunks/{number}"), bytes).await?);
    }
    assert!(target.create("chunky/a", Bytes::new()).await?);
    assert!(!target.create("chunks/large", Bytes::new()).await?);
    assert_eq!(target.read("chunks/large").await?, Some(large));
    assert_eq!(target.read("chunks/nothing").await?, None);
    assert!(server.names().contains(&"deep/er/chunks/large".to_owned()));

    let listed = target.list("chunks").await?;
    let shown: Vec<_> = listed
        .iter()
        .map(|object| (&object.name[..], object.len))
        .collect();
    assert_eq!(shown[..2], [("chunks/0", 0), ("chunks/1", 1)]);
    assert_eq!(shown[7], ("chunks/large", 3 << 20));
    assert_eq!(listed.len(), 8);
    assert_eq!(listed[0].created.as_millis(), 1_767_323_045_678);

    target.delete("chunks/large").await?;
    target.delete("chunks/large").await?;
    assert_eq!(target.read("chunks/large").await?, None);
    assert_eq!(target.list("chunks").await?.len(), 7);
    Ok(())
}

#[tokio::test]
async fn a_checkpoint_comes_back_from_there_though_answers_are_lost() -> TestResult {
    let server = FakeS3::start().await?;
    let checkpoints = Checkpoints::new(target(&server, "")?);
    let store = Store::new(Memory::new());
    for number in 0..100 {
        store
            .put(&Order(number), &format!("value {number}"))
            .await?;
    }
    server.lose_answers(2);
    let manifest = checkpoints.create(&store).await?;
    assert!(
        server
            .names()
            .contains(&format!("manifests/{}", manifest.id))
    );
    assert_eq!(checkpoints.verify(&manifest.id).await?, manifest);
    let copy = Store::new(Memory::new());
    let restored = checkpoints.restore(&copy, &manifest.id).await?;
    assert_eq!(restored.entries, 100);
    assert_eq!(copy.get(&Order(99)).await?, Some("value 99".to_owned()));
    checkpoints.delete(&manifest.id).await?;
    assert_eq!(server.names(), Vec::<String>::new());
    let bulk = server
        .requests()
        .iter()
        .any(|request| request.starts_with("POST"));
    assert!(!bulk, "objects are deleted one by one");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_without_secrets() -> TestResult {
    let bucket = AmazonS3Builder::new()
        .with_bucket_name("backups")
        .with_endpoint("http://127.0.0.1:9")
        .with_region("here")
        .with_access_key_id("a-name")
        .with_secret_access_key(SECRET)
        .with_allow_http(true)
        .with_retry(object_store::RetryConfig {
            max_retries: 0,
            ..Default::default()
        });
    let target = Objects::s3(bucket, "")?;
    let error = target.read("chunks/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let shown = format!("{error} {error:?} {target:?}");
    assert!(!shown.contains(SECRET), "{shown}");

    let missing = Objects::s3(AmazonS3Builder::new(), "").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Configuration);
    Ok(())
}
