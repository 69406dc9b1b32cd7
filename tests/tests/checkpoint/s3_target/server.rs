//! A small server that speaks as S3 does: PUT with `If-None-Match`, GET, DELETE, and lists in pages.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use typed_state::testing::TestResult;

/// How many objects a page of a list has.
const PAGE: usize = 3;
const CREATED: &str = "2026-01-02T03:04:05.678Z";

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Bytes>,
    /// So many requests that change something are done and answered as if the server had failed.
    loses: usize,
    requests: Vec<String>,
}

type Shared = Arc<Mutex<Bucket>>;

pub(super) struct FakeS3 {
    pub(super) address: SocketAddr,
    bucket: Shared,
    task: AbortHandle,
}

impl FakeS3 {
    pub(super) async fn start() -> TestResult<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let bucket = Shared::default();
        let app = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&bucket));
        let served = tokio::spawn(async { axum::serve(listener, app).await });
        let task = served.abort_handle();
        Ok(Self {
            address,
            bucket,
            task,
        })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.bucket
            .lock()
            .unwrap()
            .objects
            .keys()
            .cloned()
            .collect()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.bucket.lock().unwrap().requests.clone()
    }

    pub(super) fn lose_answers(&self, count: usize) {
        self.bucket.lock().unwrap().loses = count;
    }
}

impl Drop for FakeS3 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(bucket): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut bucket = bucket.lock().unwrap();
    bucket
        .requests
        .push(format!("{} {}", parts.method, parts.uri.path()));
    let Some(path) = parts.uri.path().strip_prefix("/backups") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = path.trim_start_matches('/').to_owned();
    let changed = match parts.method {
        Method::GET if query.contains_key("list-type") => return bucket.list(&query),
        Method::GET => return bucket.read(&name),
        Method::PUT => {
            let create = parts.headers.get(header::IF_NONE_MATCH);
            if create.is_some_and(|value| value == "*") && bucket.objects.contains_key(&name) {
                return StatusCode::PRECONDITION_FAILED.into_response();
            }
            bucket.objects.insert(name, body);
            (StatusCode::OK, [(header::ETAG, "\"1\"")]).into_response()
        }
        Method::DELETE => {
            bucket.objects.remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    if bucket.loses > 0 {
        bucket.loses -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    changed
}

impl Bucket {
    fn read(&self, name: &str) -> Response {
        let Some(bytes) = self.objects.get(name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let headers = [
            (header::ETAG, "\"1\""),
            (header::LAST_MODIFIED, "Fri, 02 Jan 2026 03:04:05 GMT"),
        ];
        (headers, bytes.clone()).into_response()
    }

    fn list(&self, query: &HashMap<String, String>) -> Response {
        let prefix = query.get("prefix").map_or("", |prefix| prefix);
        let after = query.get("continuation-token").map_or("", |token| token);
        let objects = self.objects.iter();
        let mut found =
            objects.filter(|(name, _)| name.starts_with(prefix) && name.as_str() > after);
        let page: Vec<_> = found.by_ref().take(PAGE).collect();
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>");
        for (name, bytes) in &page {
            let _ = write!(
                xml,
                "<Contents><Key>{name}</Key><LastModified>{CREATED}</LastModified><ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                bytes.len()
            );
        }
        if found.next().is_some()
            && let Some((last, _)) = page.last()
        {
            let _ = write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        xml.push_str("</ListBucketResult>");
        ([(header::CONTENT_TYPE, "application/xml")], xml).into_response()
    }
}
