//! One quarter of a library and of what sixty people make of it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Datelike;
use rand::RngExt;
use rand::rngs::StdRng;

use super::company::{Company, Fate, Person, Piece};
use super::ground::Ground;
use super::people::{People, moment};
use super::pictures::{Motif, draw};
use super::visitors;
use crate::app::{App, blocking};
use crate::db::{Actor, ItemId, MediaId, MemberId, ShareId, Ts};
use crate::error::AppError;
use crate::library::{self, CaptionInput, CaptionKind, ItemInput, Origin, Shareable};
use crate::network::Network;
use crate::sharing::{self, Draft, NewShare, ShareMode};
use crate::tracking::{self, Visit};

/// The fill of one demonstration: who there is, what the library holds, what is going on.
pub struct Quarter<'c> {
    app: Arc<App>,
    chance: StdRng,
    today: Ts,
    company: &'c Company,
    pub people: People,
    ground: Ground,
    pieces: Vec<Piece>,
    pictures: HashMap<(String, u64), MediaId>,
    live: Vec<Live>,
    /// Links that still get visits: slug, network, the visits to expect today, the day's factor.
    warm: Vec<Warm>,
}

struct Live {
    item: ItemId,
    piece: usize,
    released: i64,
    expires: Option<i64>,
}

struct Warm {
    slug: String,
    network: Network,
    expected: f64,
}

/// Something that happens at a minute of a day.
enum Happening {
    Share { person: usize, item: usize, network: Network },
    Confirm { member: MemberId, name: String, share: ShareId },
    Visit { slug: String, visit: Visit },
}

impl<'c> Quarter<'c> {
    pub fn new(app: Arc<App>, chance: StdRng, today: Ts, company: &'c Company, people: People, ground: Ground, pieces: Vec<Piece>) -> Self {
        Self { app, chance, today, company, people, ground, pieces, pictures: HashMap::new(), live: Vec::new(), warm: Vec::new() }
    }

    fn actor(&self, email: &str) -> Actor {
        match (self.people.get(email), self.company.members.iter().find(|m| m.email == email)) {
            (Some(&id), Some(person)) => Actor::member(id, &person.name),
            _ => Actor::system("demonstration"),
        }
    }

    /// Draws and keeps each picture once.
    pub async fn draw_pictures(&mut self) -> anyhow::Result<()> {
        for image in self.pieces.iter().filter_map(|p| p.image.as_ref()) {
            let key = (image.key.clone(), image.variant);
            if self.pictures.contains_key(&key) {
                continue;
            }
            let Some(motif) = Motif::from_key(&image.key) else { anyhow::bail!("no motif {}", image.key) };
            let seed = image.variant;
            let bytes = blocking(move || draw(motif, seed).map_err(AppError::internal)).await?;
            let picture = library::made_safe(bytes, "image").await?;
            let id = self.app.write(Actor::system("demonstration"), move |tx| library::store_media(tx, &picture)).await?;
            self.pictures.insert(key, id);
        }
        Ok(())
    }

    /// What the curators write and the approvers decide on this day.
    pub async fn curate(&mut self, day: i64) -> anyhow::Result<()> {
        for place in 0..self.pieces.len() {
            let Some(piece) = self.pieces.get(place) else { continue };
            if piece.created_offset != day {
                continue;
            }
            let input = self.input(piece);
            let (author, approver) = (self.actor(&piece.author), piece.approver.as_deref().map(|a| self.actor(a)));
            let (fate, pinned, note) = (piece.status, piece.pinned, piece.note.clone());
            let item = self.app.write(author.clone(), move |tx| library::create(tx, input, &Origin::default())).await?;
            if fate == Fate::Draft {
                continue;
            }
            let revision = self.app.write(author.clone(), move |tx| library::submit(tx, item, None)).await?;
            let Some(approver) = approver.filter(|_| fate != Fate::InReview) else { continue };
            if fate == Fate::Rejected {
                let note = note.unwrap_or_else(|| "Please look at this once more.".into());
                self.app.write(approver, move |tx| library::reject(tx, revision, &note)).await?;
                continue;
            }
            self.app.write(approver, move |tx| library::approve(tx, revision)).await?;
            if pinned {
                self.app.write(author, move |tx| library::pin(tx, item, true)).await?;
            }
            self.release(place, item, fate);
        }
        self.archive(day).await
    }

    fn release(&mut self, place: usize, item: ItemId, fate: Fate) {
        let Some(piece) = self.pieces.get(place) else { return };
        if fate == Fate::Scheduled {
            return;
        }
        let released = piece.release_offset.unwrap_or(piece.created_offset);
        self.live.push(Live { item, piece: place, released, expires: piece.expires_offset });
    }

    /// Pieces of the past are put away on the last days.
    async fn archive(&mut self, day: i64) -> anyhow::Result<()> {
        if day != -3 {
            return Ok(());
        }
        let old: Vec<(ItemId, String)> = self
            .live
            .iter()
            .filter_map(|l| self.pieces.get(l.piece).filter(|p| p.status == Fate::Archived).map(|p| (l.item, p.author.clone())))
            .collect();
        for (item, author) in old {
            self.app.write(self.actor(&author), move |tx| library::archive(tx, &[item])).await?;
            self.live.retain(|l| l.item != item);
        }
        Ok(())
    }

