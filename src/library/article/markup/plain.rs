//! The text that a reader of the markup would see.

use std::cell::RefCell;

use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};

use super::{attribute, raw_content, tokenize};

/// The text of a piece of markup.
#[derive(Debug, Clone, Default)]
pub struct PlainText {
    /// Blocks are set apart by line breaks; scripts, styles and captions of figures are left out.
    pub text: String,
    /// The address of the first picture that is large enough to be one, as written.
    pub first_image: Option<String>,
}

/// The text of markup, with entities decoded once.
pub fn to_text(html: &str) -> PlainText {
    tokenize(html, Sink::default()).found.into_inner()
}

/// The text with its entities decoded once; nothing in it is taken for a tag.
pub fn decode_entities(text: &str) -> String {
    to_text(&text.replace('<', "&lt;")).text
}

#[derive(Default)]
struct Sink {
    found: RefCell<PlainText>,
    /// How deep inside of elements whose text nobody reads as the article.
    hidden: RefCell<usize>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) if *self.hidden.borrow() == 0 => {
                self.found.borrow_mut().text.push_str(&text);
            }
            Token::TagToken(tag) => return self.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let mut found = self.found.borrow_mut();
        let mut hidden = self.hidden.borrow_mut();
        let starts = tag.kind == TagKind::StartTag;
        match &*tag.name {
            "script" | "style" | "textarea" | "title" | "iframe" | "noembed" | "noframes" | "xmp" | "figcaption" | "button" | "select" => {
                *hidden = if starts { *hidden + 1 } else { hidden.saturating_sub(1) };
            }
            "img" if found.first_image.is_none() => found.first_image = picture(tag),
            "p" | "br" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "tr" | "td" | "th" | "table"
            | "blockquote" | "section" | "article" | "figure" | "pre" | "hr" | "dt" | "dd" | "header" | "footer" => found.text.push('\n'),
            _ => {}
        }
        if starts { raw_content(tag, false) } else { TokenSinkResult::Continue }
    }
}

/// The source of a picture, unless it is one of those tiny ones that count readers.
fn picture(tag: &Tag) -> Option<String> {
    let is_tiny = ["width", "height"]
        .into_iter()
        .any(|side| attribute(tag, side).is_some_and(|size| size.trim_end_matches("px").parse::<u32>().is_ok_and(|pixels| pixels < 50)));
    let source = attribute(tag, "src").filter(|src| !src.starts_with("data:"));
    source.or_else(|| attribute(tag, "data-src")).filter(|_| !is_tiny)
}
