//! The points ledger: once for each event, caps, dated rules, reversals, and roll-ups that equal it.

use std::collections::BTreeMap;

use chrono::Duration;
use diesel::prelude::*;
use herald::db::schema::{point_entries, point_histogram, point_totals, settings};
use herald::db::{Actor, Database, EntryId, HitId, MemberId, Ts, Tx};
use herald::error::AppError;
use herald::identity::Role;
use herald::network::Network;
use herald::recognition::{self, Award, Event, NewRule, Period, PointEvent, Span};
use herald::tracking::{ClicksCounted, CountedClick};
use proptest::prelude::*;

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::{START, ts};

/// An event of a source of its own.
pub fn event(source: &str, member: MemberId, event: PointEvent, at: Ts) -> Event {
    Event { source: source.into(), member, event, at, share: None, reason: "Test".into() }
}

pub async fn award(app: &TestApp, events: Vec<Event>) -> Vec<Award> {
    app.app.write(Actor::system("test"), move |tx| recognition::award_all(tx, &events)).await.unwrap()
}

pub async fn points(app: &TestApp, member: MemberId, period: &str) -> i64 {
    let period = period.parse().unwrap();
    app.app.read(move |db| recognition::points_of(db, member, period)).await.unwrap()
}

fn rule(event: PointEvent, amount: i32, daily_cap: i32, from: Option<&str>) -> NewRule {
    NewRule { event, amount, daily_cap, valid_from: from.map(ts) }
}

async fn add_rule(app: &TestApp, new: NewRule) -> Result<recognition::Rule, AppError> {
    app.app.write(Actor::system("test"), move |tx| recognition::add_rule(tx, &new)).await
}

