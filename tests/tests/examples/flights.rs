//! The example `flights` as its users run it: a process of its own, killed and started again.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use typed_state::backends::Embedded;
use typed_state_tests::kill_rounds;
use typed_state_tests::postgres::fresh_table;
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::{PostgresServer, RedisCluster, RedisServer};

use crate::flights_run::{
    Run, first_rows, gzipped, january_csv, kill_at_random, naive_answer, parsed,
};

const LAST_LINE: &str = r#"{"events":27004,"late":331,"windows":1642}"#;

#[test]
fn the_answer_is_that_of_a_naive_count() {
    let answer = Run::over_january().answer();
    assert_eq!(answer.lines().last(), Some(LAST_LINE));
    assert_eq!(
        answer.lines().next(),
        Some(
            r#"{"origin":"EWR","start":"2013-01-01T05:00:00Z","flights":2,"cancelled":0,"delay_sum":-2,"delay_max":2}"#
        )
    );
    assert_eq!(parsed(&answer), naive_answer(&january_csv()));
}

#[test]
fn a_run_killed_at_random_moments_ends_in_the_same_answer() {
    kill_at_random(kill_rounds(30), 0.15, LAST_LINE, Run::over_january);
}

#[tokio::test]
async fn redis_gives_the_same_answer_killed_at_random_moments_or_not() {
    let server = RedisServer::shared().await.unwrap().url().unwrap();
    kill_at_random(kill_rounds(12), 0.15, LAST_LINE, || {
        let prefix = fresh_prefix();
        Run::over_january().on(&format!("{server}?key_prefix={prefix}"))
    });
}

#[tokio::test]
async fn postgres_gives_the_same_answer_killed_at_random_moments_or_not() {
    let server = PostgresServer::shared().await.unwrap().url().unwrap();
    // To open it takes longer: a table is made, and each connection checks a password.
    kill_at_random(kill_rounds(12), 0.6, LAST_LINE, || {
        let table = fresh_table();
        Run::over_january().on(&format!("{server}?table={table}"))
    });
}

