//! The list of all cases: once, for the tests that a macro makes and for running them all.

/// Hands the chapters and cases of a group to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_group {
    (every, [$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments
            entries {
                values_of_every_size_come_back
                an_empty_value_is_present
                a_key_never_written_is_absent
                a_deleted_key_is_gone
                take_gives_the_value_once
                fresh_stores_share_nothing
                clients_of_one_store_see_each_other
            }
            limits {
                a_value_above_the_limit_is_refused
                the_limit_of_a_type_stands_over_the_stores
                a_key_above_the_limit_is_refused
                a_value_above_the_readers_limit_is_refused
                the_longest_keys_come_in_order
            }
            many {
                get_many_keeps_order_and_duplicates
                no_keys_are_no_error
                ten_thousand_keys_in_one_call
                the_last_of_duplicate_puts_wins
                delete_many_counts_what_was_there
                a_batch_applies_in_order
            }
            literal {
                special_bytes_are_literal
                a_prefix_is_never_a_pattern
                key_types_never_mix
                keys_that_begin_alike_never_mix
            }
            revisions {
                every_write_changes_the_revision
                an_addition_changes_the_revision
                the_clients_revision_is_stored_exactly
                replace_applies_once
                delete_if_deletes_at_the_right_revision
                an_old_revision_is_refused_after_a_recreation
                an_old_revision_is_refused_after_expiry
                replacing_a_missing_key_creates_nothing
                insert_writes_only_where_nothing_is
                update_creates_changes_and_deletes
                revisions_belong_to_one_key
            }
            races {
                of_racing_takes_one_wins
                of_racing_inserts_one_wins
                of_two_writers_with_one_revision_one_wins
                concurrent_updates_lose_nothing
                of_racing_inserts_over_the_expired_one_wins
            }
            counters {
                a_counter_counts
                a_counter_is_a_value
                a_counter_is_exact_to_the_ends_of_its_range
                concurrent_additions_are_exact
                additions_in_a_commit_apply_in_order_or_not_at_all
                adding_to_no_counter_is_refused
                a_counter_expires_as_it_was_created
            }
            commits {
                one_failed_condition_of_five_applies_nothing
                every_failed_condition_is_named
                a_commit_applies_all_and_says_what_it_did
                mutations_of_one_key_apply_in_order
                conditions_see_what_stood_before
                conditions_alone_are_checked
                a_commit_of_many_keys_is_one
                a_dropped_transaction_changes_nothing
            }
            commit_many {
                answers_come_in_the_order_of_the_commits
                a_failure_of_one_leaves_the_others
                of_one_condition_on_one_key_one_applies
                a_thousand_commits_over_many_partitions
                no_commits_have_no_answers
                late_commits_change_nothing
                the_expired_are_none
            }
            partitions {
                key_types_of_one_partition_commit_together
                keys_of_another_partition_are_refused
                a_commit_over_partitions_needs_the_capability
                a_range_over_partitions_needs_the_capability
                keys_come_back_as_they_were_written
            }
            isolation {
                pairs_kept_equal_are_never_seen_unequal
                transfers_keep_the_sum
                of_two_crossing_transactions_one_commits
                what_was_absent_must_still_be_absent
                an_abandoned_commit_applies_wholly_or_not_at_all
                a_transaction_reads_its_own_writes
            }
            deadline {
                a_commit_past_its_deadline_changes_nothing
                every_operation_heeds_a_passed_deadline
                a_view_without_time_changes_nothing
                a_deadline_in_time_is_not_noticed
                a_healthy_store_answers
            }
            lifetime {
                an_entry_expires_when_its_time_is_over
                a_write_without_time_to_live_clears_an_earlier_one
                keep_keeps_the_expiry
                a_value_never_shows_without_its_time_to_live
                each_write_of_a_batch_expires_alone
            }
            touch {
                touch_changes_the_expiry_alone
                touch_in_time_keeps_alive
                persist_removes_the_time_to_live
            }
            ttl_bounds {
                the_shortest_time_to_live
                the_longest_time_to_live
                zero_is_no_time_to_live
            }
            ttl_defaults {
                the_nearest_default_decides
            }
            expired {
                reads_do_not_see_the_expired
                queries_do_not_see_the_expired
                conditions_take_the_expired_for_none
                removals_count_no_expired
                writes_begin_anew_over_the_expired
                a_batch_takes_the_expired_for_none
                keep_over_the_expired_is_never
                what_expires_between_pages_does_not_come
            }
            sweeping {
                the_sweeper_removes_the_expired_alone
                two_sweepers_do_no_harm
            }
            ranges {
                keys_of_every_kind_come_in_order
                ranges_hold_what_a_map_holds
                limits_and_pages_of_any_size
                a_range_that_starts_after_its_end_is_an_error
                an_empty_range_is_empty
                a_range_gives_revisions_and_lifetimes
            }
            prefixes {
                a_prefix_holds_exactly_its_keys
                a_string_prefix_holds_what_begins_so
                clearing_a_prefix_touches_nothing_else
            }
            pages {
                changes_at_the_cursor_do_no_harm
                pages_under_concurrent_writes_skip_and_repeat_nothing
                a_page_is_what_was_asked_for
            }
            scans {
                a_scan_gives_its_type_and_nothing_else
                a_scan_reaches_over_partitions
                a_page_of_a_scan_repeats_nothing
                clearing_a_scan_clears_its_ranges
                a_scan_under_concurrent_writes_skips_nothing
            }
            snapshots {
                a_snapshot_holds_every_entry_once
                a_snapshot_of_a_namespace_holds_it_alone
                later_writes_are_not_in_a_snapshot
                snapshots_hold_whole_commits
                snapshots_are_independent
                a_snapshot_that_is_read_slowly_tells_the_same_expiry
            }
            metadata {
                a_batch_puts_the_metadata_that_a_snapshot_gives
            }
            packing {
                every_format_and_compression
                damage_anywhere_is_an_error_or_a_value
            }
            versions {
                old_versions_are_read_through_the_chain
                a_newer_version_is_refused
            }
            damage {
                damaged_bytes_are_never_skipped
                a_foreign_key_is_never_skipped
            }
        }
    };
    (transactional, [$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments
            transactional {
                a_transaction_over_partitions_applies_all
                a_conflict_in_one_partition_applies_nothing
                pairs_over_partitions_are_never_seen_unequal
                transactions_over_partitions_are_serializable
            }
        }
    };
    (total_order, [$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments
            total_order {
                a_range_over_partitions_is_in_order
                ranges_between_whole_keys
                clearing_over_partitions_touches_nothing_else
            }
        }
    };
    (notify, [$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments
            notify {
                every_change_is_told
                every_write_of_a_batch_is_told
                what_is_told_can_be_read
            }
            locks {
                one_holder_at_a_time
                each_key_has_a_lock_of_its_own
                fences_rise
                a_holder_that_lost_it_is_refused
                an_expired_grant_is_refused_by_the_store
                a_grant_is_renewed
                a_removed_record_is_noticed
                a_release_lets_the_next_in
                waiters_in_order_get_it_in_order
                a_dropped_acquisition_holds_nothing
                sections_under_a_lock_lose_nothing
                a_guards_transaction_reaches_its_partition
                one_candidate_leads
                a_semaphore_has_so_many_holders
            }
        }
    };
    (durable, [$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments
            durable {
                a_reopened_store_holds_what_was_acknowledged
                expiry_goes_on_while_the_store_is_closed
                revisions_outlive_the_process
                a_reopened_store_has_snapshots
            }
        }
    };
    ($unknown:ident, $($rest:tt)*) => {
        compile_error!(concat!(
            "there is no group `", stringify!($unknown), "` of conformance cases: \
             write `transactional`, `total_order`, `notify` or `durable`"
        ));
    };
}

