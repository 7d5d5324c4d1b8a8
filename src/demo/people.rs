//! The company's members: invited, enrolled on their day, following their topics.

use std::collections::HashMap;

use chrono::Duration;

use super::company::{Company, Person};
use super::ground::Ground;
use crate::app::App;
use crate::audiences;
use crate::db::{Actor, MemberId, TopicId, Ts};
use crate::identity::{self, NewMember, Password};

/// Everybody by e-mail.
pub type People = HashMap<String, MemberId>;

/// Makes all members. Those enrolled before the quarter can sign in at once; the others come later
/// through [`enrol`], or never.
pub async fn hire(app: &App, company: &Company, ground: &Ground, first_day: i64) -> anyhow::Result<(People, String)> {
    let hash = tokio::task::spawn_blocking(|| {
        Password::parse(super::PASSWORD.to_owned(), "").map_err(|e| anyhow::anyhow!(e))?.hash().map_err(anyhow::Error::from)
    })
    .await??;
    let mut people = People::new();
    for person in &company.members {
        let active = person.enrolled_offset.is_some_and(|day| day <= first_day);
        let new = new_member(person, active.then(|| hash.clone()))?;
        let follows: Vec<TopicId> = person.follows.iter().filter_map(|slug| ground.topics.get(slug).copied()).collect();
        let id = app
            .write(Actor::system("demonstration"), move |tx| {
                let id = identity::create(tx, &new)?;
                audiences::place(tx, id)?;
                audiences::follow_only(tx, id, &follows)?;
                Ok(id)
            })
            .await?;
        people.insert(person.email.clone(), id);
    }
    Ok((people, hash))
}

fn new_member(person: &Person, password_hash: Option<String>) -> anyhow::Result<NewMember> {
    let wrong = |e: String| anyhow::anyhow!("{}: {e}", person.email);
    Ok(NewMember {
        roles: person.roles.clone(),
        password_hash,
        department: Some(person.department.clone()),
        region: Some(person.region.clone()),
        title: Some(person.title.clone()),
        country: Some(person.country.clone()),
        language: person.language.clone(),
        time_zone: person.time_zone,
        started_on: Some(person.started_on),
        ..NewMember::named(person.email.parse().map_err(wrong)?, person.name.parse().map_err(wrong)?)
    })
}

/// Those who take up their invitation on this day.
pub async fn enrol(app: &App, company: &Company, people: &People, hash: &str, day: i64) -> anyhow::Result<()> {
    for person in company.members.iter().filter(|p| p.enrolled_offset == Some(day)) {
        let Some(&id) = people.get(&person.email) else { continue };
        let hash = hash.to_owned();
        app.write(Actor::member(id, &person.name), move |tx| identity::set_password(tx, id, &hash)).await?;
    }
    Ok(())
}

/// The moment of a day of the quarter: `today` noon, `day` days on, at `minutes` after midnight UTC.
pub fn moment(today: Ts, day: i64, minutes: i64) -> Ts {
    let midnight = today.day().and_hms_opt(0, 0, 0).map_or(today, |t| t.and_utc().into());
    midnight.plus(Duration::days(day)).plus(Duration::minutes(minutes))
}