#[test]
fn a_url_that_no_backend_has_is_refused_and_not_shown() {
    let ended = Run::over(first_rows(10))
        .on("mysql://app:secret@db.example")
        .json();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("`--store`"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_cluster_gives_the_same_answer() {
    let cluster = RedisCluster::shared().await.unwrap();
    let nodes: Vec<String> = cluster
        .addresses()
        .iter()
        .map(ToString::to_string)
        .collect();
    let url = format!("redis+cluster://{}", nodes.join(","));
    assert_eq!(
        Run::over_january().on(&url).answer(),
        Run::over_january().answer()
    );
}

#[test]
fn a_second_start_gives_the_same_answer_and_reads_nothing_again() {
    let run = Run::over(first_rows(2_500));
    let first = run.answer();

    // Other bytes, which only a reader of the file can tell from what was counted.
    let modified = run.input.metadata().unwrap().modified().unwrap();
    let length = fs::read(&run.input).unwrap().len();
    run.rewrite("x".repeat(length));
    let file = File::options().write(true).open(&run.input).unwrap();
    file.set_modified(modified).unwrap();

    assert_eq!(run.answer(), first);
}

#[test]
fn an_input_that_has_grown_is_counted_from_where_it_grew() {
    let run = Run::over(first_rows(1_234));
    assert_eq!(parsed(&run.answer()), naive_answer(&first_rows(1_234)));
    run.rewrite(first_rows(5_000));
    let ended = run.json();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("going on after"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1,234"), "{}", ended.stderr);
    assert_eq!(parsed(&ended.stdout), naive_answer(&first_rows(5_000)));
}

#[test]
fn plain_text_gzip_and_windows_line_ends_give_the_same_answer() {
    let text = first_rows(3_000);
    let plain = Run::over(&text).answer();
    assert_eq!(parsed(&plain), naive_answer(&text));
    assert_eq!(Run::over(gzipped(&text)).answer(), plain);
    assert_eq!(Run::over(text.replace('\n', "\r\n")).answer(), plain);
    let (first, second) = text.split_at(text.len() / 2);
    let members = [gzipped(first), gzipped(second)].concat();
    assert_eq!(Run::over(members).answer(), plain, "gzip of two members");
}

#[test]
fn a_state_knows_its_input_by_the_rows_and_not_by_the_file() {
    let text = first_rows(3_000);
    let run = Run::over(&text);
    let answer = run.answer();
    run.rewrite(gzipped(&text));
    assert_eq!(run.answer(), answer);
}

#[test]
fn the_size_of_a_batch_changes_nothing() {
    let text = first_rows(300);
    let expected = Run::over(&text).answer();
    for batch in ["1", "7", "299", "300", "301"] {
        let ended = Run::over(&text).with(&["--json", "--batch", batch]);
        assert_eq!(ended.stdout, expected, "{batch}: {}", ended.stderr);
    }
}

#[test]
fn a_bad_line_stops_the_run_and_a_corrected_file_goes_on() {
    let good = first_rows(2_500);
    let bad_line = |replace: &dyn Fn(&str) -> String| {
        let lines = good.lines().enumerate();
        let lines = lines.map(|(index, line)| match index + 1 {
            1_503 => replace(line),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let field = |name: &'static str, value: &'static str| {
        let mut header = good.lines().next().unwrap().split(',');
        let column = header.position(|found| found == name).unwrap();
        move |line: &str| {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields[column] = value;
            fields.join(",")
        }
    };
    let cases = [
        (
            bad_line(&field("sched_dep_time", "2360")),
            "`sched_dep_time` is `2360`",
        ),
        (
            bad_line(&field("sched_dep_time", "2400")),
            "`sched_dep_time` is `2400`",
        ),
        (bad_line(&field("day", "32")), "2013-1-32 is no date"),
        (
            bad_line(&field("dep_delay", "late")),
            "`dep_delay` is `late`",
        ),
        (bad_line(&field("origin", "")), "`origin` is ``"),
        (bad_line(&|_| "2013,1".to_owned()), "it has 2 fields"),
        (bad_line(&|line| format!("{line},1")), "it has 15 fields"),
    ];
    let answer = Run::over(&good).answer();
    for (bad, reason) in cases {
        let run = Run::over(bad);
        let first = run.json();
        assert_eq!((first.code, first.stdout.as_str()), (Some(1), ""));
        assert!(
            first.stderr.contains("input.csv, line 1503"),
            "{}",
            first.stderr
        );
        assert!(first.stderr.contains(reason), "{}", first.stderr);

        let second = run.json();
        assert_eq!(second.code, Some(1));
        assert!(second.stderr.contains(reason), "{}", second.stderr);
        assert!(
            second.stderr.contains("going on after the 1,000"),
            "{}",
            second.stderr
        );

        run.rewrite(&good);
        assert_eq!(run.answer(), answer);
    }
}

#[test]
fn bytes_that_are_no_text_are_a_bad_line() {
    let mut bytes = first_rows(3).into_bytes();
    let end = bytes.len() - 3;
    bytes[end] = 0xFF;
    let ended = Run::over(bytes).json();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("line 4"), "{}", ended.stderr);
    assert!(ended.stderr.contains("utf-8"), "{}", ended.stderr);
}

#[test]
fn a_gzip_file_that_is_cut_off_stops_the_run_and_the_whole_one_goes_on() {
    let text = first_rows(20_000);
    let gzip = gzipped(&text);
    let run = Run::over(&gzip[..gzip.len() / 2]);
    let ended = run.json();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("cut off"), "{}", ended.stderr);
    run.rewrite(&gzip);
    assert_eq!(parsed(&run.answer()), naive_answer(&text));
}

#[test]
fn a_file_without_the_columns_is_refused() {
    let stderr = |bytes: &[u8]| {
        let ended = Run::over(bytes).json();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        ended.stderr
    };
    assert!(stderr(b"").contains("it is empty"));
    assert!(stderr(&gzipped("")).contains("it is empty"));
    let missing = stderr(b"year,month,day,sched_dep_time,origin\n");
    assert!(missing.contains("no column `dep_delay`"), "{missing}");
}

#[test]
fn a_file_without_rows_has_no_windows() {
    let answer = Run::over(first_rows(0)).answer();
    assert_eq!(answer, "{\"events\":0,\"late\":0,\"windows\":0}\n");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let run = Run::over("");
    fs::remove_file(&run.input).unwrap();
    let ended = run.json();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("input.csv"), "{}", ended.stderr);
}

#[test]
fn another_input_is_noticed_and_the_state_stays() {
    let run = Run::over(first_rows(2_000));
    let answer = run.answer();
    let swapped = first_rows(2_000).replacen("UA", "AA", 1);
    for other in [swapped, first_rows(1_999), first_rows(0)] {
        run.rewrite(other);
        let ended = run.json();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(ended.stderr.contains("another input"), "{}", ended.stderr);
        assert!(ended.stderr.contains("--state"), "{}", ended.stderr);
    }
    run.rewrite(first_rows(2_000));
    assert_eq!(run.answer(), answer);
}

#[tokio::test]
async fn a_second_process_on_the_same_state_is_refused() {
    let run = Run::over(first_rows(10));
    let held = Embedded::open(run.state()).await.unwrap();
    let ended = run.json();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let directory = run.state().display().to_string();
    assert!(ended.stderr.contains(&directory), "{}", ended.stderr);
    assert!(ended.stderr.contains("process"), "{}", ended.stderr);
    held.close().await.unwrap();
    assert_eq!(run.json().code, Some(0));
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let run = Run::over(first_rows(10));
    fs::write(run.state(), "a file").unwrap();
    let ended = run.json();
    assert_eq!(ended.code, Some(1));
    let directory = run.state().display().to_string();
    assert!(ended.stderr.contains(&directory), "{}", ended.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let run = Run::over_january();
    run.answer();
    let mut child = run
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn people_get_a_table() {
    let ended = Run::over_january().with(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "no bar where there is no terminal");
    let sums = "26,673 departures in 1,642 windows; 331 more came too late for theirs";
    assert_eq!(ended.stdout.lines().last(), Some(sums));
    assert!(ended.stdout.contains("Tue  1 Jan 2013  05:00"));
}