/// Makes a test of each case of a group.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests_of {
    (($harness:expr) $($chapter:ident { $($case:ident)* })*) => {
        $(
            mod $chapter {
                #[allow(unused_imports, reason = "the harness may name nothing of its module")]
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                    async fn $case() {
                        $crate::testing::conformance::$chapter::$case(&$harness).await;
                    }
                )*
            }
        )*
    };
}

/// One `#[tokio::test]` for each case, so that a failure names it.
///
/// It takes the name of the module to make, an expression for a [`Harness`](crate::testing::Harness), and the groups that the backend
/// has beside what every backend must show: `transactional`, `total_order`, `notify`, `durable`. The crate that calls it
/// needs tokio with `macros` and `rt-multi-thread`.
///
/// ```
/// use typed_state::testing::MemoryHarness;
///
/// typed_state::conformance_tests!(memory, MemoryHarness, transactional, total_order);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($module:ident, $harness:expr $(, $group:ident)* $(,)?) => {
        mod $module {
            #[allow(unused_imports, reason = "the harness may name nothing of its module")]
            use super::*;

            $crate::__conformance_group!(every, [$crate::__conformance_tests_of] ($harness));
            $($crate::__conformance_group!($group, [$crate::__conformance_tests_of] ($harness));)*
        }
    };
}

