use std::borrow::Cow;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, RenderErrorReason};
use rust_embed::RustEmbed;

use super::assets;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Files;

/// The templates, compiled once, in strict mode: a missing value is an error, never an empty spot.
pub struct Templates(Handlebars<'static>);

impl Templates {
    /// Compiles every embedded template under its path without the ending, `library/feed`; those in
    /// `partials/` also go by their bare name.
    ///
    /// # Errors
    /// A template that cannot be parsed, by name.
    pub fn load() -> anyhow::Result<Self> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.set_prevent_indent(true);
        for path in Files::iter() {
            let Some(file) = Files::get(&path).filter(|_| path.ends_with(".hbs")) else { continue };
            let text = String::from_utf8(file.data.into_owned())?;
            let name = path.trim_end_matches(".hbs");
            engine.register_template_string(name, &text).map_err(|e| anyhow::anyhow!("template {name}: {e}"))?;
            if let Some(bare) = name.strip_prefix("partials/") {
                engine.register_template_string(bare, &text).map_err(|e| anyhow::anyhow!("template {name}: {e}"))?;
            }
        }
        engine.register_helper("asset", Box::new(asset));
        engine.register_helper("plural", Box::new(plural));
        engine.register_helper("number", Box::new(number));
        Ok(Self(engine))
    }

    /// The names of all page templates.
    pub fn names(&self) -> Vec<String> {
        self.0.get_templates().keys().cloned().collect()
    }

    /// # Errors
    /// A value that the template names and the data has not.
    pub fn render(&self, name: &str, data: &impl serde::Serialize) -> Result<String, RenderError> {
        self.0.render(name, data)
    }
}

fn param<'h>(h: &'h Helper<'_>, index: usize, name: &'static str) -> Result<&'h serde_json::Value, RenderError> {
    h.param(index).map(|p| p.value()).ok_or_else(|| RenderErrorReason::ParamNotFoundForIndex(name, index).into())
}

fn asset(h: &Helper<'_>, _: &Handlebars<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    out.write(&assets::address(param(h, 0, "asset")?.as_str().unwrap_or_default()))?;
    Ok(())
}

fn plural(h: &Helper<'_>, _: &Handlebars<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    let one = param(h, 0, "plural")?.as_i64() == Some(1);
    out.write(param(h, if one { 1 } else { 2 }, "plural")?.as_str().unwrap_or_default())?;
    Ok(())
}

fn number(h: &Helper<'_>, _: &Handlebars<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    let value = param(h, 0, "number")?;
    let text = value.as_i64().map_or_else(|| Cow::Owned(value.to_string()), |n| Cow::Owned(grouped(n)));
    out.write(&text)?;
    Ok(())
}

/// A whole number with a narrow no-break space between thousands: `12 345`.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if n < 0 { format!("−{out}") } else { out }
}
