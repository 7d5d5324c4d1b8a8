//! What an article page says of itself: title, summary, picture, author, date, language.
//!
//! The order of sources per field follows what the networks' own card readers do (Open Graph,
//! then Twitter Card, then schema.org, then plain HTML); the traps are those of real pages.
//! Everything here is a pure function of the page: no page makes it fail, and its time grows
//! with the page's length.

mod charset;
mod dates;
mod image;
mod json_ld;
mod links;
mod markup;
mod oembed;
#[cfg(test)]
mod tests;
mod text;
mod title;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

pub use charset::decode;
pub use dates::parse_date;
pub use image::is_drawing;
pub use links::{resolve, same_item_key, same_site, without_tracking};
pub use markup::{PlainText, has_tags, read_page, to_text};
pub use oembed::{Oembed, merge, read_oembed};
pub use text::{label, one_line, primary_language, sentences};

use json_ld::{JsonLd, first_text};
use markup::Page;

/// The longest summary kept, in characters.
const SUMMARY: usize = 500;
/// The longest title kept, in characters.
const TITLE: usize = 300;
/// How many tags are kept.
const TAGS: usize = 20;

const NO_TITLE: &str = "The page names no title. Type one.";
const NO_SUMMARY: &str = "The page names no summary. Type one.";
const NO_IMAGE: &str = "The page names no picture that networks would show. Add one, or the post will be a bare link.";

/// What an article page says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Without the name of the site.
    pub title: Option<String>,
    /// One line of plain text, at most 500 characters.
    pub summary: Option<String>,
    /// The address the page wants to be known by, without tracking; the given one if it names none.
    pub canonical_link: Url,
    pub image_url: Option<Url>,
    pub image_alt: Option<String>,
    /// What the site calls itself; its host name when it does not say.
    pub site: Option<String>,
    pub author: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    /// The primary subtag of BCP 47: `en`, `de`.
    pub language: Option<String>,
    /// `article`, `video`, `job`, `event` or `document`.
    pub kind: &'static str,
    pub tags: Vec<String>,
    /// Where the page offers more about itself; fetch it with the guarded client only.
    pub oembed_url: Option<String>,
    /// Sentences for the curator about what is missing or odd.
    pub warnings: Vec<String>,
}

/// Reads a page that was fetched from `final_url`. Never fails: what the page does not say is
/// None, and the warnings tell the curator what to type.
pub fn read_article(body: &[u8], content_type: Option<&str>, final_url: &Url) -> Article {
    let page = read_page(&decode(body, content_type));
    let json = JsonLd::read(&page.json_ld);
    let base = page.base.as_deref().and_then(|href| links::resolve(final_url, href));
    let reader = Reader { base: base.unwrap_or_else(|| final_url.clone()), final_url, page: &page, json: &json };
    reader.article()
}

struct Reader<'a> {
    page: &'a Page,
    json: &'a JsonLd,
    base: Url,
    final_url: &'a Url,
}

