use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::queries;
use crate::app::App;
use crate::db::{Actor, Tx};
use crate::error::AppError;
use crate::jobs::{Failed, Job};

/// Writes today's head count; the last one of a day stands for good.
#[derive(Serialize, Deserialize)]
pub struct CountHeads {}

impl Job for CountHeads {
    const NAME: &'static str = "reports.count_heads";
    fn unique_key(&self) -> Option<String> {
        Some(Self::NAME.into())
    }
}

pub(super) async fn run(app: Arc<App>, _job: CountHeads) -> Result<(), Failed> {
    app.write(Actor::system("reports"), count_heads).await?;
    Ok(())
}

/// Writes the head count of the transaction's UTC day: members (active and invited) and enrolled
/// members of the company (group 0) and of each group. Earlier days are not touched.
///
/// # Errors
/// The database's.
pub fn count_heads(tx: &mut Tx<'_>) -> Result<(), AppError> {
    let day = tx.now.day();
    let mut counts = queries::heads_by_group(tx.db, tx.now)?;
    counts.push((0, queries::heads(tx.db, tx.now)?));
    for (group, heads) in counts {
        queries::put_head_count(tx.db, day, group, heads)?;
    }
    Ok(())
}
