//! An embedded store whose disk has no room left: errors that say what happened, and work again once there is room.
//!
//! The room is the kernel's limit on the size of the files that the process writes.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use typed_state_tests::embedded_file;

struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(directory: &Path) -> Self {
        // Without the trap, the kernel would kill the process instead of refusing the write.
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$1\""])
            .arg(env!("CARGO_BIN_EXE_embedded_fault_child"))
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(output.next().unwrap().unwrap(), "ready");
        Self {
            child,
            input,
            output,
        }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").unwrap();
        self.output.next().unwrap().unwrap()
    }

    /// Leaves `room` bytes from here on, or as many as it wants.
    fn limit(&self, room: &str) {
        let pid = self.child.id().to_string();
        let limited = Command::new("prlimit")
            .args(["--pid", &pid])
            .arg(format!("--fsize={room}:"))
            .status()
            .unwrap();
        assert!(limited.success());
    }

    fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
    }
}

/// What each write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Written,
    Unknown,
    Refused,
}

fn write(process: &mut Process, number: usize) -> Sent {
    match process.ask(&format!("write {number}")).as_str() {
        "written" => Sent::Written,
        "error outcome unknown" => Sent::Unknown,
        // Nothing was applied: the disk failed before, or the store is being reopened.
        "error unavailable" => Sent::Refused,
        other => panic!("write {number}: {other}"),
    }
}

fn check(process: &mut Process, sent: &[Sent]) {
    for (number, sent) in sent.iter().enumerate() {
        let found = process.ask(&format!("read {number}"));
        match sent {
            Sent::Written => assert_eq!(found, "whole", "{number} was acknowledged"),
            Sent::Refused => assert_eq!(found, "absent", "{number} was refused"),
            Sent::Unknown => assert!(found == "whole" || found == "absent", "{number}: {found}"),
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_and_heals() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path());
    let mut sent = Vec::new();
    for round in 0..4_u64 {
        let size = embedded_file::path(directory.path())
            .metadata()
            .unwrap()
            .len();
        process.limit(&(size + (round * 300_000)).to_string());
        let mut failures = 0;
        while failures < 5 {
            let number = sent.len();
            assert!(number < 3_000, "the disk never was full");
            let outcome = write(&mut process, number);
            failures += usize::from(outcome != Sent::Written);
            sent.push(outcome);
        }
        process.limit("unlimited");
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            let outcome = write(&mut process, sent.len());
            sent.push(outcome);
            if outcome == Sent::Written {
                break;
            }
            assert!(
                Instant::now() < patience,
                "there is room, and it does not heal"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        check(&mut process, &sent);
    }
    assert_eq!(process.ask("close"), "closed");
    process.end();
    embedded_file::check(directory.path()).unwrap();
    let mut process = Process::start(directory.path());
    check(&mut process, &sent);
    let there = sent.iter().filter(|sent| **sent == Sent::Written).count() * 2;
    let count: usize = process.ask("count").parse().unwrap();
    assert!(count >= there, "{count} of at least {there}");
    process.end();
}

/// Reads go on while nothing can be written.
#[test]
fn a_full_disk_can_be_read_and_reopened() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path());
    let mut sent = Vec::new();
    let size = embedded_file::path(directory.path())
        .metadata()
        .unwrap()
        .len();
    process.limit(&size.to_string());
    while sent.last().is_none_or(|sent| *sent == Sent::Written) {
        let number = sent.len();
        sent.push(write(&mut process, number));
    }
    let patience = Instant::now() + Duration::from_mins(1);
    while process.ask("read 0").starts_with("error") {
        assert!(
            Instant::now() < patience,
            "it cannot be read while the disk is full"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    check(&mut process, &sent);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let mut process = Process::start(directory.path());
    check(&mut process, &sent);
    process.end();
}