on_each_backend! {
    async fn an_event_earns_once_however_often_it_is_told(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let one = event("share:1", ada, PointEvent::ShareConfirmed, ts(START));
        assert!(matches!(award(&app, vec![one.clone(), one.clone()]).await[..], [Award::Earned(_, 10), Award::Already]));
        assert_eq!(award(&app, vec![one]).await, [Award::Already]);
        for period in ["all", "Y2026", "Q2026-4", "M2026-11", "W2026-47"] {
            assert_eq!(points(&app, ada, period).await, 10, "{period}");
        }
        assert_eq!(points(&app, ada, "M2026-10").await, 0);
    }

    async fn only_so_many_a_day_earn_points_and_the_rest_says_why(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let shares = (0..7).map(|i| event(&format!("share:{i}"), ada, PointEvent::ShareConfirmed, ts(START))).collect();
        let awards = award(&app, shares).await;
        assert!(awards[..5].iter().all(|a| matches!(a, Award::Earned(_, 10))) && awards[5..].iter().all(|a| matches!(a, Award::Capped(_))));
        let tomorrow = ts(START).plus(Duration::days(1));
        assert!(matches!(award(&app, vec![event("share:8", ada, PointEvent::ShareConfirmed, tomorrow)]).await[..], [Award::Earned(..)]));
        assert!(matches!(award(&app, vec![event("hit:1", ada, PointEvent::HumanClick, ts(START))]).await[..], [Award::Earned(_, 2)]));
        assert_eq!(points(&app, ada, "all").await, 62);
        let api = app.api("ada@example.com").await;
        let entries = api.get("/me/points/entries?limit=100").await;
        let capped: Vec<_> = entries["items"].as_array().unwrap().iter().filter(|e| e["kind"] == "capped").collect();
        assert_eq!((capped.len(), capped[0]["amount"].as_i64()), (2, Some(0)));
        assert!(capped[0]["cap_note"].as_str().unwrap().contains("5 shares a day"));
    }

    async fn the_rule_in_force_when_it_happened_acts(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        add_rule(&app, rule(PointEvent::ShareConfirmed, 25, 1, Some("2026-12-01T00:00:00Z"))).await.unwrap();
        let awards = award(&app, vec![
            event("share:1", ada, PointEvent::ShareConfirmed, ts("2026-11-30T23:59:59Z")),
            event("share:2", ada, PointEvent::ShareConfirmed, ts("2026-12-01T00:00:00Z")),
            event("share:3", ada, PointEvent::ShareConfirmed, ts("2026-12-01T00:00:01Z")),
        ]).await;
        assert!(matches!(awards[..], [Award::Earned(_, 10), Award::Earned(_, 25), Award::Capped(_)]), "{awards:?}");
        let past = add_rule(&app, rule(PointEvent::ShareConfirmed, 1, 1, Some("2026-11-20T00:00:00Z"))).await;
        assert!(matches!(past, Err(AppError::Invalid(fields)) if fields[0].field == "valid_from"));
        add_rule(&app, rule(PointEvent::HumanClick, 0, 50, None)).await.unwrap();
        assert_eq!(award(&app, vec![event("hit:1", ada, PointEvent::HumanClick, ts(START))]).await, [Award::Nothing], "0 switches a rule off");
    }

    async fn nothing_is_given_for_x(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let item = app.piece("A story").await;
        let on_x = app.posted(ada, item, Network::X, ts(START)).await;
        let elsewhere = app.posted(ada, item, Network::Linkedin, ts(START)).await;
        let click = move |share, hit| CountedClick { hit, share, member: ada, at: ts(START) };
        let clicks: Vec<_> = app.app.write(Actor::system("test"), move |tx| {
            let clicks = vec![click(on_x.share, tx.id::<HitId>()), click(elsewhere.share, tx.id::<HitId>())];
            herald::jobs::enqueue(tx, &ClicksCounted { clicks: clicks.clone() })?;
            herald::jobs::enqueue(tx, &ClicksCounted { clicks: clicks.clone() })?;
            Ok(clicks)
        }).await.unwrap();
        for (share, network) in [(on_x.share, Network::X), (elsewhere.share, Network::Linkedin)] {
            recognition::share_confirmed(app.app.clone(), share, ada, network, ts(START)).await.unwrap();
        }
        app.run_jobs().await;
        let sources: Vec<String> = app.app.read(|db| Ok(point_entries::table.order(point_entries::source.asc()).select(point_entries::source).load(db)?)).await.unwrap();
        assert_eq!(sources, [format!("hit:{}", clicks[1].hit), format!("share:{}", elsewhere.share)]);
        assert_eq!(points(&app, ada, "all").await, 12);
        assert!(app.signed_in("ada@example.com").await.page("/leaderboard").await.contains("X forbids rewarding people"));
    }

    async fn a_reversal_counts_for_the_day_of_what_it_takes_back(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        app.member("root@example.com", &[Role::Admin]).await;
        let awards = award(&app, vec![event("share:1", ada, PointEvent::ShareConfirmed, ts(START)), event("share:2", ada, PointEvent::ShareConfirmed, ts(START))]).await;
        let Award::Earned(first, _) = awards[0] else { panic!("{awards:?}") };
        app.set_clock("2026-12-05T12:00:00Z");
        let root = app.api("root@example.com").await;
        let path = format!("/points/entries/{first}/reversal");
        let made = root.post(&path, serde_json::json!({"reason": "It was posted twice"})).await;
        assert_eq!(made["reverses_id"], first.to_string());
        assert_eq!((points(&app, ada, "M2026-11").await, points(&app, ada, "M2026-12").await, points(&app, ada, "all").await), (10, 0, 10));
        let again = root.send(reqwest::Method::POST, &path, Some(serde_json::json!({"reason": "again"}))).await;
        assert_eq!((again.0.as_u16(), again.1["code"].as_str()), (409, Some("already_reversed")));
        let own = made["id"].as_str().unwrap();
        let of_reversal = root.send(reqwest::Method::POST, &format!("/points/entries/{own}/reversal"), Some(serde_json::json!({"reason": "x"}))).await;
        assert_eq!(of_reversal.1["code"], "nothing_to_reverse");
        let why = app.signed_in("ada@example.com").await.page("/leaderboard/why?period=M2026-11").await;
        assert!(why.contains("It was posted twice") && why.contains("−10") && why.contains("taken back"), "{why}");
        let taken = app.app.write(Actor::system("test"), |tx| recognition::reverse_source(tx, "share:2", "gone")).await.unwrap();
        let twice = app.app.write(Actor::system("test"), |tx| recognition::reverse_source(tx, "share:2", "gone")).await.unwrap();
        assert_eq!((taken, twice, points(&app, ada, "all").await), (true, false, 0));
    }

    async fn damaged_roll_ups_are_found_and_put_right(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        award(&app, vec![event("share:1", ada, PointEvent::ShareConfirmed, ts(START))]).await;
        app.app.write(Actor::system("test"), |tx| {
            diesel::update(point_totals::table.filter(point_totals::period.eq("all"))).set(point_totals::points.eq(999)).execute(tx.db)?;
            diesel::delete(point_histogram::table.filter(point_histogram::period.eq("Y2026"))).execute(tx.db)?;
            Ok(())
        }).await.unwrap();
        let found = app.app.write(Actor::system("test"), recognition::rebuild).await.unwrap();
        assert_eq!((found.totals, found.histogram), (1, 1), "{found:?}");
        assert_eq!(points(&app, ada, "all").await, 10);
        assert!(app.app.write(Actor::system("test"), recognition::rebuild).await.unwrap().is_empty());
    }
}

