use std::collections::BTreeMap;

use serde::Deserialize;

use crate::identity::Role;
use crate::library::{CaptionKind, ItemKind};
use crate::network::Network;

const COMPANY: &str = include_str!("company.json");
const LIBRARY: &str = include_str!("library.json");

/// The sample company, as written down.
#[derive(Deserialize)]
pub struct Company {
    pub name: String,
    pub disclosure: BTreeMap<String, String>,
    pub sign_in: Vec<SignIn>,
    pub groups: Vec<Group>,
    pub topics: Vec<Topic>,
    pub members: Vec<Person>,
}

/// Who to sign in as, for each role.
#[derive(Deserialize)]
pub struct SignIn {
    pub role: Role,
    pub email: String,
}

#[derive(Deserialize)]
pub struct Group {
    pub name: String,
    pub kind: String,
    pub description: String,
}

#[derive(Deserialize)]
pub struct Topic {
    pub slug: String,
    pub name: String,
    pub description: String,
}

#[derive(Deserialize)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub title: String,
    pub department: String,
    pub region: String,
    pub country: String,
    pub time_zone: chrono_tz::Tz,
    pub language: String,
    pub started_on: chrono::NaiveDate,
    /// Days from today; None for somebody who was invited and never came.
    pub enrolled_offset: Option<i64>,
    pub roles: Vec<Role>,
    pub networks: Vec<Network>,
    /// 0 never shares, 1 shares almost daily.
    pub activity: f64,
    pub follows: Vec<String>,
}

#[derive(Deserialize)]
pub struct Library {
    pub items: Vec<Piece>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Live,
    Expired,
    InReview,
    Draft,
    Scheduled,
    Archived,
    Rejected,
}

#[derive(Deserialize)]
pub struct Piece {
    pub title: String,
    pub summary: String,
    pub kind: ItemKind,
    pub language: String,
    pub link: String,
    pub topics: Vec<String>,
    pub audience: Vec<String>,
    pub status: Fate,
    pub release_offset: Option<i64>,
    pub expires_offset: Option<i64>,
    pub created_offset: i64,
    pub pinned: bool,
    pub regulated: bool,
    pub author: String,
    pub approver: Option<String>,
    pub note: Option<String>,
    pub image: Option<Image>,
    pub captions: Vec<Caption>,
}

#[derive(Deserialize)]
pub struct Image {
    pub key: String,
    pub variant: u64,
    pub alt: String,
}

#[derive(Deserialize)]
pub struct Caption {
    pub network: Option<Network>,
    pub kind: CaptionKind,
    pub language: String,
    pub text: String,
}

impl Company {
    /// # Errors
    /// A mistake in the embedded file.
    pub fn read() -> anyhow::Result<(Self, Vec<Piece>)> {
        let company: Self = serde_json::from_str(COMPANY)?;
        let library: Library = serde_json::from_str(LIBRARY)?;
        Ok((company, library.items))
    }
}
