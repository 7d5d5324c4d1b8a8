//! The parts of a page that describe it.

use std::cell::RefCell;

use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};

use super::{attribute, raw_content, tokenize};

/// More of one kind of tag than this are not kept; no page has them for a good reason.
const MOST: usize = 1_000;

/// One `<link>`.
#[derive(Debug, Clone, Default)]
pub struct LinkTag {
    /// The relations, in small letters.
    pub rel: Vec<String>,
    pub href: String,
    pub media_type: String,
    pub title: String,
}

/// One `<time>`.
#[derive(Debug, Clone, Default)]
pub struct TimeTag {
    pub datetime: String,
    /// True when the page marks it as the date of publication.
    pub is_publication: bool,
}

/// What a page says of itself.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub language: Option<String>,
    pub base: Option<String>,
    /// The first `<title>` that is not part of a drawing.
    pub title: Option<String>,
    /// `<meta>` by property, name, itemprop or http-equiv, in small letters, in document order.
    metas: Vec<(String, String)>,
    pub links: Vec<LinkTag>,
    pub times: Vec<TimeTag>,
    /// The text of the `application/ld+json` blocks.
    pub json_ld: Vec<String>,
}

impl Page {
    /// The first value under this key that is not empty.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.metas(key).next()
    }

    /// All values under this key that are not empty.
    pub fn metas<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = &'a str> + use<'a, 'k> {
        let found = self.metas.iter().filter(move |(name, _)| name == key);
        found.map(|(_, content)| content.as_str())
    }

    /// The links with this relation.
    pub fn related<'a>(&'a self, relation: &'a str) -> impl Iterator<Item = &'a LinkTag> {
        self.links.iter().filter(move |link| link.rel.iter().any(|rel| rel == relation))
    }
}

/// Reads the descriptive parts of a page. Never fails: a page without any gives an empty answer.
pub fn read_page(html: &str) -> Page {
    tokenize(html, Sink::default()).page.into_inner()
}

#[derive(Default)]
struct Sink {
    page: RefCell<Page>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    drawings: usize,
    text: Option<(Wanted, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Title,
    JsonLd,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) => {
                if let Some((_, collected)) = &mut self.state.borrow_mut().text {
                    collected.push_str(&text);
                }
            }
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(&tag),
            Token::TagToken(tag) => self.end_tag(&tag.name),
            Token::EOFToken => self.end_tag("title"),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink {
    fn start(&self, tag: &Tag) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        let mut page = self.page.borrow_mut();
        let in_drawing = state.drawings > 0;
        match &*tag.name {
            "svg" if !tag.self_closing => state.drawings += 1,
            "html" if page.language.is_none() => {
                page.language = attribute(tag, "lang").or_else(|| attribute(tag, "xml:lang"));
            }
            "base" if page.base.is_none() => page.base = attribute(tag, "href"),
            "meta" => add_meta(&mut page, tag),
            "link" if page.links.len() < MOST => page.links.extend(link(tag)),
            "time" if page.times.len() < MOST => page.times.extend(time(tag)),
            "title" if !in_drawing && page.title.is_none() => {
                state.text = Some((Wanted::Title, String::new()));
            }
            "script" if is_json_ld(tag) && page.json_ld.len() < MOST => {
                state.text = Some((Wanted::JsonLd, String::new()));
            }
            _ => {}
        }
        raw_content(tag, in_drawing)
    }

    fn end_tag(&self, name: &str) {
        let mut state = self.state.borrow_mut();
        if name == "svg" {
            state.drawings = state.drawings.saturating_sub(1);
        }
        if let Some((wanted, text)) = state.text.take() {
            let mut page = self.page.borrow_mut();
            match wanted {
                Wanted::Title => page.title = Some(text).filter(|title| !title.trim().is_empty()),
                Wanted::JsonLd => page.json_ld.push(text),
            }
        }
    }
}

fn add_meta(page: &mut Page, tag: &Tag) {
    let Some(content) = attribute(tag, "content") else {
        return;
    };
    // `property` and `name` are both used for every vocabulary, sometimes both on one tag.
    for place in ["property", "name", "itemprop", "http-equiv"] {
        let Some(keys) = attribute(tag, place) else {
            continue;
        };
        for key in keys.split_whitespace() {
            if page.metas.len() < MOST {
                page.metas.push((key.to_ascii_lowercase(), content.clone()));
            }
        }
    }
}

fn link(tag: &Tag) -> Option<LinkTag> {
    let rel = attribute(tag, "rel")?.to_ascii_lowercase();
    Some(LinkTag {
        rel: rel.split_whitespace().map(str::to_owned).collect(),
        href: attribute(tag, "href")?,
        media_type: attribute(tag, "type").unwrap_or_default().to_ascii_lowercase(),
        title: attribute(tag, "title").unwrap_or_default(),
    })
}

fn time(tag: &Tag) -> Option<TimeTag> {
    let class = attribute(tag, "class").unwrap_or_default().to_ascii_lowercase();
    let is_publication = attribute(tag, "itemprop").is_some_and(|it| it == "datePublished")
        || tag.attrs.iter().any(|attribute| &*attribute.name.local == "pubdate")
        || class.split_whitespace().any(|one| matches!(one, "published" | "entry-published" | "entry-date"));
    Some(TimeTag { datetime: attribute(tag, "datetime")?, is_publication })
}

fn is_json_ld(tag: &Tag) -> bool {
    attribute(tag, "type").is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/ld+json"))
}
