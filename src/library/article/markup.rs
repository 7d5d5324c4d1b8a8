//! What a page says of itself in its markup, and the plain text of markup.
//!
//! Only the tokenizer of html5ever is used, not its tree builder: the tokenizer's work grows with
//! the length of the page, while small pages can be written for which building the tree takes
//! minutes or gigabytes. Nothing that Herald needs depends on the tree.

mod guard;
mod page;
mod plain;

use std::sync::LazyLock;

use html5ever::{
    TokenizerResult,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};
use regex::Regex;

pub use page::{Page, read_page};
pub use plain::{PlainText, decode_entities, to_text};

static TAGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "p|br|hr|a|b|i|u|em|strong|small|span|div|img|ul|ol|li|h[1-6]|sub|sup|code|pre|\
        font|center|blockquote|figure|section|article|table|tr|td|iframe|script|style|mark|del|ins|q|cite";
    Regex::new(&format!(r"(?i)</?(?:{names})(?:\s[^<>]*)?/?>")).ok()
});

/// True when the text holds HTML tags that people use. `Vec<T>` or `a < b` are none.
pub fn has_tags(text: &str) -> bool {
    TAGS.as_ref().is_some_and(|tags| tags.is_match(text))
}

/// Runs the tokenizer over the text and gives the sink back.
fn tokenize<S: TokenSink>(html: &str, sink: S) -> S {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&guard::bounded(html)));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink
}

/// The elements whose content is no markup, as the tree builder would tell the tokenizer.
fn raw_content<Handle>(tag: &Tag, in_picture: bool) -> TokenSinkResult<Handle> {
    if in_picture {
        return TokenSinkResult::Continue;
    }
    match &*tag.name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        _ => TokenSinkResult::Continue,
    }
}

/// The value of an attribute, trimmed; None when it is absent or empty.
fn attribute(tag: &Tag, name: &str) -> Option<String> {
    let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
    Some(found.value.trim().to_owned()).filter(|value| !value.is_empty())
}
