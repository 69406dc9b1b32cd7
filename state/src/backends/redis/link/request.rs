use super::address::Address;
use super::call::{Call, Effect, Target};
use super::failure::{Failure, Kind, Sent};
use super::redirect::Refusal;

/// After this many redirections in a row they are followed with pauses: two nodes may name each other.
const FREE_REDIRECTIONS: u32 = 4;

/// A call on its way, and what its answers so far have taught.
pub(super) struct Request {
    pub(super) call: Call,
    /// The node that another named for this call alone.
    pub(super) ask: Option<Address>,
    /// Whether its script is sent along.
    pub(super) load: bool,
    /// Whether a replica has failed it.
    primary_only: bool,
    redirections: u32,
    losses: u32,
    /// Why it was last put off. Boxed, as few requests have one and many lie side by side.
    cause: Option<Box<Failure>>,
}

/// What is to be done about a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: this is how the call ends.
    End(Failure),
    /// Send again.
    Again,
    /// Send again a little later, or end with this where there is no time left.
    Later(Failure),
}

/// What a failure teaches about the topology.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lesson {
    Nothing,
    /// A slot is at another node.
    Moved(u16, Address),
    /// What we know may be old.
    Doubt,
    /// The node is no primary any more.
    Demoted,
}

impl Request {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            ask: None,
            load: false,
            primary_only: false,
            redirections: 0,
            losses: 0,
            cause: None,
        }
    }

    /// Whether a replica may answer.
    pub(super) fn may_use_replica(&self) -> bool {
        self.call.target == Target::Replica && !self.primary_only
    }

    pub(super) fn reads(&self) -> bool {
        self.call.effect == Effect::Read
    }

    /// What the failure of the node at `asked` means for this call. Nothing that may have been executed is sent again,
    /// unless it changes nothing.
    pub(super) fn take(&mut self, failure: Failure, asked: Option<&Address>) -> (Lesson, Next) {
        let (lesson, next) = self.judge(failure, asked);
        let next = match next {
            Next::Later(failure) => {
                self.cause = Some(Box::new(failure.clone()));
                Next::Later(failure)
            }
            // That the time was up says less than what it was spent on.
            Next::End(late)
                if late.kind == Kind::Timeout && (late.sent == Sent::Never || self.reads()) =>
            {
                let cause = self.cause.take();
                let refused = cause.filter(|cause| cause.sent != Sent::Unknown);
                Next::End(refused.map_or(late, |refused| *refused))
            }
            next => next,
        };
        (lesson, next)
    }

    fn judge(&mut self, failure: Failure, asked: Option<&Address>) -> (Lesson, Next) {
        self.ask = None;
        let refusal = match asked {
            Some(asked) => Refusal::of(&failure, asked, self.reads()),
            None if failure.sent == Sent::Unknown => Refusal::Final,
            None => Refusal::Wait,
        };
        match refusal {
            Refusal::Moved(slot, address) => {
                (Lesson::Moved(slot, address), self.redirected(failure))
            }
            Refusal::Ask(address) => {
                self.ask = Some(address);
                (Lesson::Nothing, self.redirected(failure))
            }
            Refusal::UnknownScript if self.load => (Lesson::Nothing, Next::End(failure)),
            Refusal::UnknownScript => {
                self.load = true;
                (Lesson::Nothing, Next::Again)
            }
            _ if self.may_use_replica() && may_send_again(&failure, self.reads()) => {
                self.primary_only = true;
                (Lesson::Nothing, Next::Again)
            }
            Refusal::Demoted => (Lesson::Demoted, Next::Later(failure)),
            Refusal::Wait => (Lesson::Doubt, Next::Later(failure)),
            Refusal::Final => match failure.kind {
                Kind::Lost if may_send_again(&failure, self.reads()) => {
                    self.losses += 1;
                    let next = match self.losses {
                        1 => Next::Again,
                        _ => Next::Later(failure),
                    };
                    (Lesson::Doubt, next)
                }
                Kind::Lost | Kind::Unreachable | Kind::Timeout => {
                    (Lesson::Doubt, Next::End(failure))
                }
                _ => (Lesson::Nothing, Next::End(failure)),
            },
        }
    }

    fn redirected(&mut self, failure: Failure) -> Next {
        self.redirections += 1;
        match self.redirections {
            0..=FREE_REDIRECTIONS => Next::Again,
            _ => Next::Later(failure),
        }
    }
}

/// Whether a request that ended so has not been executed, or changes nothing.
fn may_send_again(failure: &Failure, reads: bool) -> bool {
    match failure.sent {
        Sent::Never | Sent::Refused => true,
        Sent::Unknown => reads && failure.kind == Kind::Lost,
    }
}

