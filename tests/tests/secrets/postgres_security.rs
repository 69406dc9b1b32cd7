//! TLS, rights and secrets.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, postgres::PgConnectOptions, raw_sql};
use typed_state::ErrorKind::{Configuration, Corrupt};
use typed_state::backends::SslMode::{self, Disable, Prefer, Require, VerifyCa, VerifyFull};
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;
use typed_state::{Error, StateKey, Store};
use typed_state_tests::servers::{Certificates, Pair, PostgresServer, ServerTls};

use crate::postgres_canary::fake::Fake;
use crate::postgres_canary::{
    Note, PASSWORD, ROLE, VALUE, as_role, at, fails, heals, is, is_logged, keeps_secrets, listen,
    log_keeps_secrets, open, options, refuses, shared, to, told, until, use_all,
};

const OPERATORS: &str = include_str!("../../../docs/postgres.md");
const ENCRYPTED: [SslMode; 3] = [Require, VerifyCa, VerifyFull];

/// A server that speaks TLS with those who want to.
async fn secure(pair: Pair, authority: &Path) -> TestResult<PostgresServer> {
    options().tls(ServerTls::new(pair, authority)).start().await
}

fn by(config: PostgresConfigBuilder, mode: SslMode, authority: &Path) -> PostgresConfigBuilder {
    let config = config.ssl_mode(mode).application_name(name(mode));
    match mode {
        VerifyCa | VerifyFull => config.ssl_root_cert(authority),
        _ => config,
    }
}

fn name(mode: SslMode) -> String {
    format!("by-{mode:?}")
}

/// Opens a store and tells whether its connections are encrypted.
async fn is_encrypted(
    server: &PostgresServer,
    config: PostgresConfigBuilder,
    mode: SslMode,
) -> TestResult<bool> {
    let store = open(config).await?;
    heals(&store).await;
    let query = format!(
        "select bool_and(ssl)::text from pg_stat_ssl join pg_stat_activity using (pid) where application_name = '{}'",
        name(mode)
    );
    let encrypted = server.query_one_text(&query).await? == "true";
    store.backend().close();
    Ok(encrypted)
}

#[tokio::test]
async fn every_mode_of_tls_against_every_server() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let plain = shared().await?;
    let both = secure(certificates.server(), &authority).await?;
    let only = PostgresServer::options()
        .without_fsync()
        .access("hostssl all all 127.0.0.1/32 password")
        .only_tls(ServerTls::new(certificates.server(), &authority))
        .start()
        .await?;
    for host in ["127.0.0.1", "localhost"] {
        let config = |server: &PostgresServer, mode| {
            by(at(format!("{host}:{}", server.port())), mode, &authority)
        };
        for (server, mode, encrypted) in [
            (plain, Disable, false),
            (plain, Prefer, false),
            (&both, Disable, false),
            (&both, Prefer, true),
            (&only, Prefer, true),
        ] {
            let found = is_encrypted(server, config(server, mode), mode).await?;
            assert_eq!(found, encrypted, "{mode:?}");
        }
        for mode in ENCRYPTED {
            for server in [&both, &only] {
                assert!(is_encrypted(server, config(server, mode), mode).await?);
            }
            let words = ["does not speak TLS", "`ssl_mode`", "ssl = on"];
            refuses(config(plain, mode), Configuration, &words).await;
        }
        let words = ["28000", "pg_hba.conf", "`ssl_mode`"];
        refuses(config(&only, Disable), Configuration, &words).await;
    }
    // As text, and by a URL.
    let pem = fs::read_to_string(&authority)?;
    let text = at(both.address()).ssl_mode(VerifyFull).ssl_root_cert(pem);
    heals(&open(text).await?).await;
    let url = format!(
        "{}?ssl_mode=verify-full&ssl_root_cert={}",
        both.url()?,
        authority.display()
    );
    heals(&open(PostgresConfig::url(url)).await?).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn nobody_in_between_can_turn_tls_off() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let server = secure(certificates.server(), &authority).await?;
    let between = Fake::stripping_tls(server.address()).await?;
    for mode in ENCRYPTED {
        let config = by(at(between.address), mode, &authority);
        let words = ["does not speak TLS", "`ssl_mode`"];
        refuses(config, Configuration, &words).await;
    }
    // This one says so of itself.
    let config = by(at(between.address), Prefer, &authority);
    assert!(!is_encrypted(&server, config, Prefer).await?);
    Ok(())
}

