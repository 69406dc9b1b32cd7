use redis::{Cmd, Value};

use super::address::Address;
use super::failure::{Failure, Kind};
use super::sighting::Sighting;
use super::slot::SLOTS;
use super::topology::Topology;

type Range = (u16, u16, Address, Vec<Address>);

/// What a node of a Cluster is asked.
pub(super) fn questions() -> Vec<Cmd> {
    ["INFO", "SLOTS"]
        .map(|question| {
            let mut command = redis::cmd("CLUSTER");
            command.arg(question);
            command
        })
        .into()
}

/// Reads the answers of the node at `asked`.
pub(super) fn read(answers: &[Value], asked: &Address) -> Result<Sighting, Failure> {
    let [info, slots] = answers else {
        return Err(unreadable());
    };
    match slots {
        Value::ServerError(error) if error.code() == "ERR" => Err(Failure::not_sent(
            Kind::Configuration,
            "the server is not part of a Cluster: use another mode",
        )),
        Value::ServerError(error) => Err(Failure::refused(error)),
        Value::Array(rows) => {
            let mut ranges = Vec::with_capacity(rows.len());
            for row in rows {
                ranges.extend(range(row, asked)?);
            }
            Ok(Sighting {
                topology: Topology::of_ranges(ranges),
                epoch: epoch(info),
                peers: Vec::new(),
            })
        }
        _ => Err(unreadable()),
    }
}

/// One row of `CLUSTER SLOTS`; `None` where its primary has no address to connect to.
fn range(row: &Value, asked: &Address) -> Result<Option<Range>, Failure> {
    let Value::Array(row) = row else {
        return Err(unreadable());
    };
    let [from, to, primary, others @ ..] = row.as_slice() else {
        return Err(unreadable());
    };
    let (from, to) = (slot(from)?, slot(to)?);
    if from > to {
        return Err(unreadable());
    }
    let Some(primary) = node(primary, asked)? else {
        return Ok(None);
    };
    let mut replicas = Vec::with_capacity(others.len());
    for replica in others {
        replicas.extend(node(replica, asked)?);
    }
    Ok(Some((from, to, primary, replicas)))
}

fn slot(value: &Value) -> Result<u16, Failure> {
    match value {
        Value::Int(slot) if (0..i64::from(SLOTS)).contains(slot) => {
            u16::try_from(*slot).map_err(|_| unreadable())
        }
        _ => Err(unreadable()),
    }
}

/// A node: its preferred endpoint, its port, and more that is not needed. `None` where it has no address.
fn node(value: &Value, asked: &Address) -> Result<Option<Address>, Failure> {
    let Value::Array(node) = value else {
        return Err(unreadable());
    };
    let [host, Value::Int(port), ..] = node.as_slice() else {
        return Err(unreadable());
    };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).map_err(|_| unreadable())?,
        // The node knows no endpoint of its own but the one that it was reached by.
        Value::Nil => "",
        _ => return Err(unreadable()),
    };
    let port = u16::try_from(*port).map_err(|_| unreadable())?;
    Ok(Address::announced(host, port, asked))
}

/// The epoch that the node has heard of; zero where it may not be asked.
fn epoch(info: &Value) -> u64 {
    let Value::BulkString(info) = info else {
        return 0;
    };
    let text = String::from_utf8_lossy(info);
    let mut lines = text.lines();
    lines
        .find_map(|line| line.strip_prefix("cluster_current_epoch:"))
        .and_then(|epoch| epoch.trim().parse().ok())
        .unwrap_or(0)
}

fn unreadable() -> Failure {
    let message = "the answer to CLUSTER SLOTS cannot be read";
    Failure::not_sent(Kind::Protocol, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Address {
        Address::tcp("10.0.0.1", 7000)
    }

    fn parse(slots: &str) -> Result<Sighting, Failure> {
        let slots = redis::parse_redis_value(slots.as_bytes()).unwrap();
        let info = Value::BulkString(b"cluster_state:ok\r\ncluster_current_epoch:7\r\n".into());
        read(&[info, slots], &asked())
    }

    #[test]
    fn slots_are_read_with_their_primaries_and_replicas() {
        let seen = parse(
            "*2\r\n*4\r\n:0\r\n:5460\r\n*3\r\n$0\r\n\r\n:7000\r\n$1\r\na\r\n*3\r\n$8\r\n10.0.0.2\r\n:7003\r\n$1\r\nb\r\n\
             *3\r\n:5461\r\n:16383\r\n*4\r\n$-1\r\n:7001\r\n$1\r\nc\r\n*0\r\n",
        )
        .unwrap();
        assert_eq!(seen.epoch, 7);
        assert!(seen.topology.is_complete());
        assert_eq!(seen.topology.owner(5460), Some(&asked()));
        assert_eq!(
            seen.topology.owner(5461),
            Some(&Address::tcp("10.0.0.1", 7001))
        );
        assert!(seen.topology.is_replica(&Address::tcp("10.0.0.2", 7003)));
    }

    #[test]
    fn a_node_without_an_endpoint_is_left_out() {
        let seen = parse("*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\n?\r\n:7000\r\n").unwrap();
        assert_eq!(seen.topology.owner(0), None);
        assert!(!parse("*0\r\n").unwrap().topology.is_complete());
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for slots in [
            "$-1\r\n",
            ":1\r\n",
            "*1\r\n:1\r\n",
            "*1\r\n*0\r\n",
            "*1\r\n*2\r\n:0\r\n:1\r\n",
            "*1\r\n*3\r\n:0\r\n:1\r\n*0\r\n",
            "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
            "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
            "*1\r\n*3\r\n:2\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
            "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:70000\r\n",
            "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n:1\r\n:1\r\n",
        ] {
            let failure = parse(slots).unwrap_err();
            assert_eq!(failure.kind, Kind::Protocol, "{slots:?}");
        }
        assert!(read(&[], &asked()).is_err());
    }

    #[test]
    fn a_server_without_a_cluster_is_a_mistake_of_configuration() {
        let failure = parse("-ERR This instance has cluster support disabled\r\n").unwrap_err();
        assert_eq!(failure.kind, Kind::Configuration);
        let failure = parse("-NOPERM no\r\n").unwrap_err();
        assert_eq!(failure.code(), Some("NOPERM"));
    }
}