#[cfg(test)]
mod tests {
    macro_rules! names {
        (() $($chapter:ident { $($case:ident)* })*) => {
            [$($((stringify!($chapter), stringify!($case)),)*)*]
        };
    }

    /// A case that nobody listed would never run.
    #[test]
    fn every_case_is_listed_once() {
        let mut listed = [
            &crate::__conformance_group!(every, [names]())[..],
            &crate::__conformance_group!(transactional, [names]()),
            &crate::__conformance_group!(total_order, [names]()),
            &crate::__conformance_group!(notify, [names]()),
            &crate::__conformance_group!(durable, [names]()),
        ]
        .concat();
        listed.sort_unstable();
        let sources = [
            ("entries", include_str!("entries.rs")),
            ("limits", include_str!("limits.rs")),
            ("many", include_str!("many.rs")),
            ("notify", include_str!("notify.rs")),
            ("locks", include_str!("locks.rs")),
            ("literal", include_str!("literal.rs")),
            ("revisions", include_str!("revisions.rs")),
            ("races", include_str!("races.rs")),
            ("counters", include_str!("counters.rs")),
            ("commits", include_str!("commits.rs")),
            ("commit_many", include_str!("commit_many.rs")),
            ("partitions", include_str!("partitions.rs")),
            ("isolation", include_str!("isolation.rs")),
            ("deadline", include_str!("deadline.rs")),
            ("lifetime", include_str!("lifetime.rs")),
            ("touch", include_str!("touch.rs")),
            ("ttl_bounds", include_str!("ttl_bounds.rs")),
            ("ttl_defaults", include_str!("ttl_defaults.rs")),
            ("expired", include_str!("expired.rs")),
            ("sweeping", include_str!("sweeping.rs")),
            ("metadata", include_str!("metadata.rs")),
            ("ranges", include_str!("ranges.rs")),
            ("prefixes", include_str!("prefixes.rs")),
            ("pages", include_str!("pages.rs")),
            ("scans", include_str!("scans.rs")),
            ("snapshots", include_str!("snapshots.rs")),
            ("packing", include_str!("packing.rs")),
            ("versions", include_str!("versions.rs")),
            ("damage", include_str!("damage.rs")),
            ("transactional", include_str!("transactional.rs")),
            ("total_order", include_str!("total_order.rs")),
            ("durable", include_str!("durable.rs")),
        ];
        let mut written: Vec<_> = sources
            .into_iter()
            .flat_map(|(chapter, source)| {
                source
                    .lines()
                    .filter_map(|line| line.strip_prefix("pub async fn "))
                    .filter_map(|line| line.split('<').next())
                    .map(move |case| (chapter, case))
            })
            .collect();
        written.sort_unstable();
        assert_eq!(listed, written);
    }
}
