use super::server::{Server, free_port, wait_until};
use super::*;

struct Nodes(Vec<Server>);

impl Nodes {
    fn form() -> Self {
        let arguments = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "1000",
            "--cluster-require-full-coverage",
            "no",
            "--cluster-announce-ip",
            "127.0.0.1",
        ];
        let start = |_| Server::start_on("redis-server", free_port(), &arguments);
        let nodes: Vec<Server> = (0..3).map(start).collect();
        for (node, (from, to)) in nodes
            .iter()
            .zip([(0, 5460), (5461, 10_922), (10_923, 16_383)])
        {
            let range = [from.to_string(), to.to_string()];
            node.command(&["CLUSTER", "ADDSLOTSRANGE", &range[0], &range[1]]);
            node.command(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port.to_string()]);
        }
        wait_until("the Cluster stands", || {
            nodes.iter().all(|node| {
                let info = node.text(&["CLUSTER", "INFO"]);
                info.contains("cluster_slots_ok:16384") && info.contains("cluster_state:ok")
            })
        });
        Self(nodes)
    }

    fn settings(&self) -> Settings {
        settings(Mode::Cluster {
            nodes: vec![self.0[0].address()],
        })
    }

    fn owner(&self, link: &Link, key: &str) -> &Server {
        let topology = link.topology();
        let owner = topology.owner(slot_of(tag(key).as_bytes())).unwrap();
        self.0.iter().find(|node| node.address() == *owner).unwrap()
    }

    fn other(&self, than: &Server) -> &Server {
        self.0.iter().find(|node| node.port != than.port).unwrap()
    }

    /// Has the slot of `key` half-way from one node to the other.
    fn begin_move(key: &str, from: &Server, to: &Server) -> String {
        let slot = slot_of(tag(key).as_bytes()).to_string();
        let (source, target) = (
            from.text(&["CLUSTER", "MYID"]),
            to.text(&["CLUSTER", "MYID"]),
        );
        to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source]);
        from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target]);
        slot
    }

    fn migrate(key: &str, from: &Server, to: &Server) {
        let port = to.port.to_string();
        from.command(&["MIGRATE", "127.0.0.1", &port, key, "0", "2000"]);
    }

    fn end_move(&self, slot: &str, to: &Server) {
        let target = to.text(&["CLUSTER", "MYID"]);
        for node in &self.0 {
            node.command(&["CLUSTER", "SETSLOT", slot, "NODE", &target]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_find_their_node_and_many_are_divided() {
    let nodes = Nodes::form();
    let link = open(nodes.settings()).await;
    assert!(link.is_cluster());
    assert_eq!(link.topology().shards().len(), 3);
    assert_eq!(link.pool_state().connected, 3);
    let cx = within(5000);
    let calls = (0..300).map(|n| write(&["SET", &format!("k{n}"), &n.to_string()]));
    let answers = link.call_many(&cx, calls.collect()).await;
    assert!(
        answers.iter().all(|answer| *answer == Ok(Value::Okay)),
        "{answers:?}"
    );
    let calls = (0..300).map(|n| read(&["GET", &format!("k{n}")]));
    let answers = link.call_many(&cx, calls.collect()).await;
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, Ok(bulk(&n.to_string())));
    }
    let sizes = nodes.0.iter().map(|node| node.number(&["DBSIZE"]));
    assert!(sizes.into_iter().all(|size| size > 50));
    // A replica is read where there is one.
    let mut from_replica = read(&["GET", "k7"]);
    from_replica.target = Target::Replica;
    assert_eq!(link.call(&cx, from_replica).await, Ok(bulk("7")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_is_followed_and_nothing_runs_twice() {
    let nodes = Nodes::form();
    let link = open(nodes.settings()).await;
    let cx = within(5000);
    let (here, there) = ("{m}here", "{m}there");
    link.call(&cx, write(&["SET", here, "0"])).await.unwrap();
    link.call(&cx, write(&["SET", there, "0"])).await.unwrap();
    let from = nodes.owner(&link, here);
    let to = nodes.other(from);
    let slot = Nodes::begin_move(here, from, to);
    Nodes::migrate(there, from, to);

    // Half-way: one key is still here, the other is there, a new one goes there.
    link.call(&cx, write(&["INCR", here])).await.unwrap();
    link.call(&cx, write(&["INCR", there])).await.unwrap();
    link.call(&cx, count("{m}new")).await.unwrap();
    let calls = [here, there, "{m}new"].map(|key| write(&["INCR", key]));
    let answers = link.call_many(&cx, calls.into()).await;
    assert!(
        answers.iter().all(|answer| *answer == Ok(Value::Int(2))),
        "{answers:?}"
    );

    // Two keys on both sides: refused until the move ends.
    let both = async { link.call(&cx, read(&["MGET", here, there])).await };
    let finish = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Nodes::migrate(here, from, to);
        nodes.end_move(&slot, to);
    };
    let (both, ()) = futures_util::future::join(both, finish).await;
    assert_eq!(both, Ok(Value::Array(vec![bulk("2"), bulk("2")])));

    // After: what is known is old until a node says so.
    assert_eq!(
        link.call(&cx, write(&["INCR", here])).await,
        Ok(Value::Int(3))
    );
    assert_eq!(nodes.owner(&link, here).port, to.port);
    let topology = link.refresh(&cx).await.unwrap();
    assert_eq!(topology.owner(slot.parse().unwrap()), Some(&to.address()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_loaded_where_a_redirection_leads() {
    let nodes = Nodes::form();
    let link = open(nodes.settings()).await;
    let from = nodes.owner(&link, "{s}c");
    let to = nodes.other(from);
    let slot = Nodes::begin_move("{s}c", from, to);
    nodes
        .0
        .iter()
        .for_each(|node| drop(node.command(&["SCRIPT", "FLUSH"])));
    link.call(&within(3000), count("{s}c")).await.unwrap();
    nodes.end_move(&slot, to);
    link.call(&within(3000), count("{s}c")).await.unwrap();
    assert_eq!(to.number(&["GET", "{s}c"]), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_holds_up_no_other() {
    let mut nodes = Nodes::form();
    let link = open(nodes.settings()).await;
    let keys: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
    let down = nodes.0[0].address();
    nodes.0[0].kill();
    wait_until("the end is noticed", || link.pool_state().connected == 2);
    let calls = keys.iter().map(|key| write(&["SET", key, "v"]));
    let answers = link.call_many(&within(1500), calls.collect()).await;
    let topology = link.topology();
    for (key, answer) in keys.iter().zip(answers) {
        if topology.owner(slot_of(key.as_bytes())) == Some(&down) {
            let failure = answer.unwrap_err();
            let error = failure.into_error(Effect::Write);
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        } else {
            assert_eq!(answer, Ok(Value::Okay));
        }
    }
    nodes.0[0].start_again();
    // It came back without its slots' file being lost, so it serves them again.
    let key = keys
        .iter()
        .find(|key| topology.owner(slot_of(key.as_bytes())) == Some(&down));
    link.call(&within(10_000), write(&["SET", key.unwrap(), "v"]))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_mode_is_a_mistake_of_configuration() {
    let nodes = Nodes::form();
    let alone = Server::start(&[]);
    let as_cluster = settings(Mode::Cluster {
        nodes: vec![alone.address()],
    });
    let as_sentinel = settings(Mode::Sentinel {
        sentinels: vec![alone.address()],
        service: "main".into(),
        credentials: Credentials::default(),
        tls: None,
    });
    for settings in [as_cluster, as_sentinel, standalone(&nodes.0[0])] {
        let error = refused(settings).await;
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    }
}
