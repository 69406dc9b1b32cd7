//! The suite has teeth: for every property there is a backend that lacks it, and a named case that says so.
//!
//! Each flaw is one that real stores have had.
#![allow(clippy::expect_used, reason = "tests fail by panicking")]

use typed_state::backend::{Notify, TotalOrder, Transactional};
use typed_state::testing::Harness;
use typed_state::testing::conformance::{
    Case, cases, durable_cases, notify_cases, run, run_all, total_order_cases, transactional_cases,
};

use crate::flaws::{Flaw, FlawedHarness};

/// Runs the case of this name against the flaw, and shows that it fails; without the flaw it passes.
async fn is_caught(flaw: Flaw, name: &str) {
    let case = find(name);
    let sound = FlawedHarness(Flaw::None);
    case.run(&sound)
        .await
        .expect("without the flaw the case passes");
    let failure = case
        .run(&FlawedHarness(flaw))
        .await
        .expect_err("the flaw must be caught");
    assert_eq!(failure.case, name);
    assert!(!failure.message.is_empty());
}

fn find(name: &str) -> Case<FlawedHarness> {
    let mut all = every_case();
    all.retain(|case| case.name() == name);
    all.pop().expect("a case of this name")
}

fn every_case<H: Harness<Backend: Transactional + TotalOrder + Notify>>() -> Vec<Case<H>> {
    let mut all = cases();
    all.extend(transactional_cases());
    all.extend(total_order_cases());
    all.extend(notify_cases());
    all.extend(durable_cases());
    all
}

/// One test a flaw: the flaw, and the case that must catch it.
macro_rules! flaws {
    ($($test:ident: $flaw:ident => $case:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                is_caught(Flaw::$flaw, $case).await;
            }
        )*

        /// A flaw that no test names would prove nothing.
        #[test]
        fn every_flaw_has_a_case() {
            let tested = [$(Flaw::$flaw),*];
            for flaw in Flaw::ALL {
                assert!(tested.contains(&flaw), "{flaw:?} is not tested");
            }
        }
    };
}

