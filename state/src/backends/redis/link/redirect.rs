use super::address::Address;
use super::failure::{Failure, Kind, Sent};
use super::slot::SLOTS;

/// What a refusal asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The slot belongs to another node.
    Moved(u16, Address),
    /// The slot is on its way to another node, which has this key already.
    Ask(Address),
    /// Sent again a little later, it may be accepted.
    Wait,
    /// The node is no primary any more.
    Demoted,
    /// The script is not known to the node.
    UnknownScript,
    /// Nothing that sending again could heal.
    Final,
}

impl Refusal {
    /// Reads what the node at `asked` said; a redirection that cannot be read is final.
    pub(super) fn of(failure: &Failure, asked: &Address, reads: bool) -> Self {
        match (failure.sent, failure.kind) {
            (Sent::Never, Kind::Unserved) => return Self::Wait,
            (Sent::Never | Sent::Refused, Kind::Server) => {}
            _ => return Self::Final,
        }
        match failure.code().unwrap_or_default() {
            "MOVED" => redirection(failure.message(), asked)
                .map_or(Self::Final, |(slot, address)| Self::Moved(slot, address)),
            "ASK" => redirection(failure.message(), asked)
                .map_or(Self::Final, |(_, address)| Self::Ask(address)),
            "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" => Self::Wait,
            "READONLY" => Self::Demoted,
            "NOSCRIPT" => Self::UnknownScript,
            // A key that a script names itself is not looked for on the node that its slot moves to.
            "ERR" if reads && failure.message().contains("access a non local key") => Self::Wait,
            _ => Self::Final,
        }
    }
}

/// `slot host:port`.
fn redirection(text: &str, asked: &Address) -> Option<(u16, Address)> {
    let (slot, address) = text.split_once(' ')?;
    let slot = slot.parse().ok().filter(|slot| *slot < SLOTS)?;
    Some((slot, Address::redirected(address, asked)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, reads: bool) -> Refusal {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        let redis::Value::ServerError(error) = value else {
            panic!("{value:?}");
        };
        Refusal::of(&Failure::refused(&error), &Address::tcp("a", 1), reads)
    }

    #[test]
    fn redirections_are_read() {
        let to = |port| Address::tcp("10.0.0.2", port);
        assert_eq!(
            read("MOVED 3999 10.0.0.2:6381", false),
            Refusal::Moved(3999, to(6381))
        );
        assert_eq!(read("ASK 16383 10.0.0.2:1", false), Refusal::Ask(to(1)));
        assert_eq!(
            read("MOVED 0 :7", false),
            Refusal::Moved(0, Address::tcp("a", 7))
        );
    }

    #[test]
    fn a_redirection_that_cannot_be_read_is_final() {
        for line in [
            "MOVED",
            "MOVED ",
            "MOVED 1",
            "MOVED x 10.0.0.2:1",
            "MOVED 16384 10.0.0.2:1",
            "MOVED -1 10.0.0.2:1",
            "MOVED 99999999999 10.0.0.2:1",
            "MOVED 1 10.0.0.2:1 more",
            "MOVED 1 10.0.0.2",
            "ASK 1 ?:7",
            "ASK 1 10.0.0.2:0",
            "ASKING 1 10.0.0.2:1",
        ] {
            assert_eq!(read(line, true), Refusal::Final, "{line}");
        }
    }

    #[test]
    fn what_may_heal_is_waited_for() {
        for line in ["TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "MASTERDOWN x"] {
            assert_eq!(read(line, false), Refusal::Wait, "{line}");
        }
        let line = "ERR Script attempted to access a non local key in a cluster node script: 1";
        assert_eq!(read(line, true), Refusal::Wait);
        assert_eq!(read(line, false), Refusal::Final);
        assert_eq!(read("READONLY x", false), Refusal::Demoted);
        assert_eq!(read("NOSCRIPT x", false), Refusal::UnknownScript);
        assert_eq!(read("NOREPLICAS x", false), Refusal::Final);
    }
}
