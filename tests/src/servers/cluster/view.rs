use std::ops::RangeInclusive;

use redis::from_redis_value;
use typed_state::testing::TestResult;

use crate::servers::server::RedisServer;

/// What a node says about all nodes: the answer to `CLUSTER NODES`.
#[derive(Debug)]
pub(super) struct View {
    pub(super) rows: Vec<Row>,
}

/// What a node says about one node.
#[derive(Debug)]
pub(super) struct Row {
    id: String,
    pub(super) port: u16,
    pub(super) is_self: bool,
    /// Known well, reachable and not failing.
    pub(super) is_linked: bool,
    /// The id of the node that it is a replica of.
    pub(super) master: Option<String>,
    pub(super) epoch: u64,
    slots: Vec<RangeInclusive<u16>>,
}

impl View {
    pub(super) async fn of(node: &RedisServer) -> TestResult<Self> {
        let told: String = from_redis_value(node.command(&["CLUSTER", "NODES"]).await?)?;
        let rows: Option<Vec<Row>> = told.lines().map(Row::parse).collect();
        let rows = rows.ok_or_else(|| format!("not understood:\n{told}"))?;
        Ok(Self { rows })
    }

    pub(super) fn master_of(&self, slot: u16) -> Option<&Row> {
        self.rows.iter().find(|row| row.serves(slot))
    }

    pub(super) fn replicas_of(&self, master: &Row) -> impl Iterator<Item = &Row> {
        let id = Some(master.id.clone());
        self.rows.iter().filter(move |row| row.master == id)
    }
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let id = fields.next()?.to_owned();
        // IP:PORT@BUS, and a host name where there is one.
        let (address, _) = fields.next()?.split_once('@')?;
        let port = address.rsplit(':').next()?.parse().ok()?;
        let flags: Vec<&str> = fields.next()?.split(',').collect();
        let master = fields.next().filter(|&master| master != "-");
        let epoch = fields.nth(2)?.parse().ok()?;
        let linked = fields.next()? == "connected";
        let unsound = ["fail", "fail?", "handshake", "noaddr"];
        Some(Self {
            id,
            port,
            is_self: flags.contains(&"myself"),
            is_linked: linked && !flags.iter().any(|flag| unsound.contains(flag)),
            master: master.map(str::to_owned),
            epoch,
            // Slots on the move stand in brackets, and before that among the others.
            slots: fields
                .filter(|slots| !slots.starts_with('['))
                .map(range)
                .collect::<Option<_>>()?,
        })
    }

    fn serves(&self, slot: u16) -> bool {
        self.slots.iter().any(|slots| slots.contains(&slot))
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

pub(super) async fn id(node: &RedisServer) -> TestResult<String> {
    Ok(from_redis_value(node.command(&["CLUSTER", "MYID"]).await?)?)
}

/// Whether a node answers a command with text that holds a line.
pub(super) async fn says(node: &RedisServer, command: &[&str], line: &str) -> TestResult<bool> {
    let told: String = from_redis_value(node.command(command).await?)?;
    Ok(told.lines().any(|told| told == line))
}

#[cfg(test)]
mod tests {
    use super::Row;

    #[test]
    fn a_row_is_read_with_slots_on_the_move() {
        let row = Row::parse(
            "07c3 127.0.0.1:30004@31004,host myself,master - 0 1426238317239 4 connected 0-10 12 [93-<-07c4]",
        )
        .unwrap();
        assert!(row.is_self && row.is_linked && row.master.is_none());
        assert_eq!((row.port, row.epoch), (30004, 4));
        assert!(row.serves(10) && row.serves(12) && !row.serves(11) && !row.serves(93));
        let row = Row::parse("07c4 127.0.0.1:1@2 slave,fail? 07c3 0 1 2 connected").unwrap();
        assert_eq!(row.master.as_deref(), Some("07c3"));
        assert!(!row.is_linked);
        assert!(Row::parse("07c3 127.0.0.1 master").is_none());
    }
}