    fn input(&self, piece: &Piece) -> ItemInput {
        let caption = |c: &super::company::Caption| CaptionInput {
            network: c.network,
            language: c.language.clone(),
            kind: c.kind,
            text: c.text.clone(),
        };
        let image_id = piece.image.as_ref().and_then(|i| self.pictures.get(&(i.key.clone(), i.variant)).copied());
        ItemInput {
            title: piece.title.clone(),
            summary: piece.summary.clone(),
            link: piece.link.clone(),
            kind: piece.kind,
            language: piece.language.clone(),
            image_id,
            image_alt: piece.image.as_ref().map(|i| i.alt.clone()).unwrap_or_default(),
            regulated: piece.regulated,
            captions: piece.captions.iter().map(caption).collect(),
            topics: piece.topics.iter().filter_map(|slug| self.ground.topics.get(slug).copied()).collect(),
            audiences: piece.audience.iter().filter_map(|name| self.ground.groups.get(name).copied()).collect(),
            release_at: piece.release_offset.map(|day| moment(self.today, day, 7 * 60)),
            expires_at: piece.expires_offset.map(|day| moment(self.today, day, 18 * 60)),
        }
    }

    /// A day of sharing and of visitors, in the order of the clock.
    pub async fn share_and_visit(&mut self, day: i64) -> anyhow::Result<()> {
        let mut happenings: Vec<(i64, Happening)> = self.plan_shares(day);
        happenings.extend(self.plan_visits());
        happenings.sort_by_key(|(minute, _)| *minute);
        let mut later: Vec<(i64, Happening)> = Vec::new();
        let mut together: Vec<(String, Visit)> = Vec::new();
        let mut slot = -1;
        while !happenings.is_empty() || !later.is_empty() {
            happenings.append(&mut later);
            happenings.sort_by_key(|(minute, _)| std::cmp::Reverse(*minute));
            let Some((minute, happening)) = happenings.pop() else { break };
            if minute / 20 != slot {
                self.follow(std::mem::take(&mut together)).await?;
                slot = minute / 20;
                self.app.db.clock().set(moment(self.today, day, slot * 20 + 10).min(self.today));
            }
            match happening {
                Happening::Visit { slug, visit } => together.push((slug, visit)),
                Happening::Confirm { member, name, share } => {
                    self.app.write(Actor::member(member, &name), move |tx| sharing::confirm(tx, member, share, None)).await?;
                }
                Happening::Share { person, item, network } => later.extend(self.share(minute, person, item, network).await?),
            }
        }
        self.follow(together).await
    }

    /// Visits of the same minutes arrive together, as they do, and share a commit.
    async fn follow(&self, visits: Vec<(String, Visit)>) -> anyhow::Result<()> {
        let app = &self.app;
        for answer in
            futures_util::future::join_all(visits.into_iter().map(|(slug, visit)| async move { tracking::visit(app, &slug, visit).await }))
                .await
        {
            answer?;
        }
        Ok(())
    }

    fn plan_shares(&mut self, day: i64) -> Vec<(i64, Happening)> {
        let weekday = moment(self.today, day, 0).day().weekday().num_days_from_monday();
        // People share at work: little at weekends, most on Tuesday to Thursday; more as the programme grows.
        let mood = [0.8, 1.15, 1.1, 1.0, 0.75, 0.12, 0.1].get(weekday as usize).copied().unwrap_or(1.0);
        let growth = 0.75 + 0.5 * (day + 91) as f64 / 91.0;
        let mut planned = Vec::new();
        for (place, person) in self.company.members.iter().enumerate() {
            let here = person.enrolled_offset.is_some_and(|enrolled| enrolled < day);
            if !here || !self.chance.random_bool((person.activity * 0.42 * mood * growth).clamp(0.0, 0.95)) {
                continue;
            }
            let Some(item) = self.choose(person, day) else { continue };
            let Some(&network) = pick(&mut self.chance, &person.networks) else { continue };
            let minute = 6 * 60 + self.chance.random_range(0..10 * 60);
            planned.push((minute, Happening::Share { person: place, item, network }));
        }
        planned
    }

    /// Fresh pieces and followed topics are chosen more often.
    fn choose(&mut self, person: &Person, day: i64) -> Option<usize> {
        let mut weights = Vec::new();
        for (place, live) in self.live.iter().enumerate() {
            let Some(piece) = self.pieces.get(live.piece) else { continue };
            let open = live.released < day && live.expires.is_none_or(|end| day < end);
            let mine = piece.audience.is_empty() || piece.audience.contains(&person.department) || piece.audience.contains(&person.region);
            if open && mine && piece.status != Fate::Archived {
                let fresh = 1.0 / (1.0 + (day - live.released) as f64 / 4.0);
                let followed = if piece.topics.iter().any(|t| person.follows.contains(t)) { 3.0 } else { 1.0 };
                weights.push((place, fresh * followed * if piece.pinned { 2.0 } else { 1.0 }));
            }
        }
        let total: f64 = weights.iter().map(|w| w.1).sum();
        let mut left = self.chance.random_range(0.0..total.max(f64::MIN_POSITIVE));
        weights
            .into_iter()
            .find(|(_, weight)| {
                left -= weight;
                left <= 0.0
            })
            .map(|w| w.0)
    }