#[tokio::test]
async fn wrong_certificates() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let server = secure(certificates.wrong_name(), &authority).await?;
    let config = |mode| by(at(server.address()), mode, &authority);
    for mode in [Require, VerifyCa] {
        assert!(is_encrypted(&server, config(mode), mode).await?);
    }
    let wrong_name = ["a name that the certificate holds", "`verify-ca`"];
    refuses(config(VerifyFull), Configuration, &wrong_name).await;

    let show = async |pair: Pair| {
        for (name, file) in [("server.pem", pair.certificate), ("server.key", pair.key)] {
            fs::write(server.socket_folder().join(name), fs::read(file)?)?;
        }
        server.execute("select pg_reload_conf()").await?;
        // The server takes notice in its own time.
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.terminate_backends().await
    };
    show(certificates.expired()).await?;
    let expired = ["renew the certificate"];
    for mode in [VerifyCa, VerifyFull] {
        refuses(config(mode), Configuration, &expired).await;
    }
    assert!(is_encrypted(&server, config(Require), Require).await?);

    show(certificates.server()).await?;
    let unknown = ["the server's certificate", "as `ssl_root_cert`"];
    for mode in [VerifyCa, VerifyFull] {
        let other = certificates.other_authority();
        let config = by(at(server.address()), mode, &other);
        refuses(config, Configuration, &unknown).await;
        refuses(at(server.address()).ssl_mode(mode), Configuration, &unknown).await;
    }

    // The same, of a store that is open.
    let store = open(config(VerifyFull)).await?;
    heals(&store).await;
    for (pair, words) in [
        (certificates.expired(), &expired[..]),
        (certificates.wrong_name(), &wrong_name),
    ] {
        show(pair).await?;
        until("the certificate is seen", async || {
            let error = store.get(&Note(1)).await.err()?;
            (error.kind() == Configuration).then_some(())
        })
        .await;
        fails(|| store.get(&Note(1)), Configuration, words).await;
        fails(
            || store.put(&Note(1), &VALUE.to_owned()),
            Configuration,
            words,
        )
        .await;
    }
    show(certificates.server()).await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_the_client_shows() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let tls = ServerTls::new(certificates.server(), &authority).ask_clients();
    let server = PostgresServer::options()
        .without_fsync()
        .access("hostssl all all 127.0.0.1/32 password clientcert=verify-full")
        .only_tls(tls);
    let server = server.start().await?;
    let config = || by(at(server.address()), VerifyFull, &authority);
    let with = |pair: Pair| {
        config()
            .ssl_cert(pair.certificate)
            .ssl_key(pair.key)
            .application_name(name(VerifyFull))
    };
    let mine = certificates.client();
    assert!(is_encrypted(&server, with(mine.clone()), VerifyFull).await?);
    let pem = |file: &Path| fs::read_to_string(file).unwrap();
    let text = config()
        .ssl_cert(pem(&mine.certificate))
        .ssl_key(pem(&mine.key));
    keeps_secrets(&format!("{text:?}"));
    heals(&open(text).await?).await;

    let words = ["28000", "valid client certificate", "`ssl_cert`"];
    refuses(config(), Configuration, &words).await;
    let stranger = Certificates::generate()?.client();
    assert!(!stranger.certificate.exists());
    let missing = ["`ssl_cert`", "client.pem", "check the path"];
    refuses(with(stranger), Configuration, &missing).await;
    let others = Certificates::generate()?;
    let words = ["refused our certificate", "`ssl_cert`"];
    refuses(with(others.client()), Configuration, &words).await;
    // A name that is not the user's.
    refuses(with(certificates.server()), Configuration, &["`ssl_cert`"]).await;
    Ok(())
}

#[tokio::test]
async fn files_that_hold_no_certificate() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let (certificate, key) = {
        let pair = certificates.client();
        (pair.certificate, pair.key)
    };
    let config = || by(at("127.0.0.1:1"), VerifyFull, &authority);
    let folder = tempfile::tempdir()?;
    let (missing, empty) = (folder.path().join("missing"), folder.path().join("empty"));
    fs::write(&empty, "canary")?;
    let words = ["`ssl_root_cert`", "missing", "check the path"];
    refuses(config().ssl_root_cert(&missing), Configuration, &words).await;
    let words = ["`ssl_root_cert`", "holds no certificate"];
    refuses(config().ssl_root_cert(&empty), Configuration, &words).await;
    refuses(config().ssl_root_cert(&key), Configuration, &words).await;
    let words = ["`ssl_key`", "holds no private key"];
    let swapped = config().ssl_cert(&certificate).ssl_key(&certificate);
    refuses(swapped, Configuration, &words).await;
    let swapped = config().ssl_cert(&key).ssl_key(&key);
    refuses(swapped, Configuration, &["`ssl_cert`", "no certificate"]).await;
    Ok(())
}