impl Reader<'_> {
    fn article(&self) -> Article {
        let mut warnings = Vec::new();
        let canonical_link = self.canonical(&mut warnings);
        let site = self.site();
        let title = self.title(site.as_deref(), &mut warnings);
        let summary = self.summary(title.as_deref());
        if summary.is_none() {
            warnings.push(NO_SUMMARY.to_owned());
        }
        let (image_url, image_alt) = image::choose(self.page, self.json, &self.base);
        if image_url.is_none() {
            warnings.push(NO_IMAGE.to_owned());
        }
        self.warn_of_forwarding(&mut warnings);
        Article {
            summary,
            title,
            image_url,
            image_alt,
            // A site that signs its own articles has named no author.
            author: self.author().filter(|author| Some(author) != site.as_ref()),
            published_at: self.published_at(),
            language: self.language(),
            kind: self.kind(),
            tags: self.tags(),
            oembed_url: self.oembed_url(),
            site: site.or_else(|| host(self.final_url)),
            canonical_link,
            warnings,
        }
    }

    fn canonical(&self, warnings: &mut Vec<String>) -> Url {
        let given = links::without_tracking(self.final_url.clone());
        let declared = self.page.related("canonical").map(|link| link.href.as_str());
        for href in declared.chain(self.page.metas("og:url")) {
            let Some(mut url) = links::resolve(&self.base, href).map(links::without_tracking) else {
                continue;
            };
            if !links::same_site(&url, self.final_url) {
                let there = host(&url).unwrap_or_default();
                warnings.push(format!("The page gives an address on another site as its own ({there}). Herald keeps yours."));
                continue;
            }
            // A careless template sends every page to the front page.
            if url.path() == "/" && url.query().is_none() && given.path() != "/" {
                warnings.push("The page gives its site's front page as its address. Herald keeps yours.".into());
                continue;
            }
            if given.scheme() == "https" && url.scheme() == "http" && url.host() == given.host() {
                url = Url::parse(&url.as_str().replacen("http:", "https:", 1)).unwrap_or(url);
            }
            if self.final_url.fragment().is_none() {
                url.set_fragment(None);
            }
            return url;
        }
        given
    }

    fn site(&self) -> Option<String> {
        let publisher = || {
            let (node, _) = self.json.subject()?;
            self.json.names(node.get("publisher")?).into_iter().next()
        };
        let named = self.page.meta("og:site_name").map(str::to_owned).or_else(publisher)?;
        text::label(&named)
    }

    fn title(&self, site: Option<&str>, warnings: &mut Vec<String>) -> Option<String> {
        let names = self.site_names(site);
        let candidates = [
            self.page.meta("og:title").map(str::to_owned),
            self.page.meta("twitter:title").map(str::to_owned),
            self.described("headline").or_else(|| self.named_subject()),
            self.page.title.clone(),
        ];
        let title = candidates.into_iter().flatten().find_map(|title| text::label(&title));
        match title {
            Some(title) if title::is_guard(&title) => {
                warnings.push(format!(
                    "The site showed Herald \"{}\" instead of the article. Type title and summary yourself.",
                    text::sentences(&title, 60)
                ));
                None
            }
            Some(title) => Some(text::sentences(&title::without_site(&title, &names), TITLE)),
            None => {
                warnings.push(NO_TITLE.to_owned());
                None
            }
        }
    }

    /// Videos, jobs and events have a `name`; an article's `name` is often that of its site.
    fn named_subject(&self) -> Option<String> {
        let (node, kind) = self.json.subject()?;
        first_text(node.get("name")?).filter(|_| kind != "article")
    }

    fn site_names(&self, site: Option<&str>) -> Vec<String> {
        let mut names: Vec<String> = site.map(str::to_owned).into_iter().collect();
        names.extend(self.page.meta("application-name").map(str::to_owned));
        if let Some(host) = host(self.final_url) {
            let domain = links::registrable(&host).unwrap_or(&host).to_owned();
            names.extend(domain.split('.').next().map(str::to_owned));
            names.extend([host, domain]);
        }
        names
    }

    fn summary(&self, title: Option<&str>) -> Option<String> {
        let declared = ["og:description", "twitter:description", "description"];
        let declared = declared.into_iter().filter_map(|key| self.page.meta(key).map(str::to_owned));
        declared
            .chain(self.described("description"))
            .filter_map(|text| text::label(&text))
            .find(|text| Some(text.as_str()) != title)
            .map(|text| text::sentences(&text, SUMMARY))
    }

    fn author(&self) -> Option<String> {
        let declared = ["article:author", "og:article:author", "author", "parsely-author", "dc.creator"];
        let declared = declared.into_iter().filter_map(|key| self.page.meta(key).map(str::to_owned));
        let described = self.json.subject().and_then(|(node, _)| {
            let names = self.json.names(node.get("author").or_else(|| node.get("creator"))?);
            Some(names.join(", ")).filter(|names| !names.is_empty())
        });
        let handle = self.page.meta("fediverse:creator").map(str::to_owned);
        let candidates = declared.chain(described).chain(handle);
        candidates.filter_map(|name| text::label(&name)).find_map(|name| {
            // `article:author` is often the address of a profile.
            let is_address = name.contains("://") || name.starts_with("www.");
            let bare = name.strip_prefix("By ").or_else(|| name.strip_prefix("by ")).unwrap_or(&name);
            (!is_address && !bare.is_empty()).then(|| text::sentences(bare, 120))
        })
    }

    fn published_at(&self) -> Option<DateTime<Utc>> {
        let keys = ["article:published_time", "og:article:published_time", "og:published_time", "datepublished"];
        let lesser = [
            "date",
            "publishdate",
            "publish-date",
            "pubdate",
            "parsely-pub-date",
            "sailthru.date",
            "dc.date",
            "dc.date.issued",
            "dcterms.created",
            "dcterms.date",
            "citation_publication_date",
        ];
        let from = |keys: &[&str]| keys.iter().find_map(|key| self.page.meta(key).and_then(parse_date));
        let times = |marked: bool| {
            let mut fitting = self.page.times.iter().filter(move |time| time.is_publication || !marked);
            fitting.find_map(|time| parse_date(&time.datetime))
        };
        from(&keys)
            .or_else(|| self.described("datePublished").and_then(|date| parse_date(&date)))
            .or_else(|| from(&lesser))
            .or_else(|| times(true))
            .or_else(|| times(false))
    }

    fn language(&self) -> Option<String> {
        let declared = [
            self.page.meta("og:locale").map(str::to_owned),
            self.page.language.clone(),
            self.page.meta("content-language").map(str::to_owned),
            self.described("inLanguage"),
        ];
        declared.into_iter().flatten().find_map(|tag| primary_language(&tag))
    }

    fn kind(&self) -> &'static str {
        let declared = self.page.meta("og:type").unwrap_or_default();
        match self.json.subject() {
            _ if declared.starts_with("video") => "video",
            Some((_, kind)) if kind != "video" || !declared.eq_ignore_ascii_case("article") => kind,
            _ => "article",
        }
    }

    fn tags(&self) -> Vec<String> {
        let mut found: Vec<String> = self.page.metas("article:tag").map(str::to_owned).collect();
        if found.is_empty() {
            found.extend(self.page.metas("keywords").map(str::to_owned));
        }
        if found.is_empty()
            && let Some(words) = self.json.subject().and_then(|(node, _)| node.get("keywords"))
        {
            match words {
                Value::Array(list) => found.extend(list.iter().filter_map(first_text)),
                one => found.extend(first_text(one)),
            }
        }
        let words = found.iter().flat_map(|list| list.split(',')).filter_map(text::label);
        unique(words.filter(|word| word.chars().count() <= 60))
    }

    fn oembed_url(&self) -> Option<String> {
        let offers = self.page.links.iter();
        let mut offers = offers.filter(|link| link.media_type.starts_with("application/json+oembed"));
        offers.find_map(|link| links::resolve(&self.base, &link.href)).map(String::from)
    }

    fn warn_of_forwarding(&self, warnings: &mut Vec<String>) {
        let target = self.page.meta("refresh").and_then(|refresh| {
            let (_, place) = refresh.split_once('=')?;
            links::resolve(&self.base, place.trim().trim_matches(['"', '\'']))
        });
        if let Some(target) = target.filter(|url| same_item_key(url) != same_item_key(self.final_url)) {
            let there = text::sentences(target.as_str(), 120);
            warnings.push(format!("The page sends its readers on to {there}. Import that address instead."));
        }
    }

    /// A text property of what the page describes in JSON-LD.
    fn described(&self, property: &str) -> Option<String> {
        let (node, _) = self.json.subject()?;
        first_text(node.get(property)?)
    }
}

/// Names without repetition, letter case aside, in their order.
pub fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            kept.push(name);
        }
        if kept.len() == TAGS {
            break;
        }
    }
    kept
}

/// The host of an address without `www.`.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}
