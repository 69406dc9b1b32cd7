use redis::Value;

use super::call::Call;
use super::exchange;
use super::failure::Failure;
use super::request::{Next, Request};
use super::shared::{Shared, pause};
use crate::backend::Context;

impl Shared {
    pub(super) async fn call(&self, cx: &Context, call: Call) -> Result<Value, Failure> {
        let deadline = self.deadline(cx);
        let mut request = Request::new(call);
        let mut round = 0;
        loop {
            let (node, failure) = match self.route(&request) {
                Err(failure) => (None, failure),
                Ok((node, purpose)) => {
                    let durable = self.durable(&request);
                    let plain = durable.is_none() && request.ask.is_none() && !request.load;
                    let answer = if plain {
                        exchange::send(&node, purpose, &request, deadline).await
                    } else {
                        let requests = [&request];
                        // Rare, and large: it must not weigh on the others.
                        Box::pin(exchange::send_all(
                            &node, purpose, durable, &requests, deadline,
                        ))
                        .await
                        .pop()
                        .unwrap_or_else(|| Err(exchange::missing()))
                    };
                    match answer {
                        Ok(value) => return Ok(value),
                        Err(failure) => (Some(node), failure),
                    }
                }
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
}
