//! What a server of a cluster says of its own slots (`CLUSTER NODES`).

use std::collections::HashMap;

use super::slots::SlotSet;

/// The slots of the server that was asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OwnSlots {
    /// All that it owns, those on their way included.
    pub(super) owned: SlotSet,
    /// Those that are on their way to another server, with its address.
    pub(super) migrating: HashMap<u16, Option<String>>,
}

impl OwnSlots {
    /// Those whose keys all lie there.
    pub(super) fn settled(&self) -> SlotSet {
        let moving = SlotSet::of_ranges(self.migrating.keys().map(|&slot| (slot, slot)));
        self.owned.without(&moving)
    }

    /// Reads the answer; `None` where it does not name the server itself.
    pub(super) fn parse(answer: &str) -> Option<Self> {
        let mut addresses = HashMap::new();
        let mut own = None;
        for line in answer.lines() {
            let mut fields = line.split_ascii_whitespace();
            let (id, address, flags) = (fields.next()?, fields.next()?, fields.next()?);
            addresses.insert(id, address_of(address));
            if flags.split(',').any(|flag| flag == "myself") {
                own = Some(fields.skip(5));
            }
        }
        let mut ranges = Vec::new();
        let mut migrating = HashMap::new();
        for slots in own? {
            if let Some((slot, id)) = migrating_of(slots) {
                migrating.insert(slot, addresses.get(id).cloned().flatten());
            } else if !slots.starts_with('[') {
                ranges.push(range_of(slots)?);
            }
        }
        Some(Self {
            owned: SlotSet::of_ranges(ranges),
            migrating,
        })
    }
}

/// `host:port` of `host:port@bus,hostname,…`.
fn address_of(address: &str) -> Option<String> {
    let address = address.split(',').next()?.split('@').next()?;
    (!address.starts_with(':')).then(|| address.to_owned())
}

/// The slot and the other server's name of `[77->-name]`.
fn migrating_of(slots: &str) -> Option<(u16, &str)> {
    let (slot, id) = slots
        .strip_prefix('[')?
        .strip_suffix(']')?
        .split_once("->-")?;
    Some((slot.parse().ok()?, id))
}

fn range_of(slots: &str) -> Option<(u16, u16)> {
    let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
    Some((first.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::slots::SlotSet;
    use super::OwnSlots;

    #[test]
    fn own_slots_and_those_on_their_way() {
        let answer = "\
            aa 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-5460 7000 [77->-bb] [93-<-bb]\n\
            bb 127.0.0.1:7002@17002,host-b master - 0 0 2 connected 5461-6999\n\
            cc :0@0 slave,noaddr aa 0 0 1 disconnected\n";
        let own = OwnSlots::parse(answer).unwrap();
        assert_eq!(own.owned, SlotSet::of_ranges([(0, 5_460), (7_000, 7_000)]));
        assert_eq!(own.migrating[&77].as_deref(), Some("127.0.0.1:7002"));
        assert_eq!(own.migrating.len(), 1);
        assert!(!own.settled().contains(77) && own.settled().contains(78));
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(answer: String) {
            let _ = OwnSlots::parse(&answer);
            let _ = OwnSlots::parse(&format!("a b myself {answer}"));
        }
    }
}
