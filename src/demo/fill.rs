//! The quarter, day by day, under a clock that the demonstration turns.

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::company::Company;
use super::ground;
use super::people::{self, moment};
use super::quarter::Quarter;
use crate::app::App;
use crate::db::Ts;
use crate::jobs;

/// Thirteen weeks.
const DAYS: i64 = 91;
const SEED: u64 = 1867;

/// Fills an empty database with the quarter that ends `today`.
///
/// # Errors
/// A use case refused what the demonstration does.
pub async fn fill(app: &Arc<App>, today: Ts, tell: &(dyn Fn(u64, u64) + Sync)) -> anyhow::Result<()> {
    let (company, pieces) = Company::read()?;
    let clock = app.db.clock();
    clock.set(moment(today, -DAYS - 4, 6 * 60));
    let ground = ground::lay(app, &company).await?;
    let (people, hash) = people::hire(app, &company, &ground, -DAYS).await?;
    let mut quarter = Quarter::new(app.clone(), StdRng::seed_from_u64(SEED), today, &company, people, ground, pieces);
    quarter.draw_pictures().await?;
    for day in -DAYS - 4..=0 {
        clock.set(moment(today, day, 6 * 60 + 30));
        people::enrol(app, &company, &quarter.people, &hash, day).await?;
        quarter.curate(day).await?;
        if day >= -DAYS {
            quarter.share_and_visit(day).await?;
        }
        jobs::run_due(app).await?;
        tell(u64::try_from(day + DAYS + 5).unwrap_or(0), u64::try_from(DAYS + 5).unwrap_or(0));
    }
    clock.set(today);
    quarter.leave_something_to_do().await?;
    jobs::run_due(app).await?;
    Ok(())
}
