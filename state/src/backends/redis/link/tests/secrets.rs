use std::fmt::Write as _;

use super::server::Server;
use super::*;

const CANARY: &str = "canary-7f3a";

fn told(error: &Error) -> String {
    let mut told = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let _ = write!(told, " {error} {error:?}");
        source = error.source();
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_tells_a_password_or_a_value() {
    let mut locked = Server::start(&["--requirepass", "right"]);
    locked.password = Some("right".into());
    let unlocked = Server::start(&[]);
    for server in [&locked, &unlocked] {
        for username in [None, Some("nobody".to_owned())] {
            let mut settings = standalone(server);
            settings.credentials = Credentials {
                username,
                ..password(CANARY)
            };
            let error = refused(settings).await;
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(!told(&error).contains(CANARY), "{error}");
        }
    }
    let error = refused(standalone(&locked)).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");

    let link = open(standalone(&unlocked)).await;
    for call in [
        write(&["NONSENSE", "k", CANARY]),
        write(&["SET", "k", CANARY, CANARY]),
    ] {
        let failure = link.call(&within(1000), call).await.unwrap_err();
        assert!(
            !format!("{failure} {failure:?}").contains(CANARY),
            "{failure:?}"
        );
        let error = failure.into_error(Effect::Write);
        assert!(!told(&error).contains(CANARY), "{error}");
    }
}
