//! SHIM
use crate::backend::Context;
use crate::error::{Error, ErrorKind, Result as R};
use ::redis::{Cmd, ServerError, Value};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(pub String);
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
#[derive(Debug, Clone)]
pub(super) struct RunId(String);
impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
pub(super) struct Script {
    source: &'static str,
}
impl Script {
    pub(super) const fn new(source: &'static str) -> Self {
        Self { source }
    }
}
pub(super) struct Call {
    pub slot: u16,
    pub command: Command,
    pub effect: Effect,
    pub target: Target,
}
pub(super) enum Command {
    Plain(Cmd),
    Script {
        script: &'static Script,
        keys: Vec<Bytes>,
        arguments: Vec<Bytes>,
    },
}
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Read,
    Idempotent,
    Write,
}
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Primary,
    Replica,
}
#[derive(Debug)]
pub(super) struct Failure {
    code: Option<String>,
    detail: Option<String>,
    text: String,
}
impl Failure {
    pub(super) fn into_error(self, _: Effect) -> Error {
        Error::new(ErrorKind::Backend, self.text)
    }
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
    pub(super) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
    pub(super) fn of_server(e: ServerError) -> Self {
        Failure {
            code: Some(e.code().to_owned()),
            detail: e.details().map(str::to_owned),
            text: format!("{e:?}"),
        }
    }
    fn of(e: ::redis::RedisError) -> Self {
        Failure {
            code: e.code().map(str::to_owned),
            detail: e.detail().map(str::to_owned),
            text: e.to_string(),
        }
    }
}
pub(super) struct Topology(Address);
impl Topology {
    pub(super) fn primaries(&self) -> Vec<Address> {
        vec![self.0.clone()]
    }
    pub(super) fn owner(&self, _: u16) -> Option<&Address> {
        Some(&self.0)
    }
    pub(super) fn slots_of(&self, _: &Address) -> Vec<(u16, u16)> {
        vec![(0, 16383)]
    }
}
#[derive(Debug)]
pub(super) struct Link {
    con: ::redis::aio::MultiplexedConnection,
    address: Address,
}
impl Link {
    pub(super) async fn open(url: &str) -> R<Self> {
        let c = ::redis::Client::open(url).map_err(|e| Failure::of(e).into_error(Effect::Read))?;
        let con = c
            .get_multiplexed_async_connection_with_config(
                &::redis::AsyncConnectionConfig::new().set_response_timeout(None),
            )
            .await
            .map_err(|e| Failure::of(e).into_error(Effect::Read))?;
        Ok(Self {
            con,
            address: Address(url.to_owned()),
        })
    }
    pub(super) async fn call(&self, cx: &Context, call: Call) -> Result<Value, Failure> {
        let cmd = match call.command {
            Command::Plain(c) => c,
            Command::Script {
                script,
                keys,
                arguments,
            } => {
                let mut c = ::redis::cmd("EVAL");
                c.arg(script.source).arg(keys.len());
                for k in &keys {
                    c.arg(&k[..]);
                }
                c.arg(match cx.deadline {
                    None => "0".to_owned(),
                    Some(d) => {
                        let now = std::time::SystemTime::now()
                            .duration_since(std::time::UNIX_EPOCH)
                            .unwrap_or_default();
                        (now + d.remaining()).as_millis().to_string()
                    }
                });
                for a in &arguments {
                    c.arg(&a[..]);
                }
                c
            }
        };
        match self.con.clone().send_packed_command(&cmd).await {
            Ok(Value::ServerError(e)) => Err(Failure::of_server(e)),
            Ok(v) => Ok(v),
            Err(e) => Err(Failure::of(e)),
        }
    }
    pub(super) async fn call_many(
        &self,
        cx: &Context,
        calls: Vec<Call>,
    ) -> Vec<Result<Value, Failure>> {
        let mut out = Vec::new();
        for c in calls {
            out.push(self.call(cx, c).await);
        }
        out
    }
    pub(super) async fn topology(&self, _: &Context) -> Result<Arc<Topology>, Failure> {
        Ok(Arc::new(Topology(self.address.clone())))
    }
    pub(super) async fn refresh(&self, cx: &Context) -> Result<Arc<Topology>, Failure> {
        self.topology(cx).await
    }
    pub(super) async fn call_at(
        &self,
        _: &Context,
        _: &Address,
        commands: Vec<Cmd>,
    ) -> Result<(RunId, Vec<Value>), Failure> {
        let mut v = Vec::new();
        for c in commands {
            v.push(
                self.con
                    .clone()
                    .send_packed_command(&c)
                    .await
                    .map_err(Failure::of)?,
            );
        }
        Ok((RunId("r".into()), v))
    }
    pub(super) fn is_cluster(&self) -> bool {
        false
    }
}
pub(super) fn slot_of(tag: &[u8]) -> u16 {
    crc16::State::<crc16::XMODEM>::calculate(tag) % 16_384
}