#[cfg(test)]
mod tests {
    use redis::Cmd;

    use super::super::call::Command;
    use super::*;

    fn request(effect: Effect, target: Target) -> Request {
        Request::new(Call {
            slot: 0,
            command: Command::Plain(Cmd::new()),
            effect,
            target,
        })
    }

    fn node() -> Address {
        Address::tcp("n", 1)
    }

    fn said(line: &str) -> Failure {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        let redis::Value::ServerError(error) = value else {
            panic!("{value:?}");
        };
        Failure::refused(&error)
    }

    #[test]
    fn a_lost_write_is_never_sent_again() {
        for effect in [Effect::Write, Effect::Idempotent] {
            for kind in [Kind::Lost, Kind::Timeout, Kind::Protocol, Kind::Replicas] {
                for target in [Target::Primary, Target::Replica] {
                    // By a node that may have left the topology since.
                    for asked in [Some(node()), None] {
                        let failure = Failure::new(kind, Sent::Unknown, "");
                        let mut request = request(effect, target);
                        let (_, next) = request.take(failure.clone(), asked.as_ref());
                        assert_eq!(next, Next::End(failure), "{effect:?} {kind:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_lost_read_is_sent_again_and_a_late_one_is_not() {
        let mut read = request(Effect::Read, Target::Primary);
        let lost = Failure::new(Kind::Lost, Sent::Unknown, "");
        assert_eq!(read.take(lost.clone(), Some(&node())).1, Next::Again);
        assert_eq!(read.take(lost.clone(), Some(&node())).1, Next::Later(lost));
        let late = Failure::new(Kind::Timeout, Sent::Unknown, "");
        assert_eq!(read.take(late.clone(), Some(&node())).1, Next::End(late));
    }

    #[test]
    fn redirections_are_followed_with_pauses_once_they_are_many() {
        let mut write = request(Effect::Write, Target::Primary);
        for _ in 0..FREE_REDIRECTIONS {
            let (lesson, next) = write.take(said("MOVED 5 m:2"), Some(&node()));
            assert_eq!(lesson, Lesson::Moved(5, Address::tcp("m", 2)));
            assert_eq!(next, Next::Again);
        }
        let (_, next) = write.take(said("ASK 5 m:2"), Some(&node()));
        assert_eq!(write.ask, Some(Address::tcp("m", 2)));
        assert_eq!(next, Next::Later(said("ASK 5 m:2")));
        write.take(said("TRYAGAIN"), Some(&node()));
        assert_eq!(write.ask, None);
    }

    #[test]
    fn what_was_waited_for_in_vain_is_told() {
        let mut write = request(Effect::Write, Target::Primary);
        write.take(said("LOADING"), Some(&node()));
        let (_, next) = write.take(Failure::late("too late"), Some(&node()));
        assert_eq!(next, Next::End(said("LOADING")));
        write.take(said("LOADING"), Some(&node()));
        let sent = Failure::new(Kind::Timeout, Sent::Unknown, "no answer");
        let (_, next) = write.take(sent.clone(), Some(&node()));
        assert_eq!(next, Next::End(sent));
    }

    #[test]
    fn a_script_is_loaded_once() {
        let mut write = request(Effect::Write, Target::Primary);
        assert_eq!(write.take(said("NOSCRIPT"), Some(&node())).1, Next::Again);
        assert!(write.load);
        let end = Next::End(said("NOSCRIPT"));
        assert_eq!(write.take(said("NOSCRIPT"), Some(&node())).1, end);
    }

    #[test]
    fn the_primary_answers_where_a_replica_cannot() {
        for failure in [
            said("MASTERDOWN"),
            said("LOADING"),
            Failure::not_sent(Kind::Unreachable, ""),
            Failure::new(Kind::Lost, Sent::Unknown, ""),
        ] {
            let mut read = request(Effect::Read, Target::Replica);
            assert_eq!(read.take(failure, Some(&node())).1, Next::Again);
            assert!(!read.may_use_replica());
        }
    }

    #[test]
    fn what_cannot_heal_ends_the_call() {
        for line in [
            "NOREPLICAS",
            "OOM",
            "WRONGTYPE",
            "NOPERM",
            "ERR",
            "PASTDEADLINE",
            "OVERFLOW",
        ] {
            let mut write = request(Effect::Write, Target::Primary);
            let (lesson, next) = write.take(said(line), Some(&node()));
            assert_eq!((lesson, next), (Lesson::Nothing, Next::End(said(line))));
        }
    }
}