flaws! {
    drops_times_to_live: DropsTtl => "lifetime::an_entry_expires_when_its_time_is_over";
    keeps_an_earlier_time_to_live: PutKeepsTtl
        => "lifetime::a_write_without_time_to_live_clears_an_earlier_one";
    sets_the_time_to_live_in_a_second_step: TtlInASecondStep
        => "lifetime::a_value_never_shows_without_its_time_to_live";
    touch_writes_a_new_revision: TouchIsAWrite => "touch::touch_changes_the_expiry_alone";
    touch_creates: TouchCreates => "touch::persist_removes_the_time_to_live";
    overflows_the_longest_time_to_live: LongTtlOverflows => "ttl_bounds::the_longest_time_to_live";
    additions_extend_the_time_to_live: AddExtendsTtl => "counters::a_counter_expires_as_it_was_created";
    reads_show_the_expired: GetShowsExpired => "expired::reads_do_not_see_the_expired";
    ranges_show_the_expired: RangeShowsExpired => "expired::queries_do_not_see_the_expired";
    scans_show_the_expired: ScanShowsExpired => "expired::queries_do_not_see_the_expired";
    snapshots_show_the_expired: SnapshotShowsExpired => "expired::queries_do_not_see_the_expired";
    conditions_see_the_expired: ConditionsSeeExpired => "expired::conditions_take_the_expired_for_none";
    inserts_see_the_expired: ConditionsSeeExpired => "expired::writes_begin_anew_over_the_expired";
    deletes_count_the_expired: DeletesCountExpired => "expired::removals_count_no_expired";
    sweeps_nothing: SweepsNothing => "sweeping::the_sweeper_removes_the_expired_alone";
    sweeps_what_was_written_again: SweepsByStaleIndex => "sweeping::the_sweeper_removes_the_expired_alone";

    ignores_revision_conditions: IgnoresRevisions => "revisions::replace_applies_once";
    ignores_absent_conditions: IgnoresAbsent => "revisions::insert_writes_only_where_nothing_is";
    ignores_present_conditions: IgnoresPresent => "commits::one_failed_condition_of_five_applies_nothing";
    reuses_revisions: RevisionOfValue => "revisions::every_write_changes_the_revision";
    reuses_revisions_after_a_delete: RevisionForgetsDelete
        => "revisions::an_old_revision_is_refused_after_a_recreation";
    keeps_half_a_revision: RevisionOf53Bits => "revisions::the_clients_revision_is_stored_exactly";
    checks_and_writes_in_two_steps: CheckThenAct
        => "races::of_two_writers_with_one_revision_one_wins";
    loses_racing_updates: CheckThenAct => "races::concurrent_updates_lose_nothing";
    lets_two_racing_takes_win: CheckThenAct => "races::of_racing_takes_one_wins";

    applies_half_a_commit: AppliesInSpiteOfConflict => "commits::one_failed_condition_of_five_applies_nothing";
    shows_half_a_commit: AppliesOneByOne => "isolation::pairs_kept_equal_are_never_seen_unequal";
    names_the_wrong_condition: NamesTheFirst => "commits::one_failed_condition_of_five_applies_nothing";
    names_one_condition_of_many: NamesOneOnly => "commits::every_failed_condition_is_named";
    names_no_current_revision: NamesNoRevision => "revisions::replace_applies_once";
    mixes_up_the_order_in_a_commit: ReversesMutations => "commits::mutations_of_one_key_apply_in_order";
    answers_wrong_effects: AlwaysDeleted => "entries::a_key_never_written_is_absent";
    commits_over_partitions_unasked: HidesTransactional
        => "partitions::a_commit_over_partitions_needs_the_capability";

    counts_in_doubles: CountsInDoubles => "counters::a_counter_is_exact_to_the_ends_of_its_range";
    wraps_counters_around: WrapsCounters => "counters::a_counter_is_exact_to_the_ends_of_its_range";
    counts_on_anything: CountsOnAnything => "counters::adding_to_no_counter_is_refused";
    adds_in_two_steps: AddsInTwoSteps => "counters::concurrent_additions_are_exact";

    takes_empty_for_absent: EmptyIsAbsent => "entries::an_empty_value_is_present";
    cuts_long_values: CutsLongValues => "entries::values_of_every_size_come_back";
    stores_text_only: LossyUtf8 => "literal::special_bytes_are_literal";
    ignores_case: IgnoresCase => "literal::special_bytes_are_literal";
    answers_duplicates_once: AnswersDuplicatesOnce => "many::get_many_keeps_order_and_duplicates";
    answers_in_key_order: AnswersSorted => "many::get_many_keeps_order_and_duplicates";
    lets_the_first_duplicate_win: FirstDuplicateWins => "many::the_last_of_duplicate_puts_wins";
    counts_deletes_asked: CountsDeletesAsked => "many::delete_many_counts_what_was_there";
    matches_open_prefixes: OpenPrefix => "literal::keys_that_begin_alike_never_mix";
    scans_namespaces_that_begin_so: ScansByPrefix => "literal::key_types_never_mix";
    reads_prefixes_as_patterns: PrefixIsPattern => "literal::a_prefix_is_never_a_pattern";

    answers_many_commits_backwards: ManyAnswerBackwards
        => "commit_many::answers_come_in_the_order_of_the_commits";
    stops_many_commits_at_a_failure: ManyStopAtAFailure => "commit_many::a_failure_of_one_leaves_the_others";
    checks_many_commits_first: ManyCheckFirst => "commit_many::of_one_condition_on_one_key_one_applies";
    loses_the_last_of_many_commits: ManyLoseTheLast => "commit_many::a_thousand_commits_over_many_partitions";
    answers_commits_that_are_none: ManyAnswerNobody => "commit_many::no_commits_have_no_answers";
    many_commits_ignore_the_deadline: ManyIgnoreDeadline => "commit_many::late_commits_change_nothing";
    many_commits_see_the_expired: ManySeeExpired => "commit_many::the_expired_are_none";

    skips_a_key_between_pages: SkipsBetweenPages => "ranges::limits_and_pages_of_any_size";
    repeats_a_key_between_pages: RepeatsBetweenPages => "ranges::limits_and_pages_of_any_size";
    pages_by_offset: PagesByOffset => "pages::changes_at_the_cursor_do_no_harm";
    pages_by_offset_under_load: PagesByOffset
        => "pages::pages_under_concurrent_writes_skip_and_repeat_nothing";
    gives_more_than_asked: IgnoresLimit => "pages::a_page_is_what_was_asked_for";
    gives_values_with_keys: IgnoresProjection => "pages::a_page_is_what_was_asked_for";
    ignores_the_direction: IgnoresReverse => "ranges::ranges_hold_what_a_map_holds";
    includes_the_end: IncludesEnd => "ranges::ranges_hold_what_a_map_holds";
    orders_by_length: OrdersByLength => "ranges::keys_of_every_kind_come_in_order";
    orders_partitions_by_length: OrdersByLength => "total_order::ranges_between_whole_keys";
    ranges_over_partitions_unasked: HidesTotalOrder => "partitions::a_range_over_partitions_needs_the_capability";
    scans_repeat_in_a_page: ScanRepeats => "scans::a_page_of_a_scan_repeats_nothing";
    scans_stop_early: ScanStopsEarly => "scans::a_scan_gives_its_type_and_nothing_else";
    scans_forget_the_partition: ScanForgetsPartition => "scans::a_page_of_a_scan_repeats_nothing";

    forgets_metadata: ForgetsMetadata => "metadata::a_batch_puts_the_metadata_that_a_snapshot_gives";
    snapshots_read_the_live_store: SnapshotIsLive => "snapshots::later_writes_are_not_in_a_snapshot";
    snapshots_hold_half_a_commit: SnapshotOfTwoMoments => "snapshots::snapshots_hold_whole_commits";
    snapshots_ignore_the_namespace: SnapshotIgnoresNamespace
        => "snapshots::a_snapshot_of_a_namespace_holds_it_alone";
    snapshots_tell_what_is_left_when_read: SnapshotAges
        => "snapshots::a_snapshot_that_is_read_slowly_tells_the_same_expiry";
    skips_what_it_cannot_read: SkipsOddValues => "damage::damaged_bytes_are_never_skipped";

    ignores_a_passed_deadline: IgnoresDeadline => "deadline::a_commit_past_its_deadline_changes_nothing";
    reports_a_deadline_and_writes: WritesPastDeadline
        => "deadline::a_commit_past_its_deadline_changes_nothing";
    forgets_when_closed: ForgetsWhenClosed => "durable::a_reopened_store_holds_what_was_acknowledged";
    forgets_expiry_when_closed: ForgetsExpiryWhenClosed
        => "durable::expiry_goes_on_while_the_store_is_closed";
    commits_over_partitions_one_by_one: AppliesOneByOne
        => "transactional::pairs_over_partitions_are_never_seen_unequal";
    applies_other_partitions_in_spite_of_a_conflict: AppliesInSpiteOfConflict
        => "transactional::a_conflict_in_one_partition_applies_nothing";

    tells_of_no_touch: TellsNoTouch => "notify::every_change_is_told";
    tells_of_half_a_batch: TellsHalfABatch => "notify::every_write_of_a_batch_is_told";
    tells_before_it_applies: TellsTooEarly => "notify::what_is_told_can_be_read";
}

/// A wrapper without a flaw passes every case: what the flaws show is theirs alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_flaw_every_case_passes() {
    let harness = FlawedHarness(Flaw::None);
    run_all(&harness, every_case()).await;
}

/// A failed suite says how many cases failed, and names each.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_names_the_cases() {
    let harness = FlawedHarness(Flaw::AnswersDuplicatesOnce);
    let run = tokio::spawn(async move { run(&harness).await });
    let panic = run.await.expect_err("the flaw must be caught").into_panic();
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("conformance cases failed"), "{message}");
    assert!(
        message.contains("many::get_many_keeps_order_and_duplicates"),
        "{message}"
    );
}
