//! The other jobs of the example: sessions of aircraft, hopping windows of airlines.

mod naive;

use serde_json::Value;
use typed_state_tests::kill_rounds;
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::RedisServer;

use crate::flights_run::{Run, first_rows, january_csv, kill_at_random, naive_answer, parsed};

type Naive = fn(&str) -> Vec<Value>;

const AIRCRAFT: &str = "aircraft";
const CARRIERS: &str = "carriers";

const JOBS: [(&str, Naive); 2] = [(AIRCRAFT, naive::aircraft), (CARRIERS, naive::carriers)];

#[test]
fn the_answers_are_those_of_a_naive_count() {
    for (job, naive) in JOBS {
        let answer = Run::over_january().job(job).answer();
        assert_eq!(parsed(&answer), naive(&january_csv()), "{job}");
    }
}

#[test]
fn the_first_lines_name_what_they_say() {
    let first = |job| {
        let answer = Run::over(first_rows(1)).job(job).answer();
        let lines: Vec<String> = answer.lines().map(ToOwned::to_owned).collect();
        lines
    };
    assert_eq!(
        first(AIRCRAFT),
        [
            r#"{"tailnum":"N14228","start":"2013-01-01T05:15:00Z","end":"2013-01-01T11:15:00Z","legs":1,"distance":1400}"#,
            r#"{"events":1,"late":0,"windows":1}"#,
        ]
    );
    assert_eq!(
        first(CARRIERS),
        [
            r#"{"carrier":"UA","start":"2013-01-01T03:00:00Z","flights":1,"delay_sum":2}"#,
            r#"{"carrier":"UA","start":"2013-01-01T04:00:00Z","flights":1,"delay_sum":2}"#,
            r#"{"carrier":"UA","start":"2013-01-01T05:00:00Z","flights":1,"delay_sum":2}"#,
            r#"{"events":1,"late":0,"windows":3}"#,
        ]
    );
}

#[test]
fn sessions_killed_at_random_moments_end_in_the_same_answer() {
    let last = last_line(AIRCRAFT);
    kill_at_random(kill_rounds(12), 0.15, &last, || {
        Run::over_january().job(AIRCRAFT)
    });
}

#[test]
fn hopping_windows_killed_at_random_moments_end_in_the_same_answer() {
    let last = last_line(CARRIERS);
    kill_at_random(kill_rounds(12), 0.15, &last, || {
        Run::over_january().job(CARRIERS)
    });
}

#[tokio::test]
async fn sessions_on_redis_killed_at_random_moments_end_in_the_same_answer() {
    let server = RedisServer::shared().await.unwrap().url().unwrap();
    let last = last_line(AIRCRAFT);
    kill_at_random(kill_rounds(6), 0.15, &last, || {
        let prefix = fresh_prefix();
        let run = Run::over_january().job(AIRCRAFT);
        run.on(&format!("{server}?key_prefix={prefix}"))
    });
}

#[test]
fn the_size_of_a_batch_changes_nothing_in_any_job() {
    let text = first_rows(1_200);
    for (job, naive) in JOBS {
        for batch in ["1", "7", "1000"] {
            let run = Run::over(&text).job(job);
            let ended = run.with(&["--json", "--batch", batch]);
            assert_eq!(ended.code, Some(0), "{job} {batch}: {}", ended.stderr);
            assert_eq!(parsed(&ended.stdout), naive(&text), "{job} {batch}");
        }
    }
}

#[test]
fn all_jobs_have_their_state_in_one_store() {
    let text = first_rows(3_000);
    let mut run = Run::over(&text);
    let all: [(&str, Naive); 3] = [("delays", naive_answer), JOBS[0], JOBS[1]];
    for round in ["counted", "counted before"] {
        for (job, naive) in all {
            run = run.job(job);
            assert_eq!(parsed(&run.answer()), naive(&text), "{job}, {round}");
        }
    }
    run.rewrite(first_rows(5_000));
    for (job, naive) in all {
        run = run.job(job);
        assert_eq!(
            parsed(&run.answer()),
            naive(&first_rows(5_000)),
            "{job}, grown"
        );
    }
}

#[test]
fn another_input_is_noticed_in_every_job() {
    for (job, _) in JOBS {
        let run = Run::over(first_rows(1_500)).job(job);
        let answer = run.answer();
        // The first row counts in no window of the job any more, and is still a part of the input.
        run.rewrite(first_rows(1_600).replacen("UA", "AA", 1));
        let ended = run.json();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(ended.stderr.contains("another input"), "{}", ended.stderr);
        run.rewrite(first_rows(1_500));
        assert_eq!(run.answer(), answer);
    }
}

#[test]
fn a_job_asks_for_its_own_columns() {
    let header = "year,month,day,sched_dep_time,dep_delay,origin\n";
    assert_eq!(Run::over(header).json().code, Some(0));
    let stderr = |job| Run::over(header).job(job).json().stderr;
    let aircraft = stderr(AIRCRAFT);
    assert!(
        aircraft.contains("no column `tailnum`, `distance`"),
        "{aircraft}"
    );
    let carriers = stderr(CARRIERS);
    assert!(carriers.contains("no column `carrier`"), "{carriers}");
}

#[test]
fn people_get_a_table_of_each_job() {
    let table = |job: &str| {
        let ended = Run::over(first_rows(1)).job(job).with(&[]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    let aircraft = table(AIRCRAFT);
    assert!(aircraft.contains("Tue  1 Jan 2013  11:15"), "{aircraft}");
    assert!(aircraft.contains("1,400"), "{aircraft}");
    assert!(table(CARRIERS).contains("3 hours from (UTC)"));
}

fn last_line(job: &str) -> String {
    let (_, naive) = JOBS.into_iter().find(|(name, _)| *name == job).unwrap();
    let last = naive(&january_csv()).pop().unwrap();
    let [events, late, windows] = ["events", "late", "windows"].map(|name| last[name].clone());
    format!(r#"{{"events":{events},"late":{late},"windows":{windows}}}"#)
}