    /// One share: a ready text, sometimes with a line of one's own, then confirmed a little later, or not.
    async fn share(&mut self, minute: i64, person: usize, item: usize, network: Network) -> anyhow::Result<Vec<(i64, Happening)>> {
        let (Some(person), Some(live)) = (self.company.members.get(person), self.live.get(item)) else { return Ok(Vec::new()) };
        let Some(&member) = self.people.get(&person.email) else { return Ok(Vec::new()) };
        let (id, now) = (live.item, self.app.now());
        let Ok(piece) = self.app.read(move |db| library::shareable(db, member, id, now)).await else { return Ok(Vec::new()) };
        let Some((caption, text)) = self.write_text(&piece, network) else { return Ok(Vec::new()) };
        let new = NewShare {
            member,
            mode: if self.app.config.demo && network.takes_text_in_intent() { ShareMode::Intent } else { ShareMode::Copy },
            draft: Draft { item: id, network, caption: Some(caption), text },
        };
        let config = self.app.config.clone();
        let started = match self.app.write(Actor::member(member, &person.name), move |tx| sharing::start(tx, &config, &new)).await {
            Ok(started) => started,
            Err(AppError::Invalid(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let slug = started.link.rsplit('/').next().unwrap_or_default().to_owned();
        let mut next = Vec::new();
        if self.chance.random_bool(0.88) {
            let after = self.chance.random_range(2..40);
            next.push((minute + after, Happening::Confirm { member, name: person.name.clone(), share: started.share.id }));
            for visit in visitors::crowd(&mut self.chance, network) {
                let at = minute + after + self.chance.random_range(0..12);
                next.push((at.min(24 * 60 - 1), Happening::Visit { slug: slug.clone(), visit }));
            }
            let reach = 1.0 + person.activity * 5.0 + if network == Network::Linkedin { 3.0 } else { 0.0 };
            self.warm.push(Warm { slug, network, expected: reach * self.chance.random_range(0.3..1.9) });
        }
        Ok(next)
    }

    fn write_text(&mut self, piece: &Shareable, network: Network) -> Option<(crate::db::CaptionId, String)> {
        let fitting: Vec<_> =
            piece.captions.iter().filter(|c| c.kind != CaptionKind::MustEdit && c.network.is_none_or(|n| n == network)).collect();
        let caption = *pick(&mut self.chance, &fitting)?;
        const OPENINGS: [&str; 6] = [
            "This one is close to my heart.",
            "Proud of this.",
            "Worth two minutes of your day.",
            "My colleagues made this happen.",
            "I keep coming back to this.",
            "Happy to talk about it.",
        ];
        if caption.kind == CaptionKind::Locked
            || !self.chance.random_bool(0.45)
            || !matches!(network, Network::Linkedin | Network::Mastodon)
        {
            return Some((caption.id, caption.text.clone()));
        }
        let opening = pick(&mut self.chance, &OPENINGS)?;
        Some((caption.id, format!("{opening} {}", caption.text)))
    }

    /// People find a post on its day and the days after, each day fewer.
    fn plan_visits(&mut self) -> Vec<(i64, Happening)> {
        let mut planned = Vec::new();
        for warm in &mut self.warm {
            let whole = warm.expected.floor();
            let extra = self.chance.random_bool((warm.expected - whole).clamp(0.0, 1.0));
            for _ in 0..(whole as u32 + u32::from(extra)) {
                let minute = 5 * 60 + self.chance.random_range(0..17 * 60);
                planned
                    .push((minute, Happening::Visit { slug: warm.slug.clone(), visit: visitors::person(&mut self.chance, warm.network) }));
            }
            warm.expected *= 0.55;
        }
        self.warm.retain(|w| w.expected > 0.05);
        planned
    }

    /// So that the advocate finds a share to be confirmed.
    pub async fn leave_something_to_do(&mut self) -> anyhow::Result<()> {
        let Some(place) = self
            .company
            .members
            .iter()
            .position(|m| m.roles == [crate::identity::Role::Advocate] && self.company.sign_in.iter().any(|s| s.email == m.email))
        else {
            return Ok(());
        };
        let Some(person) = self.company.members.get(place) else { return Ok(()) };
        if let (Some(item), Some(&network)) = (self.choose(person, 0), person.networks.first()) {
            self.share(0, place, item, network).await?;
        }
        Ok(())
    }
}

fn pick<'a, T>(chance: &mut StdRng, from: &'a [T]) -> Option<&'a T> {
    if from.is_empty() { None } else { from.get(chance.random_range(0..from.len())) }
}
