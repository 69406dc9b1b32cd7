use redis::{Cmd, Value};

use super::address::Address;
use super::failure::{Failure, Kind};
use super::sighting::Sighting;
use super::topology::Topology;

/// The most servers of one kind that a Sentinel is believed to know.
const MAX_PEERS: usize = 64;

/// What a Sentinel is asked.
pub(super) fn questions(service: &str) -> Vec<Cmd> {
    ["GET-MASTER-ADDR-BY-NAME", "MASTER", "REPLICAS", "SENTINELS"]
        .map(|question| {
            let mut command = redis::cmd("SENTINEL");
            command.arg(question).arg(service);
            command
        })
        .into()
}

/// Reads the answers of the Sentinel at `asked`.
pub(super) fn read(answers: &[Value], asked: &Address) -> Result<Sighting, Failure> {
    let [address, master, replicas, sentinels] = answers else {
        return Err(unreadable());
    };
    let primary = match address {
        Value::Nil => {
            return Err(Failure::not_sent(
                Kind::Configuration,
                "the Sentinel knows no service of that name",
            ));
        }
        Value::ServerError(error) if error.code() == "ERR" => {
            return Err(Failure::not_sent(
                Kind::Configuration,
                "the server is no Sentinel",
            ));
        }
        Value::ServerError(error) => return Err(Failure::refused(error)),
        Value::Array(parts) => match parts.as_slice() {
            [host, port] => listen(text(host), text(port), asked),
            _ => None,
        },
        _ => None,
    };
    let primary = primary.ok_or_else(unreadable)?;
    let replicas = listed(replicas, asked, |fields| {
        let flags = field(fields, "flags").unwrap_or_default();
        let down = ["s_down", "o_down", "disconnected"];
        !flags.split(',').any(|flag| down.contains(&flag))
    });
    let epoch = fields(master).and_then(|fields| field(fields, "config-epoch")?.parse().ok());
    Ok(Sighting {
        topology: Topology::single(primary, replicas),
        epoch: epoch.unwrap_or(0),
        peers: listed(sentinels, asked, |_| true),
    })
}

/// The addresses of a list of servers, in their own order; what cannot be read is left out.
fn listed(answer: &Value, asked: &Address, keep: impl Fn(&[Value]) -> bool) -> Vec<Address> {
    let Value::Array(rows) = answer else {
        return Vec::new();
    };
    let mut listed: Vec<Address> = rows
        .iter()
        .take(MAX_PEERS)
        .filter_map(|row| {
            let row = fields(row).filter(|row| keep(row))?;
            listen(field(row, "ip"), field(row, "port"), asked)
        })
        .collect();
    listed.sort();
    listed.dedup();
    listed
}

fn listen(host: Option<&str>, port: Option<&str>, asked: &Address) -> Option<Address> {
    let host = host.filter(|host| !host.is_empty())?;
    Address::announced(host, port?.parse().ok()?, asked)
}

/// Names and values in turn.
fn fields(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(fields) => Some(fields),
        _ => None,
    }
}

fn field<'a>(fields: &'a [Value], name: &str) -> Option<&'a str> {
    fields.chunks_exact(2).find_map(|pair| match pair {
        [key, value] if text(key) == Some(name) => text(value),
        _ => None,
    })
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn unreadable() -> Failure {
    let message = "the answer of the Sentinel cannot be read";
    Failure::not_sent(Kind::Protocol, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Address {
        Address::tcp("s", 26379)
    }

    fn list(words: &[&str]) -> Value {
        let words = words.iter().map(|word| Value::BulkString((*word).into()));
        Value::Array(words.collect())
    }

    fn at(host: &str, port: &str) -> Value {
        list(&["ip", host, "port", port, "flags", "slave"])
    }

    #[test]
    fn a_sentinel_names_the_master_and_the_others() {
        let down = list(&["ip", "d", "port", "3", "flags", "slave,s_down"]);
        let seen = read(
            &[
                list(&["m", "1"]),
                list(&["name", "x", "config-epoch", "4"]),
                Value::Array(vec![at("r", "2"), down, Value::Nil, at("r", "70000")]),
                Value::Array(vec![at("t", "26380"), at("t", "26380"), at("", "1")]),
            ],
            &asked(),
        )
        .unwrap();
        let replicas = vec![Address::tcp("r", 2)];
        assert_eq!(
            seen.topology,
            Topology::single(Address::tcp("m", 1), replicas)
        );
        assert_eq!(seen.epoch, 4);
        assert_eq!(seen.peers, [Address::tcp("t", 26380)]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let read = |address| read(&[address, Value::Nil, Value::Nil, Value::Nil], &asked());
        for address in [
            list(&[]),
            list(&["m"]),
            list(&["m", "x"]),
            list(&["m", "0"]),
            list(&["", "1"]),
            list(&["a b", "1"]),
            list(&["m", "1", "2"]),
            Value::Int(1),
        ] {
            assert_eq!(
                read(address.clone()).unwrap_err().kind,
                Kind::Protocol,
                "{address:?}"
            );
        }
        assert_eq!(read(Value::Nil).unwrap_err().kind, Kind::Configuration);
        let error = redis::parse_redis_value(b"-ERR unknown command 'SENTINEL'\r\n").unwrap();
        assert_eq!(read(error).unwrap_err().kind, Kind::Configuration);
    }
}
