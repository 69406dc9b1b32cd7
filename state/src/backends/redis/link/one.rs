use std::sync::Arc;
use std::time::Instant;

use redis::Value;

use super::call::{Call, Target};
use super::connection::Connection;
use super::exchange;
use super::failure::Failure;
use super::node::Node;
use super::request::{Next, Request};
use super::shared::{Shared, pause};
use crate::backend::Context;

impl Shared {
    /// Most calls are answered by the primary over a connection that stands. What more there is to it is apart, so that
    /// those carry none of it.
    pub(super) async fn call(&self, cx: &Context, call: Call) -> Result<Value, Failure> {
        let deadline = self.deadline(cx);
        let Some(connection) = self.ready(&call) else {
            return Box::pin(self.follow(Request::new(call), None, deadline)).await;
        };
        match exchange::send_over(&connection, &call, deadline).await {
            Ok(value) => Ok(value),
            Err(failure) => {
                let node = self.map.known(&connection.wire().address).ok();
                drop(connection);
                let failed = Some((node, failure));
                Box::pin(self.follow(Request::new(call), failed, deadline)).await
            }
        }
    }

    /// The standing connection that the call goes over, where it needs nothing else.
    fn ready(&self, call: &Call) -> Option<Arc<Connection>> {
        if call.target != Target::Primary || self.durable.is_some() || self.check_open().is_err() {
            return None;
        }
        self.map.routes().primary(call.slot)?.standing()
    }

    /// Sends the request until it is answered, or its failure is final; `failed` is what became of it so far.
    async fn follow(
        &self,
        mut request: Request,
        mut failed: Option<(Option<Arc<Node>>, Failure)>,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        let mut round = 0;
        loop {
            let (node, failure) = match failed.take() {
                Some(failed) => failed,
                None => match self.send_once(&mut request, deadline).await {
                    Ok(value) => return Ok(value),
                    Err(failed) => failed,
                },
            };
            match self
                .learn(&mut request, failure, node.as_ref(), deadline)
                .await
            {
                Next::End(failure) => return Err(failure),
                Next::Again => {}
                Next::Later(failure) => {
                    if !pause(&mut round, deadline).await {
                        return Err(failure);
                    }
                }
            }
        }
    }

    async fn send_once(
        &self,
        request: &mut Request,
        deadline: Instant,
    ) -> Result<Value, (Option<Arc<Node>>, Failure)> {
        let (node, purpose) = self.route(request).map_err(|failure| (None, failure))?;
        let durable = self.durable(request);
        let plain = durable.is_none() && request.ask.is_none() && !request.load;
        let answer = if plain {
            exchange::send(&node, purpose, request, deadline).await
        } else {
            let requests = std::slice::from_mut(request);
            let mut answers = exchange::send_all(&node, purpose, durable, requests, deadline).await;
            answers.swap_remove(0)
        };
        answer.map_err(|failure| (Some(node), failure))
    }
}
