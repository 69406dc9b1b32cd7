//! What is answered to whom.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use prometheus::{Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use typed_state::backend::Role;
use typed_state::{AnyBackend, ErrorKind, Store, Ttl};
use uuid::Uuid;

use super::state::{RateKey, Session, SessionKey};

/// What every request needs.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Store<AnyBackend>,
    pub(crate) registry: Registry,
    /// Requests a client may make in a minute.
    pub(crate) rate: i64,
}

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/sessions", axum::routing::post(log_in))
        .route("/session", get(show).delete(log_out))
        .route_layer(from_fn_with_state(app.clone(), limit))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(app)
}

#[derive(Debug, Deserialize)]
struct LogIn {
    user: String,
}

#[derive(Debug, Serialize)]
struct LoggedIn {
    token: String,
}

async fn log_in(State(app): State<App>, Json(who): Json<LogIn>) -> Answer<impl IntoResponse> {
    let token = Uuid::new_v4().simple().to_string();
    let key = SessionKey {
        token: token.clone(),
    };
    let session = Session {
        user: who.user,
        requests: 0,
    };
    app.store.insert(&key, &session).await?;
    Ok((StatusCode::CREATED, Json(LoggedIn { token })))
}

/// Counts the request and begins the half hour of the session anew, both in one write.
async fn show(State(app): State<App>, headers: HeaderMap) -> Answer<Json<Session>> {
    let key = token(&headers)?;
    let session = app.store.update(&key, |session| {
        session.map(|session| Session {
            requests: session.requests + 1,
            ..session
        })
    });
    session.await?.map(Json).ok_or(Refusal::LoggedOut)
}

async fn log_out(State(app): State<App>, headers: HeaderMap) -> Answer<StatusCode> {
    app.store.delete(&token(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn health(State(app): State<App>) -> Answer<impl IntoResponse> {
    let health = app.store.health().await?;
    let servers = health.servers.iter().map(|server| {
        json!({
            "address": server.address,
            "role": server.role.map(Role::as_str),
            "answers": server.answers,
            "lag_ms": server.lag.map(|lag| lag.as_millis()),
        })
    });
    Ok(Json(json!({
        "latency_us": health.latency.as_micros(),
        "answering": health.answering(),
        "servers": servers.collect::<Vec<_>>(),
    })))
}

async fn metrics(State(app): State<App>) -> Answer<String> {
    let families = app.registry.gather();
    TextEncoder::new()
        .encode_to_string(&families)
        .map_err(|_| Refusal::Broken)
}

/// Counts requests by the client's address and minute, over all processes of the service.
async fn limit(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Answer<Response> {
    let seconds = Timestamp::now().as_second();
    let key = RateKey {
        client: client.ip().to_string(),
        minute: seconds.div_euclid(60),
    };
    // Longer than its minute, for the clocks of processes and of the store differ.
    let kept = Ttl::new(Duration::from_mins(2))?;
    let requests = app.store.with_expiry(kept).counter(&key)?.add(1).await?;
    if requests > app.rate {
        return Err(Refusal::TooMany(60 - seconds.rem_euclid(60)));
    }
    Ok(next.run(request).await)
}

fn token(headers: &HeaderMap) -> Answer<SessionKey> {
    let header = headers.get(header::AUTHORIZATION);
    let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or(Refusal::LoggedOut)?.to_owned();
    Ok(SessionKey { token })
}

type Answer<T> = Result<T, Refusal>;

/// Why a request is not served.
enum Refusal {
    LoggedOut,
    /// Until so many seconds have passed.
    TooMany(i64),
    /// The state cannot be reached for now.
    Unavailable,
    Broken,
}

impl From<typed_state::Error> for Refusal {
    fn from(error: typed_state::Error) -> Self {
        eprintln!("error: {error}");
        match error.kind() {
            ErrorKind::TooLarge => Self::LoggedOut,
            ErrorKind::OutcomeUnknown => Self::Unavailable,
            _ if error.is_retryable() => Self::Unavailable,
            _ => Self::Broken,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::LoggedOut => (StatusCode::UNAUTHORIZED, "log in first"),
            Self::TooMany(seconds) => {
                let after = [(header::RETRY_AFTER, seconds.to_string())];
                let body = Json(json!({ "error": "too many requests" }));
                return (StatusCode::TOO_MANY_REQUESTS, after, body).into_response();
            }
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "try again in a moment"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "the service is broken"),
        };
        (status, Json(json!({ "error": text }))).into_response()
    }
}