#[derive(Debug, Clone)]
enum Step {
    Award { member: usize, click: bool, day: i64, source: u8 },
    Reverse { nth: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let award = (0..4_usize, any::<bool>(), 0..40_i64, any::<u8>()).prop_map(|(member, click, day, source)| Step::Award {
        member,
        click,
        day,
        source,
    });
    let reverse = (0..40_usize).prop_map(|nth| Step::Reverse { nth });
    prop::collection::vec(prop_oneof![4 => award, 1 => reverse], 1..60)
}

struct Undo;

fn run(tx: &mut Tx<'_>, members: &[MemberId], steps: &[Step]) -> Result<(), AppError> {
    let mut entries: Vec<EntryId> = Vec::new();
    for step in steps {
        match step {
            Step::Award { member, click, day, source } => {
                let kind = if *click { PointEvent::HumanClick } else { PointEvent::ShareConfirmed };
                let at = ts("2026-12-10T08:00:00Z").plus(Duration::days(*day));
                if let Award::Earned(id, _) | Award::Capped(id) =
                    recognition::award(tx, &event(&format!("s:{source}"), members[*member], kind, at))?
                {
                    entries.push(id);
                }
            }
            Step::Reverse { nth } => {
                if let Some(id) = entries.get(nth % entries.len().max(1)) {
                    match recognition::reverse(tx, *id, "test") {
                        Ok(_) | Err(AppError::Conflict { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }
    Ok(())
}

/// The roll-ups computed from the ledger in the plainest way, and the places by counting.
fn check(tx: &mut Tx<'_>, members: &[MemberId]) -> Result<(), AppError> {
    let lines: Vec<(MemberId, chrono::NaiveDate, i32)> =
        point_entries::table.select((point_entries::member_id, point_entries::day, point_entries::amount)).load(tx.db)?;
    let mut sums: BTreeMap<(Period, MemberId), i64> = BTreeMap::new();
    for (member, day, amount) in lines {
        for period in Period::all_of(day) {
            *sums.entry((period, member)).or_default() += i64::from(amount);
        }
    }
    let periods: std::collections::BTreeSet<Period> = sums.keys().map(|(p, _)| *p).collect();
    for period in periods {
        let of = |member: &MemberId| sums.get(&(period, *member)).copied().unwrap_or(0);
        for member in members {
            let mine = of(member);
            assert!(mine >= 0);
            assert_eq!(recognition::points_of(tx.db, *member, period)?, mine, "{period}");
            let rank = recognition::rank_of(tx.db, *member, period, None)?;
            let counted = (mine > 0).then(|| 1 + members.iter().filter(|m| of(m) > mine).count() as i64);
            assert_eq!(rank.map(|r| r.place), counted, "{period}: by histogram and by count");
        }
    }
    let found = recognition::rebuild(tx)?;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

fn roll_ups_equal_the_ledger(db: &Database, members: &[MemberId], cases: u32) {
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&steps(), |steps| {
            let undone: Result<Undo, AppError> = db.write(Actor::system("test"), |tx| {
                let small = |event, amount, cap| NewRule { event, amount, daily_cap: cap, valid_from: None };
                recognition::add_rule(tx, &small(PointEvent::ShareConfirmed, 10, 2))?;
                recognition::add_rule(tx, &small(PointEvent::HumanClick, 5, 2))?;
                run(tx, members, &steps)?;
                check(tx, members)?;
                diesel::delete(settings::table.filter(settings::key.eq("none"))).execute(tx.db)?;
                Err(AppError::NotFound("undone on purpose"))
            });
            assert!(matches!(undone, Err(AppError::NotFound("undone on purpose"))));
            Ok(())
        })
        .unwrap();
}

on_each_backend! {
    async fn after_any_sequence_the_roll_ups_equal_the_ledger(app: TestApp) {
        let mut members = Vec::new();
        for name in ["ada", "bo", "cy", "di"] {
            members.push(app.member(&format!("{name}@example.com"), &[Role::Advocate]).await);
        }
        let db = app.app.db.clone();
        tokio::task::spawn_blocking(move || roll_ups_equal_the_ledger(&db, &members, 24)).await.unwrap();
    }

    async fn a_period_is_that_of_the_utc_day(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        award(&app, vec![
            event("share:1", ada, PointEvent::ShareConfirmed, ts("2026-12-31T23:59:59Z")),
            event("share:2", ada, PointEvent::ShareConfirmed, ts("2027-01-01T00:00:00Z")),
            event("share:3", ada, PointEvent::ShareConfirmed, ts("2027-01-04T00:00:00Z")),
        ]).await;
        for (period, sum) in [("Y2026", 10), ("Y2027", 20), ("Q2026-4", 10), ("Q2027-1", 20), ("W2026-53", 20), ("W2027-01", 10), ("M2027-01", 20)] {
            assert_eq!(points(&app, ada, period).await, sum, "{period}");
        }
        assert_eq!(Period::containing(Span::Week, ts("2027-01-01T00:00:00Z").day()).to_string(), "W2026-53");
    }
}
