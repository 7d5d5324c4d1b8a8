//! Schema.org descriptions in JSON-LD: <https://schema.org/Article> and its relatives.

use serde_json::Value;

/// Types that describe the page's main thing, the more telling first.
const SUBJECTS: &[(&str, &str)] = &[
    ("JobPosting", "job"),
    ("VideoObject", "video"),
    ("Movie", "video"),
    ("Clip", "video"),
    ("NewsArticle", "article"),
    ("BlogPosting", "article"),
    ("Article", "article"),
    ("TechArticle", "article"),
    ("ReportageNewsArticle", "article"),
    ("AnalysisNewsArticle", "article"),
    ("OpinionNewsArticle", "article"),
    ("ReviewNewsArticle", "article"),
    ("LiveBlogPosting", "article"),
    ("ScholarlyArticle", "article"),
    ("SocialMediaPosting", "article"),
    ("Report", "document"),
    ("DigitalDocument", "document"),
    ("PresentationDigitalDocument", "document"),
    ("PodcastEpisode", "article"),
    ("Review", "article"),
    ("HowTo", "article"),
    ("WebPage", "article"),
    ("ItemPage", "article"),
    ("AboutPage", "article"),
];
/// Types that sit in many pages beside the main thing rather than being it.
const WEAK: &[&str] = &["VideoObject", "Clip", "Review", "WebPage", "ItemPage", "AboutPage"];
/// How deep nested graphs are looked into.
const DEEPEST: usize = 4;

/// The JSON-LD of a page: all nodes of all blocks, in document order.
#[derive(Debug, Default)]
pub(super) struct JsonLd {
    nodes: Vec<Value>,
}

impl JsonLd {
    /// Reads the blocks; one that is not valid JSON is skipped.
    pub(super) fn read(blocks: &[String]) -> Self {
        let mut nodes = Vec::new();
        for block in blocks {
            if let Some(value) = parse(block) {
                flatten(value, DEEPEST, &mut nodes);
            }
        }
        Self { nodes }
    }

    /// The node that describes the page, with the kind of item that its type stands for.
    pub(super) fn subject(&self) -> Option<(&Value, &'static str)> {
        let strong = self.nodes.iter().find_map(|node| kind_of(node, false).map(|kind| (node, kind)));
        strong.or_else(|| self.nodes.iter().find_map(|node| kind_of(node, true).map(|kind| (node, kind))))
    }

    /// The names of what a property holds: a text, an object, a reference, or a list of these.
    pub(super) fn names(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Array(list) => list.iter().take(20).flat_map(|one| self.name(one)).collect(),
            one => self.name(one).into_iter().collect(),
        }
    }

    fn name(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(name) => Some(name.clone()),
            Value::Object(object) => {
                let own = object.get("name").and_then(first_text);
                own.or_else(|| self.resolve(value)?.get("name").and_then(first_text))
            }
            _ => None,
        }
    }

    /// The addresses of pictures: a text, an object with `url` or `contentUrl`, a reference, or a
    /// list of these.
    pub(super) fn pictures(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Array(list) => list.iter().take(20).flat_map(|one| self.picture(one)).collect(),
            Value::Object(object) => match object.get("@list") {
                Some(Value::Array(list)) => list.iter().take(20).flat_map(|one| self.picture(one)).collect(),
                _ => self.picture(value).into_iter().collect(),
            },
            one => self.picture(one).into_iter().collect(),
        }
    }

    fn picture(&self, value: &Value) -> Option<String> {
        let address = |node: &Value| ["url", "contentUrl"].into_iter().find_map(|key| node.get(key).and_then(first_text));
        match value {
            Value::String(url) => Some(url.clone()),
            Value::Object(_) => address(value).or_else(|| address(self.resolve(value)?)),
            _ => None,
        }
    }

    /// `{"@id": "..."}` stands for the node with that id elsewhere on the page.
    fn resolve(&self, reference: &Value) -> Option<&Value> {
        let id = reference.get("@id")?.as_str()?;
        self.nodes.iter().find(|node| node.get("@id").and_then(Value::as_str) == Some(id) && node.as_object().is_some_and(|o| o.len() > 1))
    }
}

/// The first text in a value that may be a text or a list.
pub(super) fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(list) => list.iter().find_map(first_text),
        Value::Object(object) => object.get("@value").and_then(first_text),
        _ => None,
    }
}

fn kind_of(node: &Value, weak: bool) -> Option<&'static str> {
    let types: Vec<&str> = match node.get("@type")? {
        Value::String(one) => vec![one],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    types.into_iter().find_map(|full| {
        let name = full.rsplit(['/', '#', ':']).next().unwrap_or(full);
        if WEAK.contains(&name) != weak {
            return None;
        }
        if name.ends_with("Event") {
            return Some("event");
        }
        SUBJECTS.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
    })
}

fn flatten(value: Value, depth: usize, nodes: &mut Vec<Value>) {
    if nodes.len() > 500 {
        return;
    }
    match value {
        Value::Array(list) if depth > 0 => {
            for one in list {
                flatten(one, depth - 1, nodes);
            }
        }
        Value::Object(mut object) => {
            let graph = object.remove("@graph");
            if object.contains_key("@type") || object.contains_key("@id") {
                nodes.push(Value::Object(object));
            }
            if let Some(graph) = graph.filter(|_| depth > 0) {
                flatten(graph, depth - 1, nodes);
            }
        }
        _ => {}
    }
}

/// Parses a block: comments and CDATA marks around it go, and so do raw line breaks inside of
/// texts, which JSON forbids and many sites write.
fn parse(block: &str) -> Option<Value> {
    let mut json = block.trim();
    loop {
        let before = json.len();
        for mark in ["<![CDATA[", "<!--", "//", "/*", "*/"] {
            json = json.strip_prefix(mark).unwrap_or(json).trim_start();
        }
        for mark in ["]]>", "-->", "//", "/*", "*/", ";"] {
            json = json.strip_suffix(mark).unwrap_or(json).trim_end();
        }
        if json.len() == before {
            break;
        }
    }
    serde_json::from_str(json).ok().or_else(|| {
        let calmed: String = json.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str(&calmed).ok()
    })
}