#[tokio::test]
async fn a_unix_socket() -> TestResult {
    let server = shared().await?;
    let folder = server.socket_folder().to_str().unwrap();
    let schema = server.fresh_schema().await?;
    let host = format!("{folder}:{}", server.port());
    for mode in [Disable, Prefer] {
        let config = by(at(&host), mode, Path::new("")).schema(&schema);
        assert!(!is_encrypted(server, config, mode).await?);
    }
    for mode in ENCRYPTED {
        let error = at(&host).ssl_mode(mode).build().unwrap_err();
        is(
            &error,
            Configuration,
            &["`ssl_mode`", "a Unix socket has not"],
        );
    }
    let folder = folder.replace('/', "%2F");
    let url = format!(
        "postgres://postgres@{folder}:{}?schema={schema}",
        server.port()
    );
    heals(&open(PostgresConfig::url(url)).await?).await;
    Ok(())
}

/// The statements of the documentation that begin so.
fn documented(begin: &str) -> Vec<String> {
    let blocks = OPERATORS.split("```sql\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .filter(|line| line.starts_with(begin))
        .map(str::to_owned)
        .collect()
}

/// Runs statements in the database `shop`.
async fn in_shop(server: &PostgresServer, sql: &str) -> TestResult {
    let url = server.url_of("postgres", server.password(), "shop")?;
    let options: PgConnectOptions = url.parse()?;
    let mut connection: PgConnection = options.disable_statement_logging().connect().await?;
    raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await?;
    Ok(())
}

fn grants(to: &str) -> Vec<String> {
    let mut grants = documented("GRANT");
    grants.retain(|grant| grant.ends_with(&format!(" TO {to};")));
    grants
}

/// A server with the database and the roles of the documentation, and nothing that everybody may.
async fn shop() -> TestResult<PostgresServer> {
    let server = options()
        .database("shop")
        .role("state_owner", PASSWORD)
        .role("state_user", PASSWORD);
    let server = server.start().await?;
    in_shop(
        &server,
        "revoke all on database shop from public; revoke all on schema public from public; \
         alter default privileges for role state_owner revoke execute on functions from public; create schema app",
    )
    .await?;
    Ok(server)
}

fn in_app(server: &PostgresServer, role: &str) -> PostgresConfigBuilder {
    let config = at(server.address()).username(role).password(PASSWORD);
    config.database("shop").schema("app")
}

#[tokio::test]
async fn the_rights_of_roles_suffice_and_none_is_superfluous() -> TestResult {
    let server = shop().await?;
    assert_eq!(documented("CREATE SCHEMA"), ["CREATE SCHEMA app;"]);
    let (of_owner, of_user) = (grants("state_owner"), grants("state_user"));
    assert_eq!((of_owner.len(), of_user.len()), (3, 9));

    for missing in &of_owner {
        in_shop(&server, &of_owner.concat()).await?;
        in_shop(&server, &revoking(missing)).await?;
        let words = ["42501", "grant the user"];
        refuses(in_app(&server, "state_owner"), Configuration, &words).await;
    }
    in_shop(&server, &of_owner.concat()).await?;
    let owner = open(in_app(&server, "state_owner")).await?;
    let errors = use_all(&owner).await;
    assert!(errors.is_empty(), "{errors:#?}");
    owner.backend().vacuum().await?;

    let user = || in_app(&server, "state_user").migrate(false);
    in_shop(&server, &of_user.concat()).await?;
    let store = open(user().command_timeout(Duration::from_secs(5))).await?;
    let errors = use_all(&store).await;
    assert!(errors.is_empty(), "{errors:#?}");
    let words = ["may not vacuum", "app.state", "owner"];
    is(
        &store.backend().vacuum().await.unwrap_err(),
        Configuration,
        &words,
    );

    for missing in &of_user {
        in_shop(&server, &of_user.concat()).await?;
        in_shop(&server, &revoking(missing)).await?;
        if missing.contains("sweep_due") {
            let swept = open(user().cleanup_interval(Duration::from_secs(1))).await?;
            until("a warning", async || {
                is_logged("what has expired was not swept").then_some(())
            })
            .await;
            assert!(use_all(&swept).await.is_empty());
            continue;
        }
        let errors = match Postgres::open(&user().build()?).await {
            Ok(postgres) => use_all(&Store::new(postgres)).await,
            Err(error) => vec![error],
        };
        let named = errors
            .iter()
            .filter(|error| error.to_string().contains("42501"));
        assert!(named.count() > 0, "without {missing}: {errors:#?}");
        for error in &errors {
            keeps_secrets(&told(error));
            assert_eq!(error.kind(), Configuration, "without {missing}: {error}");
        }
    }
    log_keeps_secrets();
    Ok(())
}

/// What takes a right away again.
fn revoking(grant: &str) -> String {
    let revoke = grant.replacen("GRANT", "REVOKE", 1);
    revoke.replacen(" TO ", " FROM ", 1)
}

/// The same entries as [`Note`], taken for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = u64)]
struct Number(u64);

#[tokio::test]
async fn values_and_passwords_are_shown_nowhere() -> TestResult {
    listen();
    let server = shared().await?;
    let schema = server.fresh_schema().await?;
    server
        .execute(&format!("grant all on schema {schema} to {ROLE}"))
        .await?;
    let config = as_role(server).schema(&schema);
    let built = config.clone().build()?;
    keeps_secrets(&format!("{config:?} {built} {built:?} {built:#?}"));
    let postgres = Postgres::open(&built).await?;
    keeps_secrets(&format!("{postgres:?} {postgres:#?}"));
    let told_of = (postgres.server_info().await?, postgres.replication().await);
    keeps_secrets(&format!("{told_of:?} {:?}", postgres.pool_state()));
    let store = Store::new(postgres);
    keeps_secrets(&format!("{store:?} {store:#?} {:?}", store.transaction()));

    // In each of the ways to say it.
    let address = server.address();
    let wrong = "canary-wrong";
    let toml = format!(
        "hosts = ['{address}']\nusername = '{ROLE}'\npassword = '{wrong}'\ndatabase = 'postgres'"
    );
    let ways = [
        PostgresConfig::url(format!("postgres://{ROLE}:{wrong}@{address}/postgres")).build()?,
        PostgresConfig::from_toml(&toml)?,
        PostgresConfig::from_vars([(
            "STATE_POSTGRES_URL",
            format!("postgres://{ROLE}:{wrong}@{address}/postgres"),
        )])?,
    ];
    for config in ways {
        keeps_secrets(&format!("{config} {config:?} {config:#?}"));
        let error = Postgres::open(&config).await.unwrap_err();
        is(&error, Configuration, &["28P01", "check user name"]);
    }

    // Bytes of another type, of no type, and no value at all.
    store.put(&Note(1), &VALUE.to_owned()).await?;
    keeps_secrets(&told(&store.get(&Number(1)).await.unwrap_err()));
    for value in [
        "'canary-value'",
        "substr(value, 1, 3) || 'canary-value'",
        "''",
        "'c'",
    ] {
        server
            .execute(&format!("update {schema}.state set value = {value}"))
            .await?;
        let errors: Vec<Error> = [
            store.get(&Note(1)).await.err(),
            store.get_many(&[Note(1), Note(2)]).await.err(),
            store.scan::<Note>().collect().await.err(),
            store.update(&Note(1), |old| old).await.err(),
        ]
        .into_iter()
        .map(|error| error.expect("the bytes are damaged"))
        .collect();
        for error in &errors {
            keeps_secrets(&told(error));
        }
    }
    // A key that is none.
    server
        .execute(&format!(
            "update {schema}.state set key = convert_to('note', 'UTF8') || '\\x00'::bytea || 'strange', layout = 2000"
        ))
        .await?;
    let error = store.scan::<Note>().count().await.unwrap_err();
    is(&error, Corrupt, &[]);
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_user_sees_no_other_schema() -> TestResult {
    let server = shared().await?;
    let (one, other) = (server.fresh_schema().await?, server.fresh_schema().await?);
    let first = open(to(server).schema(&one)).await?;
    let second = open(to(server).schema(&other)).await?;
    first.put(&Note(1), &"first".to_owned()).await?;
    assert_eq!(second.get(&Note(1)).await?, None);
    second.put(&Note(1), &"second".to_owned()).await?;
    assert_eq!(first.get(&Note(1)).await?.as_deref(), Some("first"));
    let foreign = as_role(server).schema(&one);
    let words = ["42501", &format!("schema {one}")];
    refuses(foreign, Configuration, &words).await;
    Ok(())
}
