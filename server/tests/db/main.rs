//! The repositories on real databases: every case runs on a SQLite file of its own and on a PostgreSQL server of the tests'.

use huilu_server::db::Db;
use tempfile::TempDir;

mod bulk;
mod events;
mod fixtures;
mod guards;
mod paging;
mod plans;
mod properties;
mod query_plans;
mod queue;
mod races;
mod round_trips;

/// A migrated database in a folder that goes with it.
async fn sqlite() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&url_in(&folder)).await.unwrap();
    db.migrate().await.unwrap();
    (db, folder)
}

fn url_in(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("huilu.db").display())
}

macro_rules! on_both {
    ($($group:ident :: $case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let (db, _folder) = super::sqlite().await;
                    super::$group::$case(&db).await;
                    db.close().await;
                }
            )+
        }

        /// One after the other: the queue is one for all operators.
        #[tokio::test(flavor = "multi_thread")]
        async fn on_postgres() {
            let postgres = huilu_tests::Postgres::start();
            let db = Db::open(&postgres.create_database("cases")).await.unwrap();
            db.migrate().await.unwrap();
            db.unmigrate().await.unwrap();
            db.migrate().await.unwrap();
            $(
                println!("{}", stringify!($case));
                $group::$case(&db).await;
            )+
            db.close().await;
        }
    };
}

on_both! {
    round_trips::operators_areas_and_buildings,
    round_trips::catalogue_is_replaced_as_a_whole,
    round_trips::outlets_fleet_and_tokens,
    round_trips::bookings_with_items,
    round_trips::plans_routes_and_reports,
    round_trips::scenarios_and_their_runs,
    round_trips::events_and_outbox,
    round_trips::stored_answers,
    properties::any_booking_comes_back,
    properties::any_outlet_comes_back,
    races::the_last_places_go_to_as_many_as_there_are,
    races::an_update_must_name_the_version_it_read,
    races::another_operator_finds_and_changes_nothing,
    races::a_dropped_transaction_leaves_nothing,
    races::abandoned_requests_take_nothing_along,
    queue::a_lease_counts_the_attempt_and_hides_the_job,
    queue::a_zombie_can_change_nothing,
    queue::the_last_attempt_ends_dead,
    queue::handing_back_costs_no_attempt_and_repeats_no_number,
    queue::cancelling,
    queue::many_workers_share_jobs_without_overlap,
    plans::only_one_plan_of_a_day_is_published,
    plans::a_published_plan_goes_stale_once,
    plans::a_vehicle_drives_for_one_of_a_days_plans,
    plans::what_was_published_and_reported_before_is_taken_over,
    races::a_vehicle_that_two_plans_want_goes_to_one_of_them,
    races::what_is_added_at_once_is_all_there,
    events::only_what_concerns_the_day_counts,
    paging::cursors_walk_through_all_rows_once,
    paging::filters_of_bookings_and_their_order,
    paging::demand_is_summed_by_cell_and_material,
    guards::errors_hold_no_stored_values,
}
